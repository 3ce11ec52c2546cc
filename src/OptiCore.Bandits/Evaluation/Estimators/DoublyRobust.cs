namespace OptiCore.Bandits;

/// <summary>Doubly robust: mean(qbar + w (r - q)), with q the predicted reward of the action taken, qbar the one expected under the target and w = target probability / propensity.</summary>
/// <remarks>
/// <para>M. Dudik, J. Langford, L. Li (2011), "Doubly robust policy evaluation and learning". Unbiased when either the propensities or the reward model are right, as long as the model wasn't fitted
/// to the same decisions: see <see cref="CrossFittedRewardModel"/>. The better the model, the smaller the variance.</para>
/// <para>O(n K). When weights are large, <see cref="SwitchDoublyRobust"/> and <see cref="ShrinkageDoublyRobust"/> trade a bias for less variance.</para>
/// </remarks>
[Algorithm("Doubly robust", "Off-policy evaluation", "M. Dudik, J. Langford, L. Li (2011), Doubly robust policy evaluation and learning")]
public sealed record DoublyRobust : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => true;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        data.Weights.CopyTo(terms.Weights);
        Correct(data, terms);
    }

    /// <summary>qbar + weight (r - q) for the weights that are in the terms already.</summary>
    internal static void Correct(OffPolicyData data, EstimatorTerms terms)
    {
        for (int i = 0; i < data.Count; i++)
            terms.Values[i] = data.ExpectedPredictions[i] + (terms.Weights[i] * (data.Rewards[i] - data.LoggedPredictions[i]));
    }
}
