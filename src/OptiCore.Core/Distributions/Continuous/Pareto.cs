using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Pareto law: P(X > x) = (m/x)^alpha for x >= m.
/// </summary>
public readonly record struct Pareto : IContinuousDistribution
{
    private static readonly string[] Names = ["shape", "minimum"];

    /// <summary>Makes the law.</summary>
    /// <param name="shape">The shape alpha, positive and finite.</param>
    /// <param name="minimum">The smallest value m, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Pareto(double shape, double minimum = 1)
    {
        Shape = Require.Positive(shape, nameof(shape));
        Minimum = Require.Positive(minimum, nameof(minimum));
    }

    /// <summary>The shape alpha, positive and finite.</summary>
    public double Shape { get; }

    /// <summary>The smallest value m, positive and finite.</summary>
    public double Minimum { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (Minimum, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Shape > 1 ? Minimum * (Shape / (Shape - 1)) : double.PositiveInfinity;

    /// <inheritdoc/>
    public double Variance => Shape > 2 ? Minimum / (Shape - 1) * Minimum / (Shape - 1) * Shape / (Shape - 2) : Shape > 1 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Skewness => Shape > 3 ? 2 * (1 + Shape) / (Shape - 3) * Math.Sqrt((Shape - 2) / Shape) : Shape > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double ExcessKurtosis => Shape > 4 ? 6 * ((((Shape + 1) * Shape) - 6) * Shape - 2) / (Shape * (Shape - 3) * (Shape - 4)) : Shape > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Entropy => Math.Log(Minimum / Shape) + 1 + (1 / Shape);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => x < Minimum || double.IsPositiveInfinity(x) ? double.NegativeInfinity : Math.Log(Shape / x) - (Shape * Math.Log(x / Minimum));

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < Minimum ? 0 : -(Shape + 1) / x;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = (1 / Shape) - Math.Log(x / Minimum);
        gradient[1] = Shape / Minimum;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= Minimum ? 0 : -SpecialFunctions.ExpMinusOne(-Shape * LogRatio(x));

    /// <inheritdoc/>
    public double Survival(double x) => x <= Minimum ? 1 : Math.Pow(Minimum / x, Shape);

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? Minimum * Math.Exp(-SpecialFunctions.LogOnePlus(-p) / Shape) : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? Minimum * Math.Pow(q, -1 / Shape) : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Exponential(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Minimum * Math.Exp(x / Shape);
    }

    /// <summary>ln(x/m), accurate near the minimum.</summary>
    private double LogRatio(double x) => x < 2 * Minimum ? SpecialFunctions.LogOnePlus((x - Minimum) / Minimum) : Math.Log(x / Minimum);
}
