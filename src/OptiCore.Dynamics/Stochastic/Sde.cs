namespace OptiCore.Dynamics;

/// <summary>
/// Solves stochastic differential equations dy = f(t, y) dt + g(t, y) dW along paths, which are named by a key:
/// <code>
/// IDiagonalSde stock = SdeSystem.Diagonal(1, static (_, y, f) => f[0] = 0.05 * y[0], static (_, y, g) => g[0] = 0.2 * y[0]);
/// SdeResult one = Sde.Solve(new SriW1(new SdeSteps { RelativeTolerance = 1e-3 }), stock, (0, 1), [100], RandomKey.FromSeed(1), saveAt: [0.5, 1]);
/// SdeEnsemble many = Sde.Ensemble(new SriW1(0.01), stock, (0, 1), [100], RandomKey.FromSeed(1), paths: 10_000, saveAt: [1], Workers.AllCores);
/// </code>
/// To go step by step, to save and resume, or to solve without allocating, use <see cref="ISdeMethod{TSde}.Start"/> with a <see cref="BrownianPath"/>.
/// </summary>
/// <remarks>
/// Hitting a limit, a cancellation or a coefficient that isn't finite never throws: the result says what happened and keeps what was reached. An exception of
/// the user's functions surfaces as it was thrown.
/// </remarks>
public static class Sde
{
    // Paths of one piece of work share buffers.
    private const int PathsPerPiece = 16;

    /// <summary>Solves an equation along the path of a key.</summary>
    /// <typeparam name="TSde">The noise that the method is made for.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="system">The equation, n state variables.</param>
    /// <param name="span">The interval; the end lies after the start.</param>
    /// <param name="state">The state at the start, n finite elements.</param>
    /// <param name="key">The key of the Brownian path.</param>
    /// <param name="saveAt">The times to save, ascending within the interval; steps end there. If empty, start and end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the run between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, the times aren't ordered inside the interval, or the method is for the other calculus.</exception>
    public static SdeResult Solve<TSde>(
        ISdeMethod<TSde> method,
        TSde system,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        RandomKey key,
        ReadOnlySpan<double> saveAt = default,
        CancellationToken cancellationToken = default) where TSde : ISde
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        CheckTimes(saveAt, span);
        var path = new BrownianPath(key, system.NoiseDimension, span.Start, span.End, Resolution(method, span, saveAt));
        return Solve(method.Start(system, path, state), saveAt, cancellationToken);
    }

    /// <summary>Continues a run that was started, stopped or loaded, to its end.</summary>
    /// <param name="state">The run; it is advanced.</param>
    /// <param name="saveAt">The times to save, ascending between where the run is and its end; steps end there. If empty, where it is and the end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the run between two steps; what was reached is kept, and the state can be continued.</param>
    /// <exception cref="ArgumentException">The times aren't ordered inside what is left of the interval.</exception>
    public static SdeResult Solve(SdeState state, ReadOnlySpan<double> saveAt = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        double end = state.End;
        bool everyStep = saveAt.IsEmpty;
        if (!everyStep)
            CheckTimes(saveAt, (state.Time, end));
        int n = state.Dimension;
        var times = new List<double>(everyStep ? 64 : saveAt.Length);
        var states = new List<double>(times.Capacity * n);
        if (everyStep)
        {
            times.Add(state.Time);
            states.AddRange(state.State);
        }

        OdeStopReason reason = OdeStopReason.None;
        for (int next = 0; next <= saveAt.Length && reason == OdeStopReason.None; next++)
        {
            double stop = end;
            if (next < saveAt.Length)
                state.StopAt(stop = saveAt[next]);
            while (state.Time != stop)
            {
                if (cancellationToken.IsCancellationRequested)
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
                {
                    times.Add(state.Time);
                    states.AddRange(state.State);
                }
            }

            if (next < saveAt.Length && state.Time == stop)
            {
                times.Add(stop);
                states.AddRange(state.State);
            }
        }

        if (reason == OdeStopReason.None)
            reason = OdeStopReason.ReachedEnd;
        return new SdeResult
        {
            Status = reason.Status(),
            Reason = reason,
            Message = state.Describe(reason),
            Dimension = n,
            Times = [.. times],
            States = [.. states],
            FinalTime = state.Time,
            FinalState = state.State.ToArray(),
            Counts = state.Counts,
        };
    }

    /// <summary>Solves an equation along many independent paths: path p has the key <c>key.Fold(p)</c>, so that the results are the same bits for any number of workers.</summary>
    /// <typeparam name="TSde">The noise that the method is made for.</typeparam>
    /// <param name="method">The method.</param>
    /// <param name="system">The equation, n state variables; called from several threads.</param>
    /// <param name="span">The interval; the end lies after the start.</param>
    /// <param name="state">The state at the start, n finite elements.</param>
    /// <param name="key">The key of the ensemble.</param>
    /// <param name="paths">The number of paths, at least 1.</param>
    /// <param name="saveAt">The times to save, ascending within the interval; steps end there. At least one.</param>
    /// <param name="workers">Who solves; null for the calling thread.</param>
    /// <param name="cancellationToken">Ends the work between two pieces.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, the times aren't ordered inside the interval, or the method is for the other calculus.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static SdeEnsemble Ensemble<TSde>(
        ISdeMethod<TSde> method,
        TSde system,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        RandomKey key,
        int paths,
        ReadOnlySpan<double> saveAt,
        IWorkers? workers = null,
        CancellationToken cancellationToken = default) where TSde : ISde
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        Require.Positive(paths, nameof(paths));
        CheckTimes(saveAt, span);
        if (saveAt.IsEmpty)
            throw new ArgumentException("saveAt is empty; an ensemble needs at least one time.", nameof(saveAt));
        int n = system.Dimension, count = saveAt.Length;
        double[] times = saveAt.ToArray(), start = state.ToArray();
        double resolution = Resolution(method, span, saveAt);
        double[] states = new double[checked(paths * count * n)];
        var reasons = new OdeStopReason[paths];
        (workers ?? Workers.Serial).ForEach((paths + PathsPerPiece - 1) / PathsPerPiece, Piece, cancellationToken);
        return new SdeEnsemble(n, times, states, reasons);

        void Piece(int piece)
        {
            SdeState? run = null;
            int to = Math.Min(paths, (piece + 1) * PathsPerPiece);
            for (int p = piece * PathsPerPiece; p < to; p++)
            {
                var path = new BrownianPath(key.Fold(p), system.NoiseDimension, span.Start, span.End, resolution);
                if (run is null)
                    run = method.Start(system, path, start);
                else
                    run.Restart(path, start);
                Span<double> rows = states.AsSpan(p * count * n, count * n);
                reasons[p] = Follow(run, times, rows);
            }
        }
    }

    private static OdeStopReason Follow(SdeState run, double[] times, Span<double> rows)
    {
        int n = run.Dimension;
        for (int i = 0; i < times.Length; i++)
        {
            run.StopAt(times[i]);
            while (run.Time != times[i])
            {
                if (!run.Step())
                {
                    rows[(i * n)..].Fill(double.NaN);
                    return run.Reason;
                }
            }

            run.State.CopyTo(rows[(i * n)..]);
        }

        return OdeStopReason.ReachedEnd;
    }

    private static double Resolution<TSde>(ISdeMethod<TSde> method, (double Start, double End) span, ReadOnlySpan<double> saveAt) where TSde : ISde =>
        Math.ScaleB(method.Steps.Resolution(span.Start, span.End, saveAt), -method.Refinement);

    private static void CheckTimes(ReadOnlySpan<double> saveAt, (double Start, double End) span)
    {
        if (!(double.IsFinite(span.Start) && double.IsFinite(span.End) && span.End >= span.Start))
            throw new ArgumentException(FormattableString.Invariant($"The interval goes from {span.Start} to {span.End}; the end must be finite and not before the start."), nameof(span));
        SaveTimes.Check(saveAt, span.Start, span.End);
    }
}
