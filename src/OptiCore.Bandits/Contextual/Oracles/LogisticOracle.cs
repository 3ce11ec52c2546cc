namespace OptiCore.Bandits;

/// <summary>Logistic regression of rewards of [0, 1] on features, by one exact step of Laplace's approximation a reward: the estimate 1 / (1 + exp(-x' m)).</summary>
/// <remarks>O(d) a prediction; O(d) an update with a diagonal precision, O(d^2) with a full one. See <see cref="LogisticThompsonSampling"/> for the model.</remarks>
public sealed record LogisticOracle : IRegressionOracle
{
    /// <summary>The prior's precision lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How much of the posterior's covariance is kept. Default: all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public PosteriorCovariance Covariance { get; init => field = Require.Defined(value); } = PosteriorCovariance.Full;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    /// <inheritdoc/>
    public RewardRange Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public bool CanMerge => false;

    /// <inheritdoc/>
    public int Length(int features) => LogisticModel.Length(features, Covariance);

    /// <inheritdoc/>
    public void Reset(Span<double> model, int features) => Model(model, features).Reset();

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> model, ReadOnlySpan<double> x) => LogisticModel.Sigmoid(RidgeModel.Dot(x, LogisticModel.ModeOf(model, x.Length, Covariance)));

    /// <inheritdoc/>
    public void Learn(Span<double> model, ReadOnlySpan<double> x, double reward, double weight) => Model(model, x.Length).Add(x, reward, weight);

    /// <inheritdoc/>
    public void Absorb(Span<double> model, ReadOnlySpan<double> other, int features) =>
        throw new NotSupportedException("What a logistic model knows depends on the order of its rewards: two models can't be merged.");

    private LogisticModel Model(Span<double> model, int features) => new(model, features, Regularization, Covariance);
}
