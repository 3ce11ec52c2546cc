namespace OptiCore.Bandits;

/// <summary>Independent inverse propensity weighting (IIPS): mean(w_1 r_1 + ... + w_L r_L).</summary>
/// <remarks>
/// <para>S. Li, Y. Abbasi-Yadkori, B. Kveton, S. Muthukrishnan, V. Vinay, Z. Wen (2018), "Offline evaluation of ranking policies with click models". Unbiased when the reward of a position depends on
/// that position's action alone and both policies pick each position independently of the others (weights are then ratios of the position's own probabilities); else biased, with the least variance of all.</para>
/// <para>O(n L). The weights reported are the means over positions.</para>
/// </remarks>
[Algorithm("Independent inverse propensity weighting", "Off-policy evaluation of rankings", "S. Li, Y. Abbasi-Yadkori, B. Kveton, S. Muthukrishnan, V. Vinay, Z. Wen (2018), Offline evaluation of ranking policies with click models", Capabilities = "rankings")]
public sealed record IndependentInversePropensity : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => true;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        int positions = data.Log.Shape.Positions;
        for (int i = 0; i < data.Count; i++)
        {
            double sum = 0, weights = 0;
            for (int row = i * positions; row < (i + 1) * positions; row++)
            {
                sum += data.Weights[row] * data.Rewards[row];
                weights += data.Weights[row];
            }

            terms.Values[i] = sum;
            terms.Weights[i] = weights / positions;
        }
    }
}
