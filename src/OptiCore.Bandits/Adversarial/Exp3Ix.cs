namespace OptiCore.Bandits;

/// <summary>
/// EXP3-IX, exponential weights with implicit exploration: p_k proportional to exp(-eta_t L_k), L_k being the sum of the estimates (1 - reward) / (p + gamma_t) of the rounds in which arm k was played.
/// </summary>
/// <remarks>
/// <para>G. Neu (2015), "Explore no more: improved high-probability regret bounds for non-stochastic bandits", NIPS. The slightly too small estimates take the place of explicit exploration and keep the regret of every single run
/// small: with probability 1 - delta it is of the order sqrt(T K ln K) + sqrt(T K / ln K) ln(1/delta), for all delta at once. eta_t = 2 gamma_t = sqrt(ln K / (K t)), without a horizon, or
/// sqrt(2 ln K / (K T)) with one.</para>
/// <para>O(K) an update and a choice. The most dependable of the exponential weights; in the mean <see cref="TsallisInf"/> is better. <see cref="BanditState.Scores"/> are the estimated cumulative losses relative to the
/// smallest, with the sign turned.</para>
/// </remarks>
[Algorithm("EXP3-IX", "Adversarial", "G. Neu (2015), Explore no more: improved high-probability regret bounds for non-stochastic bandits")]
public sealed record Exp3Ix : IBanditPolicy
{
    /// <summary>The number T of plays that a constant rate is computed for. Default: null, a rate that falls with time.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long? Horizon { get; init => field = value is { } horizon ? Require.Positive(horizon) : null; }

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new LossEstimateState<Rule>(this, arms, key, new Rule(Horizon ?? 0));

    private readonly struct Rule(long horizon) : ILossRule
    {
        public void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round) =>
            losses[arm] += (1 - reward) / (propensity + (0.5 * Rate(losses.Length, round)));

        public void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities) =>
            ExponentialWeights.Write(losses, Rate(losses.Length, round), 0, probabilities);

        private double Rate(double arms, long round) => Math.Sqrt(Math.Log(arms) / arms * (horizon > 0 ? 2.0 / horizon : 1.0 / round));
    }
}
