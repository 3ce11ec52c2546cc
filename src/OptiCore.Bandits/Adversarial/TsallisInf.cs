namespace OptiCore.Bandits;

/// <summary>How <see cref="TsallisInf"/> estimates losses.</summary>
public enum LossEstimator
{
    /// <summary>loss / p of the arm that was played: IW in the paper.</summary>
    ImportanceWeighted,

    /// <summary>(loss - B) / p + B for the arm that was played, B for the others, with B_k = 1/2 where p_k is at least eta^2, else 0: RV in the paper.</summary>
    ReducedVariance,
}

/// <summary>
/// Tsallis-INF: follows the leader among estimated losses, regularised by the Tsallis entropy of power 1/2: p_k = 4 / (eta_t (L_k - x))^2 with x such that they sum to 1.
/// </summary>
/// <remarks>
/// <para>J. Zimmert, Y. Seldin (2021), "Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits", JMLR 22. Optimal in both worlds without knowing in which it is, and without a horizon: against losses that anybody may
/// choose the regret is at most 4 sqrt(K T) + 1 (importance-weighted, eta_t = 2 / sqrt(t)) or 2 sqrt(K T) + 10 K ln T + 16 (reduced variance, eta_t = 4 / sqrt(t)), and of the order sum ln T / gap where they are independent draws,
/// also if an adversary corrupts some of them.</para>
/// <para>x is found by Newton's iteration on a convex function from the side from which it falls monotonically: some six passes over the arms an update. O(K) a choice. The first choice where the independence of rewards is in doubt;
/// where it isn't, <see cref="ThompsonSampling"/> loses several times less. For a delayed reward the B of the arms that were not played take their probabilities at the time of the update, which keeps the
/// estimates free of bias. <see cref="BanditState.Scores"/> are the estimated cumulative losses relative to the smallest, with the sign turned.</para>
/// </remarks>
[Algorithm("Tsallis-INF", "Adversarial", "J. Zimmert, Y. Seldin (2021), Tsallis-INF: an optimal algorithm for stochastic and adversarial bandits")]
public sealed record TsallisInf : IBanditPolicy
{
    /// <summary>The estimator of losses. Default: reduced variance.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public LossEstimator Estimator { get; init => field = Require.Defined(value); } = LossEstimator.ReducedVariance;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new LossEstimateState<Rule>(this, arms, key, new Rule(Estimator == LossEstimator.ReducedVariance));

    private readonly struct Rule(bool isReduced) : ILossRule
    {
        public void Estimate(Span<double> losses, ReadOnlySpan<double> probabilities, int arm, double reward, double propensity, long round)
        {
            double loss = 1 - reward;
            if (!isReduced)
            {
                losses[arm] += loss / propensity;
                return;
            }

            double threshold = 16.0 / round;
            for (int k = 0; k < losses.Length; k++)
            {
                double baseline = (k == arm ? propensity : probabilities[k]) >= threshold ? 0.5 : 0;
                losses[k] += k == arm ? ((loss - baseline) / propensity) + baseline : baseline;
            }
        }

        public void Weigh(ReadOnlySpan<double> losses, long round, Span<double> probabilities)
        {
            double rate = (isReduced ? 4 : 2) / Math.Sqrt(round);

            // The sum of the weights is convex and increasing in x below the smallest loss, 0. At -2 / rate the largest weight alone is 1: from there Newton's iteration falls to the root.
            double x = -2 / rate, total = 0;
            for (int iteration = 0; iteration < 100; iteration++)
            {
                total = 0;
                double slope = 0;
                for (int k = 0; k < losses.Length; k++)
                {
                    double root = 2 / (rate * (losses[k] - x)), weight = root * root;
                    probabilities[k] = weight;
                    total += weight;
                    slope += weight * root;
                }

                double step = (total - 1) / (rate * slope);
                if (!(step > 1e-15 * -x))
                    break;
                x -= step;
            }

            foreach (ref double p in probabilities)
                p /= total;
        }
    }
}
