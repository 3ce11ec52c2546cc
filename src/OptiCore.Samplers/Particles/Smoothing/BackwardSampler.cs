using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Draws particles of a step backwards: for each state x_t an index j with probability proportional to w_j p(x_t | x^j_{t-1}), by rejection from the weights, in rounds for all states at once, and exactly for the few states that no round accepts.
/// </summary>
/// <remarks>
/// R. Douc, A. Garivier, E. Moulines, J. Olsson (2011), Sequential Monte Carlo smoothing for general state space hidden Markov models; the limit on the rounds of E. Taghavi, F. Lindsten, L. Svensson, T. B. Schön (2013), Adaptive stopping for fast
/// particle smoothing. Both ways draw the same law whatever the earlier rounds brought, so the limits are a matter of speed only.
/// </remarks>
internal sealed class BackwardSampler
{
    /// <summary>What a call of the model costs beside its densities, in densities: measured, some hundred nanoseconds.</summary>
    private const int CallCost = 100;

    private readonly ITransitionDensityModel _model;
    private readonly int _n, _rounds;
    private double[] _cumulative = [], _logs = [], _uniforms = [], _previous = [], _next = [];
    private int[] _active = [], _candidates = [];

    public BackwardSampler(ITransitionDensityModel model, int rounds) => (_model, _n, _rounds) = (model, model.StateCount, rounds);

    /// <summary>Draws an index for each state.</summary>
    /// <param name="step">The step t of the states.</param>
    /// <param name="previous">The particles x_{t-1}.</param>
    /// <param name="weights">Their weights.</param>
    /// <param name="states">The states x_t.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="indices">Receives an index for each state.</param>
    /// <returns>False when a state has density 0 after every particle.</returns>
    public bool TryDraw(int step, ReadOnlyParticleBlock previous, ReadOnlySpan<double> weights, ReadOnlyParticleBlock states, RandomKey key, Span<int> indices)
    {
        int size = previous.Count, m = states.Count;
        Reserve(size, m);
        Span<double> cumulative = _cumulative.AsSpan(0, size);
        Resampling.Cumulate(weights, cumulative);
        double bound = _model.LogTransitionBound(step);
        int active = m;
        for (int i = 0; i < m; i++)
            _active[i] = i;
        for (int round = 0; round < _rounds && active > 0 && double.IsFinite(bound); round++)
        {
            Span<double> uniforms = _uniforms.AsSpan(0, 2 * active);
            RandomFill.Uniform(key.Fold(round), uniforms);
            ParticleBlock from = new(_previous, _n, active, active), to = new(_next, _n, active, active);
            for (int a = 0; a < active; a++)
                _candidates[a] = Search(cumulative, uniforms[a]);
            for (int j = 0; j < _n; j++)
            {
                ReadOnlySpan<double> source = previous[j], target = states[j];
                Span<double> fromRow = from[j], toRow = to[j];
                for (int a = 0; a < active; a++)
                {
                    fromRow[a] = source[_candidates[a]];
                    toRow[a] = target[_active[a]];
                }
            }

            Span<double> logs = _logs.AsSpan(0, active);
            _model.LogTransition(step, from, to, logs);
            TensorPrimitives.Subtract(logs, bound, logs);
            VectorMath.Exp<double>(logs, logs);
            int kept = 0;
            for (int a = 0; a < active; a++)
            {
                if (uniforms[active + a] < logs[a])
                    indices[_active[a]] = _candidates[a];
                else
                    _active[kept++] = _active[a];
            }

            // A round costs a call and its candidates, an exact draw a call and all N densities: where the round saved less than it cost, the rest is drawn exactly.
            int accepted = active - kept;
            active = kept;
            if (accepted * (CallCost + (long)size) < CallCost + kept + accepted)
                break;
        }

        RandomKey exact = key.Fold("exact");
        for (int a = 0; a < active; a++)
        {
            int index = Exact(step, previous, weights, states.Slice(_active[a], 1), exact.Fold(_active[a]));
            if (index < 0)
                return false;
            indices[_active[a]] = index;
        }

        return true;
    }

    /// <summary>Draws an index for one state from all weights; -1 where all are 0.</summary>
    public int Exact(int step, ReadOnlyParticleBlock previous, ReadOnlySpan<double> weights, ReadOnlyParticleBlock state, RandomKey key)
    {
        int size = previous.Count;
        Reserve(size, 1);
        Span<double> logs = _logs.AsSpan(0, size);
        _model.LogTransition(step, previous, state, logs);
        double maximum = double.NegativeInfinity;
        for (int i = 0; i < size; i++)
        {
            if (weights[i] > 0 && logs[i] > maximum)
                maximum = logs[i];
        }

        if (!double.IsFinite(maximum))
            return -1;
        TensorPrimitives.Subtract(logs, maximum, logs);
        VectorMath.Exp<double>(logs, logs);
        double sum = 0;
        for (int i = 0; i < size; i++)
            logs[i] = sum += weights[i] > 0 ? weights[i] * logs[i] : 0;
        return Search(logs, key.Stream().NextDouble());
    }

    /// <summary>The first index whose cumulative weight exceeds the part u of the total.</summary>
    public static int Search(ReadOnlySpan<double> cumulative, double u)
    {
        double point = u * cumulative[^1];
        int low = 0, high = cumulative.Length - 1;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (cumulative[middle] > point)
                high = middle;
            else
                low = middle + 1;
        }

        // u near 1 may round to the total.
        while (low > 0 && cumulative[low] == cumulative[low - 1])
            low--;
        return low;
    }

    private void Reserve(int size, int m)
    {
        if (_cumulative.Length < size)
            _cumulative = new double[size];
        if (_logs.Length < Math.Max(size, m))
            _logs = new double[Math.Max(size, m)];
        if (_active.Length < m)
            (_active, _candidates, _uniforms, _previous, _next) = (new int[m], new int[m], new double[2 * m], new double[_n * m], new double[_n * m]);
    }
}
