using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The eigendecomposition A = V diag(w) V' of a symmetric matrix, with V orthogonal.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>Householder reduction to tridiagonal form, 4 n^3 / 3 operations, then <see cref="TridiagonalEigen{T}"/> and the transformation of the vectors back, 2 n^3
/// operations. Eigenvalues are exact for a matrix within n eps |A| of A, and V is orthogonal to n eps; the eigenvector of an eigenvalue that is separated by a gap g from the
/// others has an error of n eps |A| / g. Small eigenvalues of graded matrices have no relative accuracy.</para>
/// <para>The object is allocated once for an order and may decompose any number of matrices: nothing is allocated after the constructor.</para>
/// <para>Golub and Van Loan (2013), Matrix computations, chapter 8; Gu and Eisenstat (1995), A divide-and-conquer algorithm for the symmetric tridiagonal
/// eigenproblem. For matrices without symmetry see <see cref="GeneralEigen{T}"/>.</para>
/// </remarks>
public sealed class SymmetricEigen<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _reduced;
    private readonly Tridiagonalization<T> _reduction;
    private readonly TridiagonalEigen<T> _tridiagonal;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <param name="vectors">Whether eigenvectors are wanted; eigenvalues alone take about a third of the time.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public SymmetricEigen(int order, bool vectors = true)
    {
        SpectralKernels.RequireVectors<T>();
        Order = Require.NonNegative(order, nameof(order));
        _reduced = new T[checked(order * order)];
        _reduction = new Tridiagonalization<T>(order, vectors);
        _tridiagonal = new TridiagonalEigen<T>(order, vectors);
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Whether eigenvectors are computed.</summary>
    public bool HasVectors => _tridiagonal.HasVectors;

    /// <summary>The eigenvalues w in ascending order.</summary>
    public ReadOnlySpan<T> Values => _tridiagonal.Values;

    /// <summary>The matrix V', n x n, row-major: row j is the unit eigenvector of eigenvalue j, whose element of largest magnitude (the first of those that agree to half of the digits) is positive. Empty without vectors.</summary>
    public ReadOnlySpan<T> VectorRows => _tridiagonal.VectorRows;

    /// <summary>The unit eigenvector of eigenvalue j; its element of largest magnitude is positive.</summary>
    /// <param name="j">The index, from 0 to n - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index lies outside, or there are no vectors.</exception>
    public ReadOnlySpan<T> Vector(int j) => _tridiagonal.Vector(j);

    /// <summary>Writes V, n x n, whose columns are the eigenvectors.</summary>
    /// <param name="v">Receives the matrix, row-major.</param>
    /// <param name="ldv">The distance between rows of V.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no vectors.</exception>
    public void CopyVectors(Span<T> v, int ldv)
    {
        MatrixArgument.Check(v.Length, Order, Order, ldv, nameof(v));
        if (!HasVectors)
            throw new InvalidOperationException("The object was made for eigenvalues only.");
        MatrixCopy.Transpose(Order, Order, VectorRows, Order, v, ldv);
    }

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, n x n; only its lower triangle is read.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, Order * Order, nameof(a));
        return Factor(a, Math.Max(1, Order));
    }

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, n x n; only its lower triangle is read.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix doesn't fit, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a, int lda)
    {
        int n = Order;
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        T largest = T.Zero;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<T> row = a.Slice(i * lda, i + 1);
            row.CopyTo(_reduced.AsSpan(i * n));
            T here = Numerics.Reduce.MaxNorm(row);
            if (!T.IsFinite(here))
                Require.AllFinite(row, nameof(a));
            largest = T.Max(largest, here);
        }

        int exponent = largest == T.Zero ? 0 : T.ILogB(largest);
        // Only far from 1 do products of elements come near the ends of the range.
        int safe = typeof(T) == typeof(double) ? 400 : 40;
        exponent = Math.Abs(exponent) < safe ? 0 : exponent;
        if (exponent != 0)
        {
            foreach (ref T value in _reduced.AsSpan())
                value = T.ScaleB(value, -exponent);
        }

        _reduction.Reduce(_reduced, _tridiagonal.DiagonalBuffer, _tridiagonal.OffDiagonalBuffer);
        if (!_tridiagonal.Run())
            return false;
        if (exponent != 0)
        {
            foreach (ref T value in _tridiagonal.DiagonalBuffer)
                value = T.ScaleB(value, exponent);
        }

        if (!HasVectors)
            return true;
        _reduction.ApplyToRows(_reduced, _tridiagonal.Rows, n);
        for (int j = 0; j < n; j++)
            SignConvention.LargestPositive(_tridiagonal.Rows.AsSpan(j * n, n));
        return true;
    }
}
