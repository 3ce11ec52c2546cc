namespace OptiCore.Dynamics;

/// <summary>
/// Exponential Runge-Kutta methods for semilinear systems y' = L y + N(t, y) (<see cref="ISemilinearOde"/>), by steps of one size: the linear part is solved exactly, whatever its stiffness, and the step is limited by N alone.
/// The method is the <see cref="Scheme"/>.
/// </summary>
/// <remarks>
/// <para>Cost: s evaluations of N a step, and a product with a matrix of order n for each coefficient, which is n multiplications where L is diagonal. The functions of h L are computed once, by <see cref="PhiFunctions"/>: for a dense L about
/// 20 (4 n)^3 operations. No allocation after <see cref="OdeMethod.Start"/>. <see cref="OdeCounts.Evaluations"/> counts N. The error isn't estimated: the tolerances have no effect.</para>
/// <para>The dense output is a step of a part of the size, of full order and without the oscillations that polynomials have in stiff components. It computes the functions of h L again for each time, as does a last step that is cut: with a dense L of large order, save
/// at steps. For periodic partial differential equations prefer <see cref="SpectralEtd4"/>.</para>
/// </remarks>
public sealed record ExponentialIntegrator : OdeMethod
{
    /// <summary>The size h of every step; only the last may be shorter.</summary>
    public required double FixedStep { get; init => field = Require.Positive(value); }

    /// <summary>The method. Default: <see cref="EtdRungeKutta4"/>.</summary>
    public ExponentialScheme Scheme { get; init => field = Require.NotNull(value, nameof(Scheme)); } = EtdRungeKutta4.Scheme;

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    internal override Type Structure => typeof(ISemilinearOde);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The system isn't semilinear, or its linear part has another length or isn't finite.</exception>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        if (system is not ISemilinearOde semilinear)
            throw new ArgumentException($"system is {system?.GetType().Name ?? "null"} but must be an {nameof(ISemilinearOde)}: an exponential step solves the linear part apart.", nameof(system));
        int n = semilinear.Dimension;
        Require.Length(semilinear.Linear.Length, semilinear.IsDiagonal ? n : checked(n * n), nameof(system));
        Require.AllFinite(semilinear.Linear, nameof(system));
        return new ExponentialStepper(this, semilinear, vectors);
    }
}
