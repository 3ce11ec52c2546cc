namespace OptiCore.Dynamics;

/// <summary>
/// The explicit Runge-Kutta engine: k(i) = f(t + c(i) h, y + h sum over j &lt; i of a(i,j) k(j)), y(t + h) = y + h sum b(i) k(i),
/// with the step size controlled by the difference to the embedded solution. The method is the <see cref="Tableau"/>.
/// </summary>
/// <remarks>
/// <para>Cost: s derivatives a step for s stages (s - 1 where the last stage is the next step's first), and one pass over memory a stage. No allocation
/// after <see cref="OdeMethod.Start"/>. Prefer an implicit method where the problem is stiff: many more steps than the solution has features.</para>
/// <para>E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, sections II.1 to II.6.</para>
/// </remarks>
public sealed record ExplicitRungeKutta : OdeMethod
{
    /// <summary>The method. Default: Dormand and Prince, 5(4).</summary>
    public ButcherTableau Tableau { get; init => field = Require.NotNull(value, nameof(Tableau)); } = DormandPrince.Tableau;

    /// <summary>How the next step size follows from the errors. Default: the one of the code DOPRI5.</summary>
    public StepController Controller { get; init => field = Require.NotNull(value, nameof(Controller)); } = StepController.Stabilized;

    /// <summary>The size of every step (only the last may be shorter) without error control, or null for adaptive steps. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        EnsureSteps();
        return new ExplicitRungeKuttaStepper(this, system, vectors);
    }

    internal void EnsureSteps()
    {
        if (FixedStep is null && Tableau.ErrorWeights.IsEmpty)
            throw new InvalidOperationException($"{Tableau.Name} has no error estimate to choose steps by: set {nameof(FixedStep)} or take another tableau.");
    }
}
