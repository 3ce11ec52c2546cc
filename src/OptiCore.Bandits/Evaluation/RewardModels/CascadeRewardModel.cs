namespace OptiCore.Bandits;

/// <summary>
/// The future reward of an action at a position of a ranking under the target policy: Q_l = E[r_l + sum over b of pi(b) Q_(l+1)(b)], from the last position backwards, as means over
/// decisions of the same context, position, preceding actions and action, weighted by the importance weights of the positions before, and drawn towards a prior.
/// </summary>
/// <remarks>
/// <para>H. Kiyohara, Y. Saito, T. Matsuhiro, Y. Narita, N. Shimizu, Y. Yamamoto (2022), "Doubly robust off-policy evaluation for ranking policies under the cascade behavior model", section 4, with a
/// table in the place of a regression.</para>
/// <para>O(n L K).</para>
/// </remarks>
public sealed record CascadeRewardModel : IRewardModel
{
    /// <summary>How many of the actions just before are told apart, at least 0; few leave more decisions in a cell. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int History { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The number of decisions that the prior, the mean future reward of the position, is worth, at least 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double PriorCount { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public IRewardPredictor Fit(DecisionLog log, TargetPolicy target)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(target);
        var data = new OffPolicyData(log, target);
        int positions = log.Shape.Positions, actions = log.Shape.Actions;
        var predictor = new Predictor(log.Shape, History);
        double[] future = new double[log.Count], weights = new double[log.Count];
        for (int l = positions - 1; l >= 0; l--)
        {
            double total = 0, totalWeight = 0;
            for (int i = 0; i < log.Count; i++)
            {
                weights[i] = 1;
                for (int before = 0; before < l; before++)
                    weights[i] *= data.Weights[(i * positions) + before];
                future[i] += data.Rewards[(i * positions) + l];
                total += weights[i] * future[i];
                totalWeight += weights[i];
                predictor.Add(log[i], l, log.Actions[(i * positions) + l], weights[i], future[i]);
            }

            predictor.Finish(l, totalWeight > 0 ? total / totalWeight : 0, PriorCount);
            for (int i = 0; i < log.Count; i++)
            {
                ReadOnlySpan<double> law = target.Probabilities.Slice(((i * positions) + l) * actions, actions);
                double expected = 0;
                for (int a = 0; a < actions; a++)
                    expected += law[a] == 0 ? 0 : law[a] * predictor.Value(log[i], l, a);
                future[i] = expected;
            }
        }

        return predictor;
    }

    private sealed class Predictor : IRewardPredictor
    {
        private readonly DecisionShape _shape;
        private readonly int _history;
        private readonly ContextCells _cells;
        private readonly List<double> _sums = [], _counts = [];
        private readonly double[] _priors, _key;
        private int _finished;

        public Predictor(DecisionShape shape, int history)
        {
            _shape = shape;
            _history = Math.Min(history, shape.Positions - 1);
            _key = new double[shape.ContextLength + 2 + _history];
            _cells = new ContextCells(_key.Length);
            _priors = new double[shape.Positions];
        }

        public void Add(in LoggedDecision decision, int position, int action, double weight, double value)
        {
            int cell = _cells.GetOrAdd(Key(decision, position, action));
            if (cell == _sums.Count)
            {
                _sums.Add(0);
                _counts.Add(0);
            }

            _sums[cell] += weight * value;
            _counts[cell] += weight;
        }

        public void Finish(int position, double prior, double priorCount)
        {
            _priors[position] = prior;
            for (; _finished < _sums.Count; _finished++)
            {
                double count = _counts[_finished] + priorCount;
                _sums[_finished] = count > 0 ? (_sums[_finished] + (prior * priorCount)) / count : prior;
            }
        }

        public double Value(in LoggedDecision decision, int position, int action)
        {
            int cell = _cells.Find(Key(decision, position, action));
            return cell < 0 ? _priors[position] : _sums[cell];
        }

        public void Predict(DecisionLog log, Span<double> predictions)
        {
            RewardModelArgument.Check(log, _shape, predictions);
            int next = 0;
            for (int i = 0; i < log.Count; i++)
            {
                for (int l = 0; l < _shape.Positions; l++)
                {
                    for (int a = 0; a < _shape.Actions; a++)
                        predictions[next++] = Value(log[i], l, a);
                }
            }
        }

        private double[] Key(in LoggedDecision decision, int position, int action)
        {
            decision.Context.CopyTo(_key);
            Span<double> rest = _key.AsSpan(decision.Context.Length);
            rest[0] = position;
            rest[1] = action;
            for (int h = 0; h < _history; h++)
                rest[2 + h] = position - 1 - h >= 0 ? decision.Actions[position - 1 - h] : -1;
            return _key;
        }
    }
}
