using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Eigenvalues and, if wanted, eigenvectors of a symmetric tridiagonal matrix T = V diag(w) V': the second half of <see cref="SymmetricEigen{T}"/>, and what the
/// Lanczos method and Gauss quadrature need.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>Eigenvalues alone: the root-free QL iteration, about 10 n^2 operations. With vectors: divide and conquer, at most 4 n^3 / 3 operations in matrix
/// products, mostly far fewer through deflation; implicit QL for n up to 24. An eigenvalue's error is of the order of n eps max|w|, and the vectors are orthogonal to n eps.</para>
/// <para>The matrix is scaled by a power of two first, so that nothing overflows. Nothing is allocated after the constructor.</para>
/// <para>Cuppen (1981), A divide and conquer method for the symmetric tridiagonal eigenproblem; Gu and Eisenstat (1995), A divide-and-conquer algorithm for the
/// symmetric tridiagonal eigenproblem; Parlett (1998), The symmetric eigenvalue problem.</para>
/// </remarks>
public sealed class TridiagonalEigen<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _diagonal;
    private readonly T[] _offDiagonal;
    private readonly T[] _vectors;
    private readonly T[] _sorted;
    private readonly TridiagonalDivideAndConquer<T>? _divide;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <param name="vectors">Whether eigenvectors are wanted: 3 n^2 elements of memory.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public TridiagonalEigen(int order, bool vectors = true)
    {
        SpectralKernels.RequireVectors<T>();
        Order = Require.NonNegative(order, nameof(order));
        HasVectors = vectors;
        _diagonal = new T[order];
        _offDiagonal = new T[order];
        int square = vectors ? checked(order * order) : 0;
        _vectors = new T[square];
        _sorted = new T[square];
        if (vectors)
            _divide = new TridiagonalDivideAndConquer<T>(order, _sorted);
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Whether eigenvectors are computed.</summary>
    public bool HasVectors { get; }

    /// <summary>The eigenvalues in ascending order.</summary>
    public ReadOnlySpan<T> Values => _diagonal;

    /// <summary>The matrix V', n x n, row-major: row j is the unit eigenvector of eigenvalue j. Empty without vectors. The sign of a vector is arbitrary.</summary>
    public ReadOnlySpan<T> VectorRows => _sorted;

    internal T[] Rows => _sorted;

    /// <summary>The unit eigenvector of eigenvalue j.</summary>
    /// <param name="j">The index, from 0 to n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index lies outside, or there are no vectors.</exception>
    public ReadOnlySpan<T> Vector(int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, HasVectors ? Order : 0);
        return _sorted.AsSpan(j * Order, Order);
    }

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="diagonal">The diagonal, n elements. Is only read.</param>
    /// <param name="offDiagonal">The elements beside the diagonal, n - 1 of them. Is only read.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> diagonal, ReadOnlySpan<T> offDiagonal)
    {
        Require.Length(diagonal.Length, Order, nameof(diagonal));
        Require.Length(offDiagonal.Length, Math.Max(0, Order - 1), nameof(offDiagonal));
        Require.AllFinite(diagonal, nameof(diagonal));
        Require.AllFinite(offDiagonal, nameof(offDiagonal));
        diagonal.CopyTo(_diagonal);
        offDiagonal.CopyTo(_offDiagonal);
        return Run();
    }

    internal Span<T> DiagonalBuffer => _diagonal;

    internal Span<T> OffDiagonalBuffer => _offDiagonal;

    /// <summary>Decomposes the matrix that lies in the buffers.</summary>
    internal unsafe bool Run()
    {
        int n = Order;
        if (n == 0)
            return true;
        T largest = T.Max(Numerics.Reduce.MaxNorm<T>(_diagonal), Numerics.Reduce.MaxNorm<T>(_offDiagonal.AsSpan(0, n - 1)));
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest);
        ScaleBy(-exponent);
        bool converged;
        if (!HasVectors)
        {
            fixed (T* d = _diagonal, e = _offDiagonal)
                converged = TridiagonalQl.Values(n, d, e);
            _diagonal.AsSpan().Sort();
        }
        else
        {
            ReadOnlySpan<int> order = _divide!.Solve(_diagonal, _offDiagonal, _vectors);
            converged = !order.IsEmpty;
            for (int j = 0; j < order.Length; j++)
                _vectors.AsSpan(order[j] * n, n).CopyTo(_sorted.AsSpan(j * n, n));
        }

        for (int i = 0; i < n; i++)
            _diagonal[i] = T.ScaleB(_diagonal[i], exponent);
        return converged;

        void ScaleBy(int power)
        {
            if (power == 0)
                return;
            for (int i = 0; i < n; i++)
            {
                _diagonal[i] = T.ScaleB(_diagonal[i], power);
                _offDiagonal[i] = T.ScaleB(_offDiagonal[i], power);
            }
        }
    }
}
