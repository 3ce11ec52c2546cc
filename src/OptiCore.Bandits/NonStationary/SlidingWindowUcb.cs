namespace OptiCore.Bandits;

/// <summary>
/// Sliding-window UCB: the largest mean + B sqrt(xi ln(min(t, tau)) / n), mean and number n of plays of the arm being those of the last tau rounds; an arm without plays in the window first.
/// </summary>
/// <remarks>
/// <para>A. Garivier, E. Moulines (2011), "On upper-confidence bound policies for switching bandit problems", ALT. With C changes in T rounds and tau = 2 B sqrt(T ln T / C) the regret is
/// O(sqrt(C T ln T)), the lower bound being of the order sqrt(T).</para>
/// <para>O(K) a choice and an update, 12 tau bytes. Where means jump it forgets the past completely, which <see cref="DiscountedUcb"/> doesn't; policies that test for changes
/// (<see cref="GlrKlUcb"/>) need no window and lose less when changes are rare.</para>
/// </remarks>
[Algorithm("Sliding-window UCB", "Non-stationary", "A. Garivier, E. Moulines (2011), On upper-confidence bound policies for switching bandit problems")]
public sealed record SlidingWindowUcb : IBanditPolicy
{
    /// <summary>The number tau of rounds that are remembered. Default: 1,214, which is 4 sqrt(T ln T) for T = 10,000, the paper's simulation.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Window { get; init => field = Require.Positive(value); } = 1214;

    /// <summary>The weight xi of exploration. The analysis needs more than 1/2. Default: 0.6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Xi { get; init => field = Require.NonNegative(value); } = 0.6;

    /// <summary>The width B of the interval of rewards. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double RewardWidth { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : WindowedState
    {
        private readonly SlidingWindowUcb _policy;
        private readonly ArmArray<double> _sums;

        public State(SlidingWindowUcb policy, int arms, RandomKey key)
            : base(policy, policy.Window, arms, key)
        {
            _policy = policy;
            _sums = PerArm<double>();
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            double log = Math.Log(Plays);
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, Value(arm, log));
            return best.Place;
        }

        protected override void Score(Span<double> scores)
        {
            double log = Math.Log(Math.Max(1, Plays));
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Value(arm, log);
        }

        protected override void Learn(int arm, double reward) => Push(arm, reward);

        protected override void Add(int arm, double value, int sign)
        {
            // Exactly zero when the last play leaves: the rounding of what came and went doesn't stay for ever.
            _sums[arm] = Count(arm) == 0 ? 0 : _sums[arm] + (sign * value);
        }

        private double Value(int arm, double log)
        {
            long count = Count(arm);
            return count == 0 ? double.PositiveInfinity : (_sums[arm] / count) + (_policy.RewardWidth * Math.Sqrt(_policy.Xi * log / count));
        }
    }
}
