using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// Fisher's F law, that of a quotient of two chi-squared numbers, each divided by its degrees of freedom: d1 X/(d2 + d1 X) has the beta law of d1/2 and d2/2.
/// </summary>
public readonly record struct FisherF : IContinuousDistribution
{
    private static readonly string[] Names = ["numerator", "denominator"];

    private readonly double _logBeta;

    /// <summary>Makes the law.</summary>
    /// <param name="numerator">The degrees of freedom d1 of the numerator, positive and finite.</param>
    /// <param name="denominator">The degrees of freedom d2 of the denominator, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public FisherF(double numerator, double denominator)
    {
        Numerator = Require.Positive(numerator, nameof(numerator));
        Denominator = Require.Positive(denominator, nameof(denominator));
        _logBeta = SpecialFunctions.LogBeta(0.5 * numerator, 0.5 * denominator);
    }

    /// <summary>The degrees of freedom d1 of the numerator, positive and finite.</summary>
    public double Numerator { get; }

    /// <summary>The degrees of freedom d2 of the denominator, positive and finite.</summary>
    public double Denominator { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Denominator > 2 ? Denominator / (Denominator - 2) : double.PositiveInfinity;

    /// <inheritdoc/>
    public double Variance => Denominator > 4 ? 2 * Denominator * Denominator * (Numerator + Denominator - 2) / (Numerator * (Denominator - 2) * (Denominator - 2) * (Denominator - 4)) : Denominator > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Skewness => Denominator > 6 ? ((2 * Numerator) + Denominator - 2) * Math.Sqrt(8 * (Denominator - 4)) / ((Denominator - 6) * Math.Sqrt(Numerator * (Numerator + Denominator - 2))) : Denominator > 4 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double ExcessKurtosis
    {
        get
        {
            double n = Numerator, d = Denominator;
            return d > 8
                ? 12 * ((n * ((5 * d) - 22) * (n + d - 2)) + ((d - 4) * (d - 2) * (d - 2))) / (n * (d - 6) * (d - 8) * (n + d - 2))
                : d > 4 ? double.PositiveInfinity : double.NaN;
        }
    }

    /// <inheritdoc/>
    public double Entropy
    {
        get
        {
            double a = 0.5 * Numerator, b = 0.5 * Denominator;
            return _logBeta + Math.Log(Denominator / Numerator) + ((1 - a) * SpecialFunctions.Digamma(a)) - ((1 + b) * SpecialFunctions.Digamma(b)) + ((a + b) * SpecialFunctions.Digamma(a + b));
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        if (x < 0 || double.IsPositiveInfinity(x))
            return double.NegativeInfinity;
        double a = 0.5 * Numerator, b = 0.5 * Denominator;
        if (x == 0)
            return a < 1 ? double.PositiveInfinity : a > 1 ? double.NegativeInfinity : 0;
        double odds = Numerator / Denominator * x;
        return (a * Math.Log(odds)) - ((a + b) * SpecialFunctions.LogOnePlus(odds)) - Math.Log(x) - _logBeta;
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 ? 0 : ((0.5 * Numerator) - 1 - (0.5 * (Numerator + Denominator) / (1 + (Denominator / Numerator / x)))) / x;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double a = 0.5 * Numerator, b = 0.5 * Denominator, odds = Numerator / Denominator * x, logOnePlus = SpecialFunctions.LogOnePlus(odds);
        double both = SpecialFunctions.Digamma(a + b), share = 1 / (1 + (1 / odds));
        gradient[0] = (0.5 * (Math.Log(odds) - logOnePlus - SpecialFunctions.Digamma(a) + both)) + ((a - ((a + b) * share)) / Numerator);
        gradient[1] = (0.5 * (both - SpecialFunctions.Digamma(b) - logOnePlus)) - ((a - ((a + b) * share)) / Denominator);
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : Upper(1 / x, Denominator, Numerator);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : Upper(x, Numerator, Denominator);

    /// <inheritdoc/>
    public double Quantile(double p) => 1 / UpperQuantile(p, Denominator, Numerator);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => UpperQuantile(q, Numerator, Denominator);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Gamma(key.Fold(0), 0.5 * Numerator, destination, offset, workers);
        BlockFill.Run(new Divided(key.Fold(0), key.Fold(1), 0.5 * Numerator, 0.5 * Denominator), destination, offset, workers);
    }

    /// <summary>P(X > x) of the law of the given degrees of freedom; X of (n, d) is 1/X of (d, n).</summary>
    private static double Upper(double x, double n, double d)
    {
        double odds = n / d * x;
        return odds < 1
            ? SpecialFunctions.BetaIncComplement(0.5 * n, 0.5 * d, odds / (1 + odds))
            : SpecialFunctions.BetaInc(0.5 * d, 0.5 * n, 1 / (1 + odds));
    }

    private static double UpperQuantile(double q, double n, double d)
    {
        double share = SpecialFunctions.BetaIncComplementInv(0.5 * n, 0.5 * d, q);
        if (share < 0.5 || double.IsNaN(share))
            return d / n * share / (1 - share);
        double rest = SpecialFunctions.BetaIncInv(0.5 * d, 0.5 * n, q);
        return d / n * (1 - rest) / rest;
    }

    private readonly struct Divided(RandomKey first, RandomKey second, double a, double b) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            Span<double> denominator = stackalloc double[BlockFill.Block];
            denominator = denominator[..block.Length];
            RandomFill.Gamma(first, a, block, offset);
            RandomFill.Gamma(second, b, denominator, offset);
            for (int i = 0; i < block.Length; i++)
                block[i] = b / a * block[i] / denominator[i];
        }
    }
}
