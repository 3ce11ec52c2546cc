namespace OptiCore.Bandits;

/// <summary>
/// EXP3.P: exponential weights of estimated rewards that are raised by beta / p_k for every arm, so that with high probability none is far too small: G_k += (reward 1{k played} + beta) / p_k,
/// p_k = (1 - gamma) exp(eta G_k) / sum_j exp(eta G_j) + gamma / K.
/// </summary>
/// <remarks>
/// <para>P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), "The nonstochastic multiarmed bandit problem", section 6, in the form of S. Bubeck, N. Cesa-Bianchi (2012), "Regret analysis of stochastic and
/// nonstochastic multi-armed bandit problems", theorem 3.2: beta = sqrt(ln(K / delta) / (K T)) and gamma = 1.05 sqrt(K ln K / T), both at most 1, eta = 0.95 sqrt(ln K / (K T)). With probability 1 - delta the regret
/// is at most 5.15 sqrt(T K ln(K / delta)).</para>
/// <para>O(K) an update and a choice. For a delayed reward the raise of the arms that were not played takes their probabilities at the time of the update. <see cref="Exp3Ix"/> has the smaller constant, needs neither T nor
/// delta, and explores less. <see cref="BanditState.Scores"/> are the estimated cumulative rewards relative to the largest.</para>
/// </remarks>
[Algorithm("EXP3.P", "Adversarial", "S. Bubeck, N. Cesa-Bianchi (2012), Regret analysis of stochastic and nonstochastic multi-armed bandit problems, section 3.2")]
public sealed record Exp3P : IBanditPolicy
{
    /// <summary>The number T of plays that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The probability delta with which the bound may fail, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new LossEstimateState<Rule>(this, arms, key, new Rule(Horizon, Delta));

    private readonly struct Rule(long horizon, double delta) : ILossRule
    {
        public void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round)
        {
            double beta = Math.Min(1, Math.Sqrt(Math.Log(losses.Length / delta) / ((double)losses.Length * horizon)));
            for (int k = 0; k < losses.Length; k++)
                losses[k] -= k == arm ? (reward + beta) / propensity : beta / probabilities[k];
        }

        public void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities)
        {
            double arms = losses.Length, log = Math.Log(arms);
            ExponentialWeights.Write(losses, 0.95 * Math.Sqrt(log / (arms * horizon)), Math.Min(1, 1.05 * Math.Sqrt(arms * log / horizon)), probabilities);
        }
    }
}
