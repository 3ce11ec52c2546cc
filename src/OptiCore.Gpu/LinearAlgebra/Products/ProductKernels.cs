using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// The matrix products C = alpha op(A) op(B) + beta C with the bits of <c>Blas.Gemm</c>: the sum over k runs in order, with fused multiply-adds, in blocks of <see cref="Block"/> terms that are combined with C
/// one after the other.
/// </summary>
/// <remarks>
/// A group of threads computes a tile of C. Of the operands a few terms at a time are brought into the group's memory, lines of a term after each other whatever the transposition; while they are
/// computed with, each thread reads its four elements of the next ones into registers, which then go to the other half of that memory.
/// </remarks>
internal static class ProductKernels
{
    /// <summary>The terms after which sums are combined with C: part of the definition of the result, the same as on the processor.</summary>
    public const int Block = Gemm.DepthBlock;

    // Tiles that are computed at about the same time are to share rows and columns of the operands: they go down so many rows of tiles, then to the next column.
    private const int RowsOfTiles = 8;

    /// <summary>The products of a batch; one group for each tile, or fewer along the batch.</summary>
    /// <typeparam name="T">The element that is computed with.</typeparam>
    /// <typeparam name="S">The element of A and B as it is stored.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <typeparam name="TWidening">From one to the other.</typeparam>
    /// <typeparam name="TTile">The tile.</typeparam>
    [Kernel]
    public static void Product<T, S, L, TWidening, TTile>(ProductShape<L> g, ArrayView<S> a, ArrayView<S> b, ArrayView<L> c)
        where T : unmanaged, IFloatingPointIeee754<T>
        where S : unmanaged
        where L : unmanaged, ILanes<L, T>
        where TWidening : unmanaged, IWidening<S, L>
        where TTile : unmanaged, IProductTile<TTile, L>
    {
        int line = (TTile.Width / 4) + 1, half = 2 * TTile.Depth * line;
        ArrayView<Four<L>> shared = SharedMemory.Allocate<Four<L>>(4 * TTile.Depth * ((TTile.Width / 4) + 1));
        int thread = Group.IdxX;

        // Which tile.
        int down = (g.Rows + TTile.Width - 1) / TTile.Width, across = (g.Columns + TTile.Width - 1) / TTile.Width;
        int strip = Grid.IdxX / (RowsOfTiles * across), inStrip = Grid.IdxX - (strip * RowsOfTiles * across);
        int height = down - (strip * RowsOfTiles);
        height = height < RowsOfTiles ? height : RowsOfTiles;
        int row = ((strip * RowsOfTiles) + (inStrip % height)) * TTile.Width, column = inStrip / height * TTile.Width;

        // Which four elements of the operands this thread brings, and where its sums' factors lie.
        Bringer bringA = Bringer.Of<TTile, L>(g.TransposeA != 0, thread, g.Rows - row, row, g.LeadingA);
        Bringer bringB = Bringer.Of<TTile, L>(g.TransposeB == 0, thread, g.Columns - column, column, g.LeadingB);
        int sumRow = TTile.Row(thread), sumColumn = TTile.Column(thread);
        int firstA = sumRow / 4, firstB = (TTile.Depth * line) + (sumColumn / 4);

        for (int product = Grid.IdxY; product < g.Count; product += Grid.DimY)
        {
            int depth = g.Depth - (product * g.Piece);
            depth = g.Piece == 0 || depth < g.Piece ? depth : g.Piece;
            long atA = bringA.First + (product * g.StrideA), atB = bringB.First + (product * g.StrideB);
            var to = new Combination<L>
            {
                Rows = g.Rows,
                Columns = g.Columns,
                IsAligned = g.AlignedC,
                Overwrite = g.Overwrite,
                First = product * g.StrideC,
                Leading = g.LeadingC,
                Alpha = g.Alpha,
                Beta = g.Beta,
            };

            Four<L> nextA = Bring<T, S, L, TWidening>(a, atA, bringA.Available(0, depth), g.AlignedA);
            Four<L> nextB = Bring<T, S, L, TWidening>(b, atB, bringB.Available(0, depth), g.AlignedB);
            bringA.Put<TTile, L>(shared, 0, nextA);
            bringB.Put<TTile, L>(shared, TTile.Depth * line, nextB);
            Group.Barrier();

            int now = 0, p = 0;
            while (p < depth)
            {
                int end = p + Block < depth ? p + Block : depth;
                TTile sums = default;
                while (p + TTile.Depth <= end)
                {
                    p += TTile.Depth;
                    atA += bringA.Step;
                    atB += bringB.Step;
                    nextA = Bring<T, S, L, TWidening>(a, atA, bringA.Available(p, depth), g.AlignedA);
                    nextB = Bring<T, S, L, TWidening>(b, atB, bringB.Available(p, depth), g.AlignedB);

                    ArrayView<Four<L>> x = shared.SubView(now + firstA), y = shared.SubView(now + firstB);
                    sums = AddEight<TTile, L>(sums, x, y, 0);
                    if (TTile.Depth > 8)
                        sums = AddEight<TTile, L>(sums, x, y, 8);

                    now = half - now;
                    bringA.Put<TTile, L>(shared, now, nextA);
                    bringB.Put<TTile, L>(shared, now + (TTile.Depth * line), nextB);
                    Group.Barrier();
                }

                if (p < end)
                {
                    // Terms that aren't there are left out, because fma(0, 0, -0) isn't -0.
                    ArrayView<Four<L>> x = shared.SubView(now + firstA), y = shared.SubView(now + firstB);
                    for (int at = 0; p < end; p++, at += line)
                        sums = TTile.Add(sums, x, y, at);
                    Group.Barrier();
                }

                TTile.Store(sums, to, c, row + sumRow, column + sumColumn);
                to.Overwrite = 0;
                to.Beta = L.Constant(1);
            }
        }
    }

    /// <summary>Combines the sums of a product's pieces with C, in their order.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    /// <param name="g">The product; <see cref="ProductShape{L}.Count"/> is the number of pieces.</param>
    /// <param name="pieces">Their sums, matrices without gaps one after the other.</param>
    /// <param name="c">The matrix.</param>
    [Kernel]
    public static void CombinePieces<T, L>(ProductShape<L> g, ArrayView<L> pieces, ArrayView<L> c)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long size = (long)g.Rows * g.Columns;
        for (long i = Threads.First; i < size; i += Threads.Count)
        {
            long at = (i / g.Columns * g.LeadingC) + (i % g.Columns);
            L sum = g.Overwrite != 0 ? g.Alpha * pieces[i] : L.Fma(g.Alpha, pieces[i], g.Beta * c[at]);
            int piece = 1;
            for (; piece + 4 <= g.Count; piece += 4)
            {
                L x = pieces[i + (piece * size)], y = pieces[i + ((piece + 1) * size)], z = pieces[i + ((piece + 2) * size)], w = pieces[i + ((piece + 3) * size)];
                sum = L.Fma(g.Alpha, w, L.Fma(g.Alpha, z, L.Fma(g.Alpha, y, L.Fma(g.Alpha, x, sum))));
            }

            for (; piece < g.Count; piece++)
                sum = L.Fma(g.Alpha, pieces[i + (piece * size)], sum);
            c[at] = sum;
        }
    }

    /// <summary>C = beta C, for the matrices of a batch; with <see cref="ProductShape{L}.Overwrite"/> zeros, and C isn't read.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <typeparam name="L">The number.</typeparam>
    [Kernel]
    public static void Scale<T, L>(ProductShape<L> g, ArrayView<L> c)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long size = (long)g.Rows * g.Columns, all = size * g.Count;
        for (long i = Threads.First; i < all; i += Threads.Count)
        {
            long inMatrix = i % size, at = (i / size * g.StrideC) + (inMatrix / g.Columns * g.LeadingC) + (inMatrix % g.Columns);
            c[at] = g.Overwrite != 0 ? L.Constant(0) : g.Beta * c[at];
        }
    }

    /// <summary>Adds eight terms from the given one on. Nothing unrolls loops for a device.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTile AddEight<TTile, L>(TTile sums, ArrayView<Four<L>> a, ArrayView<Four<L>> b, int term)
        where TTile : unmanaged, IProductTile<TTile, L>
        where L : unmanaged
    {
        int line = (TTile.Width / 4) + 1, at = term * line;
        sums = TTile.Add(sums, a, b, at);
        sums = TTile.Add(sums, a, b, at + line);
        sums = TTile.Add(sums, a, b, at + (2 * line));
        sums = TTile.Add(sums, a, b, at + (3 * line));
        sums = TTile.Add(sums, a, b, at + (4 * line));
        sums = TTile.Add(sums, a, b, at + (5 * line));
        sums = TTile.Add(sums, a, b, at + (6 * line));
        return TTile.Add(sums, a, b, at + (7 * line));
    }

    /// <summary>Reads four neighbouring elements, zeros where there are none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Four<L> Bring<T, S, L, TWidening>(ArrayView<S> from, long at, int available, int isAligned)
        where T : unmanaged, IFloatingPointIeee754<T>
        where S : unmanaged
        where L : unmanaged, ILanes<L, T>
        where TWidening : unmanaged, IWidening<S, L>
    {
        if (available >= 4 && isAligned != 0)
        {
            Four<S> four = from.SubView(at, 4).AsAligned(Fours.Alignment<S>()).Cast<Four<S>>()[0];
            return new(TWidening.Widen(four.X), TWidening.Widen(four.Y), TWidening.Widen(four.Z), TWidening.Widen(four.W));
        }

        L x = L.Constant(0), y = x, z = x, w = x;
        if (available > 0)
            x = TWidening.Widen(from[at]);
        if (available > 1)
            y = TWidening.Widen(from[at + 1]);
        if (available > 2)
            z = TWidening.Widen(from[at + 2]);
        if (available > 3)
            w = TWidening.Widen(from[at + 3]);
        return new(x, y, z, w);
    }
}
