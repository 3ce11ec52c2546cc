using System.Numerics;

namespace OptiCore.LinearAlgebra;

public static partial class Blas
{
    private const int VectorBlock = 16;

    // Rows that are subtracted together from what is left.
    private const int RowBlock = 4;

    /// <summary>Solves op(A) x = b in place for a triangular matrix A. About n^2 operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="triangle">Which triangle of A, as it is stored, holds the matrix.</param>
    /// <param name="transpose">True: the transpose of A is taken.</param>
    /// <param name="diagonal">Whether the diagonal is stored or 1.</param>
    /// <param name="n">The order of A.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="x">The right side b, replaced by the solution; n elements, apart from A.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit, or x overlaps A.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public static unsafe void Trsv<T>(Triangle triangle, bool transpose, Diagonal diagonal, int n, ReadOnlySpan<T> a, int lda, Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        Require.Length(x.Length, n, nameof(x));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), a, n, lda, nameof(a));
        bool forward = (triangle == Triangle.Lower) != transpose;
        fixed (T* pa = a, px = x)
        {
            if (transpose)
                SubtractRows(forward, diagonal, n, pa, lda, px);
            else
                SubtractProducts(forward, diagonal, n, pa, lda, px);
        }
    }

    /// <summary>Each block of unknowns is solved for when the products of its rows with the known ones are subtracted.</summary>
    private static unsafe void SubtractProducts<T>(bool forward, Diagonal diagonal, int n, T* a, int lda, T* x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int done = 0; done < n; done += VectorBlock)
        {
            int size = Math.Min(VectorBlock, n - done), first = forward ? done : n - done - size, known = forward ? 0 : first + size;
            T* rows = a + ((nint)first * lda);
            GemvCore(false, size, done, -T.One, rows + known, lda, x + known, T.One, x + first);
            for (int step = 0; step < size; step++)
            {
                int i = forward ? step : size - 1 - step;
                T* ai = rows + ((nint)i * lda) + first;
                T sum = x[first + i];
                for (int j = forward ? 0 : i + 1; j < (forward ? i : size); j++)
                    sum = T.FusedMultiplyAdd(-ai[j], x[first + j], sum);
                x[first + i] = diagonal == Diagonal.Unit ? sum : sum / ai[i];
            }
        }
    }

    /// <summary>The transposed system, whose columns are rows: those of unknowns that are found are subtracted from what is left, a few at a time.</summary>
    private static unsafe void SubtractRows<T>(bool forward, Diagonal diagonal, int n, T* a, int lda, T* x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint along = forward ? 1 : -1, down = along * lda;
        for (int done = 0; done < n; done += RowBlock)
        {
            int size = Math.Min(RowBlock, n - done), first = forward ? done : n - done - size, left = forward ? first + size : 0;

            // Counted from the first unknown to be found, in the direction of the solution.
            int start = forward ? first : first + size - 1;
            T* d = a + ((nint)start * (lda + 1)), u = x + start;
            bool unit = diagonal == Diagonal.Unit;
            T x0 = unit ? u[0] : u[0] / d[0];
            u[0] = x0;
            if (size > 1)
            {
                T x1 = T.FusedMultiplyAdd(-d[along], x0, u[along]);
                x1 = unit ? x1 : x1 / d[down + along];
                u[along] = x1;
                if (size > 2)
                {
                    T x2 = T.FusedMultiplyAdd(-d[down + (2 * along)], x1, T.FusedMultiplyAdd(-d[2 * along], x0, u[2 * along]));
                    x2 = unit ? x2 : x2 / d[2 * (down + along)];
                    u[2 * along] = x2;
                    if (size > 3)
                    {
                        T x3 = T.FusedMultiplyAdd(-d[down + (3 * along)], x1, T.FusedMultiplyAdd(-d[3 * along], x0, u[3 * along]));
                        x3 = T.FusedMultiplyAdd(-d[(2 * down) + (3 * along)], x2, x3);
                        u[3 * along] = unit ? x3 : x3 / d[3 * (down + along)];
                    }
                }
            }

            if (done + size < n)
                VectorProducts.Transposed(size, n - done - size, -T.One, a + ((nint)first * lda) + left, lda, x + first, x + left);
        }
    }

    /// <summary>
    /// Solves op(A) X = alpha B (<see cref="Side.Left"/>) or X op(A) = alpha B (<see cref="Side.Right"/>) in place for a triangular matrix A and an
    /// m x n matrix B. About m n times the order of A operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="side">Where A stands.</param>
    /// <param name="triangle">Which triangle of A, as it is stored, holds the matrix.</param>
    /// <param name="transpose">True: the transpose of A is taken.</param>
    /// <param name="diagonal">Whether the diagonal is stored or 1.</param>
    /// <param name="m">The rows of B; the order of A on the left.</param>
    /// <param name="n">The columns of B; the order of A on the right.</param>
    /// <param name="alpha">The factor of B.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="b">The right sides B, replaced by the solutions; must not share elements with A.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <param name="workers">Who solves for the parts of a large B; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or B overlaps A.</exception>
    /// <remarks>
    /// A zero on the diagonal gives infinities or NaN. Halves are solved one after the other, their parts subtracted by <see cref="Gemm"/>, down to blocks of
    /// order 256, whose pivots divide by multiplication with the reciprocal where that is a normal number. The bits of a solution depend on A and its own
    /// right side only.
    /// </remarks>
    public static unsafe void Trsm<T>(
        Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T alpha, ReadOnlySpan<T> a, int lda, Span<T> b, int ldb, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(side, nameof(side));
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        Require.NonNegative(m, nameof(m));
        Require.NonNegative(n, nameof(n));
        int order = side == Side.Left ? m : n;
        MatrixArgument.Check(a.Length, order, order, lda, nameof(a));
        MatrixArgument.Check(b.Length, m, n, ldb, nameof(b));
        MatrixArgument.Apart(b, n, ldb, nameof(b), a, order, lda, nameof(a));
        if (m == 0 || n == 0)
            return;
        for (int i = 0; alpha != T.One && i < m; i++)
        {
            foreach (ref T value in b.Slice(i * ldb, n))
                value = alpha == T.Zero ? T.Zero : alpha * value;
        }

        fixed (T* pa = a, pb = b)
        {
            if (side == Side.Left)
                SolveLeft(triangle, transpose, diagonal, m, n, pa, lda, pb, ldb, workers);
            else
                SolveRight(triangle, transpose, diagonal, m, n, pa, lda, pb, ldb, workers);
        }
    }

    /// <summary>Solves op(A) X = B: half of the rows of X, their part of the other half subtracted, then that half.</summary>
    internal static unsafe void SolveLeft<T>(
        Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T* a, int lda, T* b, int ldb, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (workers is { Count: > 1 } && (long)m * m * n > 2 * LinearAlgebra.Gemm.ThreadsPay)
        {
            SolveShares(workers, Side.Left, triangle, transpose, diagonal, m, n, a, lda, b, ldb);
            return;
        }

        bool forward = (triangle == Triangle.Lower) != transpose;
        (nint row, nint column) = transpose ? ((nint)1, (nint)lda) : (lda, 1);
        if (m <= TriangularSolve.Block)
        {
            TriangularSolve.Left(forward, diagonal, m, n, a, row, column, b, ldb);
            return;
        }

        int half = TriangularSolve.Half(m), first = forward ? 0 : m - half, rest = forward ? half : 0;
        SolveLeft(triangle, transpose, diagonal, half, n, a + (first * (row + column)), lda, b + ((nint)first * ldb), ldb);
        LinearAlgebra.Gemm.Run(
            transpose, false, m - half, n, half, -T.One, a + (rest * row) + (first * column), lda, b + ((nint)first * ldb), ldb, T.One, b + ((nint)rest * ldb), ldb);
        SolveLeft(triangle, transpose, diagonal, m - half, n, a + (rest * (row + column)), lda, b + ((nint)rest * ldb), ldb);
    }

    /// <summary>Solves X op(A) = B in the same way by columns of X.</summary>
    internal static unsafe void SolveRight<T>(
        Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T* a, int lda, T* b, int ldb, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (workers is { Count: > 1 } && (long)n * n * m > 2 * LinearAlgebra.Gemm.ThreadsPay)
        {
            SolveShares(workers, Side.Right, triangle, transpose, diagonal, m, n, a, lda, b, ldb);
            return;
        }

        // x op(A) = b goes from the first column when op(A) is upper triangular.
        bool forward = (triangle == Triangle.Upper) != transpose;
        (nint row, nint column) = transpose ? ((nint)1, (nint)lda) : (lda, 1);
        if (n <= TriangularSolve.Block)
        {
            TriangularSolve.Right(forward, diagonal, m, n, a, row, column, b, ldb);
            return;
        }

        int half = TriangularSolve.Half(n), first = forward ? 0 : n - half, rest = forward ? half : 0;
        SolveRight(triangle, transpose, diagonal, m, half, a + (first * (row + column)), lda, b + first, ldb);
        LinearAlgebra.Gemm.Run(
            false, transpose, m, n - half, half, -T.One, b + first, ldb, a + (first * row) + (rest * column), lda, T.One, b + rest, ldb);
        SolveRight(triangle, transpose, diagonal, m, n - half, a + (rest * (row + column)), lda, b + rest, ldb);
    }

    /// <summary>A share of the right sides for each worker. Apart from the callers, because what a lambda captures is allocated when its method begins.</summary>
    private static unsafe void SolveShares<T>(
        IWorkers workers, Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T* a, int lda, T* b, int ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int sides = side == Side.Left ? n : m, share = TriangularSolve.Share(sides, workers.Count);
        workers.ForEach((sides + share - 1) / share, i =>
        {
            int first = i * share, count = Math.Min(share, sides - first);
            if (side == Side.Left)
                SolveLeft(triangle, transpose, diagonal, m, count, a, lda, b + first, ldb);
            else
                SolveRight(triangle, transpose, diagonal, count, n, a, lda, b + ((nint)first * ldb), ldb);
        });
    }
}
