using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Comparison and alignment of subspaces given by orthonormal bases, k vectors of n elements as rows.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>The object is allocated once for a size; nothing is allocated after the constructor.</remarks>
public sealed class Subspaces<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Svd<T> _svd;
    private readonly Svd<T> _sines;
    private readonly T[] _cross;
    private readonly T[] _rest;

    /// <summary>Allocates everything for bases of one size.</summary>
    /// <param name="dimension">The number k of vectors, at least 1.</param>
    /// <param name="length">The number n of elements, at least k.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is too small.</exception>
    public Subspaces(int dimension, int length)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        Length = Require.AtLeast(length, dimension, nameof(length));
        _svd = new Svd<T>(dimension, dimension);
        _sines = new Svd<T>(dimension, length, SingularVectors.None);
        _cross = new T[dimension * dimension];
        _rest = new T[checked(dimension * length)];
    }

    /// <summary>The number k of vectors of a basis.</summary>
    public int Dimension { get; }

    /// <summary>The number n of elements of a vector.</summary>
    public int Length { get; }

    /// <summary>
    /// Writes the principal angles between two subspaces in ascending order, in [0, pi/2]: angles below pi/4 come from sines and others from cosines, so that all have full accuracy.
    /// About 4 n k^2 operations and a singular value decomposition.
    /// </summary>
    /// <param name="first">The first basis, k x n, with orthonormal rows.</param>
    /// <param name="second">The second basis, k x n, with orthonormal rows.</param>
    /// <param name="angles">Receives k angles in radians.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    /// <remarks>Bjorck and Golub (1973), Numerical methods for computing angles between linear subspaces; Knyazev and Argentati (2002), Principal angles between subspaces in an A-based scalar product.</remarks>
    public bool PrincipalAngles(ReadOnlySpan<T> first, ReadOnlySpan<T> second, Span<T> angles)
    {
        int k = Dimension, n = Length;
        Check(first, second);
        Require.Length(angles.Length, k, nameof(angles));
        Blas.Gemm(false, true, k, k, n, T.One, second, n, first, n, T.Zero, _cross, k);
        if (!_svd.Factor(_cross))
            return false;

        // Sines: the singular values of what the first subspace leaves of the second basis.
        second.CopyTo(_rest);
        Blas.Gemm(false, false, k, n, k, -T.One, _cross, k, first, n, T.One, _rest, n);
        if (!_sines.Factor(_rest))
            return false;
        T middle = T.One / T.Sqrt(T.One + T.One);
        for (int j = 0; j < k; j++)
        {
            T cosine = T.Min(T.One, _svd.Values[j]), sine = T.Min(T.One, _sines.Values[k - 1 - j]);
            angles[j] = cosine > middle ? T.Asin(sine) : T.Acos(cosine);
        }

        return true;
    }

    /// <summary>
    /// Writes the orthogonal k x k matrix O that brings one basis closest to another: O minimises the Frobenius norm of O X - Y (orthogonal Procrustes problem). O = U V' for Y X' = U S V'.
    /// X and Y need not be orthonormal. About 2 n k^2 operations and a singular value decomposition.
    /// </summary>
    /// <param name="x">The rows X, k x n, that are aligned.</param>
    /// <param name="y">The rows Y, k x n, with which they are aligned.</param>
    /// <param name="rotation">Receives O, k x k, row-major.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    /// <remarks>Schonemann (1966), A generalized solution of the orthogonal Procrustes problem.</remarks>
    public bool Procrustes(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> rotation)
    {
        int k = Dimension, n = Length;
        Check(x, y);
        Require.Length(rotation.Length, k * k, nameof(rotation));
        Blas.Gemm(false, true, k, k, n, T.One, y, n, x, n, T.Zero, _cross, k);
        if (!_svd.Factor(_cross))
            return false;
        Blas.Gemm(true, false, k, k, k, T.One, _svd.LeftRows, k, _svd.RightRows, k, T.Zero, rotation, k);
        return true;
    }

    private void Check(ReadOnlySpan<T> first, ReadOnlySpan<T> second)
    {
        Require.Length(first.Length, Dimension * Length, nameof(first));
        Require.Length(second.Length, Dimension * Length, nameof(second));
    }
}
