namespace OptiCore.Bandits;

/// <summary>
/// Probabilistic sequential shrinking PSS(u) with a fixed budget of T rewards: L = ceil(log_u K) phases of floor(T / L) rewards; every play is an arm drawn uniformly from those that are left, and at the end of
/// phase l the ceil(K / u^l) arms with the largest means of the phase go on.
/// </summary>
/// <remarks>
/// <para>Z. Zhong, W. C. Cheung, V. Y. F. Tan (2021), "Probabilistic sequential shrinking: a best arm identification algorithm for stochastic bandits with corruptions", ICML. An adversary who changes rewards
/// but doesn't know the next draw can't aim at the best arm: if the changes are at most C in all, the recommendation is an arm whose gap is O(C / T), with a probability of error that falls
/// exponentially in T / log_u K. PSS(2) is <see cref="SequentialHalving"/> with random plays; a smaller u is safer against changes, a larger one needs fewer rewards.</para>
/// <para>O(K) a choice.</para>
/// </remarks>
[Algorithm("Probabilistic sequential shrinking", "Pure exploration", "Z. Zhong, W. C. Cheung, V. Y. F. Tan (2021), Probabilistic sequential shrinking: a best arm identification algorithm for stochastic bandits with corruptions")]
public sealed record ProbabilisticSequentialShrinking : IPureExploration
{
    /// <summary>The number T of rewards. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long Budget { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>The factor u by which the number of arms shrinks in a phase, more than 1. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't in (1, infinity).</exception>
    public double Factor { get; init => field = Require.InOpen(value, 1, double.PositiveInfinity); } = 2;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">There are too many arms for the budget.</exception>
    public PureExplorationState Start(int arms, RandomKey key) => new State(this, arms, key);

    BanditState IBanditPolicy.Start(int arms, RandomKey key) => Start(arms, key);

    private sealed class State : ShrinkingState
    {
        private readonly double _factor;
        private readonly long _length;

        public State(ProbabilisticSequentialShrinking policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _factor = policy.Factor;

            // ceil(log_u K): a logarithm that is a whole number but for rounding is that number.
            double phases = Math.Max(1, Math.Ceiling((Math.Log(arms) / Math.Log(_factor)) - 1e-12));
            _length = (long)Math.Floor(policy.Budget / phases);
            if (_length == 0)
                throw new ArgumentOutOfRangeException(nameof(arms), arms, $"arms is {arms}, too many for a budget of {policy.Budget}: each of the {phases} phases needs a reward.");
        }

        protected override int SelectNext(long round)
        {
            int place = (int)(Key.Fold(round).Stream().NextDouble() * Left), arm = -1;
            while (place >= 0)
                place -= IsLeft(++arm) ? 1 : 0;
            return arm;
        }

        protected override void Distribute(long round, Span<double> probabilities)
        {
            probabilities.Clear();
            if (HasStopped)
            {
                probabilities[Recommendation] = 1;
                return;
            }

            for (int arm = 0; arm < probabilities.Length; arm++)
                probabilities[arm] = IsLeft(arm) ? 1.0 / Left : 0;
        }

        protected override bool IsPhaseOver() => Plays == _length;

        protected override int Keep() => Math.Min(Left, Math.Max(1, (int)Math.Ceiling((Arms / Math.Pow(_factor, Phase + 1)) - 1e-9)));
    }
}
