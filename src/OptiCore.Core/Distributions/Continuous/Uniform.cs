using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The uniform law on [low, high].
/// </summary>
public readonly record struct Uniform : IContinuousDistribution
{
    private static readonly string[] Names = ["low", "high"];

    /// <summary>Makes the standard law: low 0, high 1.</summary>
    public Uniform()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="low">The lower end, finite.</param>
    /// <param name="high">The upper end, finite and above the lower one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Uniform(double low, double high)
    {
        Low = Require.Finite(low, nameof(low));
        High = Require.Finite(high, nameof(high));
        if (!(high > low))
            throw new ArgumentOutOfRangeException(nameof(high), high, $"The upper end must be above the lower one, {low}.");
    }

    /// <summary>The lower end, finite.</summary>
    public double Low { get; }

    /// <summary>The upper end, finite and above the lower one.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (Low, High);

    /// <inheritdoc/>
    public double Mean => (0.5 * Low) + (0.5 * High);

    /// <inheritdoc/>
    public double Variance => (High - Low) * (High - Low) / 12;

    /// <inheritdoc/>
    public double Skewness => 0;

    /// <inheritdoc/>
    public double ExcessKurtosis => -1.2;

    /// <inheritdoc/>
    public double Entropy => Math.Log(High - Low);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => x < Low || x > High ? double.NegativeInfinity : double.IsNaN(x) ? x : -Math.Log(High - Low);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => double.IsNaN(x) ? x : 0;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = 1 / (High - Low);
        gradient[1] = -gradient[0];
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= Low ? 0 : x >= High ? 1 : (x - Low) / (High - Low);

    /// <inheritdoc/>
    public double Survival(double x) => x <= Low ? 1 : x >= High ? 0 : (High - x) / (High - Low);

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? ((1 - p) * Low) + (p * High) : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? (q * Low) + ((1 - q) * High) : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Uniform(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = ((1 - x) * Low) + (x * High);
    }
}
