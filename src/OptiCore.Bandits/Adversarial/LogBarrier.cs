namespace OptiCore.Bandits;

/// <summary>
/// Follows the leader among importance-weighted losses, regularised by the logarithmic barrier: p minimises sum p_k L_k - 1/eta sum ln p_k, which is p_k = 1 / (eta (L_k - x)) with x such that they sum to 1;
/// L_k += (1 - reward) / p for the arm that was played.
/// </summary>
/// <remarks>
/// <para>D. J. Foster, Z. Li, T. Lykouris, K. Sridharan, É. Tardos (2016), "Learning in games: robustness of fast convergence", NIPS; with a constant eta it is online mirror descent with the barrier's Bregman divergence. For eta of at most 1/2 the
/// regret is at most of the order K ln T / eta + eta L, L being the losses of its own plays: of the order sqrt(K L* ln T), small where the best arm's loss L* is small, which the sqrt(K T) of <see cref="TsallisInf"/> isn't. Probabilities fall like 1 / L_k, never
/// exponentially: estimates stay moderate.</para>
/// <para>x by Newton's iteration, some eight passes over the arms an update; O(K) a choice. <see cref="BanditState.Scores"/> are the estimated cumulative losses relative to the smallest, with the sign turned.</para>
/// </remarks>
[Algorithm("Log-barrier FTRL", "Adversarial", "D. J. Foster, Z. Li, T. Lykouris, K. Sridharan, É. Tardos (2016), Learning in games: robustness of fast convergence")]
public sealed record LogBarrier : IBanditPolicy
{
    /// <summary>The learning rate eta, positive. Default: null, min(1/2, sqrt(K ln T / T)) with <see cref="Horizon"/>; where the best arm is known to lose about L*, sqrt(K ln T / L*) is better.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double? LearningRate { get; init => field = value is { } rate ? Require.Positive(rate) : null; }

    /// <summary>The number T of plays that the rate is computed for where none is given. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long Horizon { get; init => field = Require.Positive(value); } = 10_000;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new LossEstimateState<Rule>(this, arms, key, new Rule(LearningRate ?? double.NaN, Horizon));

    private readonly struct Rule(double rate, long horizon) : ILossRule
    {
        public void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round) =>
            losses[arm] += (1 - reward) / propensity;

        public void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities)
        {
            double eta = double.IsNaN(rate) ? Math.Min(0.5, Math.Sqrt(losses.Length * Math.Log(Math.Max(2, horizon)) / horizon)) : rate;

            // As for Tsallis-INF: at -1 / eta the largest weight alone is 1.
            double x = -1 / eta, total = 0;
            for (int iteration = 0; iteration < 100; iteration++)
            {
                total = 0;
                double slope = 0;
                for (int k = 0; k < losses.Length; k++)
                {
                    double weight = 1 / (eta * (losses[k] - x));
                    probabilities[k] = weight;
                    total += weight;
                    slope += weight * weight;
                }

                double step = (total - 1) / (eta * slope);
                if (!(step > 1e-15 * -x))
                    break;
                x -= step;
            }

            foreach (ref double p in probabilities)
                p /= total;
        }
    }
}
