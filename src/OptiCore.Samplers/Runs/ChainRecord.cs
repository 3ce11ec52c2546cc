using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>What is kept of one chain: its draws, what happened in each transition, and where transitions diverged.</summary>
internal sealed class ChainRecord : IPersistent
{
    private readonly IReportedParameters? _parameters;
    private readonly SamplingOptions _options;
    private readonly int _dimension;
    private readonly int _parameterCount;
    private readonly double[] _draws;
    private readonly DrawStatistics[] _statistics;
    private int _count;
    private int _divergences;
    private int[] _divergentDraws = [];
    private double[] _divergentStarts = [];
    private double[] _divergentEnds = [];

    public ChainRecord(IProblem<double> target, SamplingOptions options)
    {
        _parameters = target as IReportedParameters;
        _options = options;
        _dimension = target.Dimension;
        _parameterCount = _parameters?.ParameterCount ?? _dimension;
        _draws = new double[checked(options.Draws * _parameterCount)];
        _statistics = new DrawStatistics[options.Draws];
    }

    /// <summary>The number of divergent transitions after warm-up.</summary>
    public int Divergences => _divergences;

    /// <summary>Keeps a draw.</summary>
    /// <param name="position">The draw.</param>
    /// <param name="before">Where the transition began.</param>
    /// <param name="divergentPosition">Where it diverged, if it did.</param>
    /// <param name="statistics">What happened in it.</param>
    public void Keep(ReadOnlySpan<double> position, ReadOnlySpan<double> before, ReadOnlySpan<double> divergentPosition, in DrawStatistics statistics)
    {
        Span<double> row = _draws.AsSpan(_count * _parameterCount, _parameterCount);
        if (_parameters is null)
            position.CopyTo(row);
        else
            _parameters.Constrain(position, row);
        _statistics[_count++] = statistics;
        if (!statistics.Divergent)
            return;
        _divergences++;

        // The only draws that allocate: rare by nature, and their number is bounded.
        if (_divergentDraws.Length < _options.MaxDivergenceRecords)
        {
            _divergentDraws = [.. _divergentDraws, _count - 1];
            _divergentStarts = [.. _divergentStarts, .. before];
            _divergentEnds = [.. _divergentEnds, .. divergentPosition];
        }
    }

    /// <summary>A copy of what is kept.</summary>
    public ChainResult Result(int iterations, int maxTreeDepth, double stepSize, IReadOnlyList<double> inverseMetric, double evaluations, object? report, TimeSpan warmUpTime, TimeSpan samplingTime)
    {
        var divergences = new Divergence[_divergentDraws.Length];
        int n = _dimension, saturated = 0;
        foreach (ref readonly DrawStatistics s in _statistics.AsSpan(0, _count))
            saturated += s.TreeDepth >= maxTreeDepth ? 1 : 0;
        for (int i = 0; i < divergences.Length; i++)
            divergences[i] = new Divergence(_divergentDraws[i], _divergentStarts.AsSpan(i * n, n).ToArray(), _divergentEnds.AsSpan(i * n, n).ToArray());
        return new ChainResult(_draws.AsSpan(0, _count * _parameterCount).ToArray(), _statistics.AsSpan(0, _count).ToArray(), _parameterCount)
        {
            Dimension = n,
            Iterations = iterations,
            StepSize = stepSize,
            InverseMetric = inverseMetric,
            DivergenceCount = _divergences,
            Divergences = divergences,
            SaturatedCount = saturated,
            Evaluations = evaluations,
            Report = report,
            WarmUpTime = warmUpTime,
            SamplingTime = samplingTime,
        };
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        archive.Transfer(_draws.AsSpan(0, _count * _parameterCount));
        for (int i = 0; i < _count; i++)
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
}
