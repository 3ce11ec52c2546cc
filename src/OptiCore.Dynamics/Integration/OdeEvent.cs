namespace OptiCore.Dynamics;

/// <summary>Computes the quantity whose zeros are events.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
public delegate double OdeEventFunction(double t, ReadOnlySpan<double> y);

/// <summary>Changes the state where an event happens: an impact, a dose, a switch.</summary>
/// <param name="t">When the event happened.</param>
/// <param name="y">The state there; what is written is the state that the integration goes on from. It must be finite.</param>
public delegate void OdeEventChange(double t, Span<double> y);

/// <summary>Which crossings of zero count, seen along the integration (backward in time when it runs backward).</summary>
public enum CrossingDirection
{
    /// <summary>Every change of sign.</summary>
    Both,

    /// <summary>From negative to positive.</summary>
    Rising,

    /// <summary>From positive to negative.</summary>
    Falling,
}

/// <summary>
/// Something that happens when a quantity g(t, y(t)) crosses zero. It is found by its change of sign over a step and located on the step's dense
/// output to the spacing of floating-point numbers, so that its accuracy is that of the dense output.
/// </summary>
/// <remarks>
/// <para>An even number of crossings within one step goes unseen; <see cref="OdeMethod.MaxStep"/> helps where that can happen. A quantity that
/// is exactly zero where the integration starts counts from where it has left zero. NaN says that the quantity isn't defined: a step that begins or
/// ends there shows no crossing.</para>
/// <para>Cost: one evaluation of g a step, and about ten more for each crossing; none of the system.</para>
/// </remarks>
public sealed record OdeEvent
{
    /// <summary>Creates an event.</summary>
    /// <param name="function">The quantity g(t, y), continuous along solutions.</param>
    /// <exception cref="ArgumentNullException"><paramref name="function"/> is null.</exception>
    public OdeEvent(OdeEventFunction function) => Function = Require.NotNull(function);

    /// <summary>The quantity g(t, y).</summary>
    public OdeEventFunction Function { get; }

    /// <summary>Which crossings count. Default: both.</summary>
    public CrossingDirection Direction { get; init => field = Require.Defined(value); } = CrossingDirection.Both;

    /// <summary>True when the integration ends at the event. Default: false.</summary>
    public bool IsTerminal { get; init; }

    /// <summary>What the event does to the state, or null. The step ends at the event, and the next begins with the changed state. Default: null.</summary>
    /// <remarks>An event that happens again without time going on ends the integration with <see cref="OdeStopReason.EventsAccumulate"/>: a ball whose bounces grow ever shorter.</remarks>
    public OdeEventChange? Change { get; init; }
}

/// <summary>An event of the last step. The state there is <see cref="OdeState.Interpolate"/> at its time.</summary>
/// <param name="Index">The number of the event among those that were given, from 0.</param>
/// <param name="Time">When it happened: the first representable time at which the sign has changed.</param>
public readonly record struct OdeEventHit(int Index, double Time);

/// <summary>An event of a whole integration.</summary>
/// <param name="Index">The number of the event among those that were given, from 0.</param>
/// <param name="Time">When it happened.</param>
/// <param name="State">The state at that time, before what the event changed.</param>
public sealed record OdeEventRecord(int Index, double Time, double[] State);
