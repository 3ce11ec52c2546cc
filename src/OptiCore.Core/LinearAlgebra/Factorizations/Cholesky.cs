using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorization A = L L' of a symmetric positive definite matrix, and what is computed from it. The test of positive definiteness,
/// and half the cost of <see cref="Lu"/>.
/// </summary>
/// <remarks>
/// L lies in the lower triangle of a row-major span; the upper triangle is neither read nor written. Blocked, so that large matrices run at the
/// speed of <see cref="Blas.Gemm"/>. Golub and Van Loan (2013), Matrix computations, algorithm 4.2.
/// </remarks>
public static class Cholesky
{
    private const int Block = 48;

    /// <summary>Replaces the lower triangle of A by L. About n^3 / 3 operations; allocates nothing after the first calls.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, of which the lower triangle is read and replaced.</param>
    /// <param name="n">The order.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <param name="failedPivot">The first row whose pivot isn't positive (or is NaN), or -1: A[0..failedPivot, 0..failedPivot] is positive definite
    /// to working precision, one row more isn't.</param>
    /// <returns>False when A isn't positive definite; its lower triangle is then overwritten in part.</returns>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static unsafe bool TryFactor<T>(Span<T> a, int n, int lda, out int failedPivot) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        for (int first = 0; first < n; first += Block)
        {
            int size = Math.Min(Block, n - first), rest = n - first - size;
            failedPivot = FactorBlock(a[((first * lda) + first)..], size, lda);
            if (failedPivot >= 0)
            {
                failedPivot += first;
                return false;
            }

            fixed (T* p = a)
            {
                T* corner = p + ((nint)first * lda) + first, below = corner + ((nint)size * lda);
                Blas.SolveRight(Triangle.Lower, true, Diagonal.Stored, rest, size, corner, lda, below, lda);
                Blas.SyrkCore(Triangle.Lower, false, rest, size, -T.One, below, lda, T.One, below + size, lda);
            }
        }

        failedPivot = -1;
        return true;
    }

    /// <summary>Replaces the lower triangle of a contiguous matrix by L.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, n^2 elements.</param>
    /// <param name="n">The order.</param>
    /// <returns>False when A isn't positive definite.</returns>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public static bool TryFactor<T>(Span<T> a, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(a.Length, n * n, nameof(a));
        return TryFactor(a, n, Math.Max(1, n), out _);
    }

    /// <summary>Solves A x = b in place. About 2 n^2 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="b">The right side, replaced by the solution.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Solve<T>(ReadOnlySpan<T> l, int n, int ldl, Span<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, n, l, ldl, b);
        Blas.Trsv(Triangle.Lower, true, Diagonal.Stored, n, l, ldl, b);
    }

    /// <summary>Solves A X = B in place for several right sides. About 2 n^2 times their number operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="b">The right sides, an n x <paramref name="columns"/> matrix, replaced by the solutions.</param>
    /// <param name="columns">The number of right sides.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span.</exception>
    public static void Solve<T>(ReadOnlySpan<T> l, int n, int ldl, Span<T> b, int columns, int ldb) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Stored, n, columns, T.One, l, ldl, b, ldb);
        Blas.Trsm(Side.Left, Triangle.Lower, true, Diagonal.Stored, n, columns, T.One, l, ldl, b, ldb);
    }

    /// <summary>The logarithm of the determinant of A, 2 sum_i log L[i,i].</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static double LogDeterminant<T>(ReadOnlySpan<T> l, int n, int ldl) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(l.Length, n, n, ldl, nameof(l));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += Math.Log(double.CreateTruncating(l[(i * ldl) + i]));
        return 2 * sum;
    }

    /// <summary>Writes the whole symmetric inverse of A. About n^3 operations. To solve a system, <see cref="Solve{T}(ReadOnlySpan{T}, int, int, Span{T})"/> is cheaper and more accurate.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="l">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="ldl">The distance between rows of L.</param>
    /// <param name="inverse">Receives the n x n inverse, both triangles; must not overlap L.</param>
    /// <param name="ldi">The distance between rows of the inverse.</param>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span.</exception>
    public static void Inverse<T>(ReadOnlySpan<T> l, int n, int ldl, Span<T> inverse, int ldi) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(inverse.Length, n, n, ldi, nameof(inverse));
        for (int i = 0; i < n; i++)
        {
            inverse.Slice(i * ldi, n).Clear();
            inverse[(i * ldi) + i] = T.One;
        }

        Solve(l, n, ldl, inverse, n, ldi);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                inverse[(j * ldi) + i] = inverse[(i * ldi) + j];
        }
    }

    /// <summary>The unblocked factorization; the failed row or -1.</summary>
    private static int FactorBlock<T>(Span<T> a, int n, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            Span<T> row = a.Slice(i * lda, i + 1);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<T> other = a.Slice(j * lda, j + 1);
                row[j] = (row[j] - Reduce.Dot(row[..j], other[..j])) / other[j];
            }

            T pivot = row[i] - Reduce.Dot<T>(row[..i], row[..i]);
            if (!(pivot > T.Zero) || !T.IsFinite(pivot))
                return i;
            row[i] = T.Sqrt(pivot);
        }

        return -1;
    }
}
