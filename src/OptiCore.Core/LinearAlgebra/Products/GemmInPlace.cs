using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>A number that the compiler knows, so that a kernel is compiled for each number of rows and vectors.</summary>
internal interface INumber
{
    /// <summary>The number.</summary>
    static abstract int Value { get; }
}

/// <summary>
/// The matrix product without a plan of panels: what products of up to a few hundred rows and columns need. Tiles of up to six rows by two registers read op(A) where it lies, with any
/// strides, and a panel of op(B) too; copied is only what would not stay in the first-level cache or has no adjacent columns.
/// </summary>
/// <remarks>
/// Where the columns are no multiple of the register, the last two registers of a panel overlap: the elements in both are computed twice, from old values
/// read before either is written, and so written twice with the same bits. That needs no masks, which are slow to store on some processors.
/// </remarks>
internal static class GemmInPlace
{
    /// <summary>The most rows of a tile.</summary>
    internal const int TileRows = 6;

    // Rows further apart share few sets of a first-level cache of 32 KiB: where they span more than this, a copy pays if it is read by four tiles or panels (measured).
    private const int SpanBytes = 16 * 1024;
    private const int CopyPays = 4;

    /// <summary>Computes the product with the widest register that the columns fill.</summary>
    public static unsafe void Run<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (GemmThin.Pays(g))
            GemmThin.Run(g);
        else if (!VectorKernels.IsVectorized<T>() || g.Columns < Vector128<T>.Count)
            Run<T, Register1<T>>(g);
        else if (GemmOperands<T>.Wide && g.Columns >= Vector512<T>.Count)
            Run<T, Register512<T>>(g);
        else if (Vector256.IsHardwareAccelerated && g.Columns >= Vector256<T>.Count)
            Run<T, Register256<T>>(g);
        else
            Run<T, Register128<T>>(g);
    }

    /// <summary>Computes the product with one kind of register, of which one or more fit into a row.</summary>
    public static unsafe void Run<T, TRegister>(in GemmOperands<T> g)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int depth = Math.Min(g.Depth, Gemm.DepthBlock);
        bool isVector = TRegister.Count > 1;
        if (isVector && g.RowA == 1 && g.Columns >= CopyPays * 2 * TRegister.Count && IsSpread<T>(depth, g.DepthA))
        {
            T[] buffer = ArrayPool<T>.Shared.Rent(g.Rows * depth);
            fixed (T* rows = buffer)
                PanelsCopied<T, TRegister>(g, rows);
            ArrayPool<T>.Shared.Return(buffer);
        }
        else if (isVector && (g.ColumnB != 1 || (g.Rows >= CopyPays * TileRows && IsSpread<T>(depth, g.DepthB))))
            PanelsCopied<T, TRegister>(g, null);
        else
            Panels<T, TRegister>(g, null, null);
    }

    private static bool IsSpread<T>(int depth, nint stride) where T : unmanaged => depth * stride * Unsafe.SizeOf<T>() > SpanBytes;

    [SkipLocalsInit]
    private static unsafe void PanelsCopied<T, TRegister>(in GemmOperands<T> g, T* copiedRows)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        T* panel = stackalloc T[(Math.Min(g.Depth, Gemm.DepthBlock) * 2 * TRegister.Count) + (Gemm.Alignment / sizeof(T))];
        Panels<T, TRegister>(g, copiedRows, Gemm.Align(panel));
    }

    private static unsafe void Panels<T, TRegister>(in GemmOperands<T> g, T* copiedRows, T* panel)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int width = TRegister.Count;
        for (int p = 0; p < g.Depth; p += Gemm.DepthBlock)
        {
            int depth = Math.Min(Gemm.DepthBlock, g.Depth - p);
            T keep = p == 0 ? g.Beta : T.One;
            T* a = g.A + (p * g.DepthA);
            if (copiedRows != null)
            {
                CopyRows(g, depth, a, copiedRows);
                a = copiedRows;
            }

            for (int j = 0; j < g.Columns;)
            {
                // Two registers, apart or overlapping; one where exactly one is left, or where so the next two overlap inside the matrix.
                int left = g.Columns - j, second, done;
                if (left >= 2 * width)
                    (second, done) = left > 2 * width && left < 3 * width ? (0, width) : (width, 2 * width);
                else
                    (second, done) = (left - width, left);

                T* b = g.B + (p * g.DepthB) + (j * g.ColumnB);
                nint depthB = g.DepthB, next = second;
                if (panel != null)
                {
                    CopyColumns(width, second, depth, b, g, panel);
                    b = panel;
                    depthB = 2 * width;
                    next = width;
                }

                // Register1 reads columns that aren't adjacent where they are.
                if (width == 1)
                    next = second * g.ColumnB;
                if (second > 0)
                    Rows<T, TRegister, Two>(g, depth, a, copiedRows != null, b, depthB, next, keep, j, second);
                else
                    Rows<T, TRegister, One>(g, depth, a, copiedRows != null, b, depthB, 0, keep, j, 0);
                j += done;
            }
        }
    }

    /// <summary>Copies the rows of op(A) tile after tile, for each depth the elements of a tile's rows.</summary>
    private static unsafe void CopyRows<T>(in GemmOperands<T> g, int depth, T* a, T* target) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int left = g.Rows; left > 0;)
        {
            (int tiles, int rows) = Tiles(left);
            for (; tiles > 0; tiles--, left -= rows, a += rows * g.RowA, target += rows * depth)
                Packing.Lines(rows, depth, a, g.RowA, g.DepthA, target, rows);
        }
    }

    /// <summary>Copies one or two registers of columns of op(B), side by side.</summary>
    private static unsafe void CopyColumns<T>(int width, int second, int depth, T* b, in GemmOperands<T> g, T* panel) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (second == width)
        {
            Packing.Lines(2 * width, depth, b, g.ColumnB, g.DepthB, panel, 2 * width);
            return;
        }

        Packing.Lines(width, depth, b, g.ColumnB, g.DepthB, panel, 2 * width);
        if (second > 0)
            Packing.Lines(width, depth, b + (second * g.ColumnB), g.ColumnB, g.DepthB, panel + width, 2 * width);
    }

    /// <summary>How many tiles of how many rows come next: whole ones, and of the rest two of even size, so that neither is too small to hide the latency of its sums.</summary>
    private static (int Tiles, int Rows) Tiles(int left) => left <= TileRows ? (1, left) : left < 2 * TileRows ? (1, (left + 1) >> 1) : ((left / TileRows) - Math.Min(1, left % TileRows), TileRows);

    /// <summary>The tiles of one panel.</summary>
    internal static unsafe void Rows<T, TRegister, TVectors>(
        in GemmOperands<T> g, int depth, T* a, bool isCopied, T* b, nint depthB, nint nextB, T beta, int column, int nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        T* c = g.C + column;
        for (int left = g.Rows; left > 0;)
        {
            (int tiles, int rows) = Tiles(left);
            (nint rowA, nint depthA, nint tileA) = isCopied ? (1, rows, (nint)rows * depth) : (g.RowA, g.DepthA, rows * g.RowA);
            if (g.Triangle is null)
                Column<T, TRegister, TVectors>(tiles, rows, depth, a, rowA, depthA, tileA, b, depthB, nextB, g.Alpha, beta, c, g.RowC, nextC);
            else
            {
                for (int i = 0; i < tiles; i++)
                    Covered<T, TRegister, TVectors>(g, g.Rows - left + (i * rows), rows, depth, a + (i * tileA), rowA, depthA, b, depthB, nextB, beta, c + (i * rows * g.RowC), column, nextC);
            }

            left -= tiles * rows;
            a += tiles * tileA;
            c += tiles * rows * g.RowC;
        }
    }

    /// <summary>One tile of a triangle: where the diagonal crosses it, it is computed beside C and the elements of the triangle are taken.</summary>
    [SkipLocalsInit]
    private static unsafe void Covered<T, TRegister, TVectors>(
        in GemmOperands<T> g, int row, int rows, int depth, T* a, nint rowA, nint depthA, T* b, nint depthB, nint nextB, T beta, T* c, int column, int nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        int width = TRegister.Count, columns = nextC + width;
        Cover cover = g.CoverOf(row, column, rows, columns);
        if (cover == Cover.None)
            return;
        if (cover == Cover.Whole)
        {
            Column<T, TRegister, TVectors>(1, rows, depth, a, rowA, depthA, 0, b, depthB, nextB, g.Alpha, beta, c, g.RowC, nextC);
            return;
        }

        T* tile = stackalloc T[TileRows * 2 * width];
        Column<T, TRegister, TVectors>(1, rows, depth, a, rowA, depthA, 0, b, depthB, nextB, T.One, T.Zero, tile, 2 * width, nextC);
        for (int r = 0; r < rows; r++)
        {
            (int from, int to) = g.Covered(row + r, column, columns);
            Gemm.CombineRow(to - from, g.Alpha, tile + (r * 2 * width) + from, beta, c + (r * g.RowC) + from);
        }
    }

    /// <summary>Tiles of so many rows below each other.</summary>
    private static unsafe void Column<T, TRegister, TVectors>(
        int tiles, int rows, int depth, T* a, nint rowA, nint depthA, nint tileA, T* b, nint depthB, nint nextB, T alpha, T beta, T* c, nint rowC, nint nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        switch (rows)
        {
            case 1:
                Column<T, TRegister, One, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 2:
                Column<T, TRegister, Two, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 3:
                Column<T, TRegister, Three, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 4:
                Column<T, TRegister, Four, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 5:
                Column<T, TRegister, Five, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            default:
                Column<T, TRegister, Six, TVectors>(tiles, depth, a, rowA, depthA, tileA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Column<T, TRegister, TRows, TVectors>(
        int tiles, int k, T* a, nint rowA, nint depthA, nint tileA, T* b, nint depthB, nint nextB, T alpha, T beta, T* c, nint rowC, nint nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
        where TVectors : struct, INumber
    {
        for (; tiles > 0; tiles--, a += tileA, c += TRows.Value * rowC)
            Sums<T, TRegister, TRows, TVectors>(k, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
    }

    /// <summary>One tile, as <see cref="IGemmKernel{T}"/> defines it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void Tile<T, TRegister, TRows, TVectors>(
        int k, T* a, nint rowA, nint depthA, T* b, nint depthB, nint nextB, T alpha, T beta, T* c, nint rowC, nint nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
        where TVectors : struct, INumber =>
        Sums<T, TRegister, TRows, TVectors>(k, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);

    /// <summary>Tiles side by side, of two registers each, the panels of B and C being at equal distances.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void Strip<T, TRegister, TRows>(
        int panels, int k, T* a, nint rowA, nint depthA, T* b, nint depthB, nint panelB, T alpha, T beta, T* c, nint rowC, nint panelC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        for (; panels > 0; panels--, b += panelB, c += panelC)
            Sums<T, TRegister, TRows, Two>(k, a, rowA, depthA, b, depthB, TRegister.Count, alpha, beta, c, rowC, TRegister.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Sums<T, TRegister, TRows, TVectors>(
        int k, T* a, nint rowA, nint depthA, T* b, nint depthB, nint nextB, T alpha, T beta, T* c, nint rowC, nint nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
        where TVectors : struct, INumber
    {
        TRegister s00 = default, s01 = default, s10 = default, s11 = default, s20 = default, s21 = default;
        TRegister s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        nint rowA2 = 2 * rowA;
        T* lower = a + (3 * rowA);
        for (; k > 0; k--)
        {
            TRegister b0 = TRegister.Load(b), b1 = TVectors.Value > 1 ? TRegister.Load(b + nextB) : default;
            TRegister x = TRegister.All(*a);
            s00 = TRegister.Fma(x, b0, s00);
            if (TVectors.Value > 1)
                s01 = TRegister.Fma(x, b1, s01);
            if (TRows.Value > 1)
            {
                x = TRegister.All(a[rowA]);
                s10 = TRegister.Fma(x, b0, s10);
                if (TVectors.Value > 1)
                    s11 = TRegister.Fma(x, b1, s11);
            }

            if (TRows.Value > 2)
            {
                x = TRegister.All(a[rowA2]);
                s20 = TRegister.Fma(x, b0, s20);
                if (TVectors.Value > 1)
                    s21 = TRegister.Fma(x, b1, s21);
            }

            if (TRows.Value > 3)
            {
                x = TRegister.All(*lower);
                s30 = TRegister.Fma(x, b0, s30);
                if (TVectors.Value > 1)
                    s31 = TRegister.Fma(x, b1, s31);
            }

            if (TRows.Value > 4)
            {
                x = TRegister.All(lower[rowA]);
                s40 = TRegister.Fma(x, b0, s40);
                if (TVectors.Value > 1)
                    s41 = TRegister.Fma(x, b1, s41);
            }

            if (TRows.Value > 5)
            {
                x = TRegister.All(lower[rowA2]);
                s50 = TRegister.Fma(x, b0, s50);
                if (TVectors.Value > 1)
                    s51 = TRegister.Fma(x, b1, s51);
            }

            a += depthA;
            if (TRows.Value > 3)
                lower += depthA;
            b += depthB;
        }

        TRegister scale = TRegister.All(alpha);
        if (beta == T.Zero)
        {
            Write<T, TRegister, TVectors>(c, nextC, scale * s00, scale * s01);
            if (TRows.Value > 1)
                Write<T, TRegister, TVectors>(c += rowC, nextC, scale * s10, scale * s11);
            if (TRows.Value > 2)
                Write<T, TRegister, TVectors>(c += rowC, nextC, scale * s20, scale * s21);
            if (TRows.Value > 3)
                Write<T, TRegister, TVectors>(c += rowC, nextC, scale * s30, scale * s31);
            if (TRows.Value > 4)
                Write<T, TRegister, TVectors>(c += rowC, nextC, scale * s40, scale * s41);
            if (TRows.Value > 5)
                Write<T, TRegister, TVectors>(c + rowC, nextC, scale * s50, scale * s51);
        }
        else
        {
            TRegister keep = TRegister.All(beta);
            Add<T, TRegister, TVectors>(c, nextC, scale, keep, s00, s01);
            if (TRows.Value > 1)
                Add<T, TRegister, TVectors>(c += rowC, nextC, scale, keep, s10, s11);
            if (TRows.Value > 2)
                Add<T, TRegister, TVectors>(c += rowC, nextC, scale, keep, s20, s21);
            if (TRows.Value > 3)
                Add<T, TRegister, TVectors>(c += rowC, nextC, scale, keep, s30, s31);
            if (TRows.Value > 4)
                Add<T, TRegister, TVectors>(c += rowC, nextC, scale, keep, s40, s41);
            if (TRows.Value > 5)
                Add<T, TRegister, TVectors>(c + rowC, nextC, scale, keep, s50, s51);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Write<T, TRegister, TVectors>(T* c, nint next, TRegister left, TRegister right)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        left.Store(c);
        if (TVectors.Value > 1)
            right.Store(c + next);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Add<T, TRegister, TVectors>(T* c, nint next, TRegister alpha, TRegister beta, TRegister left, TRegister right)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        left = TRegister.Fma(alpha, left, beta * TRegister.Load(c));
        if (TVectors.Value > 1)
            right = TRegister.Fma(alpha, right, beta * TRegister.Load(c + next));
        Write<T, TRegister, TVectors>(c, next, left, right);
    }

    internal readonly struct One : INumber
    {
        public static int Value => 1;
    }

    internal readonly struct Two : INumber
    {
        public static int Value => 2;
    }

    internal readonly struct Three : INumber
    {
        public static int Value => 3;
    }

    internal readonly struct Four : INumber
    {
        public static int Value => 4;
    }

    internal readonly struct Five : INumber
    {
        public static int Value => 5;
    }

    internal readonly struct Six : INumber
    {
        public static int Value => 6;
    }
}
