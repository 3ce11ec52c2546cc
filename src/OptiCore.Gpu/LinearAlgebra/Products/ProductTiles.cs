using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// The part of a product's tile that one thread sums in its registers, and the tile's sizes. A tile of C has <see cref="Width"/> rows and columns; of the operands <see cref="Depth"/> terms at a time lie in
/// the group's memory, in lines of <see cref="Width"/> elements and four unused ones, which put the lines of a column into different banks.
/// </summary>
/// <typeparam name="TSelf">The part.</typeparam>
/// <typeparam name="L">The number.</typeparam>
internal interface IProductTile<TSelf, L>
    where TSelf : unmanaged, IProductTile<TSelf, L>
    where L : unmanaged
{
    /// <summary>The rows and columns of the tile.</summary>
    static abstract int Width { get; }

    /// <summary>The terms that are in the group's memory at a time; divides the block of terms after which sums are added to C.</summary>
    static abstract int Depth { get; }

    /// <summary>The thread's first row in the tile.</summary>
    static abstract int Row(int thread);

    /// <summary>The thread's first column in the tile.</summary>
    static abstract int Column(int thread);

    /// <summary>The sums with one term more.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="a">The lines of op(A) in the group's memory, from the thread's first element on.</param>
    /// <param name="b">The lines of op(B) in the group's memory, from the thread's first element on.</param>
    /// <param name="at">Where the term's line begins.</param>
    static abstract TSelf Add(TSelf sums, ArrayView<Four<L>> a, ArrayView<Four<L>> b, int at);

    /// <summary>Combines the sums with C.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="to">How.</param>
    /// <param name="c">The matrix.</param>
    /// <param name="row">The thread's first row in the matrix.</param>
    /// <param name="column">The thread's first column in the matrix.</param>
    static abstract void Store(TSelf sums, Combination<L> to, ArrayView<L> c, int row, int column);
}

/// <summary>A tile of 128 rows and columns by 256 threads, of 8 rows by 8 columns each: for large products. A warp has 32 rows by 64 columns, so that its reads of a line are of different banks or the same.</summary>
/// <typeparam name="T">The element.</typeparam>
/// <typeparam name="L">The number.</typeparam>
internal struct LargeTile<T, L> : IProductTile<LargeTile<T, L>, L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, ILanes<L, T>
{
    private Four<L> _c00, _c01;
    private Four<L> _c10, _c11;
    private Four<L> _c20, _c21;
    private Four<L> _c30, _c31;
    private Four<L> _c40, _c41;
    private Four<L> _c50, _c51;
    private Four<L> _c60, _c61;
    private Four<L> _c70, _c71;

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 128;
    }

    public static int Depth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Row(int thread) => ((thread >> 6) * 32) + (((thread >> 3) & 3) * 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Column(int thread) => (((thread >> 5) & 1) * 64) + ((thread & 7) * 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LargeTile<T, L> Add(LargeTile<T, L> sums, ArrayView<Four<L>> a, ArrayView<Four<L>> b, int at)
    {
        Four<L> u = a[at], v = a[at + 4], x = b[at], y = b[at + 8];
        sums._c00 = Combine<T, L>.Add(u.X, x, sums._c00);
        sums._c01 = Combine<T, L>.Add(u.X, y, sums._c01);
        sums._c10 = Combine<T, L>.Add(u.Y, x, sums._c10);
        sums._c11 = Combine<T, L>.Add(u.Y, y, sums._c11);
        sums._c20 = Combine<T, L>.Add(u.Z, x, sums._c20);
        sums._c21 = Combine<T, L>.Add(u.Z, y, sums._c21);
        sums._c30 = Combine<T, L>.Add(u.W, x, sums._c30);
        sums._c31 = Combine<T, L>.Add(u.W, y, sums._c31);
        sums._c40 = Combine<T, L>.Add(v.X, x, sums._c40);
        sums._c41 = Combine<T, L>.Add(v.X, y, sums._c41);
        sums._c50 = Combine<T, L>.Add(v.Y, x, sums._c50);
        sums._c51 = Combine<T, L>.Add(v.Y, y, sums._c51);
        sums._c60 = Combine<T, L>.Add(v.Z, x, sums._c60);
        sums._c61 = Combine<T, L>.Add(v.Z, y, sums._c61);
        sums._c70 = Combine<T, L>.Add(v.W, x, sums._c70);
        sums._c71 = Combine<T, L>.Add(v.W, y, sums._c71);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(LargeTile<T, L> sums, Combination<L> to, ArrayView<L> c, int row, int column)
    {
        Combine<T, L>.Store(sums._c00, to, c, row, column);
        Combine<T, L>.Store(sums._c01, to, c, row, column + 32);
        Combine<T, L>.Store(sums._c10, to, c, row + 1, column);
        Combine<T, L>.Store(sums._c11, to, c, row + 1, column + 32);
        Combine<T, L>.Store(sums._c20, to, c, row + 2, column);
        Combine<T, L>.Store(sums._c21, to, c, row + 2, column + 32);
        Combine<T, L>.Store(sums._c30, to, c, row + 3, column);
        Combine<T, L>.Store(sums._c31, to, c, row + 3, column + 32);
        Combine<T, L>.Store(sums._c40, to, c, row + 16, column);
        Combine<T, L>.Store(sums._c41, to, c, row + 16, column + 32);
        Combine<T, L>.Store(sums._c50, to, c, row + 17, column);
        Combine<T, L>.Store(sums._c51, to, c, row + 17, column + 32);
        Combine<T, L>.Store(sums._c60, to, c, row + 18, column);
        Combine<T, L>.Store(sums._c61, to, c, row + 18, column + 32);
        Combine<T, L>.Store(sums._c70, to, c, row + 19, column);
        Combine<T, L>.Store(sums._c71, to, c, row + 19, column + 32);
    }
}

/// <summary>A tile of so many rows and columns, of which a thread has 4 by 4: for small and thin products, and where larger tiles would leave processors without work.</summary>
/// <typeparam name="T">The element.</typeparam>
/// <typeparam name="L">The number.</typeparam>
/// <typeparam name="TSize">The sizes.</typeparam>
internal struct SmallTile<T, L, TSize> : IProductTile<SmallTile<T, L, TSize>, L>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, ILanes<L, T>
    where TSize : unmanaged, ITileSize
{
    private Four<L> _c0, _c1, _c2, _c3;

    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSize.Width;
    }

    public static int Depth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TSize.Depth;
    }

    // A warp has 16 rows by 32 columns.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Row(int thread) => ((thread >> 5) / (TSize.Width / 32) * 16) + (((thread >> 3) & 3) * 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Column(int thread) => ((thread >> 5) % (TSize.Width / 32) * 32) + ((thread & 7) * 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SmallTile<T, L, TSize> Add(SmallTile<T, L, TSize> sums, ArrayView<Four<L>> a, ArrayView<Four<L>> b, int at)
    {
        Four<L> u = a[at], x = b[at];
        sums._c0 = Combine<T, L>.Add(u.X, x, sums._c0);
        sums._c1 = Combine<T, L>.Add(u.Y, x, sums._c1);
        sums._c2 = Combine<T, L>.Add(u.Z, x, sums._c2);
        sums._c3 = Combine<T, L>.Add(u.W, x, sums._c3);
        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(SmallTile<T, L, TSize> sums, Combination<L> to, ArrayView<L> c, int row, int column)
    {
        Combine<T, L>.Store(sums._c0, to, c, row, column);
        Combine<T, L>.Store(sums._c1, to, c, row + 1, column);
        Combine<T, L>.Store(sums._c2, to, c, row + 2, column);
        Combine<T, L>.Store(sums._c3, to, c, row + 3, column);
    }
}

/// <summary>The sizes of a tile; its threads are a quarter of their product.</summary>
internal interface ITileSize
{
    /// <summary>The rows and columns.</summary>
    static abstract int Width { get; }

    /// <summary>The terms.</summary>
    static abstract int Depth { get; }
}

/// <summary>32 rows and columns by 64 threads.</summary>
internal readonly struct TileOf32 : ITileSize
{
    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 32;
    }

    public static int Depth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 8;
    }
}

/// <summary>64 rows and columns by 256 threads.</summary>
internal readonly struct TileOf64 : ITileSize
{
    public static int Width
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 64;
    }

    public static int Depth
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 16;
    }
}
