using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The exponential law: p(x) = lambda exp(-lambda x) for x >= 0.
/// </summary>
public readonly record struct Exponential : IContinuousDistribution
{
    private static readonly string[] Names = ["rate"];

    /// <summary>Makes the standard law: rate 1.</summary>
    public Exponential()
        : this(1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="rate">The rate lambda, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Exponential(double rate)
    {
        Rate = Require.Positive(rate, nameof(rate));
    }

    /// <summary>The rate lambda, positive and finite.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => 1 / Rate;

    /// <inheritdoc/>
    public double Variance => 1 / Rate / Rate;

    /// <inheritdoc/>
    public double Skewness => 2;

    /// <inheritdoc/>
    public double ExcessKurtosis => 6;

    /// <inheritdoc/>
    public double Entropy => 1 - Math.Log(Rate);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => x < 0 ? double.NegativeInfinity : Math.Log(Rate) - (Rate * x);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x < 0 ? 0 : double.IsNaN(x) ? x : -Rate;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = (1 / Rate) - x;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : -SpecialFunctions.ExpMinusOne(-Rate * x);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : Math.Exp(-Rate * x);

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? -SpecialFunctions.LogOnePlus(-p) / Rate : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? -Math.Log(q) / Rate : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Exponential(key, destination, offset, workers);
        LawMaps.Affine(destination, 1 / Rate, 0);
    }
}
