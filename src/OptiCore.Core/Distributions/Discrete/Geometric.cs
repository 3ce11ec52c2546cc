using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The geometric law, that of the number of trials up to the first success: P(k) = p (1 - p)^(k - 1) for k = 1, 2, ...
/// </summary>
public readonly record struct Geometric : IDiscreteDistribution
{
    private static readonly string[] Names = ["probability"];

    /// <summary>Makes the law.</summary>
    /// <param name="probability">The probability p of a success, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Geometric(double probability)
    {
        Probability = Require.InOpenClosed(probability, 0, 1, nameof(probability));
    }

    /// <summary>The probability p of a success, in (0, 1].</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (1, Probability == 1 ? 1 : double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => 1 / Probability;

    /// <inheritdoc/>
    public double Variance => (1 - Probability) / Probability / Probability;

    /// <inheritdoc/>
    public double Skewness => (2 - Probability) / Math.Sqrt(1 - Probability);

    /// <inheritdoc/>
    public double ExcessKurtosis => 6 + (Probability * Probability / (1 - Probability));

    /// <inheritdoc/>
    public double Entropy => Probability == 1 ? 0 : -((1 - Probability) * SpecialFunctions.LogOnePlus(-Probability) / Probability) - Math.Log(Probability);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => !(x >= 1) || x != Math.Floor(x) ? DiscreteSearch.Impossible(x) : Math.Log(Probability) + SpecialFunctions.XLogOnePlusY(x - 1, -Probability);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = (1 / Probability) - ((x - 1) / (1 - Probability));
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < 1 ? 0 : -SpecialFunctions.ExpMinusOne(Math.Floor(x) * SpecialFunctions.LogOnePlus(-Probability));

    /// <inheritdoc/>
    public double Survival(double x) => x < 1 ? 1 : Math.Exp(Math.Floor(x) * SpecialFunctions.LogOnePlus(-Probability));

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Exponential(key, destination, offset, workers);
        double scale = -1 / SpecialFunctions.LogOnePlus(-Probability);
        foreach (ref double x in destination)
            x = 1 + Math.Floor(scale * x);
    }
}
