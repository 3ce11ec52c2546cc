namespace OptiCore.Bandits;

/// <summary>Inverse propensity weighting of whole rankings: mean(w_1 ... w_L (r_1 + ... + r_L)).</summary>
/// <remarks>
/// <para>Importance sampling of the whole sequence, D. Precup, R. S. Sutton, S. P. Singh (2000), "Eligibility traces for off-policy policy evaluation". Unbiased whatever people do with a ranking; the
/// variance grows exponentially with the number of positions. <see cref="RewardInteractionInversePropensity"/> assumes a little and gains much.</para>
/// <para>O(n L).</para>
/// </remarks>
[Algorithm("Ranking inverse propensity weighting", "Off-policy evaluation of rankings", "D. Precup, R. S. Sutton, S. P. Singh (2000), Eligibility traces for off-policy policy evaluation", Capabilities = "rankings")]
public sealed record RankingInversePropensity : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => true;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        JointWeights(data, terms.Weights);
        for (int i = 0; i < data.Count; i++)
            terms.Values[i] = terms.Weights[i] * TotalReward(data, i);
    }

    /// <summary>Writes the product of the weights of all positions of each decision.</summary>
    internal static void JointWeights(OffPolicyData data, Span<double> weights)
    {
        int positions = data.Log.Shape.Positions;
        for (int i = 0; i < weights.Length; i++)
        {
            double product = 1;
            foreach (double weight in data.Weights.Slice(i * positions, positions))
                product *= weight;
            weights[i] = product;
        }
    }

    /// <summary>The sum of the rewards of all positions of a decision.</summary>
    internal static double TotalReward(OffPolicyData data, int index)
    {
        int positions = data.Log.Shape.Positions;
        double sum = 0;
        foreach (double reward in data.Rewards.Slice(index * positions, positions))
            sum += reward;
        return sum;
    }
}
