using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Weibull law: P(X > x) = exp(-(x/lambda)^k) for x >= 0.
/// </summary>
public readonly record struct Weibull : IContinuousDistribution
{
    private static readonly string[] Names = ["shape", "scale"];

    /// <summary>Makes the law.</summary>
    /// <param name="shape">The shape k, positive and finite.</param>
    /// <param name="scale">The scale lambda, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Weibull(double shape, double scale = 1)
    {
        Shape = Require.Positive(shape, nameof(shape));
        Scale = Require.Positive(scale, nameof(scale));
    }

    /// <summary>The shape k, positive and finite.</summary>
    public double Shape { get; }

    /// <summary>The scale lambda, positive and finite.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Scale * SpecialFunctions.Gamma(1 + (1 / Shape));

    /// <inheritdoc/>
    public double Variance => Scale * Scale * LawConstants.WeibullMoments(Shape).Variance;

    /// <inheritdoc/>
    public double Skewness => LawConstants.WeibullMoments(Shape).Skewness;

    /// <inheritdoc/>
    public double ExcessKurtosis => LawConstants.WeibullMoments(Shape).Kurtosis;

    /// <inheritdoc/>
    public double Entropy => (LawConstants.EulerGamma * (1 - (1 / Shape))) + Math.Log(Scale / Shape) + 1;

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        if (x < 0 || double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        double z = x / Scale;
        return Math.Log(Shape / Scale) + SpecialFunctions.XLogY(Shape - 1, z) - Math.Pow(z, Shape);
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 ? 0 : (Shape - 1 - (Shape * Math.Pow(x / Scale, Shape))) / x;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double log = Math.Log(x / Scale), power = Math.Pow(x / Scale, Shape);
        gradient[0] = (1 / Shape) + (log * (1 - power));
        gradient[1] = Shape * (power - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : -SpecialFunctions.ExpMinusOne(-Math.Pow(x / Scale, Shape));

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : Math.Exp(-Math.Pow(x / Scale, Shape));

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? Scale * Math.Pow(-SpecialFunctions.LogOnePlus(-p), 1 / Shape) : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? Scale * Math.Pow(-Math.Log(q), 1 / Shape) : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Exponential(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Scale * Math.Pow(x, 1 / Shape);
    }
}
