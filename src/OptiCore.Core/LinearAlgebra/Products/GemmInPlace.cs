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
/// The matrix product on operands that lie where they are: what small and thin products need, for which packing costs more than it brings. Tiles of up
/// to six rows by two registers; a row of op(A) may have any stride, and a panel of op(B) is copied only where its columns aren't adjacent.
/// </summary>
/// <remarks>
/// Where the columns are no multiple of the register, the last two registers of a panel overlap: the elements in both are computed twice, from old values
/// read before either is written, and so written twice with the same bits. That needs no masks, which are slow to store on some processors.
/// </remarks>
internal static class GemmInPlace
{
    /// <summary>The most rows of a tile.</summary>
    internal const int TileRows = 6;

    /// <summary>Computes the product with the widest register that the columns fill.</summary>
    public static unsafe void Run<T>(in GemmOperands<T> g) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>() || g.Columns < Vector128<T>.Count)
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
        if (g.ColumnB == 1 || TRegister.Count == 1)
            Panels<T, TRegister>(g, null);
        else
            PanelsCopied<T, TRegister>(g);
    }

    [SkipLocalsInit]
    private static unsafe void PanelsCopied<T, TRegister>(in GemmOperands<T> g)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        T* panel = stackalloc T[Math.Min(g.Depth, Gemm.DepthBlock) * 2 * TRegister.Count];
        Panels<T, TRegister>(g, panel);
    }

    private static unsafe void Panels<T, TRegister>(in GemmOperands<T> g, T* panel)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int width = TRegister.Count;
        for (int p = 0; p < g.Depth; p += Gemm.DepthBlock)
        {
            int depth = Math.Min(Gemm.DepthBlock, g.Depth - p);
            T keep = p == 0 ? g.Beta : T.One;
            T* a = g.A + (p * g.DepthA);
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
                    Packing.Lines(width, depth, b, g.ColumnB, g.DepthB, panel, 2 * width);
                    if (second > 0)
                        Packing.Lines(width, depth, b + (second * g.ColumnB), g.ColumnB, g.DepthB, panel + width, 2 * width);
                    b = panel;
                    depthB = 2 * width;
                    next = width;
                }

                // Register1 reads columns that aren't adjacent where they are.
                if (width == 1)
                    next = second * g.ColumnB;
                if (second > 0)
                    Rows<T, TRegister, Two>(g, depth, a, b, depthB, next, keep, j, second);
                else
                    Rows<T, TRegister, One>(g, depth, a, b, depthB, 0, keep, j, 0);
                j += done;
            }
        }
    }

    /// <summary>The tiles of one panel. The last two share their rows evenly, so that neither is too small to hide the latency of its sums.</summary>
    private static unsafe void Rows<T, TRegister, TVectors>(in GemmOperands<T> g, int depth, T* a, T* b, nint depthB, nint nextB, T beta, int column, int nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        T* c = g.C + column;
        for (int left = g.Rows; left > 0;)
        {
            int rows = left <= TileRows ? left : left < 2 * TileRows ? (left + 1) >> 1 : TileRows;
            if (g.Triangle is null)
                Tile<T, TRegister, TVectors>(rows, depth, a, g.RowA, g.DepthA, b, depthB, nextB, g.Alpha, beta, c, g.RowC, nextC);
            else
                Covered<T, TRegister, TVectors>(g, g.Rows - left, rows, depth, a, b, depthB, nextB, beta, c, column, nextC);
            left -= rows;
            a += rows * g.RowA;
            c += rows * g.RowC;
        }
    }

    /// <summary>One tile of a triangle: where the diagonal crosses it, it is computed beside C and the elements of the triangle are taken.</summary>
    [SkipLocalsInit]
    private static unsafe void Covered<T, TRegister, TVectors>(
        in GemmOperands<T> g, int row, int rows, int depth, T* a, T* b, nint depthB, nint nextB, T beta, T* c, int column, int nextC)
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
            Tile<T, TRegister, TVectors>(rows, depth, a, g.RowA, g.DepthA, b, depthB, nextB, g.Alpha, beta, c, g.RowC, nextC);
            return;
        }

        T* tile = stackalloc T[TileRows * 2 * width];
        Tile<T, TRegister, TVectors>(rows, depth, a, g.RowA, g.DepthA, b, depthB, nextB, T.One, T.Zero, tile, 2 * width, nextC);
        for (int r = 0; r < rows; r++)
        {
            (int from, int to) = g.Covered(row + r, column, columns);
            Gemm.CombineRow(to - from, g.Alpha, tile + (r * 2 * width) + from, beta, c + (r * g.RowC) + from);
        }
    }

    private static unsafe void Tile<T, TRegister, TVectors>(
        int rows, int depth, T* a, nint rowA, nint depthA, T* b, nint depthB, nint nextB, T alpha, T beta, T* c, nint rowC, nint nextC)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TVectors : struct, INumber
    {
        switch (rows)
        {
            case 1:
                Tile<T, TRegister, One, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 2:
                Tile<T, TRegister, Two, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 3:
                Tile<T, TRegister, Three, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 4:
                Tile<T, TRegister, Four, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            case 5:
                Tile<T, TRegister, Five, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
            default:
                Tile<T, TRegister, Six, TVectors>(depth, a, rowA, depthA, b, depthB, nextB, alpha, beta, c, rowC, nextC);
                break;
        }
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
