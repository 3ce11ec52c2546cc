using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Evolution strategies as a scalable alternative to reinforcement learning: estimates the gradient of the value smoothed by N(0, sigma^2 I) from antithetic pairs and their ranks, and hands
/// it to any update rule. For parameters by the thousand and very many workers; the smoothing is fixed, so it ends near a minimum, not at it.
/// </summary>
/// <remarks>
/// <para>T. Salimans, J. Ho, X. Chen, S. Sidor, I. Sutskever (2017), Evolution strategies as a scalable alternative to reinforcement learning, arXiv:1703.03864. The 2m values of x +- sigma e_i
/// are replaced by their centred ranks r in [-1/2, 1/2] (equal values share the mean of their ranks), and the gradient is g = 1/(2 m sigma) sum_i (r(x + sigma e_i) - r(x - sigma e_i)) e_i. The rule takes g as the
/// gradient of a function to minimise; weight decay, as in the paper, is part of the rule: <c>new Adam { ... }.Then(...)</c>.</para>
/// <para>The iterate is the mean x, whose value is asked for along with the pairs; the run keeps the best of all points. Asks for 2m + 1 points at once. Ranks say nothing of a
/// gradient's length, which doesn't vanish at the minimum: let the rule's rate fall by a schedule. There is no criterion of convergence; the run ends by its limits.</para>
/// </remarks>
[Algorithm("OpenAI-ES", "Evolution strategies", "Salimans, Ho, Chen, Sidor, Sutskever (2017), Evolution strategies as a scalable alternative to reinforcement learning", Capabilities = "values, bounds, any update rule")]
public sealed record OpenAiEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The rule that makes a step of the estimated gradient. Default: Adam with a rate of 0.01.</summary>
    public IUpdateRule Rule { get; init => field = Require.NotNull(value, nameof(Rule)); } = new Adam { LearningRate = 0.01 };

    /// <summary>The standard deviation sigma of the perturbations. Default: 0.02, as in the paper.</summary>
    public double Noise { get; init => field = Require.Positive(value); } = 0.02;

    /// <summary>The antithetic pairs of an iteration, m. Default: 32, a choice.</summary>
    public int Pairs { get; init => field = Require.Positive(value); } = 32;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: the run ends by its limits.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly OpenAiEs _options;
        private readonly RandomKey _key;
        private readonly int _n, _pairs;
        private readonly double[] _mean, _noise, _values, _ranks, _gradient;
        private readonly RuleState<double> _rule;
        private readonly BoxTransform? _box;
        private readonly Ranking _ranking;
        private readonly Leader _leader;
        private long _samples;

        public State(OpenAiEs options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, (2 * options.Pairs) + 1))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _pairs = options.Pairs;
            _box = BoxTransform.Of(options.Bounds, _n);
            _mean = start.ToArray();
            _box?.Unmap(start, _mean);
            _noise = new double[_pairs * _n];
            _values = new double[2 * _pairs];
            _ranks = new double[2 * _pairs];
            _gradient = new double[_n];
            _rule = options.Rule.Start<double>(_n);
            _ranking = new Ranking(2 * _pairs);
            _leader = new Leader(start);
            Ask();
        }

        public override ReadOnlySpan<double> Point => _leader.Point;

        public override double Value => _leader.Value;

        public override double ValueChange => _leader.Change;

        public override string? Describe(StopReason reason) =>
            reason == StopReason.NonFiniteStart ? "The function is not finite at any point of the first generation." : null;

        public override Advance Tell()
        {
            // The last point is the mean itself.
            int center = 2 * _pairs;
            for (int i = 0; i < center; i++)
                _values[i] = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;
            _ranking.Rank(_values);
            if (Query.IsFinite(center))
                _leader.Follow(Query.Point(center), Query.Value(center));
            if (_ranking.FiniteCount == 0)
            {
                Advance lost = _leader.Lost();
                if (lost.Reason == StopReason.None)
                    Ask();
                return lost;
            }

            if (double.IsNaN(_leader.Value))
                _leader.Follow(Query.Point(_ranking.Order[0]), _ranking.Value(0));

            Center();
            _gradient.AsSpan().Clear();
            for (int i = 0; i < _pairs; i++)
                Vectors.AddScaled(_gradient, (_ranks[2 * i] - _ranks[(2 * i) + 1]) / (2 * _pairs * _options.Noise), _noise.AsSpan(i * _n, _n), _gradient);
            _rule.Step(_mean, _gradient);
            Ask();
            return Advance.Iteration;
        }

        /// <summary>Centred ranks; equal values share theirs, so that a flat function has no gradient.</summary>
        private void Center()
        {
            int count = _values.Length;
            for (int first = 0; first < count;)
            {
                int last = first;
                while (last + 1 < count && _ranking.Value(last + 1) == _ranking.Value(first))
                    last++;
                double rank = ((first + last) / 2.0 / (count - 1)) - 0.5;
                for (int k = first; k <= last; k++)
                    _ranks[_ranking.Order[k]] = rank;
                first = last + 1;
            }
        }

        private void Ask()
        {
            RandomFill.Normal(_key.Fold(_samples++), _noise);
            Query.Count = (2 * _pairs) + 1;
            for (int i = 0; i < _pairs; i++)
            {
                ReadOnlySpan<double> noise = _noise.AsSpan(i * _n, _n);
                Vectors.AddScaled(_mean, _options.Noise, noise, Query.Point(2 * i));
                Vectors.AddScaled(_mean, -_options.Noise, noise, Query.Point((2 * i) + 1));
            }

            _mean.CopyTo(Query.Point(2 * _pairs));
            for (int i = 0; _box is not null && i < Query.Count; i++)
                _box.Map(Query.Point(i), Query.Point(i));
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_noise);
            archive.Transfer(ref _samples);
            archive.Transfer(_leader);
            archive.Transfer(_rule);
        }
    }
}
