namespace OptiCore.Bandits;

/// <summary>Inverse propensity weighting: mean(w r), with w = target probability / propensity of the action taken.</summary>
/// <remarks>
/// <para>D. G. Horvitz, D. J. Thompson (1952), "A generalization of sampling without replacement from a finite universe". Unbiased when the propensities are right and the logging policy takes every
/// action that the target takes; the variance grows with the second moment of the weights.</para>
/// <para>O(n). Prefer <see cref="DoublyRobust"/> where there is any reward model, <see cref="SelfNormalizedInversePropensity"/> where there is none.</para>
/// </remarks>
[Algorithm("Inverse propensity weighting", "Off-policy evaluation", "D. G. Horvitz, D. J. Thompson (1952), A generalization of sampling without replacement from a finite universe")]
public sealed record InversePropensity : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        for (int i = 0; i < data.Count; i++)
        {
            terms.Weights[i] = data.Weights[i];
            terms.Values[i] = data.Weights[i] * data.Rewards[i];
        }
    }
}
