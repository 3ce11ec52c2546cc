using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The binomial law, that of the number of successes in n independent trials: P(k) = C(n, k) p^k (1 - p)^(n - k).
/// </summary>
/// <remarks>
/// <para>Draws by inversion for n min(p, 1 - p) below 10, else by transformed rejection (W. Hörmann, 1993, "The generation of binomial random variates").</para>
/// </remarks>
public readonly record struct Binomial : IDiscreteDistribution
{
    private static readonly string[] Names = ["probability"];

    /// <summary>Makes the law.</summary>
    /// <param name="trials">The number of trials n, at least 0.</param>
    /// <param name="probability">The probability p of a success, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Binomial(int trials, double probability)
    {
        Trials = Require.NonNegative(trials, nameof(trials));
        Probability = Require.InClosed(probability, 0, 1, nameof(probability));
    }

    /// <summary>The number of trials n, at least 0.</summary>
    public int Trials { get; }

    /// <summary>The probability p of a success, in [0, 1].</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, Trials);

    /// <inheritdoc/>
    public double Mean => Trials * Probability;

    /// <inheritdoc/>
    public double Variance => Trials * Probability * (1 - Probability);

    /// <inheritdoc/>
    public double Skewness => (1 - (2 * Probability)) / Math.Sqrt(Variance);

    /// <inheritdoc/>
    public double ExcessKurtosis => (1 - (6 * Probability * (1 - Probability))) / Variance;

    /// <inheritdoc/>
    public double Entropy => DiscreteSearch.Entropy(this);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => !(x >= 0 && x <= Trials) || x != Math.Floor(x) ? DiscreteSearch.Impossible(x) : SaddlePoint.LogBinomial(x, Trials, Probability, 1 - Probability);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = (x - (Trials * Probability)) / (Probability * (1 - Probability));
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < 0 ? 0 : x >= Trials ? 1 : SpecialFunctions.BetaIncComplement(Math.Floor(x) + 1, Trials - Math.Floor(x), Probability);

    /// <inheritdoc/>
    public double Survival(double x) => x < 0 ? 1 : x >= Trials ? 0 : SpecialFunctions.BetaInc(Math.Floor(x) + 1, Trials - Math.Floor(x), Probability);

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        if (Trials * Math.Min(Probability, 1 - Probability) < BinomialProposal.Smallest)
            BlockFill.Run(new DiscreteSearch.SequentialBinomial(key, Trials, Probability), destination, offset, workers);
        else
            BlockFill.Run(new UniformRejection<BinomialProposal>(key, new BinomialProposal(Trials, Probability)), destination, offset, workers);
    }
}
