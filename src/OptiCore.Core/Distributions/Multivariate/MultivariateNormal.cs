using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The multivariate normal law: p(x) = exp(-(x - mu)' Sigma^-1 (x - mu)/2) / sqrt((2 pi)^n det Sigma). A density costs n^2 operations, a draw n^2/2 and n normal numbers.
/// </summary>
/// <remarks>Derivatives: K. B. Petersen, M. S. Pedersen (2012), "The Matrix Cookbook", section 8.1.</remarks>
public sealed class MultivariateNormal : IDifferentiableMultivariateDistribution
{
    private readonly double[] _mean;
    private readonly LawParameter[] _parameters;
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
        _parameters = [new("mean", mean.Length), new("covariance", covariance.Length)];
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
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>With u = Sigma^-1 (x - mu): u for the mean, (u u' - Sigma^-1)/2 for the covariance. 2 n^2 operations after the first call, which inverts the covariance.</remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Dimension;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(gradient.Length, n + (n * n), nameof(gradient));
        _covariance.EllipticGradient(x, _mean, 1, gradient[..n], gradient[n..]);
    }

    /// <summary>
    /// The derivatives of <see cref="LogDensity"/> with respect to the Cholesky factor L of the covariance, Sigma = L L': the lower triangle of u z' - diag(1/L[i, i]) with z = L^-1 (x - mu), u = L^-T z. n^2 operations.
    /// </summary>
    /// <param name="x">The point.</param>
    /// <param name="gradient">Receives n x n elements, row by row, zeros above the diagonal.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void LogDensityFactorGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension * Dimension, nameof(gradient));
        _covariance.EllipticFactorGradient(x, _mean, 1, gradient);
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
    /// <summary>psi(x + n/2) - psi(x), by the recurrence for the whole steps: nothing cancels for large x.</summary>
    public static double DigammaHalfSteps(double x, int n)
    {
        double sum = (n & 1) == 0 ? 0 : LawConstants.DigammaHalfStep(x + (n >> 1));
        for (int k = 0; k < n >> 1; k++)
            sum += 1 / (x + k);
        return sum;
    }

    public static void CheckLocation(ReadOnlySpan<double> location, string name)
    {
        if (location.IsEmpty)
            throw new ArgumentException("There must be at least one element.", name);
        Require.AllFinite(location, name);
    }
}
