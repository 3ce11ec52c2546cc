namespace OptiCore.Bandits;

/// <summary>
/// KL-UCB++: optimal in the worst case and asymptotically at once, for a known horizon T: max { q : n kl(mean, q) &lt;= g(n) } with
/// g(n) = ln+( T / (K n) (ln+(T / (K n))^2 + 1) ), ln+ being max(0, ln).
/// </summary>
/// <remarks>
/// <para>P. Ménard, A. Garivier (2017), "A minimax and asymptotically optimal algorithm for stochastic bandits", ALT. For one-parameter exponential families, and with the Bernoulli divergence
/// for all rewards in [0, 1]: regret at most 76 sqrt(V K T) + K times the width of the interval of means, V being the largest variance, and asymptotically sum gap / kl(mean, best) ln T.</para>
/// <para>As in <see cref="KlUcb"/> an arm is first tested by one divergence at the largest index so far, and solved only if it may reach it. O(K) a choice, two logarithms an arm. The horizon has to
/// be known: beyond it the policy explores less and less, then not at all. <see cref="KlUcb"/> needs none.</para>
/// </remarks>
[Algorithm("KL-UCB++", "Index policies", "P. Ménard, A. Garivier (2017), A minimax and asymptotically optimal algorithm for stochastic bandits")]
public sealed record KlUcbPlusPlus : IBanditPolicy
{
    /// <summary>The number T of plays that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The family of rewards, whose divergence is used. Default: Bernoulli, for all rewards in [0, 1].</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public RewardFamily Family { get; init => field = Require.NotNull(value); } = RewardFamily.Bernoulli;

    RewardRange IPolicy.Rewards => Family.Rewards;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => Family.Accept<Starter, BanditState>(new Starter(this, arms, key));

    private readonly struct Starter(KlUcbPlusPlus policy, int arms, RandomKey key) : IDivergenceVisitor<BanditState>
    {
        public BanditState Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence =>
            new IndexState<Index<TDivergence>>(policy, arms, key, new Index<TDivergence>(policy.Horizon, divergence));
    }

    private readonly struct Index<TDivergence>(long horizon, TDivergence divergence) : IIndex where TDivergence : struct, IDivergence
    {
        // An arm is passed over only if it misses the level by far more than rounding.
        private const double Margin = 1 + 1e-9;

        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double ratio = horizon / (round.Arms * arm.Count);
            double log = ratio <= 1 ? 0 : Math.Log(ratio);
            double budget = Math.Max(0, Math.Log(ratio * ((log * log) + 1))) / arm.Count;
            if (round.Level > arm.Mean && divergence.Exceeds(arm.Mean, round.Level, budget * Margin))
                return double.NegativeInfinity;
            return divergence.UpperBound(arm.Mean, budget);
        }
    }
}
