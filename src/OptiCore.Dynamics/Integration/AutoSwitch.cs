namespace OptiCore.Dynamics;

/// <summary>
/// Changes between an explicit and an implicit method as the problem is stiff or isn't, within one integration: what <see cref="Ode"/> solves with when no method is given.
/// </summary>
/// <remarks>
/// <para>While the explicit method steps, the largest eigenvalue is estimated from two derivatives that it has, |f(y new) - f(last stage)| / |y new - last stage|, as in the code DOPRI5: when |h lambda| has been at the edge
/// of the stability region in <see cref="StiffSteps"/> steps, with fewer than six in a row that weren't, stability limits the steps and the implicit method takes over. It gives back after
/// <see cref="NonStiffSteps"/> steps in a row within half of that region, by a norm of the Jacobian that bounds the eigenvalues. What was used is told by <see cref="OdeResult.Methods"/>.</para>
/// <para>Tolerances and limits are those of this record; those of the two methods aren't looked at. With a mass matrix the implicit method does all. Cost of watching: one pass over the stages a step, and
/// after a hundred explicit steps in a row two evaluations in ten steps, for a power method that finds the largest eigenvalue also where tight tolerances hide it from the stages.</para>
/// </remarks>
[Algorithm("Automatic stiffness switching", "Automatic", "L. F. Shampine (1977), Stiffness and nonstiff differential equation solvers II: detecting stiffness with Runge-Kutta methods; L. R. Petzold (1983), Automatic selection of methods for solving stiff and nonstiff systems of ordinary differential equations", Capabilities = "adaptive, stiff or not, differential-algebraic, dense output")]
public sealed record AutoSwitch : OdeMethod
{
    // Beyond so many variables the Jacobian of every step is too dear.
    private const int LargestLinearlyImplicit = 40;

    /// <summary>The method for where the problem isn't stiff. Default: Tsitouras' pair of order 5.</summary>
    public OdeMethod NonStiff { get; init => field = Require.NotNull(value, nameof(NonStiff)); } = new ExplicitRungeKutta { Tableau = Tsitouras.Tableau };

    /// <summary>The method for where it is, or null for Rodas5P up to 40 variables and <see cref="Bdf"/> beyond. Default: null.</summary>
    public OdeMethod? Stiff { get; init; }

    /// <summary>How many steps at the edge of stability make the problem stiff. Default: 15, as in DOPRI5.</summary>
    public int StiffSteps { get; init => field = Require.Positive(value); } = 15;

    /// <summary>How many steps within half of the stability region end it. Default: 10.</summary>
    public int NonStiffSteps { get; init => field = Require.Positive(value); } = 10;

    /// <inheritdoc/>
    protected internal override bool TakesMass => true;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        ArgumentNullException.ThrowIfNull(system);
        OdeMethod stiff = Adopt(Stiff ?? (system.Dimension <= LargestLinearlyImplicit ? new RosenbrockWanner() : new Bdf())), nonStiff = Adopt(NonStiff);
        if (nonStiff.StepSize is not null || stiff.StepSize is not null)
            throw new InvalidOperationException($"A method with steps of one size can't take part in {nameof(AutoSwitch)}: leave its FixedStep null.");
        if (system is not IOdeMass mass)
        {
            OdeStepper watched = nonStiff.CreateStepper(system, vectors);
            return double.IsFinite(watched.StabilityLimit)
                ? new AutoSwitchStepper(this, system, vectors, watched, stiff.CreateStepper(system, vectors))
                : throw new InvalidOperationException($"{nameof(NonStiff)} must be an explicit Runge-Kutta method: of others it isn't known when stability limits their steps.");
        }

        return stiff.CreateStepper(stiff.TakesMass ? system : MassSolvedSystem.Of(mass), vectors);
    }

    private OdeMethod Adopt(OdeMethod method) => method with
    {
        RelativeTolerance = RelativeTolerance,
        AbsoluteTolerance = AbsoluteTolerance,
        AbsoluteTolerances = AbsoluteTolerances,
        MaxStep = MaxStep,
    };
}
