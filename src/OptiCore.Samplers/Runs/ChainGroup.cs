using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Chains of a run that move together: a single one, or a whole ensemble. It places its chains, counts iterations and time, tells of its progress and
/// keeps the draws. Iteration k uses <c>key.Fold(k)</c> and nothing else that is random, so that a group doesn't depend on when or where it
/// runs. A transition that throws leaves the group where it was.
/// </summary>
internal abstract class ChainGroup : IPersistent
{
    private const int InitialAttempts = 100;

    private readonly Lock _reporting;
    private readonly int _first;
    private readonly double[] _initialEvaluations;
    private int _iteration;
    private bool _isPlaced;
    private bool _hasFailed;
    private long _warmUpTicks;
    private long _samplingTicks;
    private long _reportedAt;

    protected ChainGroup(int first, int count, IProblem<double> target, SamplingOptions options, Lock reporting)
    {
        _first = first;
        _reporting = reporting;
        Target = target;
        Options = options;
        Records = new ChainRecord[count];
        _initialEvaluations = new double[count];
        for (int i = 0; i < count; i++)
            Records[i] = new ChainRecord(target, options);
    }

    /// <summary>The number of complete transitions.</summary>
    public int Iteration => _iteration;

    public bool IsDone => _iteration == Options.WarmUp + Options.Draws;

    /// <summary>No starting point of finite density was found.</summary>
    public bool HasFailed => _hasFailed;

    public ChainRecord[] Records { get; }

    protected IProblem<double> Target { get; }

    protected SamplingOptions Options { get; }

    protected TimeSpan WarmUpTime => TimeSpan.FromTicks(_warmUpTicks);

    protected TimeSpan SamplingTime => TimeSpan.FromTicks(_samplingTicks);

    protected bool IsWarmUp => _iteration < Options.WarmUp;

    /// <summary>Makes one transition, or finds the starting points first.</summary>
    /// <returns>False when a chain can't start.</returns>
    public bool Advance()
    {
        long startedAt = Options.Clock.GetTimestamp();
        if (!_isPlaced)
        {
            _isPlaced = Place();
            _hasFailed = !_isPlaced;
            if (_hasFailed)
                return false;
        }

        bool isWarmUp = IsWarmUp;
        double stepSize = Transition(_iteration);
        _iteration++;
        long ticks = Options.Clock.GetElapsedTime(startedAt).Ticks;
        if (isWarmUp)
            _warmUpTicks += ticks;
        else
            _samplingTicks += ticks;
        if (Options.Progress is not null)
            Report(Options.Progress, isWarmUp, stepSize);
        return true;
    }

    /// <summary>A copy of what a chain has so far.</summary>
    /// <param name="index">The chain, from 0 inside the group.</param>
    public abstract ChainResult Result(int index);

    public virtual void Persist(StateArchive archive)
    {
        archive.Transfer(ref _iteration);
        archive.Transfer(ref _isPlaced);
        archive.Transfer(ref _hasFailed);
        archive.Transfer(ref _warmUpTicks);
        archive.Transfer(ref _samplingTicks);
        archive.Transfer<double>(_initialEvaluations);
        foreach (ChainRecord record in Records)
            archive.Transfer(record);
    }

    /// <summary>Makes the transition of a number and keeps its draws if warm-up is over.</summary>
    /// <returns>The step size.</returns>
    protected abstract double Transition(int iteration);

    /// <summary>Moves a chain; false when the density isn't finite there.</summary>
    protected abstract bool MoveTo(int index, ReadOnlySpan<double> position);

    /// <summary>Writes a random position to try.</summary>
    protected abstract void DrawStart(int index, RandomKey key, Span<double> position);

    /// <summary>How often the density was evaluated to find where a chain begins.</summary>
    protected double InitialEvaluations(int index) => _initialEvaluations[index];

    /// <summary>Called when a chain begins at a place that was found for it.</summary>
    protected virtual void Begin(int index, ChainStart start)
    {
    }

    /// <summary>Called when all chains have their positions.</summary>
    protected virtual void Placed()
    {
    }

    private bool Place()
    {
        double[] position = new double[Target.Dimension];
        for (int i = 0; i < Records.Length; i++)
        {
            int chain = _first + i;
            IReadOnlyList<double[]> given = Options.InitialPoints;
            bool isPlaced = given.Count > 0 && MoveTo(i, given[given.Count == 1 ? 0 : chain]);
            RandomKey key = Options.Key.Fold(chain).Fold("initial");
            for (int attempt = 0; given.Count == 0 && attempt < InitialAttempts && !isPlaced; attempt++)
            {
                DrawStart(i, key.Fold(attempt), position);
                isPlaced = MoveTo(i, position);
            }

            if (!isPlaced)
                return false;
            if (Options.Initialization is not null)
                Improve(i, Options.Initialization, given.Count == 0 ? position : given[given.Count == 1 ? 0 : chain]);
        }

        Placed();
        return true;
    }

    private void Improve(int i, IInitialization initialization, double[] position)
    {
        ChainStart? start = initialization.Find(Target, position, Options.Key.Fold(_first + i).Fold("initialization"));
        if (start is null)
            return;
        _initialEvaluations[i] = start.Evaluations;
        if (MoveTo(i, start.Position))
            Begin(i, start);
        else
            MoveTo(i, position);
    }

    private void Report(IProgress<SamplingProgress> progress, bool isWarmUp, double stepSize)
    {
        long now = Options.Clock.GetTimestamp();
        if (!IsDone && _reportedAt != 0 && Options.Clock.GetElapsedTime(_reportedAt, now) < Options.ProgressInterval)
            return;
        _reportedAt = now;
        int divergences = 0;
        foreach (ChainRecord record in Records)
            divergences += record.Divergences;
        lock (_reporting)
            progress.Report(new SamplingProgress(_first, Records.Length, _iteration, Options.WarmUp + Options.Draws, isWarmUp, stepSize, divergences));
    }
}
