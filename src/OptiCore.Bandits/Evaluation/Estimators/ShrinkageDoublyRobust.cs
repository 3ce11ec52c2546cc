namespace OptiCore.Bandits;

/// <summary>Doubly robust with optimistic shrinkage (DRos): mean(qbar + v (r - q)) with v = lambda w / (w^2 + lambda).</summary>
/// <remarks>
/// <para>Y. Su, M. Dimakopoulou, A. Krishnamurthy, M. Dudik (2020), "Doubly robust off-policy evaluation with shrinkage". The weight v minimises a bound of the mean squared error; it grows with w up
/// to sqrt(lambda) / 2 at w = sqrt(lambda) and falls beyond. lambda = 0 is the direct method, infinity doubly robust; <see cref="Slope"/> chooses from the data.</para>
/// <para>O(n K).</para>
/// </remarks>
[Algorithm("DR with optimistic shrinkage", "Off-policy evaluation", "Y. Su, M. Dimakopoulou, A. Krishnamurthy, M. Dudik (2020), Doubly robust off-policy evaluation with shrinkage")]
public sealed record ShrinkageDoublyRobust : IOffPolicyEstimator
{
    /// <summary>The shrinkage lambda, at least 0: weights well below its root are hardly shrunk. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or NaN.</exception>
    public double Lambda { get; init => field = double.IsPositiveInfinity(value) ? value : Require.NonNegative(value); } = 100;

    bool IOffPolicyEstimator.NeedsRewardModel => true;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        for (int i = 0; i < data.Count; i++)
        {
            double weight = data.Weights[i];
            terms.Weights[i] = weight == 0 ? 0 : double.IsPositiveInfinity(Lambda) ? weight : Lambda * weight / ((weight * weight) + Lambda);
        }

        DoublyRobust.Correct(data, terms);
    }
}
