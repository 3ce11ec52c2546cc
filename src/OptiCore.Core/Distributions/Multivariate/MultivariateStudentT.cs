using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The multivariate t law: p(x) = Gamma((nu + n)/2) / (Gamma(nu/2) sqrt((nu pi)^n det Sigma)) (1 + (x - mu)' Sigma^-1 (x - mu)/nu)^(-(nu + n)/2). Sigma is the shape; the covariance is Sigma nu/(nu - 2).
/// </summary>
/// <remarks>S. Kotz, S. Nadarajah (2004), "Multivariate t distributions and their applications".</remarks>
public sealed class MultivariateStudentT : IDifferentiableMultivariateDistribution
{
    private readonly double[] _location;
    private readonly CovarianceFactor _shape;
    private readonly double _logNormalizer;
    private readonly LawParameter[] _parameters;

    /// <summary>Makes the law. About n^3/3 operations.</summary>
    /// <param name="degreesOfFreedom">The degrees of freedom nu, positive and finite.</param>
    /// <param name="location">The location mu, n elements.</param>
    /// <param name="shape">The shape Sigma, n x n, symmetric and positive definite.</param>
    /// <exception cref="ArgumentOutOfRangeException">The degrees of freedom are not positive and finite.</exception>
    /// <exception cref="ArgumentException">The location is empty or not finite, or the shape has another size or isn't symmetric and positive definite.</exception>
    public MultivariateStudentT(double degreesOfFreedom, ReadOnlySpan<double> location, ReadOnlySpan<double> shape)
    {
        DegreesOfFreedom = Require.Positive(degreesOfFreedom, nameof(degreesOfFreedom));
        MultivariateArguments.CheckLocation(location, nameof(location));
        _location = location.ToArray();
        _shape = new CovarianceFactor(shape, location.Length, nameof(shape));
        _parameters = [new("degrees of freedom", 1), new("location", location.Length), new("shape", shape.Length)];
        double half = 0.5 * location.Length;

        // Gamma(nu/2 + n/2)/Gamma(nu/2) by the beta function, so that nothing cancels for large nu.
        _logNormalizer = SpecialFunctions.LogGamma(half) - SpecialFunctions.LogBeta(0.5 * degreesOfFreedom, half) - (half * Math.Log(degreesOfFreedom * Math.PI)) - (0.5 * _shape.LogDeterminant);
    }

    /// <summary>The degrees of freedom nu.</summary>
    public double DegreesOfFreedom { get; }

    /// <inheritdoc/>
    public int Dimension => _location.Length;

    /// <inheritdoc/>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        return _logNormalizer - (0.5 * (DegreesOfFreedom + Dimension) * SpecialFunctions.LogOnePlus(_shape.Distance(x, _location) / DegreesOfFreedom));
    }

    /// <inheritdoc/>
    public void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        _shape.SolveDifference(x, _location, gradient);
        LawMaps.Affine(gradient, Weight(_shape.Distance(x, _location)), 0);
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>
    /// With u = Sigma^-1 (x - mu), delta = (x - mu)' u and w = (nu + n)/(nu + delta): (psi((nu + n)/2) - psi(nu/2) - n/nu - ln(1 + delta/nu) + w delta/nu)/2 for nu,
    /// w u for the location, (w u u' - Sigma^-1)/2 for the shape. 3 n^2 operations after the first call, which inverts the shape.
    /// </remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Dimension;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(gradient.Length, 1 + n + (n * n), nameof(gradient));
        double nu = DegreesOfFreedom, delta = _shape.Distance(x, _location), weight = Weight(delta);
        gradient[0] = 0.5 * (MultivariateArguments.DigammaHalfSteps(0.5 * nu, n) - (n / nu) - SpecialFunctions.LogOnePlus(delta / nu) + (weight * delta / nu));
        _shape.EllipticGradient(x, _location, weight, gradient.Slice(1, n), gradient[(1 + n)..]);
    }

    /// <summary>
    /// The derivatives of <see cref="LogDensity"/> with respect to the Cholesky factor L of the shape, Sigma = L L': the lower triangle of w u z' - diag(1/L[i, i]) with z = L^-1 (x - mu), u = L^-T z and
    /// w = (nu + n)/(nu + z' z). n^2 operations.
    /// </summary>
    /// <param name="x">The point.</param>
    /// <param name="gradient">Receives n x n elements, row by row, zeros above the diagonal.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void LogDensityFactorGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension * Dimension, nameof(gradient));
        _shape.EllipticFactorGradient(x, _location, Weight(_shape.Distance(x, _location)), gradient);
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Dimension, count = QuasiRandom.Points(points.Length, n, nameof(points));
        RandomFill.Normal(key.Fold(0), points, offset * (ulong)n);
        Span<double> gamma = stackalloc double[1];
        for (int i = 0; i < count; i++)
        {
            RandomFill.Gamma(key.Fold(1), 0.5 * DegreesOfFreedom, gamma, offset + (ulong)i);
            _shape.Colour(points.Slice(i * n, n), _location, Math.Sqrt(0.5 * DegreesOfFreedom / gamma[0]));
        }
    }

    /// <summary>What the point counts for beside one of the normal law.</summary>
    private double Weight(double distance) => (DegreesOfFreedom + Dimension) / (DegreesOfFreedom + distance);
}
