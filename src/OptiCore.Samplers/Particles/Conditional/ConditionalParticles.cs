using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.Samplers;

/// <summary>How a conditional particle filter chooses its next path.</summary>
public enum PathUpdate
{
    /// <summary>The genealogy of a particle of the last step; the reference keeps its own ancestors. The plain conditional SMC of Andrieu, Doucet and Holenstein (2010), which mixes badly on long series.</summary>
    Genealogy,

    /// <summary>The genealogy, with new ancestors for the reference, drawn by w_j p(x_t | x^j_{t-1}): F. Lindsten, M. I. Jordan, T. B. Schön (2014), Particle Gibbs with ancestor sampling.</summary>
    AncestorSampling,

    /// <summary>Backward simulation through all particles after the sweep: N. Whiteley (2010), in the discussion of Andrieu, Doucet and Holenstein.</summary>
    BackwardSampling,
}

/// <summary>
/// The conditional particle filter: a bootstrap filter with multinomial resampling at every step in which the last particle follows a given path.
/// </summary>
/// <remarks>C. Andrieu, A. Doucet, R. Holenstein (2010), Particle Markov chain Monte Carlo methods.</remarks>
internal sealed class ConditionalParticles
{
    private readonly int _n, _p, _size, _steps, _rounds;
    private readonly double[] _observations, _gathered, _cumulative, _workspace, _reference;
    private readonly double[][] _states, _weights;
    private readonly int[][] _ancestors;
    private readonly double[] _blockMaximum;
    private readonly IWorkers _workers;
    private readonly Action<int> _move;
    private ITransitionDensityModel _model;
    private BackwardSampler _sampler;
    private RandomKey _stepKey;
    private int _step;
    private bool _conditioned;

    public ConditionalParticles(ITransitionDensityModel model, ReadOnlySpan<double> observations, int size, int rounds, IWorkers workers)
    {
        (_n, _p, _size, _rounds, _workers) = (model.StateCount, model.ObservationCount, size, rounds, workers);
        _steps = Series.Length(observations, _p);
        if (_steps == 0)
            throw new ArgumentException("There must be at least one observation.", nameof(observations));
        (_observations, _gathered, _reference) = (observations.ToArray(), new double[_n * size], new double[_n]);
        (_cumulative, _workspace) = (new double[size], new double[(2 * size) + 1]);
        (_states, _weights, _ancestors) = (new double[_steps][], new double[_steps][], new int[_steps][]);
        for (int t = 0; t < _steps; t++)
            (_states[t], _weights[t], _ancestors[t]) = (new double[_n * size], new double[size], new int[size]);
        _blockMaximum = new double[(size + ParticleFilterState.BlockSize - 1) / ParticleFilterState.BlockSize];
        _move = Move;
        (_model, _sampler) = (model, new BackwardSampler(model, rounds));
    }

    public int Steps => _steps;

    public int StateCount => _n;

    public void SetModel(ITransitionDensityModel model)
    {
        Require.Length(model.StateCount, _n, nameof(model));
        Require.Length(model.ObservationCount, _p, nameof(model));
        (_model, _sampler) = (model, new BackwardSampler(model, _rounds));
    }

    public ReadOnlyParticleBlock States(int step) => new(_states[step], _n, _size, _size);

    public ReadOnlySpan<double> Weights(int step) => _weights[step];

    /// <summary>One pass over the series; the path, if it isn't empty, is that of the last particle. The statistics advance with the particles.</summary>
    /// <returns>False when all weights of a step are 0.</returns>
    public bool TrySweep(ReadOnlySpan<double> path, PathUpdate update, ParisStatistics? statistics, RandomKey key)
    {
        _conditioned = !path.IsEmpty;
        int free = _conditioned ? _size - 1 : _size;
        for (_step = 0; _step < _steps; _step++)
        {
            _stepKey = key.Fold(_step);
            ParticleBlock next = new(_states[_step], _n, _size, _size);
            if (_step > 0)
            {
                Span<int> ancestors = _ancestors[_step];
                Resampling.Cumulate(_weights[_step - 1], _cumulative);
                new MultinomialResampling().Draw(_weights[_step - 1], _cumulative, _stepKey.Fold("ancestors"), _workspace, ancestors[..free]);
                if (free < _size)
                    ancestors[free] = free;
            }

            if (_conditioned)
                path.Slice(_step * _n, _n).CopyTo(_reference);
            _workers.ForEach(_blockMaximum.Length, _move);
            if (_step > 0 && free < _size && update == PathUpdate.AncestorSampling)
            {
                int ancestor = _sampler.Exact(_step, States(_step - 1), _weights[_step - 1], next.Slice(free, 1), _stepKey.Fold("reference"));
                if (ancestor >= 0)
                    _ancestors[_step][free] = ancestor;
            }

            double maximum = double.NegativeInfinity;
            foreach (double m in _blockMaximum)
                maximum = Math.Max(maximum, m);
            if (!double.IsFinite(maximum))
                return false;
            Span<double> weights = _weights[_step];
            TensorPrimitives.Subtract(weights, maximum, weights);
            VectorMath.Exp<double>(weights, weights);
            if (statistics is null)
                continue;
            if (_step == 0)
                statistics.Start(States(0));
            else if (!statistics.TryAdvance(_step, States(_step - 1), _weights[_step - 1], States(_step), _stepKey.Fold("statistics")))
                return false;
            else
                statistics.First.CopyTo(_ancestors[_step]);
        }

        return true;
    }

    /// <summary>Draws a path of the particles of the last sweep.</summary>
    public bool TryDrawPath(PathUpdate update, RandomKey key, Span<double> path)
    {
        Resampling.Cumulate(_weights[^1], _cumulative);
        int particle = BackwardSampler.Search(_cumulative, key.Stream().NextDouble());
        for (int t = _steps - 1; t >= 0; t--)
        {
            States(t).Read(particle, path.Slice(t * _n, _n));
            if (t == 0)
                break;
            particle = update == PathUpdate.BackwardSampling
                ? _sampler.Exact(t, States(t - 1), _weights[t - 1], States(t).Slice(particle, 1), key.Fold(t))
                : _ancestors[t][particle];
            if (particle < 0)
                return false;
        }

        return true;
    }

    private void Move(int block)
    {
        int first = block * ParticleFilterState.BlockSize, count = Math.Min(ParticleFilterState.BlockSize, _size - first);
        RandomKey key = _stepKey.Fold(block);
        ParticleBlock next = new ParticleBlock(_states[_step], _n, _size, _size).Slice(first, count);
        if (_step == 0)
        {
            _model.DrawInitial(key, next);
        }
        else
        {
            ReadOnlySpan<int> ancestors = _ancestors[_step].AsSpan(first, count);
            ReadOnlyParticleBlock previous = States(_step - 1);
            ParticleBlock gathered = new ParticleBlock(_gathered, _n, _size, _size).Slice(first, count);
            for (int j = 0; j < _n; j++)
            {
                ReadOnlySpan<double> source = previous[j];
                Span<double> row = gathered[j];
                for (int i = 0; i < ancestors.Length; i++)
                    row[i] = source[ancestors[i]];
            }

            _model.DrawTransition(_step, gathered, key, next);
        }

        if (_conditioned && first + count == _size)
            next.Write(count - 1, _reference);
        ReadOnlySpan<double> observation = _observations.AsSpan(_step * _p, _p);
        Span<double> logs = _weights[_step].AsSpan(first, count);
        if (Missing.All(observation))
            logs.Clear();
        else
            _model.LogObservation(_step, observation, next, logs);
        double maximum = double.NegativeInfinity;
        foreach (ref double w in logs)
        {
            w = double.IsNaN(w) ? double.NegativeInfinity : w;
            maximum = Math.Max(maximum, w);
        }

        _blockMaximum[block] = maximum;
    }
}
