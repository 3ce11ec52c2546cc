namespace OptiCore.Bandits;

/// <summary>Clipped inverse propensity weighting: mean(min(w, lambda) r).</summary>
/// <remarks>
/// <para>E. L. Ionides (2008), "Truncated importance sampling"; L. Bottou et al. (2013), "Counterfactual reasoning and learning systems". For rewards of at least 0 it is biased downwards, never
/// upwards, and its terms lie in [0, lambda times the largest reward]. lambda = sqrt(n) balances bias and variance in the order of n (Ionides); <see cref="Slope"/> chooses from the data.</para>
/// <para>O(n).</para>
/// </remarks>
[Algorithm("Clipped inverse propensity weighting", "Off-policy evaluation", "E. L. Ionides (2008), Truncated importance sampling")]
public sealed record ClippedInversePropensity : IOffPolicyEstimator
{
    /// <summary>The largest weight lambda. Default: NaN, which is sqrt(n).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or zero.</exception>
    public double Lambda { get; init => field = double.IsNaN(value) || double.IsPositiveInfinity(value) ? value : Require.Positive(value); } = double.NaN;

    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        double largest = double.IsNaN(Lambda) ? Math.Sqrt(data.Count) : Lambda;
        for (int i = 0; i < data.Count; i++)
        {
            terms.Weights[i] = Math.Min(data.Weights[i], largest);
            terms.Values[i] = terms.Weights[i] * data.Rewards[i];
        }
    }
}
