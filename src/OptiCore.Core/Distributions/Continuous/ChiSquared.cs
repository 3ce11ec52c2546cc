namespace OptiCore.Distributions;

/// <summary>
/// The chi-squared law of k degrees of freedom, that of a sum of k squared standard normal numbers: the gamma law of shape k/2 and scale 2.
/// </summary>
public readonly record struct ChiSquared : IContinuousDistribution
{
    private static readonly string[] Names = ["degreesOfFreedom"];

    /// <summary>Makes the law.</summary>
    /// <param name="degreesOfFreedom">The degrees of freedom k, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public ChiSquared(double degreesOfFreedom)
    {
        DegreesOfFreedom = Require.Positive(degreesOfFreedom, nameof(degreesOfFreedom));
    }

    /// <summary>The degrees of freedom k, positive and finite.</summary>
    public double DegreesOfFreedom { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (0, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => DegreesOfFreedom;

    /// <inheritdoc/>
    public double Variance => 2 * DegreesOfFreedom;

    /// <inheritdoc/>
    public double Skewness => Math.Sqrt(8 / DegreesOfFreedom);

    /// <inheritdoc/>
    public double ExcessKurtosis => 12 / DegreesOfFreedom;

    /// <inheritdoc/>
    public double Entropy => Law.Entropy;

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => Law.LogDensity(x);

    /// <inheritdoc/>
    public double LogDensityDerivative(double x) => Law.LogDensityDerivative(x);

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        gradient[0] = 0.5 * (Math.Log(0.5 * x) - SpecialFunctions.Digamma(0.5 * DegreesOfFreedom));
    }

    /// <inheritdoc/>
    public double Cdf(double x) => Law.Cdf(x);

    /// <inheritdoc/>
    public double Survival(double x) => Law.Survival(x);

    /// <inheritdoc/>
    public double Quantile(double p) => Law.Quantile(p);

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Law.SurvivalQuantile(q);

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) => Law.Fill(key, destination, offset, workers);

    private Gamma Law => new(0.5 * DegreesOfFreedom, 2);
}
