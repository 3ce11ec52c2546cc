namespace OptiCore.Bandits;

/// <summary>
/// EXP3, exponential weights for exploration and exploitation: p_k = (1 - gamma) w_k / sum w + gamma / K; the weight of the arm that was played is multiplied by exp(gamma reward / (K p)), p being the
/// probability with which it was chosen.
/// </summary>
/// <remarks>
/// <para>P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), "The nonstochastic multiarmed bandit problem", SIAM Journal on Computing 32. For rewards of [0, 1] that anybody may have chosen beforehand, and
/// gamma = min(1, sqrt(K ln K / ((e - 1) T))), the expected regret against the best arm is at most 2.63 sqrt(T K ln K).</para>
/// <para>O(K) an update and a choice. The classic; <see cref="TsallisInf"/> has the better bound, needs no horizon, and loses only logarithmically where rewards turn out to be independent draws. Where single runs matter,
/// not only their mean, take <see cref="Exp3Ix"/>. <see cref="BanditState.Scores"/> are the estimated cumulative rewards relative to the largest.</para>
/// </remarks>
[Algorithm("EXP3", "Adversarial", "P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), The nonstochastic multiarmed bandit problem")]
public sealed record Exp3 : IBanditPolicy
{
    /// <summary>The weight gamma of the uniform distribution, in (0, 1]. Default: null, computed from <see cref="Horizon"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1].</exception>
    public double? Gamma { get; init => field = value is { } gamma ? Require.InOpenClosed(gamma, 0, 1) : null; }

    /// <summary>The number T of plays that gamma is computed for where none is given. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long Horizon { get; init => field = Require.Positive(value); } = 10_000;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new LossEstimateState<Rule>(this, arms, key, new Rule(Gamma ?? double.NaN, Horizon));

    private readonly struct Rule(double gamma, long horizon) : ILossRule
    {
        public void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round) =>
            losses[arm] -= reward / propensity;

        public void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities)
        {
            int arms = losses.Length;
            double mixing = double.IsNaN(gamma) ? Math.Min(1, Math.Sqrt(arms * Math.Log(arms) / ((Math.E - 1) * horizon))) : gamma;
            ExponentialWeights.Write(losses, mixing / arms, mixing, probabilities);
        }
    }
}
