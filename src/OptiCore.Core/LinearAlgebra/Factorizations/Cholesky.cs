using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorization A = L L' of a symmetric positive definite matrix, and what is computed from it. The test of positive definiteness,
/// and half the cost of <see cref="Lu"/>.
/// </summary>
/// <remarks>
/// L lies in the lower triangle of a row-major span; the upper triangle is neither read nor written. Blocked, with blocks that are halved recursively,
/// so that matrices of all sizes run at the speed of a matrix product. Golub and Van Loan (2013), Matrix computations, algorithm 4.2.4; Gustavson
/// (1997), Recursion leads to automatic variable blocking for dense linear-algebra algorithms.
/// </remarks>
public static class Cholesky
{
    // Measured: a panel of 64 columns amortises the reading of what is left, and a group of it lies in the L1 cache.
    private const int LargestBlock = 64;
    private const int Unblocked = 8;

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
        T[] rented = ArrayPool<T>.Shared.Rent(LargestBlock * PanelKernels.WholeGroups<T>(Math.Max(1, n)));
        fixed (T* p = a, panel = rented)
            failedPivot = Factor(n, p, lda, panel);
        ArrayPool<T>.Shared.Return(rented);
        return failedPivot < 0;
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

    /// <summary>The factorization with room for a panel; the failed row or -1.</summary>
    [SkipLocalsInit]
    private static unsafe int Factor<T>(int n, T* a, nint lda, T* panel) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (n <= Unblocked)
            return FactorSmall(n, a, lda);
        int block = n > 2 * LargestBlock ? LargestBlock : ((n / 2) + Unblocked - 1) / Unblocked * Unblocked, width = PanelKernels.Width<T>();
        T* reciprocals = stackalloc T[LargestBlock];
        for (int first = 0; first < n; first += block)
        {
            int size = Math.Min(block, n - first), rest = n - first - size;
            T* corner = a + (first * (lda + 1)), below = corner + (size * lda);
            int failed = Factor(size, corner, lda, panel);
            if (failed >= 0)
                return first + failed;
            if (rest == 0)
                break;
            for (int i = 0; i < size; i++)
                reciprocals[i] = T.One / corner[i * (lda + 1)];

            // The transposed panel is solved for along its rows, and is the second operand of the update as it lies.
            PanelTranspose.ToGroups(rest, size, below, lda, panel);
            PanelKernels.SolveLower(size, PanelKernels.WholeGroups<T>(rest), corner, lda, reciprocals, panel, width, size * width);
            PanelTranspose.FromGroups(rest, size, panel, below, lda);
            PanelKernels.MultiplyLower(rest, size, below, lda, 1, panel, width, size * width, below + size, lda);
        }

        return -1;
    }

    private static unsafe int FactorSmall<T>(int n, T* a, nint lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = 0; j < n; j++)
        {
            T* pivotRow = a + (j * lda);
            T pivot = pivotRow[j];
            for (int l = 0; l < j; l++)
                pivot = T.FusedMultiplyAdd(-pivotRow[l], pivotRow[l], pivot);
            if (!(pivot > T.Zero) || !T.IsFinite(pivot))
                return j;
            pivot = T.Sqrt(pivot);
            pivotRow[j] = pivot;
            T reciprocal = T.One / pivot;
            for (int i = j + 1; i < n; i++)
            {
                T* row = a + (i * lda);
                T value = row[j];
                for (int l = 0; l < j; l++)
                    value = T.FusedMultiplyAdd(-row[l], pivotRow[l], value);
                row[j] = value * reciprocal;
            }
        }

        return -1;
    }
}
