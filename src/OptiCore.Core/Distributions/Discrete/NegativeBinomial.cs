using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The negative binomial law, that of the number of failures before success number r: P(k) = C(k + r - 1, k) p^r (1 - p)^k. r need not be whole.
/// </summary>
/// <remarks>
/// <para>The Poisson law whose rate has the gamma law of shape r and scale (1 - p)/p, from which it is drawn.</para>
/// </remarks>
public readonly record struct NegativeBinomial : IDiscreteDistribution
{
    private static readonly string[] Names = ["successes", "probability"];

    /// <summary>Makes the law.</summary>
    /// <param name="successes">The number of successes r, positive and finite.</param>
    /// <param name="probability">The probability p of a success, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public NegativeBinomial(double successes, double probability)
    {
        Successes = Require.Positive(successes, nameof(successes));
        Probability = Require.InOpenClosed(probability, 0, 1, nameof(probability));
    }

    /// <summary>The number of successes r, positive and finite.</summary>
    public double Successes { get; }

    /// <summary>The probability p of a success, in (0, 1].</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Successes * (1 - Probability) / Probability;

    /// <inheritdoc/>
    public double Variance => Successes * (1 - Probability) / Probability / Probability;

    /// <inheritdoc/>
    public double Skewness => (2 - Probability) / Math.Sqrt(Successes * (1 - Probability));

    /// <inheritdoc/>
    public double ExcessKurtosis => (6 / Successes) + (Probability * Probability / (Successes * (1 - Probability)));

    /// <inheritdoc/>
    public double Entropy => DiscreteSearch.Entropy(this);

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        if (!(x >= 0) || x != Math.Floor(x))
            return DiscreteSearch.Impossible(x);
        if (double.IsInfinity(x))
            return double.NegativeInfinity;
        double r = Successes;
        return x == 0 ? r * Math.Log(Probability) : Math.Log(r / (r + x)) + SaddlePoint.LogBinomial(r, r + x, Probability, 1 - Probability);
    }

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = SpecialFunctions.Digamma(x + Successes) - SpecialFunctions.Digamma(Successes) + Math.Log(Probability);
        gradient[1] = (Successes / Probability) - (x / (1 - Probability));
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < 0 ? 0 : double.IsInfinity(x) ? 1 : SpecialFunctions.BetaInc(Successes, Math.Floor(x) + 1, Probability);

    /// <inheritdoc/>
    public double Survival(double x) => x < 0 ? 1 : double.IsInfinity(x) ? 0 : SpecialFunctions.BetaIncComplement(Successes, Math.Floor(x) + 1, Probability);

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) => BlockFill.Run(new Draw(key, this), destination, offset, workers);

    private readonly struct Draw(RandomKey key, NegativeBinomial law) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            RandomFill.Gamma(key.Fold(0), law.Successes, block, offset);
            double scale = (1 - law.Probability) / law.Probability;
            RandomKey counts = key.Fold(1);
            for (int i = 0; i < block.Length; i++)
            {
                RandomStream stream = counts.Fold(offset + (ulong)i).Stream();
                block[i] = stream.NextPoisson(scale * block[i]);
            }
        }
    }
}
