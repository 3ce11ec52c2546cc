using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// A run on a linear or quadratic program, whose data are all known: there is nothing to ask. It owns limits, time, progress, cancellation and checkpoints, as <see cref="SolverRun{T}"/> does for functions.
/// </summary>
/// <remarks>A run that was stopped by a limit or by cancellation goes on from exactly there. A run is used by one thread at a time.</remarks>
public sealed class ProgramRun
{
    private readonly ProgramState _state;
    private readonly string _kind;
    private readonly string _configuration;
    private readonly string _method;
    private RunOptions _options;
    private long _elapsedTicks;
    private long? _reportedAt;

    internal ProgramRun(object solver, ProgramState state, RunOptions? options)
    {
        _state = state;
        _options = options ?? new RunOptions();
        _method = solver.GetType().Name;
        _kind = solver.GetType().FullName ?? solver.GetType().Name;
        _configuration = $"{Checkpoint.Describe(solver)} on {state.Description}";
    }

    /// <summary>Why the run ended, or <see cref="StopReason.None"/>.</summary>
    public StopReason Reason { get; private set; }

    /// <summary>The outcome so far.</summary>
    public SolverStatus Status => Reason.Status();

    /// <summary>The number of complete iterations.</summary>
    public long Iterations => _state.Iterations;

    /// <summary>What came out so far.</summary>
    public ProgramResult Result => _state.Result(Reason, TimeSpan.FromTicks(_elapsedTicks)) with { Method = _method };

    /// <summary>Does one iteration.</summary>
    /// <param name="cancellationToken">Ends the run with what there is; never throws.</param>
    /// <returns>True while the run goes on.</returns>
    public bool Step(CancellationToken cancellationToken = default)
    {
        if (Status is SolverStatus.Converged or SolverStatus.Failed)
            return false;
        if (cancellationToken.IsCancellationRequested)
            Reason = StopReason.Cancelled;
        else if (_state.Iterations >= _options.MaxIterations)
            Reason = StopReason.MaxIterations;
        else if (_elapsedTicks >= _options.MaxTime.Ticks)
            Reason = StopReason.MaxTime;
        else
            Reason = StopReason.None;
        if (Reason != StopReason.None)
        {
            Report(_options.Clock.GetTimestamp(), force: true);
            return false;
        }

        long begin = _options.Clock.GetTimestamp();
        Reason = _state.Step();
        long end = _options.Clock.GetTimestamp();
        _elapsedTicks += _options.Clock.GetElapsedTime(begin, end).Ticks;
        Report(end, force: Reason != StopReason.None);
        return Reason == StopReason.None;
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="cancellationToken">Ends the run with what there is; never throws.</param>
    public ProgramResult Complete(CancellationToken cancellationToken = default)
    {
        while (Step(cancellationToken))
        {
        }

        return Result;
    }

    /// <summary>Gives the run other limits, so that a run that reached one can go on.</summary>
    /// <param name="options">The options that hold from now on.</param>
    public void Extend(RunOptions options)
    {
        _options = Require.NotNull(options);
        _reportedAt = null;
    }

    /// <summary>Writes the run, so that another process can go on with it to identical bits.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, _kind, _configuration, _state);

    /// <summary>Replaces this run, started with the same algorithm and program, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another algorithm, configuration or size; the run is unchanged.</exception>
    public void Load(Stream stream)
    {
        Checkpoint.Read(stream, _kind, _configuration, _state);
        Reason = StopReason.None;
        _reportedAt = null;
    }

    /// <summary>Nothing is evaluated, so that what is told of a program's run is its result so far, whose making costs a pass over the program.</summary>
    private void Report(long now, bool force)
    {
        if (_options.Progress is null || (!force && _reportedAt is { } last && _options.Clock.GetElapsedTime(last, now) < _options.ProgressInterval))
            return;
        _reportedAt = now;
        ProgramResult at = _state.Result(Reason, TimeSpan.FromTicks(_elapsedTicks));
        _options.Progress.Report(new RunProgress(at.Iterations, 0, at.Value, at.Value, at.DualResidual, double.NaN, at.Elapsed, at.PrimalResidual));
    }
}

/// <summary>Everything that changes while a program is solved.</summary>
internal abstract class ProgramState : IPersistent
{
    /// <summary>The sizes, by which a checkpoint knows what it belongs to.</summary>
    public abstract string Description { get; }

    /// <summary>The number of complete iterations.</summary>
    public abstract long Iterations { get; }

    /// <summary>Does one iteration.</summary>
    public abstract StopReason Step();

    /// <summary>What came out so far.</summary>
    public abstract ProgramResult Result(StopReason reason, TimeSpan elapsed);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);

    /// <summary>The reason in one sentence.</summary>
    protected static string Sentence(StopReason reason, double primal, double dual, double gap) => reason switch
    {
        StopReason.None => "The run goes on.",
        StopReason.OptimalityTolerance => "Feasible and optimal to within the tolerances.",
        StopReason.Infeasible => "No point satisfies the constraints: the multipliers are a certificate.",
        StopReason.Unbounded => "The objective improves without bound: the point is a ray.",
        StopReason.MaxIterations => "The limit of iterations was reached before convergence.",
        StopReason.MaxTime => "The time limit was reached before convergence.",
        StopReason.Cancelled => "The run was cancelled.",
        StopReason.NoProgress => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"No further progress is possible in this precision (relative residuals: primal {primal:g3}, dual {dual:g3}, gap {gap:g3})."),
        StopReason.NonFinite => "The objective isn't convex, or its numbers are out of range.",
        _ => reason.ToString(),
    };
}
