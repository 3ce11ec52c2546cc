namespace OptiCore.Dynamics;

/// <summary>
/// Solves delay differential equations:
/// <code>
/// IDdeSystem system = DdeSystem.Constant(1, [17], static (t, y, past, dy) => dy[0] = (0.2 * past[0] / (1 + Math.Pow(past[0], 10))) - (0.1 * y[0]));
/// OdeResult mackeyGlass = Dde.Solve(new MethodOfSteps(), system, (0, 300), static (t, y) => y[0] = 1.2, saveAt: [100, 200, 300]);
/// </code>
/// To go step by step, to save and resume, or to look back, use <see cref="MethodOfSteps.Start"/>.
/// </summary>
/// <remarks>
/// Hitting a limit, a cancellation, a singularity or an undefined derivative never throws: the result says what happened and keeps what was reached. An exception of the user's functions surfaces as it was thrown.
/// </remarks>
public static class Dde
{
    /// <summary>Solves an equation.</summary>
    /// <param name="method">The method.</param>
    /// <param name="system">The equation, n state variables.</param>
    /// <param name="span">The interval; the end doesn't lie before the start.</param>
    /// <param name="history">Writes the state at and before the start.</param>
    /// <param name="saveAt">The times to save, ascending within the interval. If empty, start and end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A number isn't finite, or the times aren't ordered inside the interval.</exception>
    public static OdeResult Solve(
        MethodOfSteps method,
        IDdeSystem system,
        (double Start, double End) span,
        HistoryDelegate history,
        ReadOnlySpan<double> saveAt = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        return Solve(method.Start(system, span.Start, history, span.End), saveAt, cancellationToken);
    }

    /// <summary>Continues an integration that was started, stopped or loaded, to its end.</summary>
    /// <param name="state">The integration; it is advanced.</param>
    /// <param name="saveAt">The times to save, ascending between where it is and its end. If empty, where it is and the end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept, and the state can be continued.</param>
    /// <exception cref="ArgumentException">The times aren't ordered inside what is left of the interval.</exception>
    public static OdeResult Solve(DdeState state, ReadOnlySpan<double> saveAt = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        SaveTimes.Check(saveAt, state.Time, state.End);
        bool everyStep = saveAt.IsEmpty;
        var times = new List<double>();
        var states = new List<double>();
        double[] point = new double[state.Dimension];
        int next = 0;
        if (everyStep)
            Save(state.Time, state.State);
        for (; next < saveAt.Length && saveAt[next] == state.Time; next++)
            Save(saveAt[next], state.State);
        OdeStopReason reason = OdeStopReason.None;
        while (reason == OdeStopReason.None)
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

            if (everyStep)
                Save(state.Time, state.State);
            for (; next < saveAt.Length && saveAt[next] <= state.Time; next++)
            {
                state.Interpolate(saveAt[next], point);
                Save(saveAt[next], point);
            }
        }

        return new OdeResult
        {
            Status = reason.Status(),
            Reason = reason,
            Message = state.Describe(reason),
            Dimension = state.Dimension,
            Times = [.. times],
            States = [.. states],
            FinalTime = state.Time,
            FinalState = state.State.ToArray(),
            Events = [],
            Counts = state.Counts,
        };

        void Save(double time, ReadOnlySpan<double> values)
        {
            times.Add(time);
            states.AddRange(values);
        }
    }
}
