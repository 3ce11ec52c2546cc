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

    // A block of A stays in the L2 cache (144 x 256 doubles are 288 KiB), a panel of B in the L3 cache (256 x 2016 doubles are 4 MiB).
    private const int RowBlock = 144;
    private const int ColumnBlockBytes = 2016 * sizeof(double);
    internal const int Alignment = 64;

    // Threads take some microseconds to start. Blocks are multiples of all tiles.
    internal const long ThreadsPay = 100 * 100 * 100;
    private const int ThreadBlock = 48;

    // Packing A pays where a block of it outgrows the L2 cache; for the larger tiles of wide registers from some size on (both measured).
    private const int InPlaceBytes = 512 * 1024;
    private const long PackingPays = 96 * 96 * 96;

    /// <summary>Computes the product with the kernel for this machine.</summary>
    public static unsafe void Run<T>(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Run(new GemmOperands<T>(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc), workers, null);

    /// <summary>Computes the product with the kernel for this machine, and does something with its rows as they are complete.</summary>
    public static void Run<T>(in GemmOperands<T> g, IWorkers? workers, GemmEpilogue? then) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (workers is not null && workers.Count > 1 && (long)g.Rows * g.Columns * g.Depth > ThreadsPay)
            InBlocks(g, workers, then);
        else
            Run(g, then);
    }

    /// <summary>Computes the product in this thread.</summary>
    public static void Run<T>(in GemmOperands<T> g, GemmEpilogue? then = null, int firstRow = 0, int piece = 0) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (g.Rows == 0 || g.Columns == 0)
            return;
        if (g.Depth == 0 || g.Alpha == T.Zero)
        {
            Scale(g);
            then?.Rows(firstRow, g.Rows, piece);
        }
        else if (!VectorKernels.IsVectorized<T>() || IsSmall(g) || g.Rows <= GemmInPlace.TileRows || g.Columns <= 2 * Vector256<T>.Count)
            InPlace(g, then, firstRow, piece);
        else if (GemmOperands<T>.Wide)
            Packed<T, GemmKernel512<T>>(g, then, firstRow, piece);
        else if (Vector256.IsHardwareAccelerated)
            Packed<T, GemmKernel256<T>>(g, then, firstRow, piece);
        else
            Packed<T, GemmKernel128<T>>(g, then, firstRow, piece);
    }

    /// <summary>Where A and B lie; with something to follow, in blocks of rows of C that stay in the cache until it does.</summary>
    private static void InPlace<T>(in GemmOperands<T> g, GemmEpilogue? then, int firstRow, int piece) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (then is null)
        {
            GemmInPlace.Run(g);
            return;
        }

        int height = RoundUp(GemmEpilogue.BlockRows<T>(g.Rows, g.Columns), GemmInPlace.TileRows);
        for (int row = 0; row < g.Rows; row += height)
        {
            GemmOperands<T> block = g.Block(row, 0, height, g.Columns);
            GemmInPlace.Run(block);
            then.Rows(firstRow + row, block.Rows, piece);
        }
    }

    private static bool IsSmall<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        long blockOfA = (long)g.Rows * Math.Min(g.Depth, DepthBlock);
        return GemmOperands<T>.Wide ? blockOfA * g.Columns <= PackingPays : blockOfA * Unsafe.SizeOf<T>() <= InPlaceBytes;
    }

    /// <summary>A block of C for each worker, as square as may be, or of whole rows where something follows: how C is divided doesn't enter an element's bits.</summary>
    private static void InBlocks<T>(GemmOperands<T> g, IWorkers workers, GemmEpilogue? then) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int down = then is null ? 1 : workers.Count, across = 1;
        for (int left = workers.Count / down; left > 1;)
        {
            int factor = 2;
            while (left % factor != 0)
                factor++;
            left /= factor;
            if (g.Rows / down >= g.Columns / across)
                down *= factor;
            else
                across *= factor;
        }

        int height = RoundUp((g.Rows + down - 1) / down, ThreadBlock), width = RoundUp((g.Columns + across - 1) / across, ThreadBlock);
        int rows = (g.Rows + height - 1) / height, columns = (g.Columns + width - 1) / width;
        workers.ForEach(rows * columns, i => Run(g.Block(i / columns * height, i % columns * width, height, width), then, i / columns * height, i));
    }

    /// <summary>Strips of rows of a triangle, two for each worker, of about equal areas.</summary>
    internal static void TriangleInStrips<T>(GemmOperands<T> g, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int strips = 2 * workers.Count, n = g.Rows;
        bool lower = g.Triangle == Triangle.Lower;
        workers.ForEach(strips, i =>
        {
            int from = Bound(i), to = Bound(i + 1);
            Run(lower ? g.Block(from, 0, to - from, to) : g.Block(from, from, to - from, n - from));
        });

        int Bound(int i)
        {
            double part = lower ? Math.Sqrt((double)i / strips) : 1 - Math.Sqrt(1 - ((double)i / strips));
            return i == strips ? n : Math.Min(n, RoundUp((int)(part * n), ThreadBlock));
        }
    }

    /// <summary>With packed panels.</summary>
    public static unsafe void Packed<T, TKernel>(in GemmOperands<T> g, GemmEpilogue? then = null, int firstRow = 0, int piece = 0)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TKernel : struct, IGemmKernel<T>
    {
        int m = g.Rows, n = g.Columns, k = g.Depth, ldc = (int)g.RowC;
        T* a = g.A, b = g.B, c = g.C;
        nint rowA = g.RowA, depthA = g.DepthA, depthB = g.DepthB, columnB = g.ColumnB;
        T alpha = g.Alpha, beta = g.Beta;
        int tileRows = TKernel.Rows, tileColumns = TKernel.Columns;

        // Where one block has all rows, a panel of B is read by its tiles only: it is packed just before them and needn't leave the L1 cache.
        int rowBlock = RowBlock / tileRows * tileRows;
        bool once = m <= rowBlock;
        int columnBlock = once ? n : EvenBlock(n, ColumnBlockBytes / sizeof(T), tileColumns);
        int depthBlock = Math.Min(DepthBlock, k);
        int padding = Alignment / sizeof(T);
        int lengthA = (RoundUp(Math.Min(rowBlock, m), tileRows) * depthBlock) + padding;
        int lengthB = (once ? tileColumns : RoundUp(Math.Min(columnBlock, n), tileColumns)) * depthBlock + padding;
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
                    if (!once)
                        Packing.Panels(columns, depth, b + (j0 * columnB) + (p * depthB), columnB, depthB, tileColumns, packedB);
                    for (int i0 = 0; i0 < m; i0 += rowBlock)
                    {
                        int rows = Math.Min(rowBlock, m - i0);
                        Packing.Panels(rows, depth, a + (i0 * rowA) + (p * depthA), rowA, depthA, tileRows, packedA);
                        for (int j = 0; j < columns; j += tileColumns)
                        {
                            T* panelB = packedB + ((nint)j * depth);
                            if (once)
                            {
                                panelB = packedB;
                                Packing.Panels(Math.Min(tileColumns, columns - j), depth, b + (j * columnB) + (p * depthB), columnB, depthB, tileColumns, packedB);
                            }

                            // The next panel of B is far away: the tiles of this one ask for it, each for its share of the lines.
                            int lines = j + tileColumns < columns ? depth * tileColumns / padding : 0, share = (lines / Math.Max(1, rows / tileRows)) + 1;
                            T* wanted = panelB + ((nint)tileColumns * depth);
                            nint next = padding;
                            if (once)
                            {
                                // As it lies; adjacent elements of a column are found by the hardware.
                                lines = columnB == 1 ? Math.Min(lines, depth) : 0;
                                wanted = b + ((j + tileColumns) * columnB) + (p * depthB);
                                next = depthB;
                            }

                            for (int i = 0; i < rows; i += tileRows)
                            {
                                for (int line = Math.Min(share, lines); Sse.IsSupported && line > 0; line--, wanted += next)
                                    Sse.Prefetch1(wanted);
                                lines -= share;
                                int height = Math.Min(tileRows, rows - i), width = Math.Min(tileColumns, columns - j);
                                Cover cover = g.CoverOf(i0 + i, j0 + j, height, width);
                                if (cover == Cover.None)
                                    continue;
                                T* target = c + ((nint)(i0 + i) * ldc) + j0 + j;
                                T* panelA = packedA + ((nint)i * depth);
                                if (cover == Cover.Whole && height == tileRows && width == tileColumns)
                                {
                                    TKernel.Tile(depth, panelA, panelB, alpha, keep, target, ldc);
                                    continue;
                                }

                                TKernel.Tile(depth, panelA, panelB, T.One, T.Zero, tile, tileColumns);
                                for (int r = 0; r < height; r++)
                                {
                                    (int from, int to) = g.Covered(i0 + i + r, j0 + j, width);
                                    CombineRow(to - from, alpha, tile + (r * tileColumns) + from, keep, target + ((nint)r * ldc) + from);
                                }
                            }
                        }

                        if (j0 + columns == n && p + depth == k)
                            then?.Rows(firstRow + i0, rows, piece);
                    }
                }
            }
        }

        ArrayPool<T>.Shared.Return(bufferA);
        ArrayPool<T>.Shared.Return(bufferB);
    }

    /// <summary>C = beta C; with beta = 0 C isn't read.</summary>
    private static unsafe void Scale<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < g.Rows; i++)
        {
            (int from, int to) = g.Covered(i, 0, g.Columns);
            var row = new Span<T>(g.C + (i * g.RowC) + from, to - from);
            if (g.Beta == T.Zero)
            {
                row.Clear();
            }
            else if (g.Beta != T.One)
            {
                foreach (ref T value in row)
                    value *= g.Beta;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static unsafe T Combine<T>(T alpha, T sum, T beta, T* c) where T : unmanaged, IFloatingPointIeee754<T> =>
        beta == T.Zero ? alpha * sum : T.FusedMultiplyAdd(alpha, sum, beta * *c);

    /// <summary><see cref="Combine"/> for a part of a row.</summary>
    internal static unsafe void CombineRow<T>(int count, T alpha, T* sums, T beta, T* c) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        if (VectorKernels.IsVectorized<T>())
        {
            Vector128<T> scale = Vector128.Create(alpha), keep = Vector128.Create(beta);
            for (; i <= count - Vector128<T>.Count; i += Vector128<T>.Count)
            {
                Vector128<T> sum = Vector128.Load(sums + i);
                (beta == T.Zero ? scale * sum : VectorKernels.Fma(scale, sum, keep * Vector128.Load(c + i))).Store(c + i);
            }
        }

        for (; i < count; i++)
            c[i] = Combine(alpha, sums[i], beta, c + i);
    }

    /// <summary>The size of the fewest blocks of at most <paramref name="most"/> that are equal up to a tile: every block of columns packs A once more, so a narrow last one is dear.</summary>
    private static int EvenBlock(int size, int most, int tile)
    {
        int blocks = (size + most - 1) / most;
        return Math.Min(RoundUp((size + blocks - 1) / blocks, tile), most / tile * tile);
    }

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    internal static unsafe T* Align<T>(T* pointer) where T : unmanaged => (T*)(((nuint)pointer + (Alignment - 1)) & ~(nuint)(Alignment - 1));
}
