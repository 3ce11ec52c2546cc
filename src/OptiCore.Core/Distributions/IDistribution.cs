using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// A probability law on the real line. A value: immutable, validated when it is made, without a generator inside, so one instance serves many threads and
/// may be made anew in every iteration of a loop.
/// </summary>
/// <remarks>
/// <para>Outside the support densities are 0 (their logarithms negative infinity); NaN in gives NaN out. A moment that is infinite is infinite, one
/// that doesn't exist is NaN.</para>
/// <para>Draws are a pure function of key and index, as in <see cref="RandomFill"/>: the same for any number of workers, and a fill in pieces is the whole.</para>
/// </remarks>
public interface IDistribution
{
    /// <summary>The smallest closed interval that holds all probability; its ends may be infinite.</summary>
    (double Low, double High) Support { get; }

    /// <summary>The mean E[X].</summary>
    double Mean { get; }

    /// <summary>The variance E[(X - E[X])^2].</summary>
    double Variance { get; }

    /// <summary>The third standardised moment E[(X - E[X])^3] / Variance^(3/2).</summary>
    double Skewness { get; }

    /// <summary>The fourth standardised moment less 3, that of the normal distribution.</summary>
    double ExcessKurtosis { get; }

    /// <summary>The entropy -E[ln p(X)] in nats: differential for a continuous law.</summary>
    double Entropy { get; }

    /// <summary>The logarithm of the density p(x), or of the probability of x when the law is discrete.</summary>
    /// <param name="x">The point.</param>
    double LogDensity(double x);

    /// <summary>The density p(x), or the probability of x when the law is discrete.</summary>
    /// <param name="x">The point.</param>
    double Density(double x) => Math.Exp(LogDensity(x));

    /// <summary>The cumulative distribution function P(X &lt;= x).</summary>
    /// <param name="x">The point.</param>
    double Cdf(double x);

    /// <summary>The survival function P(X &gt; x), accurate where it is small.</summary>
    /// <param name="x">The point.</param>
    double Survival(double x);

    /// <summary>The quantile function: the smallest x with P(X &lt;= x) &gt;= p. NaN when p is not in [0, 1].</summary>
    /// <param name="p">The probability.</param>
    double Quantile(double p);

    /// <summary>The inverse of the survival function: the smallest x with P(X &gt; x) &lt;= q, accurate for the smallest q. NaN when q is not in [0, 1].</summary>
    /// <param name="q">The probability.</param>
    double SurvivalQuantile(double q);

    /// <summary>The names of the parameters with respect to which the density can be differentiated, in the order of the gradient; none where there are none.</summary>
    ReadOnlySpan<string> ParameterNames { get; }

    /// <summary>The derivatives of <see cref="LogDensity"/> with respect to the parameters.</summary>
    /// <param name="x">A point inside the support.</param>
    /// <param name="gradient">Receives one derivative for each of <see cref="ParameterNames"/>.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    void LogDensityGradient(double x, Span<double> gradient);

    /// <summary>Fills a span with independent draws; element i depends on the key and on <c>offset + i</c> only.</summary>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first draw.</param>
    /// <param name="workers">Who fills the pieces of a long span; null for the calling thread.</param>
    void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null);
}

/// <summary>A law with a density on an interval.</summary>
public interface IContinuousDistribution : IDistribution
{
    /// <summary>The derivative of <see cref="IDistribution.LogDensity"/> with respect to x; NaN where there is none, 0 outside the support.</summary>
    /// <param name="x">The point.</param>
    double LogDensityDerivative(double x);
}

/// <summary>A law on whole numbers, which are passed as <see cref="double"/> (exact to 2^53). Any other number has probability 0.</summary>
public interface IDiscreteDistribution : IDistribution;
