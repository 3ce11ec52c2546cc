namespace OptiCore.Bandits;

/// <summary>
/// Discounted UCB: the largest discounted mean + 2 B sqrt(xi ln n / N_k). N_k is the discounted number of plays of the arm, sum gamma^(t - s) over its plays s, and n the sum of all N_k; every arm once
/// at first.
/// </summary>
/// <remarks>
/// <para>A. Garivier, E. Moulines (2011), "On upper-confidence bound policies for switching bandit problems", ALT; the policy is that of L. Kocsis, C. Szepesvári (2006). With C changes in T rounds and
/// gamma = 1 - sqrt(C / T) / (4 B) the regret is O(sqrt(C T) ln T).</para>
/// <para>O(K) a choice and an update. For means that drift; where they jump and then stay, <see cref="GlrKlUcb"/> or <see cref="CusumUcb"/> notice. A window instead of a discount:
/// <see cref="SlidingWindowUcb"/>.</para>
/// </remarks>
[Algorithm("Discounted UCB", "Non-stationary", "A. Garivier, E. Moulines (2011), On upper-confidence bound policies for switching bandit problems")]
public sealed record DiscountedUcb : IBanditPolicy
{
    /// <summary>The discount gamma of a round, in (0, 1). Default: 0.9975, which is 1 - 1 / (4 sqrt(T)) for T = 10,000, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Discount { get; init => field = Require.InOpen(value, 0, 1); } = 0.9975;

    /// <summary>The weight xi of exploration. The analysis needs more than 1/2. Default: 0.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Xi { get; init => field = Require.NonNegative(value); } = 0.6;

    /// <summary>The width B of the interval of rewards. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double RewardWidth { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : BanditState
    {
        private readonly DiscountedUcb _policy;
        private readonly ArmArray<double> _counts, _sums;

        public State(DiscountedUcb policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _counts = PerArm<double>();
            _sums = PerArm<double>();
        }

        public override bool CanMerge => false;

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            double log = LogTotal();
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, Value(arm, log));
            return best.Place;
        }

        protected override void Score(Span<double> scores)
        {
            double log = LogTotal();
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Value(arm, log);
        }

        protected override void Learn(int arm, double reward)
        {
            foreach (ref double count in _counts.Span)
                count *= _policy.Discount;
            foreach (ref double sum in _sums.Span)
                sum *= _policy.Discount;
            _counts[arm]++;
            _sums[arm] += reward;
        }

        private double LogTotal()
        {
            double total = 0;
            foreach (double count in _counts.Span)
                total += count;

            // Below 1 only after an arm was taken away.
            return Math.Log(Math.Max(1, total));
        }

        // A count that was discounted until it vanished is that of an arm without plays.
        private double Value(int arm, double log) => _counts[arm] < 1e-300
            ? double.PositiveInfinity
            : (_sums[arm] / _counts[arm]) + (2 * _policy.RewardWidth * Math.Sqrt(_policy.Xi * log / _counts[arm]));
    }
}
