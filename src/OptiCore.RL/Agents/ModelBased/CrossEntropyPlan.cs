using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A plan of a <see cref="CrossEntropyPlanner"/> that is made anew at every step. Nothing is allocated after the constructor. For one thread at a time.</summary>
public sealed class CrossEntropyPlan : IPersistent
{
    private readonly CrossEntropyPlanner _options;
    private readonly double[] _low, _high, _mean, _variance;
    private readonly float[] _plans;
    private readonly double[] _returns, _costs;
    private readonly int[] _order;
    private readonly int _length;

    /// <summary>Begins with the middle of the bounds.</summary>
    /// <param name="options">How it is planned.</param>
    /// <param name="actions">The bounds of actions, finite on all sides.</param>
    /// <exception cref="ArgumentException">A bound is infinite, or there are more elites than samples.</exception>
    public CrossEntropyPlan(CrossEntropyPlanner options, Box actions)
    {
        _options = Require.NotNull(options);
        ArgumentNullException.ThrowIfNull(actions);
        if (options.Elites > options.Population)
            throw new ArgumentException($"The best {options.Elites} of {options.Population} sequences can't be the elite.", nameof(options));
        _length = actions.Length;
        (_low, _high) = (new double[_length], new double[_length]);
        for (int j = 0; j < _length; j++)
        {
            (_low[j], _high[j]) = (actions.Low[j], actions.High[j]);
            if (!double.IsFinite(_high[j] - _low[j]) || !(_high[j] > _low[j]))
                throw new ArgumentException($"Planned actions need bounds on all sides, not {actions}.", nameof(actions));
        }

        (_mean, _variance) = (new double[options.Horizon * _length], new double[options.Horizon * _length]);
        _plans = new float[checked(options.Population * _mean.Length)];
        (_returns, _costs, _order) = (new double[options.Population], new double[options.Population], new int[options.Population]);
        Reset();
    }

    /// <summary>The actions of the plan from the next step on; the last one is the middle of the bounds.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Forgets the plan: the next one begins with the middle of the bounds.</summary>
    public void Reset()
    {
        for (int i = 0; i < _mean.Length; i++)
            _mean[i] = Middle(i % _length);
    }

    /// <summary>Plans, says the first action, and shifts the plan by a step.</summary>
    /// <param name="evaluate">What sequences are worth.</param>
    /// <param name="key">All randomness of this plan.</param>
    /// <param name="action">Receives the first action.</param>
    /// <returns>The mean value of the last elite; negative infinity if no sequence had a finite one.</returns>
    public double Next(PlanReturns evaluate, RandomKey key, Span<float> action)
    {
        ArgumentNullException.ThrowIfNull(evaluate);
        Require.Length(action.Length, _length, nameof(action));
        for (int i = 0; i < _variance.Length; i++)
        {
            double range = _high[i % _length] - _low[i % _length];
            _variance[i] = range * range / 16;
        }

        double value = double.NegativeInfinity;
        for (int iteration = 0; iteration < _options.Iterations && !IsDone(); iteration++)
        {
            RandomKey own = key.Fold(iteration);
            Sample(own.Fold("samples"));
            evaluate(_plans, own.Fold("returns"), _returns);
            int elites = Rank();
            if (elites == 0)
                break;
            value = 0;
            for (int k = 0; k < elites; k++)
                value += _returns[_order[k]] / elites;
            Fit(elites);
        }

        for (int j = 0; j < _length; j++)
            action[j] = (float)_mean[j];
        _mean.AsSpan(_length).CopyTo(_mean);
        for (int j = 0; j < _length; j++)
            _mean[_mean.Length - _length + j] = Middle(j);
        return value;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_mean);
    }

    private double Middle(int j) => (_low[j] + _high[j]) / 2;

    private bool IsDone()
    {
        for (int i = 0; i < _variance.Length; i++)
        {
            double half = (_high[i % _length] - _low[i % _length]) / 2;
            if (_variance[i] > _options.VarianceTolerance * half * half)
                return false;
        }

        return true;
    }

    private void Sample(RandomKey key)
    {
        RandomStream stream = key.Stream();
        int n = _mean.Length;
        for (int i = 0; i < _plans.Length; i++)
        {
            int e = i % n, j = e % _length;
            double z;
            do
                z = stream.NextNormal();
            while (Math.Abs(z) > 2);
            double nearest = Math.Min(_mean[e] - _low[j], _high[j] - _mean[e]) / 2;
            _plans[i] = (float)Math.Clamp(_mean[e] + (Math.Min(Math.Sqrt(_variance[e]), nearest) * z), _low[j], _high[j]);
        }
    }

    /// <summary>Orders the sequences from the best on and returns the size of the elite; what has no finite value is never of it.</summary>
    private int Rank()
    {
        for (int k = 0; k < _order.Length; k++)
            (_order[k], _costs[k]) = (k, double.IsFinite(_returns[k]) ? -_returns[k] : double.PositiveInfinity);
        Array.Sort(_costs, _order);
        int elites = 0;
        while (elites < _options.Elites && double.IsFinite(_costs[elites]))
            elites++;
        return elites;
    }

    private void Fit(int elites)
    {
        int n = _mean.Length;
        double a = _options.Momentum;
        for (int e = 0; e < n; e++)
        {
            double mean = 0, variance = 0;
            for (int k = 0; k < elites; k++)
                mean += _plans[(_order[k] * n) + e];
            mean /= elites;
            for (int k = 0; k < elites; k++)
            {
                double d = _plans[(_order[k] * n) + e] - mean;
                variance += d * d;
            }

            // A single elite says nothing of the spread.
            _mean[e] = Math.Clamp((a * _mean[e]) + ((1 - a) * mean), _low[e % _length], _high[e % _length]);
            if (elites > 1)
                _variance[e] = (a * _variance[e]) + ((1 - a) * variance / elites);
        }
    }
}
