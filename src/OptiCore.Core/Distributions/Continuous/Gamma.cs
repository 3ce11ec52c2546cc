using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The gamma law: p(x) = (x/theta)^(a - 1) exp(-x/theta) / (theta Gamma(a)) for x > 0, with shape a and scale theta (the inverse of the rate).
/// </summary>
/// <remarks>
/// <para>Densities in the saddle-point form, accurate for the largest shapes. Draws by rejection from blocks of normal numbers (G. Marsaglia, W. W. Tsang, 2000, "A simple method for generating gamma variables").</para>
/// </remarks>
public readonly record struct Gamma : IContinuousDistribution
{
    private static readonly string[] Names = ["shape", "scale"];

    /// <summary>Makes the law.</summary>
    /// <param name="shape">The shape a, positive and finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Gamma(double shape, double scale = 1)
    {
        Shape = Require.Positive(shape, nameof(shape));
        Scale = Require.Positive(scale, nameof(scale));
    }

    /// <summary>The shape a, positive and finite.</summary>
    public double Shape { get; }

    /// <summary>The scale, positive and finite.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Shape * Scale;

    /// <inheritdoc/>
    public double Variance => Shape * Scale * Scale;

    /// <inheritdoc/>
    public double Skewness => 2 / Math.Sqrt(Shape);

    /// <inheritdoc/>
    public double ExcessKurtosis => 6 / Shape;

    /// <inheritdoc/>
    public double Entropy => LawConstants.GammaEntropy(Shape) + Math.Log(Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => SaddlePoint.LogGammaDensity(x / Scale, Shape) - Math.Log(Scale);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 ? 0 : ((Shape - 1) / x) - (1 / Scale);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = Math.Log(x / Scale) - SpecialFunctions.Digamma(Shape);
        gradient[1] = ((x / Scale) - Shape) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : SpecialFunctions.GammaP(Shape, x / Scale);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : SpecialFunctions.GammaQ(Shape, x / Scale);

    /// <inheritdoc/>
    public double Quantile(double p) => Scale * SpecialFunctions.GammaPInv(Shape, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Scale * SpecialFunctions.GammaQInv(Shape, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Gamma(key, Shape, destination, offset, workers);
        LawMaps.Affine(destination, Scale, 0);
    }

    /// <summary>The gamma law of a shape and a rate.</summary>
    /// <param name="shape">The shape, positive and finite.</param>
    /// <param name="rate">The rate 1/scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public static Gamma FromRate(double shape, double rate) => new(shape, 1 / Require.Positive(rate, nameof(rate)));
}
