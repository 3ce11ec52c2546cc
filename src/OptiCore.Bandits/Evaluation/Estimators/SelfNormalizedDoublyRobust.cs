namespace OptiCore.Bandits;

/// <summary>Self-normalised doubly robust: mean(qbar) + sum(w (r - q)) / sum(w).</summary>
/// <remarks>
/// <para>P. S. Thomas, E. Brunskill (2016), "Data-efficient off-policy policy evaluation for reinforcement learning" (weighted doubly robust), for decisions of one step. Consistent, with a bias of
/// order 1/n; the correction of the model is a mean of its errors, so that a few large weights can't carry the estimate beyond them.</para>
/// <para>O(n K).</para>
/// </remarks>
[Algorithm("Self-normalised doubly robust", "Off-policy evaluation", "P. S. Thomas, E. Brunskill (2016), Data-efficient off-policy policy evaluation for reinforcement learning")]
public sealed record SelfNormalizedDoublyRobust : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => true;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        terms.IsRatio = true;
        for (int i = 0; i < data.Count; i++)
        {
            double weight = data.Weights[i];
            terms.Values[i] = data.ExpectedPredictions[i];
            terms.Weights[i] = terms.Denominators[i] = weight;
            terms.Numerators[i] = weight * (data.Rewards[i] - data.LoggedPredictions[i]);
        }
    }
}
