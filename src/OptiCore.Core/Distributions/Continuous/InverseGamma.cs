using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The inverse gamma law, that of 1/Y with Y of the gamma law of shape a and rate beta: p(x) = (beta/x)^a exp(-beta/x) / (x Gamma(a)) for x > 0.
/// </summary>
public readonly record struct InverseGamma : IContinuousDistribution
{
    private static readonly string[] Names = ["shape", "scale"];

    /// <summary>Makes the law.</summary>
    /// <param name="shape">The shape a, positive and finite.</param>
    /// <param name="scale">The scale beta, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public InverseGamma(double shape, double scale = 1)
    {
        Shape = Require.Positive(shape, nameof(shape));
        Scale = Require.Positive(scale, nameof(scale));
    }

    /// <summary>The shape a, positive and finite.</summary>
    public double Shape { get; }

    /// <summary>The scale beta, positive and finite.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Shape > 1 ? Scale / (Shape - 1) : double.PositiveInfinity;

    /// <inheritdoc/>
    public double Variance => Shape > 2 ? Scale / (Shape - 1) * Scale / (Shape - 1) / (Shape - 2) : Shape > 1 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Skewness => Shape > 3 ? 4 * Math.Sqrt(Shape - 2) / (Shape - 3) : Shape > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double ExcessKurtosis => Shape > 4 ? 6 * ((5 * Shape) - 11) / ((Shape - 3) * (Shape - 4)) : Shape > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Entropy => Shape + Math.Log(Scale) + SpecialFunctions.LogGamma(Shape) - ((1 + Shape) * SpecialFunctions.Digamma(Shape));

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        if (x <= 0 || double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        double y = Scale / x;
        return double.IsInfinity(y) ? double.NegativeInfinity : y == 0 ? (Shape * (Math.Log(Scale) - Math.Log(x))) - Math.Log(x) - SpecialFunctions.LogGamma(Shape) : SaddlePoint.LogGammaDensity(y, Shape) + Math.Log(y) - Math.Log(x);
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x <= 0 ? 0 : ((Scale / x) - (Shape + 1)) / x;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = Math.Log(Scale / x) - SpecialFunctions.Digamma(Shape);
        gradient[1] = (Shape / Scale) - (1 / x);
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : SpecialFunctions.GammaQ(Shape, Scale / x);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : SpecialFunctions.GammaP(Shape, Scale / x);

    /// <inheritdoc/>
    public double Quantile(double p) => Scale / SpecialFunctions.GammaQInv(Shape, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Scale / SpecialFunctions.GammaPInv(Shape, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Gamma(key, Shape, destination, offset, workers);
        foreach (ref double x in destination)
            x = Scale / x;
    }
}
