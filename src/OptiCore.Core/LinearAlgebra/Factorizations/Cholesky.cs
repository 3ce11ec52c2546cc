using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorization A = L L' of a symmetric positive definite matrix, and what is computed from it. The test of positive definiteness,
/// and half the cost of <see cref="Lu"/>.
/// </summary>
/// <remarks>
/// L lies in the lower triangle of a row-major span; the upper triangle is neither read nor written. A block on the diagonal is factored as U' U in a
/// transposed copy, six rows of U after the other: they are the solution of a triangular system with the rows above, which are at once its matrix
/// and what is known. Below such a block L is the solution of a triangular system again, and what is left is updated by a symmetric product.
/// Golub and Van Loan (2013), Matrix computations, section 4.2.
/// </remarks>
public static class Cholesky
{
    // A block is factored in a copy that stays in the L2 cache, up to this order.
    private const int LargestBlock = 256;
    private const int Unblocked = 8;

    // Blocks of the inverse; twice as large beyond an order of 512 (measured).
    private const int InverseBlock = 32;
    private const int Alignment = 64;

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
        fixed (T* p = a)
            failedPivot = n <= Unblocked ? FactorSmall(n, p, lda) : Factor(n, p, lda);
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

    /// <summary>Writes the whole symmetric inverse of A. About 2 n^3 / 3 operations. To solve a system, <see cref="Solve{T}(ReadOnlySpan{T}, int, int, Span{T})"/> is cheaper and more accurate.</summary>
    /// <remarks>W = L^-1, then A^-1 = W'W: blocks of columns of W begin with their first row, and so do the products with blocks of rows of W', so that zeros cost nothing. Allocates nothing after the first calls.</remarks>
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
        MatrixArgument.Check(l.Length, n, n, ldl, nameof(l));
        MatrixArgument.Check(inverse.Length, n, n, ldi, nameof(inverse));
        for (int i = 0; i < n; i++)
        {
            inverse.Slice(i * ldi, n).Clear();
            inverse[(i * ldi) + i] = T.One;
        }

        if (n <= InverseBlock)
            Solve(l, n, ldl, inverse, n, ldi);
        else
            InverseByBlocks(l, n, ldl, inverse, ldi);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                inverse[(j * ldi) + i] = inverse[(i * ldi) + j];
        }
    }

    /// <summary>Replaces the identity by the lower triangle of the inverse.</summary>
    private static void InverseByBlocks<T>(ReadOnlySpan<T> l, int n, int ldl, Span<T> inverse, int ldi) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int block = n <= 16 * InverseBlock ? InverseBlock : 2 * InverseBlock;
        for (int first = 0; first < n; first += block)
        {
            Blas.Trsm(
                Side.Left, Triangle.Lower, false, Diagonal.Stored, n - first, Math.Min(block, n - first), T.One, l[(first * (ldl + 1))..], ldl, inverse[(first * (ldi + 1))..], ldi);
        }

        // Rows of the product need the rows of W from their own on, which they replace when they are complete.
        T[] rented = ArrayPool<T>.Shared.Rent(block * n);
        for (int first = 0; first < n; first += block)
        {
            int rows = Math.Min(block, n - first), columns = first + rows;
            Blas.Gemm<T>(true, false, rows, columns, n - first, T.One, inverse[(first * (ldi + 1))..], ldi, inverse[(first * ldi)..], ldi, T.Zero, rented, columns);
            for (int i = 0; i < rows; i++)
                rented.AsSpan(i * columns, columns).CopyTo(inverse[((first + i) * ldi)..]);
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Block by block; the failed row or -1.</summary>
    private static unsafe int Factor<T>(int n, T* a, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Blocks of about equal size, of whole groups of rows.
        int blocks = (n + LargestBlock - 1) / LargestBlock, block = Math.Min(LargestBlock, RoundUp((n + blocks - 1) / blocks, 4 * TriangularSolve.Group));
        T[] rented = ArrayPool<T>.Shared.Rent((block * (int)Spread<T>(block)) + (Alignment / sizeof(T)));
        int failed = -1;
        fixed (T* unaligned = rented)
        {
            T* upper = (T*)(((nuint)unaligned + (Alignment - 1)) & ~(nuint)(Alignment - 1));
            for (int first = 0; first < n; first += block)
            {
                int size = Math.Min(block, n - first), rest = n - first - size;
                T* corner = a + ((nint)first * (lda + 1)), below = corner + ((nint)size * lda);
                failed = FactorBlock(size, corner, lda, upper);
                if (failed >= 0)
                {
                    failed += first;
                    break;
                }

                if (rest == 0)
                    break;
                Blas.SolveRight(Triangle.Lower, true, Diagonal.Stored, rest, size, corner, lda, below, lda);
                Blas.SyrkCore(Triangle.Lower, false, rest, size, -T.One, below, lda, T.One, below + size, lda);
            }
        }

        ArrayPool<T>.Shared.Return(rented);
        return failed;
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    /// <summary>The distance between rows of the copy: whole panels of the widest registers, and an odd number of cache lines, so that equal positions of rows don't fall into the same cache set.</summary>
    private static unsafe nint Spread<T>(int n) where T : unmanaged =>
        (((nint)RoundUp(n, 2 * Vector512<byte>.Count / sizeof(T)) * sizeof(T) / Alignment) | 1) * Alignment / sizeof(T);

    private static unsafe int FactorBlock<T>(int n, T* a, nint lda, T* upper) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
            return FactorBlock<T, Register1<T>>(n, a, lda, upper);
        if (GemmOperands<T>.Wide)
            return FactorBlock<T, Register512<T>>(n, a, lda, upper);
        return Vector256.IsHardwareAccelerated
            ? FactorBlock<T, Register256<T>>(n, a, lda, upper)
            : FactorBlock<T, Register128<T>>(n, a, lda, upper);
    }

    /// <summary>A block of order up to <see cref="LargestBlock"/>, in a copy of its transpose.</summary>
    [SkipLocalsInit]
    private static unsafe int FactorBlock<T, TRegister>(int n, T* a, nint lda, T* upper)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        const int Group = TriangularSolve.Group;
        int panel = 2 * TRegister.Count, columns = RoundUp(n, panel);
        nint ld = Spread<T>(n);
        T* triangle = stackalloc T[Group * Group], roots = stackalloc T[Group];
        PanelTranspose.LowerToUpper(n, a, lda, upper, ld, columns, panel + Group);
        for (int first = 0; first < n; first += Group)
        {
            // The panels with the diagonal block are solved after it is factored, the others at once. What that leaves below the diagonal is never read.
            int rows = Math.Min(Group, n - first), start = first / panel * panel, j = start;
            T* u = upper + (first * ld), known = upper + first;
            for (; j < first + rows; j += panel)
                TriangularSolve.Unknowns<T, TRegister>(rows, first, known, ld, null, false, upper + j, ld, u + j, ld, u + j, ld);
            int failed = FactorGroup(rows, u + first, ld, triangle, roots);
            if (failed >= 0)
                return first + failed;
            for (j = start; j < first + rows; j += panel)
                TriangularSolve.Unknowns<T, TRegister>(rows, 0, known, ld, triangle, false, upper + j, ld, u + j, ld, u + j, ld);
            for (; j < n; j += panel)
                TriangularSolve.Unknowns<T, TRegister>(rows, first, known, ld, triangle, false, upper + j, ld, u + j, ld, u + j, ld);
            for (int r = 0; r < rows; r++)
                u[(r * ld) + first + r] = roots[r];
        }

        PanelTranspose.UpperToLower(n, upper, ld, a, lda);
        return -1;
    }

    /// <summary>Factors a few rows and columns; the triangle receives U by rows, with reciprocals on the diagonal.</summary>
    private static unsafe int FactorGroup<T>(int n, T* a, nint lda, T* triangle, T* roots) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int r = 0; r < n; r++)
        {
            T* u = triangle + (r * TriangularSolve.Group);
            for (int j = r; j < n; j++)
            {
                T value = a[(r * lda) + j];
                for (T* above = triangle; above < u; above += TriangularSolve.Group)
                    value = T.FusedMultiplyAdd(-above[r], above[j], value);
                u[j] = value;
            }

            if (!(u[r] > T.Zero) || !T.IsFinite(u[r]))
                return r;
            roots[r] = T.Sqrt(u[r]);
            u[r] = T.One / roots[r];
            for (int j = r + 1; j < n; j++)
                u[j] *= u[r];
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
