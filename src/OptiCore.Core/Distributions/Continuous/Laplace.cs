using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Laplace (double exponential) law: p(x) = exp(-|x - mu|/b) / (2 b).
/// </summary>
public readonly record struct Laplace : IContinuousDistribution
{
    private static readonly string[] Names = ["location", "scale"];

    /// <summary>Makes the standard law: location 0, scale 1.</summary>
    public Laplace()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="location">The location, finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Laplace(double location, double scale)
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
    public double Mean => Location;

    /// <inheritdoc/>
    public double Variance => 2 * Scale * Scale;

    /// <inheritdoc/>
    public double Skewness => 0;

    /// <inheritdoc/>
    public double ExcessKurtosis => 3;

    /// <inheritdoc/>
    public double Entropy => 1 + Math.Log(2 * Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => -(Math.Abs(x - Location) / Scale) - Math.Log(2 * Scale);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x == Location ? double.NaN : double.IsNaN(x) ? x : Math.Sign(Location - x) / Scale;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = x == Location ? double.NaN : Math.Sign(x - Location) / Scale;
        gradient[1] = ((Math.Abs(x - Location) / Scale) - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => Lower((x - Location) / Scale);

    /// <inheritdoc/>
    public double Survival(double x) => Lower((Location - x) / Scale);

    /// <inheritdoc/>
    public double Quantile(double p) => Location + (Scale * LowerQuantile(p));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Location - (Scale * LowerQuantile(q));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.UniformOpen(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Location + (Scale * LowerQuantile(x));
    }

    private static double Lower(double z) => z < 0 ? 0.5 * Math.Exp(z) : 1 - (0.5 * Math.Exp(-z));

    private static double LowerQuantile(double p) => !(p >= 0 && p <= 1) ? double.NaN : p < 0.5 ? Math.Log(2 * p) : -Math.Log(2 * (1 - p));
}
