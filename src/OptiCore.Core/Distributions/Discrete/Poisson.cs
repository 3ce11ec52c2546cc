using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Poisson law of counts: P(k) = lambda^k exp(-lambda) / k! for k = 0, 1, ...
/// </summary>
/// <remarks>
/// <para>Draws by inversion for means below 10, else by transformed rejection (W. Hörmann, 1993, "The transformed rejection method for generating Poisson random variables").</para>
/// </remarks>
public readonly record struct Poisson : IDiscreteDistribution
{
    private static readonly string[] Names = ["rate"];

    /// <summary>Makes the law.</summary>
    /// <param name="rate">The mean lambda, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public Poisson(double rate)
    {
        Rate = Require.Positive(rate, nameof(rate));
    }

    /// <summary>The mean lambda, positive and finite.</summary>
    public double Rate { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Rate;

    /// <inheritdoc/>
    public double Variance => Rate;

    /// <inheritdoc/>
    public double Skewness => 1 / Math.Sqrt(Rate);

    /// <inheritdoc/>
    public double ExcessKurtosis => 1 / Rate;

    /// <inheritdoc/>
    public double Entropy
    {
        get
        {
            if (Rate > 1e4)
                return 0.5 + LawConstants.LogSqrtTwoPi + (0.5 * Math.Log(Rate)) - ((1.0 / 12 + ((1.0 / 24 + (19.0 / 360 / Rate)) / Rate)) / Rate);
            return DiscreteSearch.Entropy(this);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => !(x >= 0) || x != Math.Floor(x) ? DiscreteSearch.Impossible(x) : SaddlePoint.LogPoisson(x, Rate);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = (x / Rate) - 1;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x < 0 ? 0 : double.IsPositiveInfinity(x) ? 1 : SpecialFunctions.GammaQ(Math.Floor(x) + 1, Rate);

    /// <inheritdoc/>
    public double Survival(double x) => x < 0 ? 1 : double.IsPositiveInfinity(x) ? 0 : SpecialFunctions.GammaP(Math.Floor(x) + 1, Rate);

    /// <inheritdoc/>
    public double Quantile(double p) => DiscreteSearch.Quantile(this, p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => DiscreteSearch.SurvivalQuantile(this, q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        if (Rate < PoissonProposal.Smallest)
            BlockFill.Run(new DiscreteSearch.SequentialPoisson(key, Rate), destination, offset, workers);
        else
            BlockFill.Run(new UniformRejection<PoissonProposal>(key, new PoissonProposal(Rate)), destination, offset, workers);
    }
}
