using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The log-normal law, that of exp(Y) with Y of the normal law of mu and sigma.
/// </summary>
public readonly record struct LogNormal : IContinuousDistribution
{
    private static readonly string[] Names = ["mu", "sigma"];

    /// <summary>Makes the standard law: mu 0, sigma 1.</summary>
    public LogNormal()
        : this(0, 1)
    {
    }

    /// <summary>Makes the law.</summary>
    /// <param name="mu">The mean mu of the logarithm, finite.</param>
    /// <param name="sigma">The standard deviation sigma of the logarithm, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public LogNormal(double mu, double sigma)
    {
        Mu = Require.Finite(mu, nameof(mu));
        Sigma = Require.Positive(sigma, nameof(sigma));
    }

    /// <summary>The mean mu of the logarithm, finite.</summary>
    public double Mu { get; }

    /// <summary>The standard deviation sigma of the logarithm, positive and finite.</summary>
    public double Sigma { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => Math.Exp(Mu + (0.5 * Sigma * Sigma));

    /// <inheritdoc/>
    public double Variance => SpecialFunctions.ExpMinusOne(Sigma * Sigma) * Math.Exp((2 * Mu) + (Sigma * Sigma));

    /// <inheritdoc/>
    public double Skewness => (Math.Exp(Sigma * Sigma) + 2) * Math.Sqrt(SpecialFunctions.ExpMinusOne(Sigma * Sigma));

    /// <inheritdoc/>
    public double ExcessKurtosis
    {
        get
        {
            double s = Sigma * Sigma;
            return SpecialFunctions.ExpMinusOne(4 * s) + (2 * SpecialFunctions.ExpMinusOne(3 * s)) + (3 * SpecialFunctions.ExpMinusOne(2 * s));
        }
    }

    /// <inheritdoc/>
    public double Entropy => 0.5 + LawConstants.LogSqrtTwoPi + Math.Log(Sigma) + Mu;

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x)
    {
        if (x <= 0)
            return double.NegativeInfinity;
        double log = Math.Log(x), z = (log - Mu) / Sigma;
        return double.IsInfinity(log) ? double.NegativeInfinity : (-0.5 * z * z) - log - Math.Log(Sigma) - LawConstants.LogSqrtTwoPi;
    }

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => x <= 0 ? 0 : -(1 + ((Math.Log(x) - Mu) / Sigma / Sigma)) / x;

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double z = (Math.Log(x) - Mu) / Sigma;
        gradient[0] = z / Sigma;
        gradient[1] = ((z * z) - 1) / Sigma;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => x <= 0 ? 0 : SpecialFunctions.NormalCdf((Math.Log(x) - Mu) / Sigma);

    /// <inheritdoc/>
    public double Survival(double x) => x <= 0 ? 1 : SpecialFunctions.NormalCdf((Mu - Math.Log(x)) / Sigma);

    /// <inheritdoc/>
    public double Quantile(double p) => Math.Exp(Mu + (Sigma * SpecialFunctions.NormalQuantile(p)));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Math.Exp(Mu - (Sigma * SpecialFunctions.NormalQuantile(q)));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null)
    {
        RandomFill.Normal(key, destination, offset, workers);
        foreach (ref double x in destination)
            x = Math.Exp(Mu + (Sigma * x));
    }
}
