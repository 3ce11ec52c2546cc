using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The half-normal law, that of |Y| with Y normal of mean 0: p(x) = 2 exp(-z^2/2) / (sigma sqrt(2 pi)) for x >= 0, with z = x/sigma.
/// </summary>
public readonly record struct HalfNormal : IContinuousDistribution
{
    private static readonly string[] Names = ["scale"];

    /// <summary>Makes the standard law: scale 1.</summary>
    public HalfNormal()
        : this(1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="scale">The scale sigma, positive and finite: the standard deviation of Y.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public HalfNormal(double scale)
    {
        Scale = Require.Positive(scale, nameof(scale));
    }

    /// <summary>The scale sigma, positive and finite: the standard deviation of Y.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Scale * LawConstants.SqrtTwoOverPi;

    /// <inheritdoc/>
    public double Variance => Scale * Scale * (1 - (2 / Math.PI));

    /// <inheritdoc/>
    public double Skewness => 0.99527174643115604;

    /// <inheritdoc/>
    public double ExcessKurtosis => 0.86917730360597414;

    /// <inheritdoc/>
    public double Entropy => 0.5 + LawConstants.LogSqrtTwoPi - LawConstants.Log2 + Math.Log(Scale);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        double z = x / Scale;
        return x < 0 ? double.NegativeInfinity : (-0.5 * z * z) - Math.Log(Scale) - LawConstants.LogSqrtTwoPi + LawConstants.Log2;
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 ? 0 : -x / Scale / Scale;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = ((x / Scale * (x / Scale)) - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : SpecialFunctions.Erf(x / Scale * LawConstants.SqrtHalf);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : SpecialFunctions.Erfc(x / Scale * LawConstants.SqrtHalf);

    /// <inheritdoc/>
    public double Quantile(double p) => Scale * LawConstants.SqrtTwo * SpecialFunctions.ErfInv(p >= 0 ? p : double.NaN);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Scale * LawConstants.SqrtTwo * SpecialFunctions.ErfcInv(q <= 1 ? q : double.NaN);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Normal(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Scale * Math.Abs(x);
    }
}
