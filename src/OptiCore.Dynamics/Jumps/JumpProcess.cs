namespace OptiCore.Dynamics;

/// <summary>
/// Simulates jump processes:
/// <code>
/// ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 10\nA -> 0 @ 1");
/// JumpResult one = JumpProcess.Simulate(new GillespieDirect(), network, (0, 5), [0], RandomKey.FromSeed(1), saveAt: [1, 5]);
/// JumpEnsemble many = JumpProcess.Ensemble(new TauLeaping(), network, (0, 5), [0], RandomKey.FromSeed(1), runs: 10_000, saveAt: [5], Workers.AllCores);
/// </code>
/// </summary>
/// <remarks>Hitting a limit, a cancellation or a propensity that isn't valid never throws: the result says what happened and keeps what was reached.</remarks>
public static class JumpProcess
{
    private const int RunsPerPiece = 16;

    /// <summary>Simulates one path.</summary>
    /// <param name="method">The method.</param>
    /// <param name="network">The reactions.</param>
    /// <param name="span">The interval.</param>
    /// <param name="counts">The numbers of molecules at the start, one for each species, at least 0.</param>
    /// <param name="key">The key of the run.</param>
    /// <param name="saveAt">The times to save, ascending within the interval. If empty, the start and the end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the simulation between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">Lengths differ, a count is negative, or the times aren't ordered inside the interval.</exception>
    public static JumpResult Simulate(
        IJumpMethod method,
        ReactionNetwork network,
        (double Start, double End) span,
        ReadOnlySpan<long> counts,
        RandomKey key,
        ReadOnlySpan<double> saveAt = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(network);
        return Simulate(method.Start(network, span.Start, counts, span.End, key), saveAt, cancellationToken);
    }

    /// <summary>Continues a simulation that was started, stopped or loaded, to its end.</summary>
    /// <param name="state">The simulation; it is advanced.</param>
    /// <param name="saveAt">The times to save, ascending between where it is and its end. If empty, where it is and the end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the simulation between two steps; what was reached is kept, and the state can be continued.</param>
    /// <exception cref="ArgumentException">The times aren't ordered inside what is left of the interval.</exception>
    public static JumpResult Simulate(JumpState state, ReadOnlySpan<double> saveAt = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        SaveTimes.Check(saveAt, state.Time, state.End);
        bool everyStep = saveAt.IsEmpty;
        var times = new List<double>();
        var states = new List<long>();
        if (everyStep)
            Save();
        OdeStopReason reason = OdeStopReason.None;
        for (int next = 0; next <= saveAt.Length && reason == OdeStopReason.None; next++)
        {
            double stop = state.End;
            if (next < saveAt.Length)
                state.StopAt(stop = saveAt[next]);
            while (state.Time != stop && reason == OdeStopReason.None)
            {
                if (cancellationToken.IsCancellationRequested)
                    reason = OdeStopReason.Cancelled;
                else if (!state.Step())
                    reason = state.Reason;
                else if (everyStep)
                    Save();
            }

            if (next < saveAt.Length && state.Time == stop)
                Save();
        }

        reason = reason == OdeStopReason.None ? OdeStopReason.ReachedEnd : reason;
        return new JumpResult
        {
            Status = reason.Status(),
            Reason = reason,
            Message = state.Describe(reason),
            Dimension = state.Counts.Length,
            Times = [.. times],
            States = [.. states],
            FinalTime = state.Time,
            FinalState = state.Counts.ToArray(),
            Counts = state.Work,
        };

        void Save()
        {
            times.Add(state.Time);
            states.AddRange(state.Counts);
        }
    }

    /// <summary>Simulates many independent paths: run r has the key <c>key.Fold(r)</c>, so that the results are the same for any number of workers.</summary>
    /// <param name="method">The method.</param>
    /// <param name="network">The reactions; propensities are called from several threads.</param>
    /// <param name="span">The interval.</param>
    /// <param name="counts">The numbers of molecules at the start, one for each species, at least 0.</param>
    /// <param name="key">The key of the ensemble.</param>
    /// <param name="runs">The number of paths, at least 1.</param>
    /// <param name="saveAt">The times to save, ascending within the interval; at least one.</param>
    /// <param name="workers">Who simulates; null for the calling thread.</param>
    /// <param name="cancellationToken">Ends the work between two pieces.</param>
    /// <exception cref="ArgumentException">Lengths differ, a count is negative, or the times aren't ordered inside the interval.</exception>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static JumpEnsemble Ensemble(
        IJumpMethod method,
        ReactionNetwork network,
        (double Start, double End) span,
        ReadOnlySpan<long> counts,
        RandomKey key,
        int runs,
        ReadOnlySpan<double> saveAt,
        IWorkers? workers = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(network);
        Require.Positive(runs, nameof(runs));
        SaveTimes.Check(saveAt, span.Start, span.End);
        if (saveAt.IsEmpty)
            throw new ArgumentException("saveAt is empty; an ensemble needs at least one time.", nameof(saveAt));
        double[] times = saveAt.ToArray();
        long[] start = counts.ToArray();
        int n = start.Length;
        long[] states = new long[checked(runs * times.Length * n)];
        var reasons = new OdeStopReason[runs];
        (workers ?? Workers.Serial).ForEach((runs + RunsPerPiece - 1) / RunsPerPiece, Piece, cancellationToken);
        return new JumpEnsemble(n, times, states, reasons);

        void Piece(int piece)
        {
            JumpState? state = null;
            int to = Math.Min(runs, (piece + 1) * RunsPerPiece);
            for (int r = piece * RunsPerPiece; r < to; r++)
            {
                if (state is null)
                    state = method.Start(network, span.Start, start, span.End, key.Fold(r));
                else
                    state.Restart(span.Start, start, span.End, key.Fold(r));
                reasons[r] = OdeStopReason.ReachedEnd;
                for (int i = 0; i < times.Length; i++)
                {
                    state.StopAt(times[i]);
                    while (state.Time != times[i] && state.Step())
                    {
                    }

                    state.Counts.CopyTo(states.AsSpan(((r * times.Length) + i) * n));
                    if (state.Time == times[i])
                        continue;
                    states.AsSpan(((r * times.Length) + i) * n, (times.Length - i) * n).Fill(-1);
                    reasons[r] = state.Reason;
                    break;
                }
            }
        }
    }
}

/// <summary>Many paths of a jump process at the same times.</summary>
public sealed class JumpEnsemble
{
    private readonly double[] _times;
    private readonly long[] _states;
    private readonly OdeStopReason[] _reasons;

    internal JumpEnsemble(int dimension, double[] times, long[] states, OdeStopReason[] reasons)
    {
        Dimension = dimension;
        _times = times;
        _states = states;
        _reasons = reasons;
    }

    /// <summary>The number of species.</summary>
    public int Dimension { get; }

    /// <summary>The number of paths.</summary>
    public int Runs => _reasons.Length;

    /// <summary>The saved times.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>All numbers of molecules, runs x times x species, row-major; -1 behind the time where a run ended too early.</summary>
    public ReadOnlySpan<long> States => _states;

    /// <summary>Why each run ended.</summary>
    public ReadOnlySpan<OdeStopReason> Reasons => _reasons;

    /// <summary>The numbers of a run at a time.</summary>
    /// <param name="run">The number of the run, from 0.</param>
    /// <param name="time">The number of the time, from 0.</param>
    public ReadOnlySpan<long> State(int run, int time) => _states.AsSpan(((run * _times.Length) + time) * Dimension, Dimension);

    /// <summary>Mean and unbiased variance of a species at a time over the runs that were completed; NaN where there are too few.</summary>
    /// <param name="time">The number of the time, from 0.</param>
    /// <param name="species">The species, from 0.</param>
    public (double Mean, double Variance) Moments(int time, int species)
    {
        int count = 0;
        double sum = 0, squares = 0;
        for (int r = 0; r < Runs; r++)
        {
            if (_reasons[r] != OdeStopReason.ReachedEnd)
                continue;
            sum += State(r, time)[species];
            count++;
        }

        double mean = count > 0 ? sum / count : double.NaN;
        for (int r = 0; r < Runs; r++)
        {
            double deviation = State(r, time)[species] - mean;
            squares += _reasons[r] == OdeStopReason.ReachedEnd ? deviation * deviation : 0;
        }

        return (mean, count > 1 ? squares / (count - 1) : double.NaN);
    }
}
