namespace OptiCore.Samplers;

/// <summary>
/// A log density that is a Gaussian prior times a likelihood: log p(x) = log N(x; m, C) + log L(x), each up to a constant. What
/// <see cref="EllipticalSlice"/> needs of a target; <see cref="GaussianPriorDensity"/> is one of a given mean and covariance.
/// </summary>
public interface IGaussianPriorDensity : IFunction<double>
{
    /// <summary>The prior mean m, n elements.</summary>
    ReadOnlySpan<double> PriorMean { get; }

    /// <summary>The logarithm of the likelihood L(x), up to a constant.</summary>
    /// <param name="x">The point, n elements.</param>
    double LogLikelihood(ReadOnlySpan<double> x);

    /// <summary>The log density of the prior, -(x - m)' C^-1 (x - m) / 2 up to a constant.</summary>
    /// <param name="x">The point, n elements.</param>
    double LogPrior(ReadOnlySpan<double> x);

    /// <summary>Draws a deviation from the prior mean, of N(0, C).</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="deviation">Receives n elements.</param>
    void DrawDeviation(RandomKey key, Span<double> deviation);
}
