using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// A method for initial value problems y'(t) = f(t, y), as a value: tolerances and limits that every method understands. It holds no integration; one
/// instance serves many at once. <see cref="Start"/> allocates one.
/// </summary>
/// <remarks>
/// A step is accepted when the root mean square over the components of error / (absolute + relative * max(|y|, |y new|)) is at most 1, unless the
/// method's documentation names another norm.
/// </remarks>
public abstract record OdeMethod
{
    /// <summary>The error allowed in a step relative to the size of a component, at least 0. Default: 1e-6.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The error allowed in a step for a component near zero. Default: 1e-9.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>One absolute tolerance for each component, n positive elements, instead of <see cref="AbsoluteTolerance"/>; empty for none. Default: empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An element isn't positive.</exception>
    public ReadOnlyMemory<double> AbsoluteTolerances
    {
        get;
        init
        {
            double[] copy = value.ToArray();
            for (int i = 0; i < copy.Length; i++)
            {
                if (!(copy[i] > 0))
                    throw Invalid(copy[i], FormattableString.Invariant($"element {i} must be positive"));
            }

            field = copy;
        }
    }

    /// <summary>The first step size, or null to choose it from the first two derivatives (Hairer, Nørsett and Wanner (1993), section II.4). Default: null.</summary>
    public double? InitialStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The largest step size. Default: no limit.</summary>
    public double MaxStep
    {
        get;
        init => field = value > 0 ? value : throw Invalid(value, "must be positive");
    } = double.PositiveInfinity;

    /// <summary>The largest number of steps, accepted and rejected together. Default: 100,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>The size of every step where the method takes steps of one size (only the last may be shorter), else null.</summary>
    protected internal virtual double? StepSize => null;

    /// <summary>Whether the method itself solves M y' = f with a mass matrix; for the others f is multiplied by the inverse of M, which must exist.</summary>
    protected internal virtual bool TakesMass => false;

    /// <summary>The interface beyond <see cref="IOdeSystem"/> that a system must have for the method, or null.</summary>
    internal virtual Type? Structure => null;

    /// <summary>Allocates everything that an integration needs. Nothing is evaluated yet.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="time">Where the integration starts.</param>
    /// <param name="state">The state there, n finite elements.</param>
    /// <param name="end">Where it ends; may lie before the start.</param>
    /// <param name="events">Events to watch.</param>
    /// <exception cref="ArgumentException">A length differs, a number isn't finite, or the system lacks what the method needs: a singular mass matrix needs an implicit method.</exception>
    /// <exception cref="InvalidOperationException">The method's own settings don't fit together.</exception>
    public OdeState Start(IOdeSystem system, double time, ReadOnlySpan<double> state, double end, ReadOnlySpan<OdeEvent> events = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        Require.Length(state.Length, system.Dimension, nameof(state));
        if (!AbsoluteTolerances.IsEmpty)
            Require.Length(AbsoluteTolerances.Length, system.Dimension, nameof(AbsoluteTolerances));
        if (system is IOdeMass mass && !TakesMass)
            system = MassSolvedSystem.Of(mass);
        return new OdeState(this, system, time, state, end, events);
    }

    /// <summary>Makes the part of an integration that is the method's.</summary>
    /// <param name="system">The right-hand side.</param>
    /// <param name="vectors">The vectors that the method shares with the integration.</param>
    protected internal abstract OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors);

    /// <summary>Refuses a method that follows a structure of the system, where a system of another kind is to be integrated.</summary>
    /// <param name="method">The method.</param>
    /// <param name="reason">Why the other system has no such structure, and what to take instead.</param>
    /// <exception cref="ArgumentException">The method needs a structure.</exception>
    internal static void RequireAnySystem(OdeMethod method, string reason)
    {
        if (method.Structure is { } structure)
            throw new ArgumentException($"method is {method.GetType().Name}, whose system must be an {structure.Name}, but {reason}.", nameof(method));
    }

    /// <summary>The exception of an option that isn't valid.</summary>
    /// <param name="value">The value.</param>
    /// <param name="expectation">What it must be: "must be positive".</param>
    /// <param name="name">The option.</param>
    protected static ArgumentOutOfRangeException Invalid(double value, string expectation, [CallerMemberName] string name = "") =>
        new(name, value, FormattableString.Invariant($"{name} is {value} but {expectation}."));
}
