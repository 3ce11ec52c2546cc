using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The multivariate normal law: p(x) = exp(-(x - mu)' Sigma^-1 (x - mu)/2) / sqrt((2 pi)^n det Sigma). A density costs n^2 operations, a draw n^2/2 and n normal numbers.
/// </summary>
public sealed class MultivariateNormal : IDifferentiableMultivariateDistribution
{
    private readonly double[] _mean;
    private readonly CovarianceFactor _covariance;

    /// <summary>Makes the law. About n^3/3 operations.</summary>
    /// <param name="mean">The mean mu, n elements.</param>
    /// <param name="covariance">The covariance Sigma, n x n, symmetric and positive definite.</param>
    /// <exception cref="ArgumentException">The mean is empty or not finite, or the covariance has another size or isn't symmetric and positive definite.</exception>
    public MultivariateNormal(ReadOnlySpan<double> mean, ReadOnlySpan<double> covariance)
    {
        MultivariateArguments.CheckLocation(mean, nameof(mean));
        _mean = mean.ToArray();
        _covariance = new CovarianceFactor(covariance, mean.Length, nameof(covariance));
    }

    /// <inheritdoc/>
    public int Dimension => _mean.Length;

    /// <summary>The mean.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The differential entropy in nats, n (1 + ln 2 pi)/2 + ln(det Sigma)/2.</summary>
    public double Entropy => (Dimension * (0.5 + LawConstants.LogSqrtTwoPi)) + (0.5 * _covariance.LogDeterminant);

    /// <inheritdoc/>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        return (-0.5 * (_covariance.Distance(x, _mean) + _covariance.LogDeterminant)) - (Dimension * LawConstants.LogSqrtTwoPi);
    }

    /// <inheritdoc/>
    public void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        _covariance.SolveDifference(x, _mean, gradient);
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Dimension, count = QuasiRandom.Points(points.Length, n, nameof(points));
        RandomFill.Normal(key, points, offset * (ulong)n);
        for (int i = 0; i < count; i++)
            _covariance.Colour(points.Slice(i * n, n), _mean, 1);
    }
}

/// <summary>Checks that laws of vectors share.</summary>
internal static class MultivariateArguments
{
    public static void CheckLocation(ReadOnlySpan<double> location, string name)
    {
        if (location.IsEmpty)
            throw new ArgumentException("There must be at least one element.", name);
        Require.AllFinite(location, name);
    }
}
