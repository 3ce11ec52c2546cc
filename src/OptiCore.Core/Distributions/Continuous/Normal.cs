using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The normal (Gaussian) law: p(x) = exp(-z^2/2) / (sigma sqrt(2 pi)) with z = (x - mu)/sigma.
/// </summary>
/// <remarks>
/// <para>A draw costs about 5 ns, by <see cref="RandomFill.Normal(RandomKey, Span{double}, ulong, IWorkers?)"/>. Source: N. L. Johnson, S. Kotz, N. Balakrishnan (1994), "Continuous Univariate Distributions", volume 1, chapter 13.</para>
/// </remarks>
public readonly record struct Normal : IContinuousDistribution
{
    private static readonly string[] Names = ["mean", "standardDeviation"];

    /// <summary>Makes the standard law: mean 0, standardDeviation 1.</summary>
    public Normal()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="mean">The mean mu, finite.</param>
    /// <param name="standardDeviation">The standard deviation sigma, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Normal(double mean, double standardDeviation)
    {
        Mean = Require.Finite(mean, nameof(mean));
        StandardDeviation = Require.Positive(standardDeviation, nameof(standardDeviation));
    }

    /// <summary>The mean mu, finite.</summary>
    public double Mean { get; }

    /// <summary>The standard deviation sigma, positive and finite.</summary>
    public double StandardDeviation { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (double.NegativeInfinity, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Variance => StandardDeviation * StandardDeviation;

    /// <inheritdoc/>
    public double Skewness => 0;

    /// <inheritdoc/>
    public double ExcessKurtosis => 0;

    /// <inheritdoc/>
    public double Entropy => 0.5 + LawConstants.LogSqrtTwoPi + Math.Log(StandardDeviation);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        double z = (x - Mean) / StandardDeviation;
        return (-0.5 * z * z) - Math.Log(StandardDeviation) - LawConstants.LogSqrtTwoPi;
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => (Mean - x) / StandardDeviation / StandardDeviation;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double z = (x - Mean) / StandardDeviation;
        gradient[0] = z / StandardDeviation;
        gradient[1] = ((z * z) - 1) / StandardDeviation;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => SpecialFunctions.NormalCdf((x - Mean) / StandardDeviation);

    /// <inheritdoc/>
    public double Survival(double x) => SpecialFunctions.NormalCdf((Mean - x) / StandardDeviation);

    /// <inheritdoc/>
    public double Quantile(double p) => Mean + (StandardDeviation * SpecialFunctions.NormalQuantile(p));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Mean - (StandardDeviation * SpecialFunctions.NormalQuantile(q));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Normal(key, destination, offset, workers);
        LawMaps.Affine(destination, StandardDeviation, Mean);
    }
}
