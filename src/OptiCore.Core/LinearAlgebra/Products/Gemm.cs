using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The matrix product C = alpha op(A) op(B) + beta C on checked arguments, after Goto and van de Geijn (2008), Anatomy of high-performance matrix
/// multiplication: panels of A and B are packed so that the innermost block reads memory in order and stays in the caches.
/// </summary>
/// <remarks>
/// The bits of an element depend on its row of op(A), its column of op(B), alpha, beta and its old value only: the sum over k runs in order, with
/// fused multiply-adds, in blocks of <see cref="DepthBlock"/> terms that are added to C one after the other. Neither the other sizes, the tiles, the packing nor
/// the vector width enter.
/// </remarks>
internal static class Gemm
{
    /// <summary>Terms per block. Part of the definition of the result, so the same for all kernels and types: the panels of a 6 x 8 tile of doubles (28 KiB) then fit into a 32 KiB L1 cache.</summary>
    internal const int DepthBlock = 256;

    // A block of A stays in the L2 cache (96 x 256 doubles are 192 KiB), a panel of B in the L3 cache (at most 4 MiB).
    private const int RowBlock = 96;
    private const int ColumnBlock = 2016;
    private const int Alignment = 64;

    // So small a product lies in the L1 cache as it is: nothing is gained by packing it.
    private const long PackingPays = 16 * 16 * 16;

    /// <summary>Computes the product with the kernel for this machine.</summary>
    public static unsafe void Run<T>(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (m == 0 || n == 0)
            return;
        if (k == 0 || alpha == T.Zero)
            Scale(m, n, beta, c, ldc);
        else if (!VectorKernels.IsVectorized<T>() || (long)m * n * k <= PackingPays)
            Direct(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        else if (Avx512F.IsSupported)
            Packed<T, GemmKernel512<T>>(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
        else
            Packed<T, GemmKernel256<T>>(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    }

    /// <summary>Without packing, for small products and for types without vectors.</summary>
    public static unsafe void Direct<T>(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        (nint rowA, nint depthA) = transposeA ? ((nint)1, (nint)lda) : (lda, 1);
        (nint depthB, nint columnB) = transposeB ? ((nint)1, (nint)ldb) : (ldb, 1);
        for (int p = 0; p < k; p += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, k - p);
            T keep = p == 0 ? beta : T.One;
            for (int i = 0; i < m; i++)
            {
                T* ai = a + (i * rowA) + (p * depthA);
                T* ci = c + ((nint)i * ldc);
                T* bj = b + (p * depthB);
                int j = 0;
                if (VectorKernels.IsVectorized<T>() && columnB == 1)
                {
                    for (; j <= n - Vector256<T>.Count; j += Vector256<T>.Count)
                    {
                        Vector256<T> sum = default;
                        for (int q = 0; q < depth; q++)
                            sum = VectorKernels.Fma(Vector256.Create(ai[q * depthA]), Vector256.Load(bj + j + (q * depthB)), sum);
                        Vector256<T> scale = Vector256.Create(alpha);
                        Vector256<T> result = keep == T.Zero ? scale * sum : VectorKernels.Fma(scale, sum, Vector256.Create(keep) * Vector256.Load(ci + j));
                        result.Store(ci + j);
                    }
                }

                for (; j <= n - 4; j += 4)
                {
                    T* b0 = bj + (j * columnB), b1 = b0 + columnB, b2 = b1 + columnB, b3 = b2 + columnB;
                    T s0 = T.Zero, s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
                    for (int q = 0; q < depth; q++)
                    {
                        T x = ai[q * depthA];
                        s0 = T.FusedMultiplyAdd(x, b0[q * depthB], s0);
                        s1 = T.FusedMultiplyAdd(x, b1[q * depthB], s1);
                        s2 = T.FusedMultiplyAdd(x, b2[q * depthB], s2);
                        s3 = T.FusedMultiplyAdd(x, b3[q * depthB], s3);
                    }

                    ci[j] = Combine(alpha, s0, keep, ci + j);
                    ci[j + 1] = Combine(alpha, s1, keep, ci + j + 1);
                    ci[j + 2] = Combine(alpha, s2, keep, ci + j + 2);
                    ci[j + 3] = Combine(alpha, s3, keep, ci + j + 3);
                }

                for (; j < n; j++)
                {
                    T* b0 = bj + (j * columnB);
                    T sum = T.Zero;
                    for (int q = 0; q < depth; q++)
                        sum = T.FusedMultiplyAdd(ai[q * depthA], b0[q * depthB], sum);
                    ci[j] = Combine(alpha, sum, keep, ci + j);
                }
            }
        }
    }

    /// <summary>With packed panels.</summary>
    public static unsafe void Packed<T, TKernel>(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TKernel : struct, IGemmKernel<T>
    {
        (nint rowA, nint depthA) = transposeA ? ((nint)1, (nint)lda) : (lda, 1);
        (nint depthB, nint columnB) = transposeB ? ((nint)1, (nint)ldb) : (ldb, 1);
        int tileRows = TKernel.Rows, tileColumns = TKernel.Columns;
        int rowBlock = RowBlock / tileRows * tileRows, columnBlock = ColumnBlock / tileColumns * tileColumns;
        int depthBlock = Math.Min(DepthBlock, k);
        int padding = Alignment / sizeof(T);
        int lengthA = (RoundUp(Math.Min(rowBlock, m), tileRows) * depthBlock) + padding;
        int lengthB = (RoundUp(Math.Min(columnBlock, n), tileColumns) * depthBlock) + padding;
        T* tile = stackalloc T[tileRows * tileColumns];
        T[] bufferA = ArrayPool<T>.Shared.Rent(lengthA), bufferB = ArrayPool<T>.Shared.Rent(lengthB);
        fixed (T* unalignedA = bufferA, unalignedB = bufferB)
        {
            T* packedA = Align(unalignedA), packedB = Align(unalignedB);
            for (int j0 = 0; j0 < n; j0 += columnBlock)
            {
                int columns = Math.Min(columnBlock, n - j0);
                for (int p = 0; p < k; p += DepthBlock)
                {
                    int depth = Math.Min(DepthBlock, k - p);
                    T keep = p == 0 ? beta : T.One;
                    Pack(columns, depth, b + (j0 * columnB) + (p * depthB), columnB, depthB, tileColumns, packedB);
                    for (int i0 = 0; i0 < m; i0 += rowBlock)
                    {
                        int rows = Math.Min(rowBlock, m - i0);
                        Pack(rows, depth, a + (i0 * rowA) + (p * depthA), rowA, depthA, tileRows, packedA);
                        for (int j = 0; j < columns; j += tileColumns)
                        {
                            for (int i = 0; i < rows; i += tileRows)
                            {
                                T* target = c + ((nint)(i0 + i) * ldc) + j0 + j;
                                T* panelA = packedA + ((nint)i * depth), panelB = packedB + ((nint)j * depth);
                                int height = Math.Min(tileRows, rows - i), width = Math.Min(tileColumns, columns - j);
                                if (height == tileRows && width == tileColumns)
                                {
                                    TKernel.Tile(depth, panelA, panelB, alpha, keep, target, ldc);
                                    continue;
                                }

                                TKernel.Tile(depth, panelA, panelB, T.One, T.Zero, tile, tileColumns);
                                for (int r = 0; r < height; r++)
                                {
                                    for (int s = 0; s < width; s++)
                                        target[((nint)r * ldc) + s] = Combine(alpha, tile[(r * tileColumns) + s], keep, target + ((nint)r * ldc) + s);
                                }
                            }
                        }
                    }
                }
            }
        }

        ArrayPool<T>.Shared.Return(bufferA);
        ArrayPool<T>.Shared.Return(bufferB);
    }

    /// <summary>Writes the lines (rows of A, columns of B) in panels of <paramref name="width"/>: for each depth, one element of each line. Missing lines are 0.</summary>
    private static unsafe void Pack<T>(int lines, int depth, T* source, nint line, nint step, int width, T* packed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int first = 0; first < lines; first += width)
        {
            int present = Math.Min(width, lines - first);
            T* from = source + (first * line);
            T* to = packed + ((nint)first * depth);
            if (present < width)
                new Span<T>(to, width * depth).Clear();
            if (line == 1)
            {
                for (int q = 0; q < depth; q++)
                {
                    T* row = from + (q * step);
                    T* target = to + ((nint)q * width);
                    int r = 0;
                    for (; r <= present - Vector128<T>.Count; r += Vector128<T>.Count)
                        Vector128.Load(row + r).Store(target + r);
                    for (; r < present; r++)
                        target[r] = row[r];
                }
            }
            else
            {
                // Eight terms of a line at a time: one cache line of doubles is read whole, and the panel's lines stay in the L1 cache.
                int q = 0;
                for (; q <= depth - 8; q += 8)
                {
                    T* target = to + ((nint)q * width);
                    for (int r = 0; r < present; r++)
                    {
                        T* row = from + (r * line) + (q * step);
                        T* t = target + r;
                        t[0] = row[0];
                        t[width] = row[step];
                        t[2 * width] = row[2 * step];
                        t[3 * width] = row[3 * step];
                        t[4 * width] = row[4 * step];
                        t[5 * width] = row[5 * step];
                        t[6 * width] = row[6 * step];
                        t[7 * width] = row[7 * step];
                    }
                }

                for (; q < depth; q++)
                {
                    for (int r = 0; r < present; r++)
                        to[((nint)q * width) + r] = from[(r * line) + (q * step)];
                }
            }
        }
    }

    /// <summary>C = beta C; with beta = 0 C isn't read.</summary>
    private static unsafe void Scale<T>(int m, int n, T beta, T* c, int ldc) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < m; i++)
        {
            var row = new Span<T>(c + ((nint)i * ldc), n);
            if (beta == T.Zero)
            {
                row.Clear();
            }
            else if (beta != T.One)
            {
                foreach (ref T value in row)
                    value *= beta;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe T Combine<T>(T alpha, T sum, T beta, T* c) where T : unmanaged, IFloatingPointIeee754<T> =>
        beta == T.Zero ? alpha * sum : T.FusedMultiplyAdd(alpha, sum, beta * *c);

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private static unsafe T* Align<T>(T* pointer) where T : unmanaged => (T*)(((nuint)pointer + (Alignment - 1)) & ~(nuint)(Alignment - 1));
}
