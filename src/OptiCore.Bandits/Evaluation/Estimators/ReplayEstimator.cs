namespace OptiCore.Bandits;

/// <summary>
/// Replay: decisions are kept as if the target had made them, and their rewards averaged. A decision is kept with probability w / M, with w = target probability / propensity of the action taken;
/// for a uniformly random logging policy, M = K, that is the chance that the target takes the logged action.
/// </summary>
/// <remarks>
/// <para>L. Li, W. Chu, J. Langford, X. Wang (2011), "Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms", for uniform propensities; rejection by propensities
/// as in M. Dudik, D. Erhan, J. Langford, L. Li (2012), "Sample-efficient nonstationary policy evaluation for contextual bandits". The kept decisions are a sample of the target itself, so that any
/// statistic of them is one of the target; but most decisions are thrown away. For a policy that learns as it goes, <see cref="Replay"/>.</para>
/// <para>O(n). Decision i draws from <c>Key.Fold(i)</c>.</para>
/// </remarks>
[Algorithm("Replay", "Off-policy evaluation", "L. Li, W. Chu, J. Langford, X. Wang (2011), Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms")]
public sealed record ReplayEstimator : IOffPolicyEstimator
{
    /// <summary>The bound M of the weights, at least the largest one. Default: NaN, 1 / (the smallest propensity of the log).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or zero.</exception>
    public double LargestWeight { get; init => field = double.IsNaN(value) ? value : Require.Positive(value); } = double.NaN;

    /// <summary>The randomness. Default: that of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => false;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A weight is larger than <see cref="LargestWeight"/>; the message names the decision.</exception>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        terms.IsRatio = true;
        double bound = double.IsNaN(LargestWeight) ? 1 / Replay.SmallestPropensity(data.Log) : LargestWeight;
        int kept = 0;
        for (int i = 0; i < data.Count; i++)
        {
            // A weight of 1 / propensity may lie a rounding above the bound.
            if (data.Weights[i] > bound * (1 + 1e-12))
                throw new ArgumentException(FormattableString.Invariant($"Decision {i} has weight {data.Weights[i]}, above {nameof(LargestWeight)} = {bound}."), nameof(data));
            if (Key.Fold(i).Stream().NextDouble() * bound >= data.Weights[i])
                continue;
            kept++;
            terms.Weights[i] = terms.Denominators[i] = 1;
            terms.Numerators[i] = data.Rewards[i];
        }

        terms.Note = FormattableString.Invariant($"{kept} decisions kept");
    }
}
