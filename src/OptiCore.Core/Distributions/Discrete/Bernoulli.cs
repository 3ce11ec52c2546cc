using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The law of one trial: 1 with probability p, else 0.
/// </summary>
public readonly record struct Bernoulli : IDiscreteDistribution
{
    private static readonly string[] Names = ["probability"];

    /// <summary>Makes the law.</summary>
    /// <param name="probability">The probability p of 1, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Bernoulli(double probability)
    {
        Probability = Require.InClosed(probability, 0, 1, nameof(probability));
    }

    /// <summary>The probability p of 1, in [0, 1].</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, 1);

    /// <inheritdoc/>
    public double Mean => Probability;

    /// <inheritdoc/>
    public double Variance => Probability * (1 - Probability);

    /// <inheritdoc/>
    public double Skewness => (1 - (2 * Probability)) / Math.Sqrt(Variance);

    /// <inheritdoc/>
    public double ExcessKurtosis => (1 - (6 * Variance)) / Variance;

    /// <inheritdoc/>
    public double Entropy => -SpecialFunctions.XLogY(Probability, Probability) - SpecialFunctions.XLogOnePlusY(1 - Probability, -Probability);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => x == 1 ? Math.Log(Probability) : x == 0 ? SpecialFunctions.LogOnePlus(-Probability) : DiscreteSearch.Impossible(x);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = x == 1 ? 1 / Probability : -1 / (1 - Probability);
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < 0 ? 0 : x < 1 ? 1 - Probability : 1;

    /// <inheritdoc/>
    public double Survival(double x) => x < 0 ? 1 : x < 1 ? Probability : 0;

    /// <inheritdoc/>
    public double Quantile(double p) => p >= 0 && p <= 1 ? (p <= 1 - Probability ? 0 : 1) : double.NaN;

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => q >= 0 && q <= 1 ? (q >= Probability ? 0 : 1) : double.NaN;

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Uniform(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = x < Probability ? 1 : 0;
    }
}
