namespace OptiCore.Bandits;

/// <summary>Reward-interaction inverse propensity weighting (RIPS): mean(sum over l of w_1 ... w_l r_l).</summary>
/// <remarks>
/// <para>J. McInerney, B. Brost, P. Chandar, R. Mehrotra, B. Carterette (2020), "Counterfactual evaluation of slate recommendations with sequential reward interactions". Unbiased when the reward of a
/// position depends on the actions down to it and on none below (people look from the top: the cascade assumption).</para>
/// <para>O(n L). <see cref="CascadeDoublyRobust"/> has less variance under the same assumption. The weights reported are the means over positions.</para>
/// </remarks>
[Algorithm("Reward-interaction inverse propensity weighting", "Off-policy evaluation of rankings", "J. McInerney, B. Brost, P. Chandar, R. Mehrotra, B. Carterette (2020), Counterfactual evaluation of slate recommendations with sequential reward interactions", Capabilities = "rankings")]
public sealed record RewardInteractionInversePropensity : IOffPolicyEstimator
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
            double sum = 0, product = 1, weights = 0;
            for (int row = i * positions; row < (i + 1) * positions; row++)
            {
                product *= data.Weights[row];
                sum += product * data.Rewards[row];
                weights += product;
            }

            terms.Values[i] = sum;
            terms.Weights[i] = weights / positions;
        }
    }
}
