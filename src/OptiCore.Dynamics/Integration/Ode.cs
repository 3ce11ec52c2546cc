namespace OptiCore.Dynamics;

/// <summary>
/// Solves initial value problems y' = f(t, y), y(t0) = y0, over an interval in either direction:
/// <code>
/// OdeResult orbit = Ode.Solve(new ExplicitRungeKutta(), (t, y, dy) => { dy[0] = y[1]; dy[1] = -y[0]; }, (0, 10), [1, 0], saveAt: [5, 10]);
/// </code>
/// Without a method, <see cref="AutoSwitch"/> takes an explicit or an implicit one as the problem is stiff or isn't, and the result says which.
/// To go step by step, to save and resume, or to integrate without allocating, use <see cref="OdeMethod.Start"/>.
/// </summary>
/// <remarks>
/// Hitting a limit, a cancellation, a singularity or an undefined derivative never throws: the result says what happened and keeps what was reached.
/// An exception of the user's function surfaces as it was thrown.
/// </remarks>
public static class Ode
{
    /// <summary>Solves an initial value problem.</summary>
    /// <param name="method">The method.</param>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="state">The state at the start, n finite elements.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="events">Events to watch.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, or the times aren't ordered inside the interval.</exception>
    public static OdeResult Solve(
        OdeMethod method,
        IOdeSystem system,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        ReadOnlySpan<OdeEvent> events = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Solve(method.Start(system, span.Start, state, span.End, events), saveAt, cancellationToken);
    }

    /// <summary>Solves an initial value problem whose right-hand side is a delegate.</summary>
    /// <param name="method">The method.</param>
    /// <param name="derivative">Writes f(t, y).</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="state">The state at the start, finite elements; their number is the dimension.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="events">Events to watch.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or the times aren't ordered inside the interval.</exception>
    public static OdeResult Solve(
        OdeMethod method,
        OdeDelegate derivative,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        ReadOnlySpan<OdeEvent> events = default,
        CancellationToken cancellationToken = default) =>
        Solve(method, OdeSystem.From(state.Length, derivative), span, state, saveAt, events, cancellationToken);

    /// <summary>Solves an initial value problem by a method that is chosen as it goes: <see cref="AutoSwitch"/>.</summary>
    /// <param name="system">The right-hand side, n state variables.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="state">The state at the start, n finite elements.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="events">Events to watch.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, or the times aren't ordered inside the interval.</exception>
    public static OdeResult Solve(
        IOdeSystem system,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        ReadOnlySpan<OdeEvent> events = default,
        CancellationToken cancellationToken = default) =>
        Solve(new AutoSwitch(), system, span, state, saveAt, events, cancellationToken);

    /// <summary>Solves an initial value problem whose right-hand side is a delegate by a method that is chosen as it goes: <see cref="AutoSwitch"/>.</summary>
    /// <param name="derivative">Writes f(t, y).</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="state">The state at the start, finite elements; their number is the dimension.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="events">Events to watch.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or the times aren't ordered inside the interval.</exception>
    public static OdeResult Solve(
        OdeDelegate derivative,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        ReadOnlySpan<OdeEvent> events = default,
        CancellationToken cancellationToken = default) =>
        Solve(new AutoSwitch(), OdeSystem.From(state.Length, derivative), span, state, saveAt, events, cancellationToken);

    /// <summary>Continues an integration that was started, stopped or loaded, to its end.</summary>
    /// <param name="state">The integration; it is advanced.</param>
    /// <param name="saveAt">The times to save, between where the integration is and its end. If empty, where it is and the end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept, and the state can be continued.</param>
    /// <exception cref="ArgumentException">The times aren't ordered inside what is left of the interval.</exception>
    public static OdeResult Solve(OdeState state, ReadOnlySpan<double> saveAt = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        CheckTimes(saveAt, state.Time, state.End);
        int n = state.Dimension;
        bool everyStep = saveAt.IsEmpty;
        var times = new List<double>(everyStep ? 64 : saveAt.Length);
        var states = new List<double>(times.Capacity * n);
        var events = new List<OdeEventRecord>();
        var methods = new List<OdeMethodUse> { new(state.Time, state.CurrentMethod) };
        double[] point = new double[n];
        int next = 0;
        if (everyStep)
        {
            times.Add(state.Time);
            states.AddRange(state.State);
        }

        while (next < saveAt.Length && saveAt[next] == state.Time)
        {
            times.Add(saveAt[next++]);
            states.AddRange(state.State);
        }

        OdeStopReason reason;
        while (true)
        {
            if (cancellationToken.IsCancellationRequested && state.Time != state.End)
            {
                reason = OdeStopReason.Cancelled;
                break;
            }

            if (!state.Step())
            {
                reason = state.Reason;
                break;
            }

            if (!ReferenceEquals(state.CurrentMethod, methods[^1].Method))
                methods.Add(new OdeMethodUse(state.Time, state.CurrentMethod));
            if (everyStep)
            {
                times.Add(state.Time);
                states.AddRange(state.State);
            }

            bool forward = state.Time > state.PreviousTime;
            while (next < saveAt.Length && (forward ? saveAt[next] <= state.Time : saveAt[next] >= state.Time))
            {
                state.Interpolate(saveAt[next], point);
                times.Add(saveAt[next++]);
                states.AddRange(point);
            }

            foreach (OdeEventHit hit in state.StepEvents)
            {
                double[] at = new double[n];
                state.Within(hit.Time, at);
                events.Add(new OdeEventRecord(hit.Index, hit.Time, at));
            }
        }

        return new OdeResult
        {
            Status = reason.Status(),
            Reason = reason,
            Message = state.Describe(reason),
            Dimension = n,
            Times = [.. times],
            States = [.. states],
            FinalTime = state.Time,
            FinalState = state.State.ToArray(),
            Events = events,
            Methods = methods,
            Counts = state.Counts,
        };
    }

    internal static void CheckTimes(ReadOnlySpan<double> saveAt, double start, double end)
    {
        double previous = start;
        for (int i = 0; i < saveAt.Length; i++)
        {
            double t = saveAt[i];
            bool inside = start <= end ? t >= previous && t <= end : t <= previous && t >= end;
            if (!inside)
            {
                throw new ArgumentException(
                    FormattableString.Invariant($"saveAt[{i}] is {t} but must lie between {previous} and {end}: times are given in the order of integration, inside the interval."),
                    nameof(saveAt));
            }

            previous = t;
        }
    }
}
