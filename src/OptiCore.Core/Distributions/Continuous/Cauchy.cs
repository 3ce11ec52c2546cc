using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Cauchy law: p(x) = 1/(pi s (1 + z^2)) with z = (x - x0)/s. It has no mean.
/// </summary>
public readonly record struct Cauchy : IContinuousDistribution
{
    private static readonly string[] Names = ["location", "scale"];

    /// <summary>Makes the standard law: location 0, scale 1.</summary>
    public Cauchy()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="location">The location, finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Cauchy(double location, double scale)
    {
        Location = Require.Finite(location, nameof(location));
        Scale = Require.Positive(scale, nameof(scale));
    }

    /// <summary>The location, finite.</summary>
    public double Location { get; }

    /// <summary>The scale, positive and finite.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (double.NegativeInfinity, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => double.NaN;

    /// <inheritdoc/>
    public double Variance => double.NaN;

    /// <inheritdoc/>
    public double Skewness => double.NaN;

    /// <inheritdoc/>
    public double ExcessKurtosis => double.NaN;

    /// <inheritdoc/>
    public double Entropy => Math.Log(4 * Math.PI) + Math.Log(Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        double z = Math.Abs(x - Location) / Scale;
        return -(z < 1e100 ? SpecialFunctions.LogOnePlus(z * z) : 2 * Math.Log(z)) - Math.Log(Math.PI) - Math.Log(Scale);
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x)
    {
        double z = (x - Location) / Scale;
        return double.IsInfinity(z) ? 0 : -2 / Scale / ((1 / z) + z);
    }

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double z = (x - Location) / Scale;
        gradient[0] = 2 / Scale / ((1 / z) + z);
        gradient[1] = (1 - (2 / (1 + (z * z)))) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => Math.Atan2(Scale, Location - x) / Math.PI;

    /// <inheritdoc/>
    public double Survival(double x) => Math.Atan2(Scale, x - Location) / Math.PI;

    /// <inheritdoc/>
    public double Quantile(double p) => Location - (Scale * Cotangent(p));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Location + (Scale * Cotangent(q));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.UniformOpen(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Location - (Scale * Cotangent(x));
    }

    /// <summary>cot(pi p), accurate for small p; the median is exact.</summary>
    private static double Cotangent(double p) => !(p >= 0 && p <= 1) ? double.NaN : p <= 0.25 ? 1 / Math.Tan(Math.PI * p) : p >= 0.75 ? -1 / Math.Tan(Math.PI * (1 - p)) : Math.Tan(Math.PI * (0.5 - p));
}
