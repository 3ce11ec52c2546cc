using OptiCore.Distributions;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Sliding-window Thompson sampling: draws a success probability for each arm from Beta(Alpha + S, Beta + F) and plays the largest, S and F being the successes and failures of the arm in the last tau
/// rounds.
/// </summary>
/// <remarks>
/// <para>F. Trovò, S. Paladino, M. Restelli, N. Gatti (2020), "Sliding-window Thompson sampling for non-stationary settings", Journal of Artificial Intelligence Research 68. With tau of the order sqrt(T)
/// the regret is O(sqrt(T) ln T) for a bounded number of abrupt changes. A reward strictly between 0 and 1 counts as a success with
/// probability equal to it, by a coin of the key and the number of the update.</para>
/// <para>O(K) a choice and an update, 12 tau bytes. For click rates that jump; <see cref="DiscountedThompsonSampling"/> needs no memory of the rounds.</para>
/// </remarks>
[Algorithm("Sliding-window Thompson sampling", "Non-stationary", "F. Trovò, S. Paladino, M. Restelli, N. Gatti (2020), Sliding-window Thompson sampling for non-stationary settings")]
public sealed record SlidingWindowThompsonSampling : IBanditPolicy
{
    /// <summary>The number tau of rounds that are remembered. Default: 400, which is 4 sqrt(T) for T = 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Window { get; init => field = Require.Positive(value); } = 400;

    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : WindowedState
    {
        private readonly SlidingWindowThompsonSampling _policy;
        private readonly ArmArray<double> _successes, _scratch;
        private readonly ArmArray<BetaPosterior> _posteriors;
        private readonly ArmArray<Beta> _laws;
        private RandomKey _coins;

        public State(SlidingWindowThompsonSampling policy, int arms, RandomKey key)
            : base(policy, policy.Window, arms, key)
        {
            _policy = policy;
            _successes = PerArm<double>();
            _posteriors = PerArm<BetaPosterior>(isSaved: false);
            _laws = PerArm<Beta>(isSaved: false);
            _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
            Prepare();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Prepare();
        }

        protected override int Select(long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            return BetaDraws.Largest(_posteriors.Span, ref stream);
        }

        protected override void Distribute(long round, Span<double> probabilities) =>
            BetaDraws.Probabilities(_posteriors.Span, _laws.Span, _scratch.Span, probabilities);

        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = _posteriors[arm].Mean;
        }

        protected override void Learn(int arm, double reward) =>
            Push(arm, BetaCounts.IsSuccess(reward, _coins, Updates) ? 1 : 0);

        protected override void Add(int arm, double value, int sign)
        {
            _successes[arm] += sign * value;
            Condition(arm);
        }

        protected override void Forget()
        {
            base.Forget();
            Prepare();
        }

        protected override void ArmsChanged()
        {
            base.ArmsChanged();
            Prepare();
        }

        private void Prepare()
        {
            _coins = Key.Fold("reward coins");
            for (int arm = 0; arm < Arms; arm++)
                Condition(arm);
        }

        private void Condition(int arm) => _posteriors[arm] = new BetaPosterior(_policy.Alpha + _successes[arm], _policy.Beta + Count(arm) - _successes[arm]);
    }
}
