namespace OptiCore.Bandits;

/// <summary>
/// Cascade-DR: mean(sum over l of w_1 ... w_l (r_l - Q_l) + w_1 ... w_(l-1) Qbar_l), with Q_l the predicted reward of positions l and below given the actions down to l, and Qbar_l its mean over
/// the target's action at l.
/// </summary>
/// <remarks>
/// <para>H. Kiyohara, Y. Saito, T. Matsuhiro, Y. Narita, N. Shimizu, Y. Yamamoto (2022), "Doubly robust off-policy evaluation for ranking policies under the cascade behavior model". Unbiased under the
/// cascade assumption, whatever the predictions; with good ones (<see cref="CascadeRewardModel"/>), of less variance than <see cref="RewardInteractionInversePropensity"/>. With one position it is
/// <see cref="DoublyRobust"/>.</para>
/// <para>O(n L K). The weights reported are the means over positions.</para>
/// </remarks>
[Algorithm("Cascade-DR", "Off-policy evaluation of rankings", "H. Kiyohara, Y. Saito, T. Matsuhiro, Y. Narita, N. Shimizu, Y. Yamamoto (2022), Doubly robust off-policy evaluation for ranking policies under the cascade behavior model", Capabilities = "rankings")]
public sealed record CascadeDoublyRobust : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => true;

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
                sum += product * data.ExpectedPredictions[row];
                product *= data.Weights[row];
                sum += product * (data.Rewards[row] - data.LoggedPredictions[row]);
                weights += product;
            }

            terms.Values[i] = sum;
            terms.Weights[i] = weights / positions;
        }
    }
}
