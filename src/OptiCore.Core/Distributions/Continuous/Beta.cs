using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The beta law on [0, 1]: p(x) = x^(a - 1) (1 - x)^(b - 1) / B(a, b).
/// </summary>
/// <remarks>
/// <para>Source: N. L. Johnson, S. Kotz, N. Balakrishnan (1995), "Continuous Univariate Distributions", volume 2, chapter 25.</para>
/// </remarks>
public readonly record struct Beta : IContinuousDistribution
{
    private static readonly string[] Names = ["alpha", "betaShape"];

    private readonly double _logBeta;

    /// <summary>Makes the law.</summary>
    /// <param name="alpha">The first shape a, positive and finite.</param>
    /// <param name="betaShape">The second shape b, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Beta(double alpha, double betaShape)
    {
        Alpha = Require.Positive(alpha, nameof(alpha));
        BetaShape = Require.Positive(betaShape, nameof(betaShape));
        _logBeta = SpecialFunctions.LogBeta(alpha, betaShape);
    }

    /// <summary>The first shape a, positive and finite.</summary>
    public double Alpha { get; }

    /// <summary>The second shape b, positive and finite.</summary>
    public double BetaShape { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, 1);

    /// <inheritdoc/>
    public double Mean => Alpha / (Alpha + BetaShape);

    /// <inheritdoc/>
    public double Variance => Alpha / (Alpha + BetaShape) * (BetaShape / (Alpha + BetaShape)) / (Alpha + BetaShape + 1);

    /// <inheritdoc/>
    public double Skewness => 2 * (BetaShape - Alpha) * Math.Sqrt(Alpha + BetaShape + 1) / ((Alpha + BetaShape + 2) * Math.Sqrt(Alpha) * Math.Sqrt(BetaShape));

    /// <inheritdoc/>
    public double ExcessKurtosis
    {
        get
        {
            double a = Alpha, b = BetaShape, sum = a + b;
            return 6 * (((a - b) / sum * ((a - b) * (sum + 1))) - (a / sum * b * (sum + 2))) / (a / sum * b * (sum + 2) * (sum + 3));
        }
    }

    /// <inheritdoc/>
    public double Entropy
    {
        get
        {
            double a = Alpha, b = BetaShape;
            return _logBeta - ((a - 1) * SpecialFunctions.Digamma(a)) - ((b - 1) * SpecialFunctions.Digamma(b)) + ((a + b - 2) * SpecialFunctions.Digamma(a + b));
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => SaddlePoint.LogBetaDensity(x, Alpha, BetaShape, _logBeta);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 || x > 1 ? 0 : ((Alpha - 1) / x) - ((BetaShape - 1) / (1 - x));

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double both = SpecialFunctions.Digamma(Alpha + BetaShape);
        gradient[0] = Math.Log(x) - SpecialFunctions.Digamma(Alpha) + both;
        gradient[1] = SpecialFunctions.LogOnePlus(-x) - SpecialFunctions.Digamma(BetaShape) + both;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : x >= 1 ? 1 : SpecialFunctions.BetaInc(Alpha, BetaShape, x);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : x >= 1 ? 0 : SpecialFunctions.BetaIncComplement(Alpha, BetaShape, x);

    /// <inheritdoc/>
    public double Quantile(double p) => SpecialFunctions.BetaIncInv(Alpha, BetaShape, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => SpecialFunctions.BetaIncComplementInv(Alpha, BetaShape, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) => RandomFill.Beta(key, Alpha, BetaShape, destination, offset, workers);
}
