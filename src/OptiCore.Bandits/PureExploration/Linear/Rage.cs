using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// RAGE (randomized adaptive gap elimination): the best of many items z, worth z' theta, from measurements x' theta with noise. Phase t takes N_t rewards by the design that makes the largest variance of a difference
/// of items that are left smallest (<see cref="OptimalDesign"/>, its value rho_t), estimates theta from them alone, and drops every item z for which another one z' has
/// (z' - z)' theta_t &gt;= s |z' - z|_(A^-1) sqrt(2 ln(2 |Z|^2 t^2 / delta)).
/// </summary>
/// <remarks>
/// <para>T. Fiez, L. Jain, K. Jamieson, L. Ratliff (2019), "Sequential experimental design for transductive linear bandits", NeurIPS, algorithm 1, with the constants of the authors' program (github.com/fiezt/Transductive-Linear-Bandit-Code):
/// N_t = max(2 s^2 4^t rho_t (1 + e) ln(2 |Z|^2 t^2 / delta), 2 p / e) for a design with a support of p measurements, rounded by <see cref="OptimalDesign.Round"/>. Then the bound on each difference is at most 2^-t. The paper drops what is behind by that much; dropping by each difference's own bound, as the
/// authors' program does, drops these and more. Measurements and items may differ (transductive): drugs are tried on cells, the best is sought for patients.</para>
/// <para>For normal noise (or any that is sub-Gaussian) of standard deviation s the item is wrong with a probability of at most delta: the sum over phases and pairs of 2 exp(-ln(2 |Z|^2 t^2 / delta)) is 0.83 delta. The number of rewards is within
/// a factor of the order ln(1 / smallest gap) (and ln |Z|) of the lower bound (<see cref="OptimalDesign.Oracle"/>). Gaps are supposed to be of the order of 1 or smaller: the first phase resolves 1/2.</para>
/// <para>O(K) a choice and an update; the end of a phase solves for a design. Where theta is estimated once for all, <see cref="StaticAllocation"/>; where arms have nothing in common, <see cref="TrackAndStop"/>.</para>
/// </remarks>
[Algorithm("RAGE", "Pure exploration", "T. Fiez, L. Jain, K. Jamieson, L. Ratliff (2019), Sequential experimental design for transductive linear bandits")]
public sealed record Rage : IPureExploration
{
    /// <summary>The features of the arms, which span the space. Default: null, unit vectors: arms that have nothing in common.</summary>
    public FeatureVectors? Measurements { get; init; }

    /// <summary>The features of the items, of the same dimension. Default: null, the measurements themselves.</summary>
    public FeatureVectors? Items { get; init; }

    /// <summary>The largest probability delta of a wrong item, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double ErrorProbability { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The standard deviation s of a reward, or its sub-Gaussian bound: (b - a) / 2 for rewards in [a, b]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The loss e of efficiency that rounding may cost, in (0, 1]. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double RoundingLoss { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.1;

    /// <summary>How designs are computed. Default: to 1 %.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OptimalDesign Design { get; init => field = Require.NotNull(value); } = new();

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <summary>Begins to search: computes the first design and allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of measurements.</param>
    /// <param name="key">Isn't looked at: nothing is drawn.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> isn't the number of measurements, or is 1 though there are items.</exception>
    /// <exception cref="ArgumentException">The measurements don't span the space, or the items have another dimension.</exception>
    public LinearExplorationState Start(int arms, RandomKey key) => new State(this, Require.Positive(arms, nameof(arms)), key);

    PureExplorationState IPureExploration.Start(int arms, RandomKey key) => Start(arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private sealed class State : LinearExplorationState
    {
        private readonly Rage _policy;
        private readonly ArmArray<long> _plays, _targets;
        private readonly ArmArray<double> _sums, _counts;
        private readonly double[] _firstShares;
        private readonly bool[] _isDropped;
        private double _value;
        private readonly double _firstValue;
        private long _phase, _missing;

        public State(Rage policy, int arms, RandomKey key)
            : base(policy, policy.Measurements, policy.Items, arms, key)
        {
            _policy = policy;
            _plays = PerArm<long>();
            _targets = PerArm<long>();
            _sums = PerArm<double>();
            _counts = PerArm<double>(isSaved: false);
            _firstShares = new double[arms];
            _isDropped = new bool[Items.Count];
            base.Begin();
            if (HasStopped)
                return;
            _firstValue = Solver.Minimise(policy.Design, IsActive, arePairs: true, _firstShares).Value;
            BeginFirstPhase();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(ref _value);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _missing);
        }

        protected override int SelectNext(long round) => Behind(_plays.Span, _targets.Span, round - Updates);

        protected override void Observe(int arm, double reward)
        {
            _sums[arm] += reward;
            if (_plays[arm]++ < _targets[arm])
                _missing--;
            if (_missing > 0)
                return;
            for (int k = 0; k < Arms; k++)
                _counts[k] = _plays[k];
            Fit(_counts.Span, _sums.Span);
            Eliminate();
            if (Left() == 1)
            {
                Finish();
                return;
            }

            _value = Solver.Minimise(_policy.Design, IsActive, arePairs: true, Shares).Value;
            BeginPhase(_phase + 1);
        }

        protected override void Begin()
        {
            base.Begin();
            if (!HasStopped)
                BeginFirstPhase();
        }

        private double Level => Math.Log(2.0 * Items.Count * Items.Count * _phase * _phase / _policy.ErrorProbability);

        private void BeginFirstPhase()
        {
            _firstShares.CopyTo(Shares);
            _value = _firstValue;
            BeginPhase(1);
        }

        private void BeginPhase(long phase)
        {
            // Beyond so many rewards nobody waits for the end of the phase.
            const double Longest = 1e15;
            _phase = phase;
            _plays.Span.Clear();
            _sums.Span.Clear();
            int support = 0;
            foreach (double share in Shares)
                support += share > 0 ? 1 : 0;
            double needed = 2 * _policy.NoiseScale * _policy.NoiseScale * Math.Pow(4, phase) * _value * (1 + _policy.RoundingLoss) * Level;
            _missing = (long)Math.Ceiling(Math.Min(Longest, Math.Max(needed, 2 * support / _policy.RoundingLoss)));
            OptimalDesign.Round(Shares, _missing, _targets.Span);
        }

        private void Eliminate()
        {
            double width = _policy.NoiseScale * Math.Sqrt(2 * Level);
            Solver.Map(IsActive);
            for (int i = 0; i < IsActive.Length; i++)
            {
                _isDropped[i] = false;
                for (int j = 0; j < IsActive.Length && IsActive[i] && !_isDropped[i]; j++)
                {
                    double lead = IsActive[j] ? Lead(j, i) : 0;
                    _isDropped[i] = lead > 0 && width * Math.Sqrt(Solver.Variance(j, i)) <= lead;
                }
            }

            for (int i = 0; i < IsActive.Length; i++)
                IsActive[i] &= !_isDropped[i];
        }
    }
}
