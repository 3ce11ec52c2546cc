using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// One chain of a run: kernel, tuning, and the draws kept so far. Transition k uses <c>key.Fold(k)</c> and nothing else that is random, so that a chain
/// doesn't depend on when or where it runs. A transition that throws leaves the chain where it was.
/// </summary>
internal sealed class Chain : IPersistent
{
    private const int InitialAttempts = 100;

    private readonly int _index;
    private readonly IDifferentiableFunction<double> _density;
    private readonly ILogDensity? _parameters;
    private readonly SamplingOptions _options;
    private readonly SamplerState _kernel;
    private readonly Lock _reporting;
    private readonly AdaptationState? _adaptation;
    private readonly RandomKey _key;
    private readonly RandomKey _adaptationKey;
    private readonly int _parameterCount;
    private readonly double[] _draws;
    private readonly DrawStatistics[] _statistics;
    private int _iteration;
    private bool _isPlaced;
    private bool _hasFailed;
    private int _divergences;
    private int[] _divergentDraws = [];
    private double[] _divergentStarts = [];
    private double[] _divergentEnds = [];
    private readonly double[] _before;
    private long _warmUpTicks;
    private long _samplingTicks;
    private long _reportedAt;

    public Chain(int index, ISampler sampler, IDifferentiableFunction<double> density, SamplingOptions options, Lock reporting)
    {
        _reporting = reporting;
        _index = index;
        _density = density;
        _parameters = density as ILogDensity;
        _options = options;
        _key = options.Key.Fold(index);
        _adaptationKey = _key.Fold("adaptation");
        _kernel = sampler.Start(density);
        _adaptation = options.WarmUp > 0 ? sampler.Adaptation?.Start(_kernel, options.WarmUp) : null;
        _parameterCount = _parameters?.ParameterCount ?? density.Dimension;
        _draws = new double[checked(options.Draws * _parameterCount)];
        _statistics = new DrawStatistics[options.Draws];
        _before = new double[density.Dimension];
    }

    /// <summary>The number of draws kept.</summary>
    public int Kept => Math.Max(0, _iteration - _options.WarmUp);

    public int Iteration => _iteration;

    public bool IsDone => _iteration == _options.WarmUp + _options.Draws;

    /// <summary>No starting point of finite density was found.</summary>
    public bool HasFailed => _hasFailed;

    public int Divergences => _divergences;

    /// <summary>Makes one transition, or finds the starting point first.</summary>
    /// <returns>False when the chain can't start.</returns>
    public bool Advance()
    {
        long startedAt = _options.Clock.GetTimestamp();
        if (!_isPlaced && !Place())
        {
            _hasFailed = true;
            return false;
        }

        bool isWarmUp = _iteration < _options.WarmUp;
        if (isWarmUp)
            _adaptation?.BeforeDraw(_adaptationKey.Fold(_iteration));
        _kernel.Position.CopyTo(_before);
        DrawStatistics statistics = _kernel.Draw(_key.Fold(_iteration));
        if (isWarmUp)
        {
            _adaptation?.AfterDraw(_iteration, statistics);
            if (_iteration == _options.WarmUp - 1)
                _adaptation?.Finish();
        }
        else
        {
            Keep(_iteration - _options.WarmUp, statistics);
        }

        _iteration++;
        long ticks = _options.Clock.GetElapsedTime(startedAt).Ticks;
        if (isWarmUp)
            _warmUpTicks += ticks;
        else
            _samplingTicks += ticks;
        if (_options.Progress is not null)
            Report(_options.Progress, isWarmUp, statistics.StepSize);
        return true;
    }

    /// <summary>A copy of what the chain has so far.</summary>
    public ChainResult Result()
    {
        int kept = Kept;
        var divergences = new Divergence[_divergentDraws.Length];
        int n = _density.Dimension;
        for (int i = 0; i < divergences.Length; i++)
            divergences[i] = new Divergence(_divergentDraws[i], _divergentStarts.AsSpan(i * n, n).ToArray(), _divergentEnds.AsSpan(i * n, n).ToArray());
        var hamiltonian = _kernel as IHamiltonianKernel;
        return new ChainResult(_draws.AsSpan(0, kept * _parameterCount).ToArray(), _statistics.AsSpan(0, kept).ToArray(), _parameterCount)
        {
            Dimension = n,
            Iterations = _iteration,
            StepSize = hamiltonian?.StepSize ?? double.NaN,
            InverseMetric = hamiltonian is null ? [] : hamiltonian.Hamiltonian.Metric.Inverse.ToArray(),
            DivergenceCount = _divergences,
            Divergences = divergences,
            Gradients = _kernel.Gradients,
            WarmUpTime = TimeSpan.FromTicks(_warmUpTicks),
            SamplingTime = TimeSpan.FromTicks(_samplingTicks),
        };
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _iteration);
        archive.Transfer(ref _isPlaced);
        archive.Transfer(ref _hasFailed);
        archive.Transfer(ref _warmUpTicks);
        archive.Transfer(ref _samplingTicks);
        archive.Transfer(_kernel);
        if (_adaptation is not null)
            archive.Transfer(_adaptation);
        int kept = Kept;
        archive.Transfer(_draws.AsSpan(0, kept * _parameterCount));
        for (int i = 0; i < kept; i++)
            Persist(archive, ref _statistics[i]);
        archive.Transfer(ref _divergences);
        archive.Transfer(ref _divergentDraws);
        archive.Transfer(ref _divergentStarts);
        archive.Transfer(ref _divergentEnds);
    }

    /// <summary>Field by field, because the structure has padding.</summary>
    private static void Persist(StateArchive archive, ref DrawStatistics statistics)
    {
        (double logDensity, double accept, double stepSize, int depth, int steps, bool divergent, double energy) = statistics;
        archive.Transfer(ref logDensity);
        archive.Transfer(ref accept);
        archive.Transfer(ref stepSize);
        archive.Transfer(ref depth);
        archive.Transfer(ref steps);
        archive.Transfer(ref divergent);
        archive.Transfer(ref energy);
        statistics = new DrawStatistics(logDensity, accept, stepSize, depth, steps, divergent, energy);
    }

    private bool Place()
    {
        IReadOnlyList<double[]> given = _options.InitialPoints;
        if (given.Count > 0)
        {
            _isPlaced = _kernel.MoveTo(given[given.Count == 1 ? 0 : _index]);
            return _isPlaced;
        }

        RandomKey key = _key.Fold("initial");
        for (int attempt = 0; attempt < InitialAttempts && !_isPlaced; attempt++)
        {
            RandomStream stream = key.Fold(attempt).Stream();
            for (int i = 0; i < _before.Length; i++)
                _before[i] = _options.InitialRadius * ((2 * stream.NextDouble()) - 1);
            _isPlaced = _kernel.MoveTo(_before);
        }

        return _isPlaced;
    }

    private void Keep(int draw, in DrawStatistics statistics)
    {
        Span<double> row = _draws.AsSpan(draw * _parameterCount, _parameterCount);
        if (_parameters is null)
            _kernel.Position.CopyTo(row);
        else
            _parameters.Constrain(_kernel.Position, row);
        _statistics[draw] = statistics;
        if (!statistics.Divergent)
            return;
        _divergences++;

        // The only draws that allocate: rare by nature, and their number is bounded.
        if (_divergentDraws.Length < _options.MaxDivergenceRecords)
        {
            _divergentDraws = [.. _divergentDraws, draw];
            _divergentStarts = [.. _divergentStarts, .. _before];
            _divergentEnds = [.. _divergentEnds, .. _kernel.DivergentPosition];
        }
    }

    private void Report(IProgress<SamplingProgress> progress, bool isWarmUp, double stepSize)
    {
        long now = _options.Clock.GetTimestamp();
        if (!IsDone && _reportedAt != 0 && _options.Clock.GetElapsedTime(_reportedAt, now) < _options.ProgressInterval)
            return;
        _reportedAt = now;
        lock (_reporting)
            progress.Report(new SamplingProgress(_index, _iteration, _options.WarmUp + _options.Draws, isWarmUp, stepSize, _divergences));
    }
}
