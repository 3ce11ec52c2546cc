namespace OptiCore.Bandits;

/// <summary>Ridge regression of rewards on features, updated with rank one: the estimate x' (lambda I + sum w x x')^-1 sum w r x.</summary>
/// <remarks>O(d) a prediction, O(d^2) an update. Its online regret, which bounds that of policies upon it, is O(d ln T): V. Vovk (2001), "Competitive on-line statistics", up to a step.</remarks>
public sealed record RidgeOracle : IRegressionOracle
{
    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    /// <inheritdoc/>
    public RewardRange Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public bool CanMerge => true;

    /// <inheritdoc/>
    public int Length(int features) => RidgeModel.Length(features);

    /// <inheritdoc/>
    public void Reset(Span<double> model, int features) => new RidgeModel(model, features, Regularization).Reset();

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> model, ReadOnlySpan<double> x) => RidgeModel.Dot(x, RidgeModel.CoefficientsOf(model, x.Length));

    /// <inheritdoc/>
    public void Learn(Span<double> model, ReadOnlySpan<double> x, double reward, double weight) => new RidgeModel(model, x.Length, Regularization).Add(x, reward, weight);

    /// <inheritdoc/>
    public void Absorb(Span<double> model, ReadOnlySpan<double> other, int features) => new RidgeModel(model, features, Regularization).Absorb(other);
}
