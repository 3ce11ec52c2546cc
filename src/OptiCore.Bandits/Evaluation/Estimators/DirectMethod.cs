namespace OptiCore.Bandits;

/// <summary>The direct method: mean over decisions of qbar = sum over a of target probability times predicted reward q(x, a).</summary>
/// <remarks>
/// <para>A. Beygelzimer, J. Langford (2009), "The offset tree for learning with partial labels", who name it. As right as its reward model: small variance, and a bias that no number of decisions
/// removes. The standard error says nothing of that bias.</para>
/// <para>O(n K).</para>
/// </remarks>
[Algorithm("Direct method", "Off-policy evaluation", "A. Beygelzimer, J. Langford (2009), The offset tree for learning with partial labels")]
public sealed record DirectMethod : IOffPolicyEstimator
{
    bool IOffPolicyEstimator.NeedsRewardModel => true;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        terms.HasWeights = false;
        terms.Note = "the interval leaves out the model's own errors";
        data.ExpectedPredictions.CopyTo(terms.Values);
    }
}
