using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Static allocation: plays arms in the fixed proportions of a design, by default the one that makes the largest variance of a difference of items smallest (XY allocation), and stops when one item z leads all others,
/// (z - z')' theta &gt;= s |z - z'|_(A^-1) sqrt(2 ln(2 |Z|^2 k^2 / delta)) at the k-th look at all rewards so far.
/// </summary>
/// <remarks>
/// <para>M. Soare, A. Lazaric, R. Munos (2014), "Best-arm identification in linear bandits", NeurIPS. Looks come after numbers of rewards that grow by a constant factor; as the plays depend on no reward, the item is wrong with a probability of at
/// most delta (0.83 delta by the union over looks and pairs). The arm that is furthest behind its share comes next.</para>
/// <para>O(K) a choice; a look costs O(|Z|^2 d + d^3). It spends as much on items that are far behind as on those that are near, so that <see cref="Rage"/> is the better choice. With <see cref="Weights"/> of
/// <see cref="OptimalDesign.Oracle"/> it is what one who knows theta would do: the yardstick.</para>
/// </remarks>
[Algorithm("XY static allocation", "Pure exploration", "M. Soare, A. Lazaric, R. Munos (2014), Best-arm identification in linear bandits")]
public sealed record StaticAllocation : IPureExploration
{
    /// <summary>The features of the arms, which span the space. Default: null, unit vectors: arms that have nothing in common.</summary>
    public FeatureVectors? Measurements { get; init; }

    /// <summary>The features of the items, of the same dimension. Default: null, the measurements themselves.</summary>
    public FeatureVectors? Items { get; init; }

    /// <summary>The proportions, one vector with a number of at least 0 for each arm. Default: null, those of <see cref="OptimalDesign.XyOptimal"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    /// <exception cref="ArgumentException">There are several vectors, or the sum isn't positive.</exception>
    public FeatureVectors? Weights { get; init => field = Checked(value, nameof(Weights)); }

    /// <summary>The largest probability delta of a wrong item, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The standard deviation s of a reward, or its sub-Gaussian bound: (b - a) / 2 for rewards in [a, b]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The factor by which the number of rewards grows between two looks, more than 1. Default: 1.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't in (1, infinity).</exception>
    public double Growth { get; init => field = Require.InOpen(value, 1, double.PositiveInfinity); } = 1.1;

    /// <summary>How the design is computed. Default: to 1 %.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OptimalDesign Design { get; init => field = Require.NotNull(value); } = new();

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <summary>Begins to search: computes the design and allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of measurements.</param>
    /// <param name="key">Isn't looked at: nothing is drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> isn't the number of measurements, or is 1 though there are items.</exception>
    /// <exception cref="ArgumentException">The measurements don't span the space, the items have another dimension, or the number of weights isn't that of the arms.</exception>
    public LinearExplorationState Start(int arms, RandomKey key) => new State(this, Require.Positive(arms, nameof(arms)), key);

    PureExplorationState IPureExploration.Start(int arms, RandomKey key) => Start(arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private static FeatureVectors? Checked(FeatureVectors? weights, string name)
    {
        if (weights is null)
            return null;
        double sum = 0;
        foreach (double weight in weights.Values)
            sum += Require.NonNegative(weight, name);
        if (weights.Count != 1 || !(sum > 0) || !double.IsFinite(sum))
            throw new ArgumentException("Weights must be one vector of numbers with a positive, finite sum.", nameof(weights));
        return weights;
    }

    private sealed class State : LinearExplorationState
    {
        private readonly StaticAllocation _policy;
        private readonly ArmArray<double> _counts;
        private readonly double[] _weights;
        private long _look, _next;

        public State(StaticAllocation policy, int arms, RandomKey key)
            : base(policy, policy.Measurements, policy.Items, arms, key)
        {
            _policy = policy;
            _counts = PerArm<double>(isSaved: false);
            _weights = new double[arms];
            base.Begin();
            if (policy.Weights is { } given)
            {
                Require.Length(given.Dimension, arms, nameof(Weights));
                double sum = 0;
                foreach (double weight in given.Values)
                    sum += weight;
                for (int arm = 0; arm < arms; arm++)
                    _weights[arm] = given.Values[arm] / sum;
            }
            else if (!HasStopped)
            {
                Solver.Minimise(policy.Design, IsActive, arePairs: true, _weights);
            }

            BeginLooks();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _look);
            archive.Transfer(ref _next);
        }

        protected override int SelectNext(long round) => Behind(Pulls, default, round - Updates);

        protected override void Observe(int arm, double reward)
        {
            // This reward isn't counted yet.
            if (Updates + 1 < _next)
                return;
            for (int k = 0; k < Arms; k++)
                _counts[k] = Pulls[k];
            Fit(_counts.Span, Sums);
            Solver.Map(IsActive);
            double width = _policy.NoiseScale * Math.Sqrt(2 * Math.Log(2.0 * Items.Count * Items.Count * _look * _look / _policy.ErrorProbability));
            int best = Item;
            bool leads = true;
            for (int i = 0; i < Items.Count && leads; i++)
            {
                double lead = IsActive[i] && i != best ? Lead(best, i) : double.PositiveInfinity;
                leads = lead > 0 && width * (i == best || !IsActive[i] ? 0 : Math.Sqrt(Solver.Variance(best, i))) <= lead;
            }

            if (leads)
                Finish();
            _look++;
            _next = Math.Max(_next + 1, (long)Math.Ceiling(_next * _policy.Growth));
        }

        protected override void Begin()
        {
            base.Begin();
            BeginLooks();
        }

        private void BeginLooks()
        {
            _weights.CopyTo(Shares);
            _look = 1;
            _next = 2L * Measurements.Dimension;
        }
    }
}
