using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The uniform law on the whole numbers low, low + 1, ..., high.
/// </summary>
public readonly record struct DiscreteUniform : IDiscreteDistribution
{
    /// <summary>Makes the law.</summary>
    /// <param name="low">The smallest number.</param>
    /// <param name="high">The largest number, at least the smallest.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public DiscreteUniform(int low, int high)
    {
        Low = low;
        High = Require.AtLeast(high, low, nameof(high));
    }

    /// <summary>The smallest number.</summary>
    public int Low { get; }

    /// <summary>The largest number, at least the smallest.</summary>
    public int High { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (Low, High);

    /// <inheritdoc/>
    public double Mean => 0.5 * ((double)Low + High);

    /// <inheritdoc/>
    public double Variance => ((Count * Count) - 1) / 12;

    /// <inheritdoc/>
    public double Skewness => 0;

    /// <inheritdoc/>
    public double ExcessKurtosis => -1.2 * ((Count * Count) + 1) / ((Count * Count) - 1);

    /// <inheritdoc/>
    public double Entropy => Math.Log(Count);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => [];

    /// <inheritdoc/>
    public double LogDensity(double x) => x >= Low && x <= High && x == Math.Floor(x) ? -Math.Log(Count) : DiscreteSearch.Impossible(x);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));

    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < Low ? 0 : x >= High ? 1 : (Math.Floor(x) - Low + 1) / Count;

    /// <inheritdoc/>
    public double Survival(double x) => x < Low ? 1 : x >= High ? 0 : (High - Math.Floor(x)) / Count;

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Uniform(key, destination, offset, workers);
        double count = Count;
        foreach (ref double x in destination)
            x = Low + Math.Floor(x * count);
    }

    private double Count => (double)High - Low + 1;
}
