using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>A batch of samples on its way from noise to data: it owns limits, progress, cancellation and checkpoints.</summary>
/// <remarks>
/// <see cref="Complete"/> goes to the end, <see cref="Step"/> to the next level; they can be mixed. A run that was stopped by a limit or by cancellation goes on from exactly there. Without a trajectory and with one
/// worker a step allocates nothing, if the model doesn't. A run is used by one thread at a time.
/// </remarks>
public sealed class DiffusionRun : IPersistent
{
    private readonly string _kind, _configuration;
    private readonly DiffusionOptions _options;
    private readonly DiffusionState _state;
    private readonly List<DiffusionPoint> _trajectory = [];
    private readonly int _dimension;
    private long _elapsedTicks;
    private StopReason _reason;

    private DiffusionRun(IDiffusionSolver solver, DiffusionProblem problem, ReadOnlySpan<double> initial, DiffusionOptions options)
    {
        _options = options;
        _dimension = problem.Model.Dimension;
        _kind = solver.GetType().FullName ?? solver.GetType().Name;
        _configuration = string.Create(CultureInfo.InvariantCulture,
            $"{Checkpoint.Describe(solver)} on {problem.Count} samples of {_dimension} elements from number {problem.FirstSample}, {problem.Grid}, key {options.Key}");
        _state = solver.Start(problem, initial);
        Keep();
    }

    /// <summary>The outcome so far.</summary>
    public RunStatus Status =>
        _reason == StopReason.NonFinite ? RunStatus.Failed
        : _state.IsFinished ? RunStatus.Completed
        : _reason != StopReason.None ? RunStatus.Stopped
        : RunStatus.Running;

    /// <summary>Why the run ended before the last level: a limit, cancellation, or <see cref="StopReason.NonFinite"/>; otherwise <see cref="StopReason.None"/>.</summary>
    public StopReason Reason => _reason;

    /// <summary>The samples at <see cref="Level"/>, one row after the other.</summary>
    public ReadOnlySpan<double> Samples => _state.Samples;

    /// <summary>The level that was reached.</summary>
    public NoiseLevel Level => _state.Level;

    /// <summary>How often the model was evaluated on the batch.</summary>
    public long Evaluations => _state.Evaluations;

    /// <summary>What came out so far. Copies the samples.</summary>
    public DiffusionResult Result => new(_state.Samples.ToArray(), _dimension)
    {
        Status = Status,
        Reason = _reason,
        Message = Sentence(),
        Level = _state.Level,
        Evaluations = _state.Evaluations,
        Trajectory = [.. _trajectory],
        Elapsed = TimeSpan.FromTicks(_elapsedTicks),
    };

    /// <summary>Starts from noise: sigma z at the grid's first level, with z of the key.</summary>
    /// <param name="model">The model.</param>
    /// <param name="solver">The solver, for example <see cref="UniPc"/>.</param>
    /// <param name="grid">The levels to go through.</param>
    /// <param name="options">Number of samples, key and limits.</param>
    /// <remarks>The noise of the first level stands for the sample there, which is right where alpha is small. Otherwise give samples of that level.</remarks>
    public static DiffusionRun Start(IDiffusionModel model, IDiffusionSolver solver, TimeGrid grid, DiffusionOptions options)
    {
        Require.NotNull(model);
        Require.NotNull(grid);
        Require.NotNull(options);
        var initial = new double[checked(options.Count * model.Dimension)];
        new KeyedNoise(options.Key.Fold("start")).Fill(0, options.FirstSample, model.Dimension, initial);
        LinearCombination.Scale(grid.Start.Sigma, initial);
        return Start(model, solver, grid, initial, options);
    }

    /// <summary>Starts from given samples.</summary>
    /// <param name="model">The model.</param>
    /// <param name="solver">The solver.</param>
    /// <param name="grid">The levels to go through.</param>
    /// <param name="initial">The samples at the grid's first level, one row after the other. Copied.</param>
    /// <param name="options">Key and limits; the number of samples is that of the rows. Default: as they are.</param>
    /// <exception cref="ArgumentException">The samples are no whole rows, or not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The solver can't be used on this grid.</exception>
    public static DiffusionRun Start(IDiffusionModel model, IDiffusionSolver solver, TimeGrid grid, ReadOnlySpan<double> initial, DiffusionOptions? options = null)
    {
        Require.NotNull(model);
        Require.NotNull(solver);
        Require.NotNull(grid);
        options ??= new DiffusionOptions();
        if (initial.IsEmpty || initial.Length % model.Dimension != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"initial has {initial.Length} elements; expected rows of {model.Dimension}."), nameof(initial));
        Require.AllFinite(initial, nameof(initial));
        var problem = new DiffusionProblem
        {
            Model = model,
            Grid = grid,
            Count = initial.Length / model.Dimension,
            Noise = options.Noise ?? new KeyedNoise(options.Key.Fold("noise")),
            FirstSample = options.FirstSample,
            Workers = options.Workers,
        };
        return new DiffusionRun(solver, problem, initial, options);
    }

    /// <summary>Runs to the last level.</summary>
    /// <param name="cancellationToken">Ends the run with the samples so far; never throws.</param>
    public DiffusionResult Complete(CancellationToken cancellationToken = default)
    {
        while (Step(cancellationToken))
        {
        }

        return Result;
    }

    /// <summary>Goes to the next level.</summary>
    /// <param name="cancellationToken">Ends the run with the samples so far; never throws.</param>
    /// <returns>True while the run goes on.</returns>
    public bool Step(CancellationToken cancellationToken = default)
    {
        if (_reason == StopReason.NonFinite || _state.IsFinished)
            return false;
        _reason = cancellationToken.IsCancellationRequested ? StopReason.Cancelled
            : _state.Evaluations >= _options.MaxEvaluations ? StopReason.MaxEvaluations
            : _options.MaxTime != TimeSpan.MaxValue && _elapsedTicks >= _options.MaxTime.Ticks ? StopReason.MaxTime
            : StopReason.None;
        if (_reason != StopReason.None)
            return false;
        long startedAt = _options.Clock.GetTimestamp();
        try
        {
            if (!_state.Step())
                _reason = StopReason.NonFinite;
        }
        finally
        {
            _elapsedTicks += _options.Clock.GetElapsedTime(startedAt).Ticks;
        }

        if (_reason != StopReason.None)
            return false;
        Keep();
        _options.Progress?.Report(new DiffusionProgress(_state.Progress, _state.Level, _state.Evaluations));
        return !_state.IsFinished;
    }

    /// <summary>Writes the run, so that another process can go on with it to identical bits. The trajectory isn't kept.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, _kind, _configuration, this);

    /// <summary>Replaces this run, started with the same solver, grid, number of samples and key, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another solver, configuration or grid; the run is unchanged.</exception>
    public void Load(Stream stream)
    {
        Checkpoint.Read(stream, _kind, _configuration, this);
        _trajectory.Clear();
        Keep();
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _elapsedTicks);
        archive.Transfer(ref _reason);
        archive.Transfer(_state);
    }

    private void Keep()
    {
        if (_options.KeepsTrajectory)
            _trajectory.Add(new DiffusionPoint(_state.Level, _state.Samples.ToArray()));
    }

    private string Sentence()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return Status switch
        {
            RunStatus.Completed => string.Create(c, $"The last level was reached after {Evaluations} evaluations."),
            RunStatus.Running => "The run goes on.",
            RunStatus.Failed => string.Create(c, $"The model or the samples weren't finite after {Level}; the samples of that level are kept."),
            _ when _reason == StopReason.Cancelled => string.Create(c, $"The run was cancelled at {Level}; the samples so far are kept."),
            _ when _reason == StopReason.MaxTime => string.Create(c, $"The time limit of {_options.MaxTime} was reached at {Level}; the samples so far are kept."),
            _ => string.Create(c, $"The limit of {_options.MaxEvaluations} evaluations was reached at {Level}; the samples so far are kept."),
        };
    }
}
