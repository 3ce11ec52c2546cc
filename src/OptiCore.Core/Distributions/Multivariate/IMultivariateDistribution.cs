using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>A probability law of vectors. Immutable after it is made; its factorization is made once.</summary>
/// <remarks>Draws are a pure function of key and index, as in <see cref="RandomFill"/>. Matrices are vectors of their elements, row by row.</remarks>
public interface IMultivariateDistribution
{
    /// <summary>The number of elements of a point.</summary>
    int Dimension { get; }

    /// <summary>The logarithm of the density at a point, or of its probability when the law is discrete; negative infinity outside the support.</summary>
    /// <param name="x">The point.</param>
    /// <exception cref="ArgumentException">The point has another length.</exception>
    double LogDensity(ReadOnlySpan<double> x);

    /// <summary>Fills points one after the other; point i depends on the key and on <c>offset + i</c> only.</summary>
    /// <param name="key">The key.</param>
    /// <param name="points">Receives whole points, row by row.</param>
    /// <param name="offset">The index of the first point.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of the dimension.</exception>
    void Fill(RandomKey key, Span<double> points, ulong offset = 0);
}

/// <summary>A law of vectors whose log density can be differentiated with respect to the point.</summary>
public interface IDifferentiableMultivariateDistribution : IMultivariateDistribution
{
    /// <summary>The gradient of <see cref="IMultivariateDistribution.LogDensity"/> with respect to x.</summary>
    /// <param name="x">A point inside the support.</param>
    /// <param name="gradient">Receives the gradient.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient);
}
