using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.LinearAlgebra;

public static partial class Blas
{
    // Below this order a triangle isn't halved but multiplied row by row.
    private const int TriangleBlock = 32;

    /// <summary>
    /// The product with a triangular matrix A in place, B = alpha op(A) B (<see cref="Side.Left"/>) or B = alpha B op(A) (<see cref="Side.Right"/>), for an
    /// m x n matrix B. About m n times the order of A operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="side">Where A stands.</param>
    /// <param name="triangle">Which triangle of A, as it is stored, holds the matrix.</param>
    /// <param name="transpose">True: the transpose of A is taken.</param>
    /// <param name="diagonal">Whether the diagonal is stored or 1.</param>
    /// <param name="m">The rows of B; the order of A on the left.</param>
    /// <param name="n">The columns of B; the order of A on the right.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="b">The matrix B, replaced by the product; must not share elements with A.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <param name="workers">Who multiplies the parts of a large B; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or B overlaps A.</exception>
    /// <remarks>
    /// A is halved: its square is multiplied by <see cref="Gemm"/>, down to triangles of order 32. The other triangle of A isn't read, so that infinities in
    /// B reach no element that they don't belong to. The bits of a result depend on A and its own column (left) or row (right) of B only.
    /// </remarks>
    public static unsafe void Trmm<T>(
        Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T alpha, ReadOnlySpan<T> a, int lda, Span<T> b, int ldb, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(side, nameof(side));
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        CheckSizes(m, n, 0);
        int order = side == Side.Left ? m : n;
        MatrixArgument.Check(a.Length, order, order, lda, nameof(a));
        MatrixArgument.Check(b.Length, m, n, ldb, nameof(b));
        MatrixArgument.Apart(b, n, ldb, nameof(b), a, order, lda, nameof(a));
        if (m == 0 || n == 0)
            return;
        fixed (T* pa = a, pb = b)
        {
            if (alpha == T.Zero)
                LinearAlgebra.Gemm.Run(false, false, m, n, 0, alpha, pa, lda, pb, ldb, T.Zero, pb, ldb);
            else if (workers is { Count: > 1 } && (long)m * n * order > 2 * LinearAlgebra.Gemm.ThreadsPay)
                MultiplyShares(workers, side, triangle, transpose, diagonal, m, n, alpha, pa, lda, pb, ldb);
            else
                MultiplyTriangle(side, triangle, transpose, diagonal, m, n, alpha, pa, lda, pb, ldb);
        }
    }

    /// <summary>A share of the columns or rows for each worker. Apart from the caller, because what a lambda captures is allocated when its method begins.</summary>
    private static unsafe void MultiplyShares<T>(
        IWorkers workers, Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T alpha, T* a, int lda, T* b, int ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool left = side == Side.Left;
        int all = left ? n : m, share = TriangularSolve.Share(all, workers.Count);
        workers.ForEach((all + share - 1) / share, i =>
        {
            int first = i * share, count = Math.Min(share, all - first);
            MultiplyTriangle(side, triangle, transpose, diagonal, left ? m : count, left ? count : n, alpha, a, lda, b + ((nint)first * (left ? 1 : ldb)), ldb);
        });
    }

    /// <summary>The half that the other half's old values are added to is finished before those are replaced.</summary>
    private static unsafe void MultiplyTriangle<T>(
        Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T alpha, T* a, int lda, T* b, int ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool left = side == Side.Left;
        int order = left ? m : n;
        (nint row, nint column) = transpose ? ((nint)1, (nint)lda) : (lda, 1);
        if (order <= TriangleBlock)
        {
            bool lower = (triangle == Triangle.Lower) != transpose;
            if (left)
                MultiplyRows(lower, diagonal, m, n, alpha, a, row, column, b, ldb);
            else
                MultiplyColumns(!lower, diagonal, m, n, alpha, a, column, row, b, ldb);
            return;
        }

        // Of a lower triangular op(A) on the left or an upper one on the right, the last unknowns see all others.
        int half = ((order / 2) + TriangleBlock - 1) / TriangleBlock * TriangleBlock, other = order - half;
        bool lastFirst = ((triangle == Triangle.Lower) != transpose) == left;
        (int from, int to, int terms, int sums) = lastFirst ? (0, half, half, other) : (half, 0, other, half);
        nint stepB = left ? ldb : 1;
        Part(to, sums);
        if (left)
            LinearAlgebra.Gemm.Run(transpose, false, sums, n, terms, alpha, a + (to * row) + (from * column), lda, b + (from * stepB), ldb, T.One, b + (to * stepB), ldb);
        else
            LinearAlgebra.Gemm.Run(false, transpose, m, sums, terms, alpha, b + (from * stepB), ldb, a + (from * row) + (to * column), lda, T.One, b + (to * stepB), ldb);
        Part(from, terms);

        void Part(int first, int size) => MultiplyTriangle(
            side, triangle, transpose, diagonal, left ? size : m, left ? n : size, alpha, a + (first * (row + column)), lda, b + (first * stepB), ldb);
    }

    /// <summary>B = alpha A B for a small triangle: each row of B is scaled and the other rows are added to it, before it is needed no more.</summary>
    [SkipLocalsInit]
    private static unsafe void MultiplyRows<T>(bool lower, Diagonal diagonal, int m, int n, T alpha, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* factors = stackalloc T[TriangleBlock];
        for (int step = 0; step < m; step++)
        {
            int i = lower ? m - 1 - step : step, first = lower ? 0 : i + 1, terms = lower ? i : m - 1 - i;
            T* bi = b + (i * ldb);
            T scale = diagonal == Diagonal.Unit ? alpha : alpha * a[i * (row + column)];
            foreach (ref T value in new Span<T>(bi, n))
                value *= scale;
            for (int q = 0; q < terms; q++)
                factors[q] = a[(i * row) + ((first + q) * column)];
            VectorProducts.Transposed(terms, n, alpha, b + (first * ldb), ldb, factors, bi);
        }
    }

    /// <summary>B = alpha B A' for a small triangle, as a product with the transposed rows.</summary>
    [SkipLocalsInit]
    private static unsafe void MultiplyColumns<T>(bool lower, Diagonal diagonal, int m, int n, T alpha, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Rows = 32;
        T* panel = stackalloc T[TriangleBlock * Rows];
        for (int i = 0; i < m; i += Rows, b += Rows * ldb)
        {
            int present = Math.Min(Rows, m - i);
            Packing.Lines(present, n, b, ldb, 1, panel, Rows);
            MultiplyRows(lower, diagonal, n, present, alpha, a, row, column, panel, Rows);
            Packing.Lines(n, present, panel, Rows, 1, b, ldb);
        }
    }
}
