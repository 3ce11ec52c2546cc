using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The logistic law: P(X &lt;= x) = 1/(1 + exp(-z)) with z = (x - mu)/s.
/// </summary>
public readonly record struct Logistic : IContinuousDistribution
{
    private static readonly string[] Names = ["location", "scale"];

    /// <summary>Makes the standard law: location 0, scale 1.</summary>
    public Logistic()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="location">The location, finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Logistic(double location, double scale)
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
    public double Variance => Scale * Scale * (Math.PI * Math.PI / 3);

    /// <inheritdoc/>
    public double Skewness => 0;

    /// <inheritdoc/>
    public double ExcessKurtosis => 1.2;

    /// <inheritdoc/>
    public double Entropy => 2 + Math.Log(Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        double z = Math.Abs(x - Location) / Scale;
        return -z - (2 * SpecialFunctions.LogOnePlus(Math.Exp(-z))) - Math.Log(Scale);
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => -Math.Tanh(0.5 * (x - Location) / Scale) / Scale;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double z = (x - Location) / Scale, tanh = Math.Tanh(0.5 * z);
        gradient[0] = tanh / Scale;
        gradient[1] = ((z * tanh) - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => SpecialFunctions.Expit((x - Location) / Scale);

    /// <inheritdoc/>
    public double Survival(double x) => SpecialFunctions.Expit((Location - x) / Scale);

    /// <inheritdoc/>
    public double Quantile(double p) => Location + (Scale * SpecialFunctions.Logit(p));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Location - (Scale * SpecialFunctions.Logit(q));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.UniformOpen(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Location + (Scale * SpecialFunctions.Logit(x));
    }
}
