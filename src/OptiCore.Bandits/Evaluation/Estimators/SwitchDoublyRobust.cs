namespace OptiCore.Bandits;

/// <summary>Switch-DR: mean(qbar + 1[w &lt;= lambda] w (r - q)): doubly robust where the weight is at most lambda, the direct method where it is larger.</summary>
/// <remarks>
/// <para>Y.-X. Wang, A. Agarwal, M. Dudik (2017), "Optimal and adaptive off-policy evaluation in contextual bandits". lambda = 0 is the direct method, infinity doubly robust; <see cref="Slope"/> chooses
/// from the data.</para>
/// <para>O(n K).</para>
/// </remarks>
[Algorithm("Switch-DR", "Off-policy evaluation", "Y.-X. Wang, A. Agarwal, M. Dudik (2017), Optimal and adaptive off-policy evaluation in contextual bandits")]
public sealed record SwitchDoublyRobust : IOffPolicyEstimator
{
    /// <summary>The largest weight lambda that is used, at least 0. Default: 10.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or NaN.</exception>
    public double Lambda { get; init => field = double.IsPositiveInfinity(value) ? value : Require.NonNegative(value); } = 10;

    bool IOffPolicyEstimator.NeedsRewardModel => true;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        for (int i = 0; i < data.Count; i++)
            terms.Weights[i] = data.Weights[i] <= Lambda ? data.Weights[i] : 0;
        DoublyRobust.Correct(data, terms);
    }
}
