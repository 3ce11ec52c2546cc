using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Gumbel law of largest values: P(X &lt;= x) = exp(-exp(-z)) with z = (x - mu)/beta.
/// </summary>
public readonly record struct Gumbel : IContinuousDistribution
{
    private static readonly string[] Names = ["location", "scale"];

    /// <summary>Makes the standard law: location 0, scale 1.</summary>
    public Gumbel()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="location">The location, finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Gumbel(double location, double scale)
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
    public double Mean => Location + (Scale * LawConstants.EulerGamma);

    /// <inheritdoc/>
    public double Variance => Scale * Scale * (Math.PI * Math.PI / 6);

    /// <inheritdoc/>
    public double Skewness => 1.1395470994046486574927930194;

    /// <inheritdoc/>
    public double ExcessKurtosis => 2.4;

    /// <inheritdoc/>
    public double Entropy => 1 + LawConstants.EulerGamma + Math.Log(Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        double z = (x - Location) / Scale;
        return double.IsNegativeInfinity(z) ? z : -z - Math.Exp(-z) - Math.Log(Scale);
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => SpecialFunctions.ExpMinusOne((Location - x) / Scale) / Scale;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double z = (x - Location) / Scale, slope = -SpecialFunctions.ExpMinusOne(-z);
        gradient[0] = slope / Scale;
        gradient[1] = ((z * slope) - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => Math.Exp(-Math.Exp((Location - x) / Scale));

    /// <inheritdoc/>
    public double Survival(double x) => -SpecialFunctions.ExpMinusOne(-Math.Exp((Location - x) / Scale));

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? Location - (Scale * Math.Log(-Math.Log(p))) : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? Location - (Scale * Math.Log(-SpecialFunctions.LogOnePlus(-q))) : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Gumbel(key, destination, offset, workers);
        LawMaps.Affine(destination, Scale, Location);
    }
}
