using OptiCore.Distributions;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Discounted Thompson sampling: draws a success probability for each arm from Beta(Alpha + S, Beta + F) and plays the largest. In every round the successes S and failures F of all arms are multiplied by
/// gamma before the reward r of the played arm is added, S + r and F + 1 - r.
/// </summary>
/// <remarks>
/// <para>V. Raj, S. Kalyani (2017), "Taming non-stationary bandits: a Bayesian approach". Discounting leaves the posterior means nearly where they are and widens the posteriors of arms that aren't played,
/// until they are tried again. A reward strictly between 0 and 1 counts as a success with probability equal to it, by a coin of the key and the number of the update.</para>
/// <para>O(K) a choice and an update. For drifting click rates; where the changes are known to be abrupt, <see cref="SlidingWindowThompsonSampling"/> or a policy that detects them.</para>
/// </remarks>
[Algorithm("Discounted Thompson sampling", "Non-stationary", "V. Raj, S. Kalyani (2017), Taming non-stationary bandits: a Bayesian approach")]
public sealed record DiscountedThompsonSampling : IBanditPolicy
{
    /// <summary>The discount gamma of a round, in (0, 1): the memory is about 1 / (1 - gamma) rounds. Default: 0.99.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Discount { get; init => field = Require.InOpen(value, 0, 1); } = 0.99;

    /// <summary>The prior's successes, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's failures, positive. Default: 1 (uniform prior).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Beta { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly DiscountedThompsonSampling _policy;
        private readonly ArmArray<double> _successes, _failures, _scratch;
        private readonly ArmArray<BetaPosterior> _posteriors;
        private readonly ArmArray<Beta> _laws;
        private RandomKey _coins;

        public State(DiscountedThompsonSampling policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _successes = PerArm<double>();
            _failures = PerArm<double>();
            _posteriors = PerArm<BetaPosterior>(isSaved: false);
            _laws = PerArm<Beta>(isSaved: false);
            _scratch = PerArm<double>(BestArm.Scratch, isSaved: false);
            Forget();
        }

        public override bool CanMerge => false;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            if (archive.IsLoading)
                Forget();
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

        protected override void Learn(int arm, double reward)
        {
            for (int other = 0; other < Arms; other++)
            {
                _successes[other] *= _policy.Discount;
                _failures[other] *= _policy.Discount;
            }

            if (BetaCounts.IsSuccess(reward, _coins, Updates))
                _successes[arm]++;
            else
                _failures[arm]++;
            ArmsChanged();
        }

        protected override void Forget()
        {
            _coins = Key.Fold("reward coins");
            ArmsChanged();
        }

        protected override void ArmsChanged()
        {
            for (int arm = 0; arm < Arms; arm++)
                _posteriors[arm] = new BetaPosterior(_policy.Alpha + _successes[arm], _policy.Beta + _failures[arm]);
        }
    }
}
