namespace OptiCore.Dynamics;

/// <summary>
/// The Radau IIA method of order 5, as the code RADAU5 does it: collocation at three points of the step, the last of them its end. L-stable and stiffly accurate;
/// for stiff problems and for differential-algebraic ones M y' = f of index 1 with a singular M (see <see cref="IOdeMass"/>), at middle and high accuracy.
/// </summary>
/// <remarks>
/// <para>A step solves 3 n nonlinear equations by simplified Newton iterations that a transformation splits into a real and a complex system of n equations. The factorizations are kept while
/// the step size is, the Jacobian while iterations converge fast (<see cref="JacobianReuse"/>). Iterations start from the last step's collocation polynomial, which is also
/// the dense output, of order 3. Step sizes follow Gustafsson's predictive controller.</para>
/// <para>The error estimate (of order 3) is measured, as in the code, relative to absolute' + relative' |y| with relative' = 0.1 relative^(2/3) and absolute' = absolute relative' / relative:
/// so the error of the solution, of order 5, is about proportional to the tolerance.</para>
/// <para>Cost of a step: some 3 x 3 evaluations, a solve of each system for each iteration, and at times a Jacobian (n evaluations if by differences) and factorizations (about (2 + 8) n^3 / 3 operations; the
/// complex one is dense also for bands). For large n, <see cref="Bdf"/> costs a fraction.</para>
/// </remarks>
[Algorithm("Radau IIA 5", "Implicit Runge-Kutta", "E. Hairer, G. Wanner (1996), Solving Ordinary Differential Equations II, section IV.8", Capabilities = "order 5, adaptive, stiff, differential-algebraic, dense output of order 3")]
public sealed record Radau : OdeMethod
{
    /// <summary>The largest number of iterations in a step, from 3. Default: 7.</summary>
    public int MaxIterations { get; init => field = Require.AtLeast(value, 3); } = 7;

    /// <summary>The Jacobian is kept for the next step when two iterations did, or when they shrank their corrections at least by this factor, from 0 to below 1. Default: 0.001.</summary>
    public double JacobianReuse { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1e-3;

    /// <summary>The part of the predicted step size that is used, in (0, 1). Default: 0.9.</summary>
    public double Safety { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The size of every step (only the last may be shorter) without error control, or null for adaptive steps. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    /// <inheritdoc/>
    protected internal override bool TakesMass => true;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors) => new RadauStepper(this, system, vectors);
}
