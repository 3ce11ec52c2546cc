using OptiCore.Persistence;
using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>Draws that came to the host, chain by chain.</summary>
internal sealed class HostDraws : IPersistent
{
    private readonly ChainShape _shape;
    private readonly double[][] _draws;
    private readonly DrawStatistics[][] _statistics;
    private readonly double[] _positions;
    private readonly double[] _logDensities;
    private readonly double[] _acceptances;
    private readonly double[] _energies;
    private readonly int[] _underWay;
    private int _count;

    public HostDraws(ChainShape shape, int draws)
    {
        _shape = shape;
        _draws = new double[shape.Chains][];
        _statistics = new DrawStatistics[shape.Chains][];
        for (int c = 0; c < shape.Chains; c++)
        {
            _draws[c] = new double[checked(draws * shape.Dimension)];
            _statistics[c] = new DrawStatistics[draws];
        }

        _positions = new double[checked(shape.Dimension * shape.Chains)];
        _logDensities = new double[shape.Chains];
        _acceptances = new double[shape.Chains];
        _energies = new double[shape.Chains];
        _underWay = new int[shape.Chains];
    }

    /// <summary>Copies the chains' states.</summary>
    public void Add(GpuChains chains)
    {
        chains.Positions.CopyTo(_positions);
        chains.LogDensities.CopyTo(_logDensities);
        chains.Acceptances.CopyTo(_acceptances);
        chains.Energies.CopyTo(_energies);
        chains.UnderWay.CopyTo(_underWay);
        chains.BeforeStatistics();
        int n = _shape.Dimension;
        for (int c = 0; c < _shape.Chains; c++)
        {
            Span<double> row = _draws[c].AsSpan(_count * n, n);
            for (int i = 0; i < n; i++)
                row[i] = _positions[(i * _shape.Chains) + c];
            (double stepSize, int steps) = chains.Transition(c);
            _statistics[c][_count] = new DrawStatistics(_logDensities[c], _acceptances[c], stepSize, 0, steps, _underWay[c] == 0, chains.HasEnergies ? _energies[c] : double.NaN);
        }

        _count++;
    }

    /// <summary>Copies of what is kept.</summary>
    public ChainResult[] Chains(int iterations, double stepSize, double[] inverseMetric, int[] divergences, double evaluations, TimeSpan warmUp, TimeSpan sampling)
    {
        int n = _shape.Dimension;
        var results = new ChainResult[_shape.Chains];
        for (int c = 0; c < results.Length; c++)
        {
            results[c] = new ChainResult(_draws[c].AsSpan(0, _count * n).ToArray(), _statistics[c].AsSpan(0, _count).ToArray(), n)
            {
                Dimension = n,
                Iterations = iterations,
                StepSize = stepSize,
                InverseMetric = inverseMetric,
                DivergenceCount = divergences[c],
                Evaluations = evaluations,
                WarmUpTime = warmUp,
                SamplingTime = sampling,
            };
        }

        return results;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        for (int c = 0; c < _shape.Chains; c++)
        {
            archive.Transfer(_draws[c].AsSpan(0, _count * _shape.Dimension));
            for (int i = 0; i < _count; i++)
                Persist(archive, ref _statistics[c][i]);
        }
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
