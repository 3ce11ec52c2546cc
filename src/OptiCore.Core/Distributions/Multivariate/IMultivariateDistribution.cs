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

    /// <summary>The parameters with respect to which the density can be differentiated, in the order of <see cref="LogDensityParameterGradient"/>.</summary>
    ReadOnlySpan<LawParameter> Parameters { get; }

    /// <summary>The number of elements of all <see cref="Parameters"/>: the length of the gradient.</summary>
    int ParameterCount
    {
        get
        {
            int count = 0;
            foreach (LawParameter parameter in Parameters)
                count += parameter.Length;
            return count;
        }
    }

    /// <summary>The derivatives of <see cref="LogDensity"/> with respect to the parameters.</summary>
    /// <param name="x">A point inside the support.</param>
    /// <param name="gradient">
    /// Receives one derivative for each element of each of <see cref="Parameters"/>, a matrix row by row. That of a symmetric matrix is symmetric: the derivative in a symmetric direction is the sum of
    /// the products of the elements of both.
    /// </param>
    /// <remarks>Chain rules to other parameters follow; for the Cholesky factor L of a matrix A = L L' it is the lower triangle of 2 G L with the gradient G, which laws of a covariance or scale compute without forming G.</remarks>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient);

    /// <summary>Fills points one after the other; point i depends on the key and on <c>offset + i</c> only.</summary>
    /// <param name="key">The key.</param>
    /// <param name="points">Receives whole points, row by row.</param>
    /// <param name="offset">The index of the first point.</param>
    /// <exception cref="ArgumentException">The length is not a multiple of the dimension.</exception>
    void Fill(RandomKey key, Span<double> points, ulong offset = 0);
}

/// <summary>A parameter of a law of vectors: a number, a vector or a matrix.</summary>
/// <param name="Name">The name.</param>
/// <param name="Length">The number of elements.</param>
public readonly record struct LawParameter(string Name, int Length);

/// <summary>A law of vectors whose log density can be differentiated with respect to the point.</summary>
public interface IDifferentiableMultivariateDistribution : IMultivariateDistribution
{
    /// <summary>The gradient of <see cref="IMultivariateDistribution.LogDensity"/> with respect to x.</summary>
    /// <param name="x">A point inside the support.</param>
    /// <param name="gradient">Receives the gradient.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient);
}
