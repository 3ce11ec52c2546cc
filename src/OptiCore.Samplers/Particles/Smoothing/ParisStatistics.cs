using System.Numerics.Tensors;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>The statistics tau^i of particles that PaRIS carries forward: tau_t^i is the mean of tau_{t-1}^j + h_t(x^j_{t-1}, x^i_t) over backward draws j.</summary>
internal sealed class ParisStatistics : IPersistent
{
    private readonly IAdditiveFunctional _functional;
    private readonly BackwardSampler _sampler;
    private readonly int _n, _m, _size, _draws;
    private readonly double[] _gathered, _increments;
    private readonly int[] _indices, _first;
    private double[] _tau, _next;

    public ParisStatistics(ITransitionDensityModel model, IAdditiveFunctional functional, int size, int draws, int rounds)
    {
        (_functional, _sampler, _n, _m, _size, _draws) = (functional, new BackwardSampler(model, rounds), model.StateCount, functional.ValueCount, size, draws);
        (_tau, _next, _gathered, _increments) = (new double[_m * size], new double[_m * size], new double[_n * size], new double[_m * size]);
        (_indices, _first) = (new int[size], new int[size]);
    }

    /// <summary>The first of each particle's backward draws.</summary>
    public ReadOnlySpan<int> First => _first;

    public void Start(ReadOnlyParticleBlock states) => _functional.Start(states, new ParticleBlock(_tau, _m, _size, _size));

    public bool TryAdvance(int step, ReadOnlyParticleBlock previous, ReadOnlySpan<double> weights, ReadOnlyParticleBlock states, RandomKey key)
    {
        _next.AsSpan().Clear();
        ParticleBlock gathered = new(_gathered, _n, _size, _size), increments = new(_increments, _m, _size, _size);
        for (int d = 0; d < _draws; d++)
        {
            if (!_sampler.TryDraw(step, previous, weights, states, key.Fold(d), _indices))
                return false;
            if (d == 0)
                _indices.CopyTo(_first, 0);
            for (int j = 0; j < _n; j++)
            {
                ReadOnlySpan<double> source = previous[j];
                Span<double> row = gathered[j];
                for (int i = 0; i < _size; i++)
                    row[i] = source[_indices[i]];
            }

            _functional.Increment(step, gathered, states, increments);
            for (int k = 0; k < _m; k++)
            {
                ReadOnlySpan<double> tau = _tau.AsSpan(k * _size, _size), added = increments[k];
                Span<double> sum = _next.AsSpan(k * _size, _size);
                for (int i = 0; i < _size; i++)
                    sum[i] += tau[_indices[i]] + added[i];
            }
        }

        TensorPrimitives.Divide(_next, _draws, _next);
        (_tau, _next) = (_next, _tau);
        return true;
    }

    /// <summary>The weighted mean of the statistics.</summary>
    public void Estimate(ReadOnlySpan<double> weights, double total, Span<double> values)
    {
        for (int k = 0; k < _m; k++)
            values[k] = Numerics.Reduce.Dot(weights, _tau.AsSpan(k * _size, _size)) / total;
    }

    public void Persist(StateArchive archive) => archive.Transfer<double>(_tau);
}
