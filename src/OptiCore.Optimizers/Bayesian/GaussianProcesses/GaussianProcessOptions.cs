namespace OptiCore.Optimizers;

/// <summary>What a <see cref="GaussianProcess"/> assumes, and how it learns its hyperparameters.</summary>
public sealed record GaussianProcessOptions
{
    /// <summary>The correlation function. Default: <see cref="Matern52"/>.</summary>
    public CovarianceFunction Covariance { get; init => field = Require.NotNull(value, nameof(Covariance)); } = new Matern52();

    /// <summary>The variance of the noise relative to that of the process, when it is known; null to learn it. Default: null.</summary>
    public double? NoiseRatio { get; init => field = value is null ? null : Require.NonNegative(value.Value, nameof(NoiseRatio)); }

    /// <summary>The smallest noise ratio that is learned, which also keeps the covariance matrix positive definite. Default: 1e-8.</summary>
    public double MinNoiseRatio { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>
    /// Whether length scales have a log-normal prior, log l ~ N(sqrt 2 + log(d) / 2, 3), for inputs scaled to the unit cube: in many dimensions length scales that don't grow
    /// with sqrt d say that every point is far from every other. Off, the likelihood alone is maximised. Default: on.
    /// </summary>
    /// <remarks>C. Hvarfner, E. O. Hellsten and L. Nardi (2024), Vanilla Bayesian optimization performs great in high dimensions.</remarks>
    public bool LengthScalePrior { get; init; } = true;

    /// <summary>The smallest length scale. Default: 0.005.</summary>
    public double MinLengthScale { get; init => field = Require.Positive(value); } = 0.005;

    /// <summary>The largest length scale. Default: 1000.</summary>
    public double MaxLengthScale { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The number of starting points of the search for hyperparameters beside the present ones. Default: 2.</summary>
    public int Restarts { get; init => field = Require.NonNegative(value); } = 2;

    /// <summary>The limit of iterations of each search. Default: 50.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 50;
}
