using System.Globalization;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

public static partial class Blas
{
    /// <summary>
    /// The matrix products C_i = alpha op(A_i) op(B_i) + beta C_i of matrices that lie at equal distances in three spans. About 2 m n k operations each.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="count">The number of products.</param>
    /// <param name="transposeA">False: the A are m x k. True: they are k x m and their transposes are taken.</param>
    /// <param name="transposeB">False: the B are k x n. True: they are n x k and their transposes are taken.</param>
    /// <param name="m">The rows of op(A) and C.</param>
    /// <param name="n">The columns of op(B) and C.</param>
    /// <param name="k">The columns of op(A) and rows of op(B).</param>
    /// <param name="alpha">The factor of the products.</param>
    /// <param name="a">The matrices A.</param>
    /// <param name="lda">The distance between rows of A as it is stored.</param>
    /// <param name="strideA">The distance between the first elements of two A; 0 uses one A for all products.</param>
    /// <param name="b">The matrices B.</param>
    /// <param name="ldb">The distance between rows of B as it is stored.</param>
    /// <param name="strideB">The distance between the first elements of two B; 0 uses one B for all products.</param>
    /// <param name="beta">The factor of C; 0 overwrites C unread.</param>
    /// <param name="c">The matrices C, whose span must not overlap those of A and B.</param>
    /// <param name="ldc">The distance between rows of C.</param>
    /// <param name="strideC">The distance between the first elements of two C, at least (m - 1) ldc + n.</param>
    /// <param name="workers">Who computes the products; null for the calling thread alone. The bits are the same.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size or a distance is negative.</exception>
    /// <exception cref="ArgumentException">A matrix doesn't fit into its span, a leading dimension is smaller than the columns, two C overlap, or C overlaps an operand.</exception>
    /// <remarks>The products have the bits of <see cref="Gemm"/>. Many products of an order up to 8 or so are faster in the interleaved layout of <see cref="BatchedBlas"/>.</remarks>
    public static unsafe void GemmBatched<T>(
        int count, bool transposeA, bool transposeB, int m, int n, int k, T alpha, ReadOnlySpan<T> a, int lda, int strideA, ReadOnlySpan<T> b, int ldb, int strideB,
        T beta, Span<T> c, int ldc, int strideC, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.NonNegative(count, nameof(count));
        CheckSizes(m, n, k);
        (int rowsA, int columnsA) = transposeA ? (k, m) : (m, k);
        (int rowsB, int columnsB) = transposeB ? (n, k) : (k, n);
        CheckBatch(a.Length, count, strideA, rowsA, columnsA, lda, nameof(a), nameof(strideA));
        CheckBatch(b.Length, count, strideB, rowsB, columnsB, ldb, nameof(b), nameof(strideB));
        CheckBatch(c.Length, count, strideC, m, n, ldc, nameof(c), nameof(strideC));
        if (count > 1 && m > 0 && n > 0 && strideC < ((long)(m - 1) * ldc) + n)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"strideC is {strideC}: two results would overlap."), nameof(strideC));
        if (c.Overlaps(a) || c.Overlaps(b))
            throw new ArgumentException("c overlaps an operand: the results can't be written over it.", nameof(c));
        fixed (T* pa = a, pb = b, pc = c)
        {
            var first = new GemmOperands<T>(transposeA, transposeB, m, n, k, alpha, pa, lda, pb, ldb, beta, pc, ldc);
            if (workers is not null && workers.Count > 1 && (long)m * n * k * count > LinearAlgebra.Gemm.ThreadsPay)
                BatchInPieces(first, count, strideA, strideB, strideC, workers);
            else
                Batch(first, 0, count, strideA, strideB, strideC);
        }
    }

    private static unsafe void Batch<T>(GemmOperands<T> first, int from, int to, int strideA, int strideB, int strideC) where T : unmanaged, IFloatingPointIeee754<T>
    {
        GemmOperands<T> g = first;
        for (int i = from; i < to; i++)
        {
            g.A = first.A + ((nint)i * strideA);
            g.B = first.B + ((nint)i * strideB);
            g.C = first.C + ((nint)i * strideC);
            LinearAlgebra.Gemm.Run(g);
        }
    }

    private static void BatchInPieces<T>(GemmOperands<T> first, int count, int strideA, int strideB, int strideC, IWorkers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int pieces = Math.Min(count, 4 * workers.Count);
        workers.ForEach(pieces, i => Batch(first, (int)((long)count * i / pieces), (int)((long)count * (i + 1) / pieces), strideA, strideB, strideC));
    }

    private static void CheckBatch(int length, int count, int stride, int rows, int columns, int leading, string name, string strideName)
    {
        Require.NonNegative(stride, strideName);
        long before = count > 1 && rows > 0 && columns > 0 ? (long)(count - 1) * stride : 0;
        if (before > length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, the last of {count} matrices at distances of {stride} begins at {before}."), name);
        if (count > 0)
            MatrixArgument.Check(length - (int)before, rows, columns, leading, name);
    }
}
