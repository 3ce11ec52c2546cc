using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Products of panels: a few dozen terms per sum, and operands that a factorization has just touched or laid out for the purpose. They skip what
/// <see cref="Gemm"/> does for products at large, whose packing of both operands would cost as much as the arithmetic here.
/// </summary>
/// <remarks>
/// <para>A second operand lies in groups of two vectors: element (q, j) at q ldb + (j / width) group + j % width, where width is <see cref="Width{T}"/>.
/// With group = width that is a row-major matrix; with ldb = width and group = width times the rows, each group is contiguous, which spares the
/// caches the conflicts that rows a power of two apart give.</para>
/// <para>Each element is s = 0; s = fma(a[p], b[p], s) in order, in blocks of <see cref="Gemm.DepthBlock"/> terms: the bits of <see cref="Gemm"/>.
/// The order of <see cref="Dots"/> is by 4 (double) or 8 (float) logical lanes in blocks of <see cref="DotBlock"/> terms. Neither depends on the hardware.</para>
/// </remarks>
internal static unsafe class PanelKernels
{
    /// <summary>Terms of a sum that <see cref="Dots"/> adds up at once: four rows of doubles then fill half of a 32 KiB L1 cache.</summary>
    internal const int DotBlock = 512;

    private const int TileRows = 6;

    // A block of the second operand of 64 rows stays in half of a 512 KiB L2 cache.
    private const int ColumnBytes = 4096;

    /// <summary>The columns of a group: two vectors of 256 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Width<T>() where T : unmanaged => VectorKernels.IsVectorized<T>() ? 2 * Vector256<T>.Count : 8;

    /// <summary>A number of elements rounded up to whole groups.</summary>
    public static int WholeGroups<T>(int length) where T : unmanaged => (length + Width<T>() - 1) / Width<T>() * Width<T>();

    /// <summary>The distance between long rows: whole groups, and an odd number of them, so that equal positions of rows don't fall into the same cache set.</summary>
    public static int Spread<T>(int length) where T : unmanaged
    {
        int groups = Math.Max(1, WholeGroups<T>(length) / Width<T>());
        return (groups | 1) * Width<T>();
    }

    /// <summary>C = C - A B or, when overwriting, C = A B, with row-major B and C. A[i, p] lies at i rowA + p depthA.</summary>
    public static void Multiply<T>(bool overwrite, int m, int n, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, T* c, nint ldc)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Multiply(overwrite, m, n, k, a, rowA, depthA, b, ldb, Width<T>(), c, ldc, Width<T>());

    /// <summary>C = C - A B or, when overwriting, C = A B, with B and C in groups.</summary>
    public static void Multiply<T>(bool overwrite, int m, int n, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, nint groupB, T* c, nint ldc, nint groupC)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Width<T>(), columnBlock = ColumnBytes / sizeof(T);
        for (int p = 0; p < k || (p == 0 && overwrite); p += Gemm.DepthBlock)
        {
            int depth = Math.Min(Gemm.DepthBlock, k - p);
            T alpha = overwrite ? T.One : -T.One, beta = overwrite && p == 0 ? T.Zero : T.One;
            for (int j = 0; j < n; j += columnBlock)
            {
                int columns = Math.Min(columnBlock, n - j), groups = j / width;
                T* from = b + (p * ldb) + (groups * groupB), to = c + (groups * groupC);
                if (VectorKernels.IsVectorized<T>())
                    Block(alpha, beta, m, columns, depth, a + (p * depthA), rowA, depthA, from, ldb, groupB, to, ldc, groupC);
                else
                    OneByOne(alpha, beta, m, columns, depth, a + (p * depthA), rowA, depthA, from, ldb, groupB, to, ldc, groupC);
            }
        }
    }

    /// <summary>
    /// The lower triangle of C = C - A B for n x n matrices C, row-major; nothing above the diagonal is read or written.
    /// B lies in groups, filled up to whole ones.
    /// </summary>
    [SkipLocalsInit]
    public static void MultiplyLower<T>(int n, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, nint groupB, T* c, nint ldc)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Width<T>();
        T* tile = stackalloc T[TileRows * width];
        for (int i = 0; i < n; i += TileRows)
        {
            int rows = Math.Min(TileRows, n - i), groups = (i + 1) / width;
            T* ai = a + (i * rowA), ci = c + (i * ldc);
            Multiply(false, rows, groups * width, k, ai, rowA, depthA, b, ldb, groupB, ci, ldc, width);
            for (int j = groups * width; j < i + rows; j += width)
            {
                Multiply(true, rows, width, k, ai, rowA, depthA, b + (j / width * groupB), ldb, groupB, tile, width, width);
                for (int r = 0; r < rows; r++)
                {
                    int end = Math.Min(width, i + r + 1 - j);
                    for (int l = 0; l < end; l++)
                        ci[(r * ldc) + j + l] -= tile[(r * width) + l];
                }
            }
        }
    }

    /// <summary>
    /// Replaces X by L^-1 X for a lower triangular L, with L[i, l] at i rowL + l, and X in whole groups. The diagonal is given by its reciprocals,
    /// or null for ones.
    /// </summary>
    public static void SolveLower<T>(int order, int columns, T* l, nint rowL, T* reciprocals, T* x, nint ldx, nint groupX)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        const int Rows = 4;
        int width = Width<T>();
        for (int i = 0; i < order; i += Rows)
        {
            int rows = Math.Min(Rows, order - i);
            T* xi = x + (i * ldx), li = l + (i * rowL);
            if (i > 0)
                Multiply(false, rows, columns, i, li, rowL, 1, x, ldx, groupX, xi, ldx, groupX);
            for (int j = 0; j < columns; j += width)
            {
                T* xj = xi + (j / width * groupX);
                for (int r = 0; r < rows; r++)
                {
                    T* target = xj + (r * ldx);
                    T scale = reciprocals == null ? T.One : reciprocals[i + r];
                    if (VectorKernels.IsVectorized<T>())
                    {
                        Vector256<T> left = Vector256.Load(target), right = Vector256.Load(target + Vector256<T>.Count);
                        for (int q = 0; q < r; q++)
                        {
                            Vector256<T> factor = Vector256.Create(-li[(r * rowL) + i + q]);
                            left = VectorKernels.Fma(factor, Vector256.Load(xj + (q * ldx)), left);
                            right = VectorKernels.Fma(factor, Vector256.Load(xj + (q * ldx) + Vector256<T>.Count), right);
                        }

                        if (reciprocals != null)
                        {
                            left *= Vector256.Create(scale);
                            right *= Vector256.Create(scale);
                        }

                        left.Store(target);
                        right.Store(target + Vector256<T>.Count);
                    }
                    else
                    {
                        for (int e = 0; e < width; e++)
                        {
                            for (int q = 0; q < r; q++)
                                target[e] = T.FusedMultiplyAdd(-li[(r * rowL) + i + q], xj[(q * ldx) + e], target[e]);
                            target[e] *= scale;
                        }
                    }
                }
            }
        }
    }

    /// <summary>W[i, j] = sum_p A[i, p] B[j, p], m x n, of row-major matrices with whole vectors in each row.</summary>
    public static void Dots<T>(int m, int n, int length, T* a, nint lda, T* b, nint ldb, T* w, nint ldw) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int p = 0; p < length; p += DotBlock)
        {
            int terms = Math.Min(DotBlock, length - p);
            for (int j = 0; j < n; j += 4)
            {
                T* b0 = b + (j * ldb) + p;
                T* b1 = j + 1 < n ? b0 + ldb : b0, b2 = j + 2 < n ? b0 + (2 * ldb) : b0, b3 = j + 3 < n ? b0 + (3 * ldb) : b0;
                for (int i = 0; i < m; i += 3)
                {
                    T* a0 = a + (i * lda) + p;
                    T* a1 = i + 1 < m ? a0 + lda : a0, a2 = i + 2 < m ? a0 + (2 * lda) : a0;
                    DotTile(p > 0, Math.Min(3, m - i), Math.Min(4, n - j), terms, a0, a1, a2, b0, b1, b2, b3, w + (i * ldw) + j, ldw);
                }
            }
        }
    }

    [SkipLocalsInit]
    private static void Block<T>(T alpha, T beta, int m, int n, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, nint groupB, T* c, nint ldc, nint groupC)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Width<T>(), whole = n / width, tail = n - (whole * width);
        T* packed = stackalloc T[TileRows * Gemm.DepthBlock];
        T* tile = stackalloc T[TileRows * width];
        T* filled = b + (whole * groupB);
        if (tail > 0)
        {
            // The last columns, filled up to a group: the operand itself may end there.
            T* room = stackalloc T[width * Gemm.DepthBlock];
            for (int q = 0; q < k; q++)
            {
                for (int j = 0; j < width; j++)
                    room[(q * width) + j] = j < tail ? filled[(q * ldb) + j] : T.Zero;
            }

            filled = room;
        }

        for (int i = 0, rows; i < m; i += rows)
        {
            rows = m - i >= TileRows ? TileRows : m - i >= 4 ? 4 : 1;
            T* ai = a + (i * rowA), ci = c + (i * ldc);
            nint row = rowA, depth = depthA;
            if (rows > 1)
            {
                Packing.Lines(rows, k, ai, rowA, depthA, packed, rows);
                ai = packed;
                row = 1;
                depth = rows;
            }

            Strip(rows, whole, k, ai, row, depth, b, ldb, groupB, alpha, beta, ci, ldc, groupC);
            if (tail == 0)
                continue;
            Strip(rows, 1, k, ai, row, depth, filled, width, width, T.One, T.Zero, tile, width, width);
            for (int r = 0; r < rows; r++)
                Gemm.CombineRow(tail, alpha, tile + (r * width), beta, ci + (r * ldc) + (whole * groupC));
        }
    }

    private static void Strip<T>(int rows, int groups, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, nint groupB, T alpha, T beta, T* c, nint ldc, nint groupC)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (rows == TileRows)
            GemmInPlace.Strip<T, Register256<T>, GemmInPlace.Six>(groups, k, a, rowA, depthA, b, ldb, groupB, alpha, beta, c, ldc, groupC);
        else if (rows == 4)
            GemmInPlace.Strip<T, Register256<T>, GemmInPlace.Four>(groups, k, a, rowA, depthA, b, ldb, groupB, alpha, beta, c, ldc, groupC);
        else
            GemmInPlace.Strip<T, Register256<T>, GemmInPlace.One>(groups, k, a, rowA, depthA, b, ldb, groupB, alpha, beta, c, ldc, groupC);
    }

    private static void OneByOne<T>(T alpha, T beta, int m, int n, int k, T* a, nint rowA, nint depthA, T* b, nint ldb, nint groupB, T* c, nint ldc, nint groupC)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Width<T>();
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                T* column = b + (j / width * groupB) + (j % width);
                T sum = T.Zero;
                for (int q = 0; q < k; q++)
                    sum = T.FusedMultiplyAdd(a[(i * rowA) + (q * depthA)], column[q * ldb], sum);
                T* target = c + (i * ldc) + (j / width * groupC) + (j % width);
                *target = Gemm.Combine(alpha, sum, beta, target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DotTile<T>(bool add, int rows, int columns, int length, T* a0, T* a1, T* a2, T* b0, T* b1, T* b2, T* b3, T* w, nint ldw)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
        {
            T* wr = w;
            for (int r = 0; r < rows; r++, wr += ldw)
            {
                T* x = r == 0 ? a0 : r == 1 ? a1 : a2;
                for (int s = 0; s < columns; s++)
                {
                    T* y = s == 0 ? b0 : s == 1 ? b1 : s == 2 ? b2 : b3;
                    T sum = T.Zero;
                    for (int p = 0; p < length; p++)
                        sum = T.FusedMultiplyAdd(x[p], y[p], sum);
                    wr[s] = add ? wr[s] + sum : sum;
                }
            }

            return;
        }

        Vector256<T> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default;
        Vector256<T> s12 = default, s13 = default, s20 = default, s21 = default, s22 = default, s23 = default;
        for (nint p = 0; p < length; p += Vector256<T>.Count)
        {
            Vector256<T> x0 = Vector256.Load(a0 + p), x1 = Vector256.Load(a1 + p), x2 = Vector256.Load(a2 + p);
            Vector256<T> y = Vector256.Load(b0 + p);
            s00 = VectorKernels.Fma(x0, y, s00);
            s10 = VectorKernels.Fma(x1, y, s10);
            s20 = VectorKernels.Fma(x2, y, s20);
            y = Vector256.Load(b1 + p);
            s01 = VectorKernels.Fma(x0, y, s01);
            s11 = VectorKernels.Fma(x1, y, s11);
            s21 = VectorKernels.Fma(x2, y, s21);
            y = Vector256.Load(b2 + p);
            s02 = VectorKernels.Fma(x0, y, s02);
            s12 = VectorKernels.Fma(x1, y, s12);
            s22 = VectorKernels.Fma(x2, y, s22);
            y = Vector256.Load(b3 + p);
            s03 = VectorKernels.Fma(x0, y, s03);
            s13 = VectorKernels.Fma(x1, y, s13);
            s23 = VectorKernels.Fma(x2, y, s23);
        }

        WriteSums(add, columns, w, s00, s01, s02, s03);
        if (rows > 1)
            WriteSums(add, columns, w + ldw, s10, s11, s12, s13);
        if (rows > 2)
            WriteSums(add, columns, w + (2 * ldw), s20, s21, s22, s23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void WriteSums<T>(bool add, int columns, T* w, Vector256<T> s0, Vector256<T> s1, Vector256<T> s2, Vector256<T> s3)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        w[0] = add ? w[0] + Sum(s0) : Sum(s0);
        if (columns > 1)
            w[1] = add ? w[1] + Sum(s1) : Sum(s1);
        if (columns > 2)
            w[2] = add ? w[2] + Sum(s2) : Sum(s2);
        if (columns > 3)
            w[3] = add ? w[3] + Sum(s3) : Sum(s3);
    }

    /// <summary>The sum of the lanes, joined in halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Sum<T>(Vector256<T> lanes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector128<T> half = lanes.GetLower() + lanes.GetUpper();
        return typeof(T) == typeof(double)
            ? half.GetElement(0) + half.GetElement(1)
            : (half.GetElement(0) + half.GetElement(2)) + (half.GetElement(1) + half.GetElement(3));
    }
}
