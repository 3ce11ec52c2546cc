using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

public static partial class Blas
{
    private const int TriangularBlock = 48;

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
    public static void Trsv<T>(Triangle triangle, bool transpose, Diagonal diagonal, int n, ReadOnlySpan<T> a, int lda, Span<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        Require.NonNegative(n, nameof(n));
        MatrixArgument.Check(a.Length, n, n, lda, nameof(a));
        Require.Length(x.Length, n, nameof(x));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), a, n, lda, nameof(a));
        bool lower = triangle == Triangle.Lower, forward = lower != transpose;
        for (int step = 0; step < n; step++)
        {
            int i = forward ? step : n - 1 - step;
            ReadOnlySpan<T> row = a.Slice(i * lda, n);
            ReadOnlySpan<T> others = lower ? row[..i] : row[(i + 1)..];
            Span<T> rest = lower ? x[..i] : x[(i + 1)..];
            T value = transpose ? x[i] : x[i] - Reduce.Dot(others, rest);
            if (diagonal == Diagonal.Stored)
                value /= row[i];
            x[i] = value;
            if (transpose)
                VectorKernels.AddScaled(-value, others, rest);
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
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or B overlaps A.</exception>
    /// <remarks>A zero on the diagonal gives infinities or NaN.</remarks>
    public static unsafe void Trsm<T>(
        Side side, Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T alpha, ReadOnlySpan<T> a, int lda, Span<T> b, int ldb)
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
                SolveLeft(triangle, transpose, diagonal, m, n, pa, lda, pb, ldb);
            else
                SolveRight(triangle, transpose, diagonal, m, n, pa, lda, pb, ldb);
        }
    }

    /// <summary>Blocks of rows of X: solve with the block on the diagonal, subtract its part from the rows that are left.</summary>
    internal static unsafe void SolveLeft<T>(Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T* a, int lda, T* b, int ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool forward = (triangle == Triangle.Lower) != transpose;
        (nint row, nint column) = transpose ? ((nint)1, (nint)lda) : (lda, 1);
        for (int done = 0; done < m; done += TriangularBlock)
        {
            int size = Math.Min(TriangularBlock, m - done);
            int first = forward ? done : m - done - size;
            for (int step = 0; step < size; step++)
            {
                int i = forward ? first + step : first + size - 1 - step;
                var target = new Span<T>(b + ((nint)i * ldb), n);
                (int from, int to) = forward ? (first, i) : (i + 1, first + size);
                for (int j = from; j < to; j++)
                    VectorKernels.AddScaled(-a[(i * row) + (j * column)], new ReadOnlySpan<T>(b + ((nint)j * ldb), n), target);
                if (diagonal == Diagonal.Unit)
                    continue;
                T pivot = a[(i * row) + (i * column)];
                foreach (ref T value in target)
                    value /= pivot;
            }

            (int rest, int restSize) = forward ? (first + size, m - first - size) : (0, first);
            LinearAlgebra.Gemm.Run(
                transpose, false, restSize, n, size, -T.One, a + (rest * row) + (first * column), lda, b + ((nint)first * ldb), ldb, T.One, b + ((nint)rest * ldb), ldb);
        }
    }

    /// <summary>Blocks of columns of X, each row of X being a system with the transpose of op(A).</summary>
    internal static unsafe void SolveRight<T>(Triangle triangle, bool transpose, Diagonal diagonal, int m, int n, T* a, int lda, T* b, int ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        // x op(A) = b goes from the first column when op(A) is upper triangular.
        bool forward = (triangle == Triangle.Upper) != transpose;
        (nint row, nint column) = transpose ? ((nint)1, (nint)lda) : (lda, 1);
        for (int done = 0; done < n; done += TriangularBlock)
        {
            int size = Math.Min(TriangularBlock, n - done);
            int first = forward ? done : n - done - size;
            for (int i = 0; i < m; i++)
            {
                T* x = b + ((nint)i * ldb);
                for (int step = 0; step < size; step++)
                {
                    int j = forward ? first + step : first + size - 1 - step;
                    (int from, int to) = forward ? (j + 1, first + size) : (first, j);
                    if (diagonal == Diagonal.Stored)
                        x[j] /= a[(j * row) + (j * column)];
                    T value = -x[j];
                    T* aj = a + (j * row);
                    for (int l = from; l < to; l++)
                        x[l] = T.FusedMultiplyAdd(value, aj[l * column], x[l]);
                }
            }

            (int rest, int restSize) = forward ? (first + size, n - first - size) : (0, first);
            LinearAlgebra.Gemm.Run(
                false, transpose, m, restSize, size, -T.One, b + first, ldb, a + (first * row) + (rest * column), lda, T.One, b + rest, ldb);
        }
    }
}
