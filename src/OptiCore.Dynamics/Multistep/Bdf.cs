namespace OptiCore.Dynamics;

/// <summary>
/// Backward differentiation in variable order 1 to 5 with steps that stay equal for a while: the numerical differentiation formulas of Shampine and Reichelt, or the classical ones. For stiff problems and
/// for differential-algebraic ones of index 1, at low and middle accuracy, and for large n: one linear system of n equations a step.
/// </summary>
/// <remarks>
/// <para>A step of order k solves sum over j = 1..k of (1/j) D^j y(n+1) = h f(t(n+1), y(n+1)) + kappa(k) gamma(k) (y(n+1) - p(n+1)), where D^j is the j-th backward difference, p the predicted
/// value and gamma(k) = 1 + 1/2 + ... + 1/k. The history is kept as backward differences, which a change of the step size transforms by interpolation. Dense output: the polynomial of
/// degree k through the history. The local error is scaled by the sizes at the step's end.</para>
/// <para>Cost of a step: two evaluations and solves usually; a factorization when step or order change, which is not before k + 1 equal steps; a Jacobian when the iteration no longer converges.
/// Order 1 and 2 are L-stable, 3 to 5 stable for |arg(-z)| below 80, 66 and 51 degrees: for eigenvalues near the imaginary axis take <see cref="Radau"/>.</para>
/// </remarks>
[Algorithm("NDF/BDF 1-5", "Multistep", "L. F. Shampine, M. W. Reichelt (1997), The MATLAB ODE suite", Capabilities = "order 1 to 5, adaptive, stiff, differential-algebraic, dense output of the order")]
public sealed record Bdf : OdeMethod
{
    /// <summary>The highest order of the family.</summary>
    internal const int HighestOrder = 5;

    /// <summary>The largest order that is used, from 1 to 5. Default: 5.</summary>
    public int MaxOrder
    {
        get;
        init => field = value is >= 1 and <= HighestOrder ? value : throw Invalid(value, "must be from 1 to 5");
    } = HighestOrder;

    /// <summary>True for the numerical differentiation formulas, whose error constants are about a quarter smaller up to order 4; false for the classical formulas. Default: true.</summary>
    public bool IsModified { get; init; } = true;

    /// <summary>The largest number of iterations in a step, from 2. Default: 4.</summary>
    public int MaxIterations { get; init => field = Require.AtLeast(value, 2); } = 4;

    /// <inheritdoc/>
    protected internal override bool TakesMass => true;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors) => new BdfStepper(this, system, vectors);
}
