namespace OptiCore.Bandits;

/// <summary>Self-normalised inverse propensity weighting: sum(w r) / sum(w), with w = target probability / propensity of the action taken.</summary>
/// <remarks>
/// <para>A. Swaminathan, T. Joachims (2015), "The self-normalized estimator for counterfactual learning". Consistent, with a bias of order 1/n; always between the smallest and the largest reward,
/// unchanged when a constant is added to all rewards, and mostly of far smaller variance than <see cref="InversePropensity"/>.</para>
/// <para>O(n).</para>
/// </remarks>
[Algorithm("Self-normalised inverse propensity weighting", "Off-policy evaluation", "A. Swaminathan, T. Joachims (2015), The self-normalized estimator for counterfactual learning")]
public sealed record SelfNormalizedInversePropensity : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => false;

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
            terms.Weights[i] = terms.Denominators[i] = weight;
            terms.Numerators[i] = weight * data.Rewards[i];
        }
    }
}
