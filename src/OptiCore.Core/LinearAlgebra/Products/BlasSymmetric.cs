using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

public static partial class Blas
{
    /// <summary>The product with a symmetric matrix A, C = alpha A B + beta C (<see cref="Side.Left"/>) or C = alpha B A + beta C (<see cref="Side.Right"/>).
    /// About 2 m n times the order of A operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="side">Where A stands.</param>
    /// <param name="triangle">The triangle of A that is read; the other isn't.</param>
    /// <param name="m">The rows of B and C; the order of A on the left.</param>
    /// <param name="n">The columns of B and C; the order of A on the right.</param>
    /// <param name="alpha">The factor of the product.</param>
    /// <param name="a">The matrix A.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <param name="b">The matrix B.</param>
    /// <param name="ldb">The distance between rows of B.</param>
    /// <param name="beta">The factor of C; 0 overwrites C unread.</param>
    /// <param name="c">The matrix C, which must not share elements with A or B.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    /// <param name="workers">Who computes the blocks of a large product; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, or C overlaps an operand.</exception>
    /// <remarks>The elements have the bits that <see cref="Gemm"/> gives them with both triangles of A.</remarks>
    public static unsafe void Symm<T>(
        Side side, Triangle triangle, int m, int n, T alpha, ReadOnlySpan<T> a, int lda, ReadOnlySpan<T> b, int ldb, T beta, Span<T> c, int ldc, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Defined(side, nameof(side));
        Require.Defined(triangle, nameof(triangle));
        CheckSizes(m, n, 0);
        int order = side == Side.Left ? m : n;
        MatrixArgument.Check(a.Length, order, order, lda, nameof(a));
        MatrixArgument.Check(b.Length, m, n, ldb, nameof(b));
        MatrixArgument.Check(c.Length, m, n, ldc, nameof(c));
        MatrixArgument.Apart(c, n, ldc, nameof(c), a, order, lda, nameof(a));
        MatrixArgument.Apart(c, n, ldc, nameof(c), b, n, ldb, nameof(b));
        fixed (T* pa = a, pb = b, pc = c)
        {
            if (alpha == T.Zero)
                LinearAlgebra.Gemm.Run(false, false, m, n, 0, alpha, pa, lda, pb, ldb, beta, pc, ldc);
            else
                SymmCore(side, triangle, m, n, alpha, pa, lda, pb, ldb, beta, pc, ldc, workers);
        }
    }

    /// <summary>
    /// Adds the terms of one block of A's rows after the other: a square on the diagonal, of which a whole copy is made, and what lies before and after it,
    /// of which one part is stored and the transpose of the other.
    /// </summary>
    private static unsafe void SymmCore<T>(
        Side side, Triangle triangle, int m, int n, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, IWorkers? workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int order = side == Side.Left ? m : n, block = Math.Min(order, LinearAlgebra.Gemm.DepthBlock);
        bool lower = triangle == Triangle.Lower;
        T[] rented = ArrayPool<T>.Shared.Rent(block * block);
        fixed (T* square = rented)
        {
            for (int first = 0; first < order; first += block, beta = T.One)
            {
                int size = Math.Min(block, order - first), after = order - first - size;
                T* rows = a + ((nint)first * lda), corner = rows + first, columns = a + first;
                Whole(lower, size, corner, lda, square);
                if (side == Side.Left)
                {
                    T* terms = b + ((nint)first * ldb), middle = c + ((nint)first * ldc), end = middle + ((nint)size * ldc);
                    LinearAlgebra.Gemm.Run(lower, false, first, n, size, alpha, lower ? rows : columns, lda, terms, ldb, beta, c, ldc, workers);
                    LinearAlgebra.Gemm.Run(false, false, size, n, size, alpha, square, size, terms, ldb, beta, middle, ldc, workers);
                    LinearAlgebra.Gemm.Run(!lower, false, after, n, size, alpha, lower ? corner + ((nint)size * lda) : corner + size, lda, terms, ldb, beta, end, ldc, workers);
                }
                else
                {
                    T* terms = b + first, middle = c + first, end = middle + size;
                    LinearAlgebra.Gemm.Run(false, !lower, m, first, size, alpha, terms, ldb, lower ? rows : columns, lda, beta, c, ldc, workers);
                    LinearAlgebra.Gemm.Run(false, false, m, size, size, alpha, terms, ldb, square, size, beta, middle, ldc, workers);
                    LinearAlgebra.Gemm.Run(false, lower, m, after, size, alpha, terms, ldb, lower ? corner + ((nint)size * lda) : corner + size, lda, beta, end, ldc, workers);
                }
            }
        }

        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>Both triangles of a symmetric matrix.</summary>
    private static unsafe void Whole<T>(bool lower, int n, T* a, nint lda, T* square) where T : unmanaged
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                square[(i * n) + j] = square[(j * n) + i] = lower ? a[(i * lda) + j] : a[(j * lda) + i];
        }
    }
}
