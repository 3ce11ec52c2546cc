using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// The explicit Runge-Kutta engine: k(i) = f(t + c(i) h, y + h sum over j &lt; i of a(i,j) k(j)), y(t + h) = y + h sum b(i) k(i),
/// with the step size controlled by the difference to the embedded solution. The method is the <see cref="Tableau"/>.
/// </summary>
/// <remarks>
/// <para>A step is accepted when the root mean square of the components of error / (absolute + relative * max(|y|, |y new|)) is at most 1.</para>
/// <para>Cost: s derivatives a step for s stages (s - 1 where the last stage is the next step's first), and one pass over memory a stage. No allocation
/// after <see cref="Start"/>. Prefer an implicit method where the problem is stiff: many more steps than the solution has features.</para>
/// <para>E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, sections II.1 to II.6.</para>
/// </remarks>
public sealed record ExplicitRungeKutta
{
    /// <summary>The method. Default: Dormand and Prince, 5(4).</summary>
    public ButcherTableau Tableau { get; init => field = Require.NotNull(value, nameof(Tableau)); } = DormandPrince.Tableau;

    /// <summary>The error allowed in a step relative to the size of a component, at least 0. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The error allowed in a step for a component near zero. Default: 1e-9.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>How the next step size follows from the errors. Default: the one of the code DOPRI5.</summary>
    public StepController Controller { get; init => field = Require.NotNull(value, nameof(Controller)); } = StepController.Stabilized;

    /// <summary>The part of the predicted step size that is used, in (0, 1). Default: 0.9, as in DOPRI5.</summary>
    public double Safety { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The smallest factor from one step size to the next, in (0, 1); also the factor after a step that wasn't finite. Default: 0.2, as in DOPRI5.</summary>
    public double MinFactor { get; init => field = Require.InOpen(value, 0, 1); } = 0.2;

    /// <summary>The largest factor from one step size to the next, above 1. Default: 10, as in DOPRI5.</summary>
    public double MaxFactor
    {
        get;
        init => field = value > 1 && double.IsFinite(value) ? value : throw Invalid(value, "must be above 1 and finite");
    } = 10;

    /// <summary>The first step size, or null to choose it from the first two derivatives (Hairer, Nørsett and Wanner, section II.4). Default: null.</summary>
    public double? InitialStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The size of every step (only the last may be shorter) without error control, or null for adaptive steps. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The largest step size. Default: no limit.</summary>
    public double MaxStep
    {
        get;
        init => field = value > 0 ? value : throw Invalid(value, "must be positive");
    } = double.PositiveInfinity;

    /// <summary>The largest number of steps, accepted and rejected together. Default: 100,000, as in DOPRI5.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>Allocates everything that an integration needs. Nothing is evaluated yet.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="time">Where the integration starts.</param>
    /// <param name="state">The state there, n finite elements.</param>
    /// <param name="end">Where it ends; may lie before the start.</param>
    /// <param name="events">Events to watch.</param>
    /// <exception cref="ArgumentException">The length differs, or a number isn't finite.</exception>
    /// <exception cref="InvalidOperationException">The tableau has no error estimate, and <see cref="FixedStep"/> is null.</exception>
    public RungeKuttaState Start(IOdeSystem system, double time, ReadOnlySpan<double> state, double end, ReadOnlySpan<OdeEvent> events = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        Require.Length(state.Length, system.Dimension, nameof(state));
        if (FixedStep is null && Tableau.ErrorWeights.IsEmpty)
            throw new InvalidOperationException($"{Tableau.Name} has no error estimate to choose steps by: set {nameof(FixedStep)} or take another tableau.");
        return new RungeKuttaState(this, system, time, state, end, events);
    }

    private static ArgumentOutOfRangeException Invalid(double value, string expectation, [CallerMemberName] string name = "") =>
        new(name, value, FormattableString.Invariant($"{name} is {value} but {expectation}."));
}
