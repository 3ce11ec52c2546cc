using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
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
    /// <summary>The terms after which sums are combined with C: part of the definition of the result, <c>LinearAlgebra.Gemm.DepthBlock</c>.</summary>
    public const int Block = 256;

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

            TTile sums = default;
            int now = 0;
            for (int p = 0; p < depth; p += TTile.Depth)
            {
                int next = p + TTile.Depth;
                atA += bringA.Step;
                atB += bringB.Step;
                nextA = Bring<T, S, L, TWidening>(a, atA, bringA.Available(next, depth), g.AlignedA);
                nextB = Bring<T, S, L, TWidening>(b, atB, bringB.Available(next, depth), g.AlignedB);

                int x = now + firstA, y = now + firstB;
                if (next <= depth)
                {
                    for (int q = 0; q < TTile.Depth; q += 8, x += 8 * line, y += 8 * line)
                    {
                        sums = TTile.Add(sums, shared, x, y);
                        sums = TTile.Add(sums, shared, x + line, y + line);
                        sums = TTile.Add(sums, shared, x + (2 * line), y + (2 * line));
                        sums = TTile.Add(sums, shared, x + (3 * line), y + (3 * line));
                        sums = TTile.Add(sums, shared, x + (4 * line), y + (4 * line));
                        sums = TTile.Add(sums, shared, x + (5 * line), y + (5 * line));
                        sums = TTile.Add(sums, shared, x + (6 * line), y + (6 * line));
                        sums = TTile.Add(sums, shared, x + (7 * line), y + (7 * line));
                    }
                }
                else
                {
                    // Terms that aren't there are left out, because 0 0 - 0 isn't -0.
                    for (int q = p; q < depth; q++, x += line, y += line)
                        sums = TTile.Add(sums, shared, x, y);
                }

                if (next >= depth || next % Block == 0)
                {
                    TTile.Store(sums, to, c, row + sumRow, column + sumColumn);
                    sums = default;
                    to.Overwrite = 0;
                    to.Beta = L.Constant(1);
                }

                now = half - now;
                bringA.Put<TTile, L>(shared, now, nextA);
                bringB.Put<TTile, L>(shared, now + (TTile.Depth * line), nextB);
                Group.Barrier();
            }
        }
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
            Four<S> four = from.SubView(at, 4).AsAligned(16).Cast<Four<S>>()[0];
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

/// <summary>Which four elements of an operand's tile a thread brings, and where to.</summary>
internal struct Bringer
{
    /// <summary>The first of the four, for the first terms.</summary>
    public long First;

    /// <summary>From there to the next terms.</summary>
    public long Step;

    /// <summary>1 if the four belong to one term; otherwise to neighbouring terms of one row or column.</summary>
    public int InOneTerm;

    /// <summary>The first of the terms.</summary>
    public int Term;

    /// <summary>The first of the rows or columns in the tile.</summary>
    public int Place;

    /// <summary>The rows or columns from there on.</summary>
    public int Left;

    /// <summary>Divides the tile among the threads so that neighbours read neighbouring memory.</summary>
    /// <param name="inOneTerm">Whether neighbouring elements in memory belong to one term.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="left">The rows or columns from the tile's first one on.</param>
    /// <param name="from">The tile's first row or column.</param>
    /// <param name="leading">The distance between rows of the operand as it is stored.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Bringer Of<TTile, L>(bool inOneTerm, int thread, int left, int from, long leading)
        where TTile : unmanaged, IProductTile<TTile, L>
        where L : unmanaged
    {
        var result = default(Bringer);
        if (inOneTerm)
        {
            result.InOneTerm = 1;
            result.Term = thread / (TTile.Width / 4);
            result.Place = thread % (TTile.Width / 4) * 4;
            result.First = (result.Term * leading) + from + result.Place;
            result.Step = TTile.Depth * leading;
        }
        else
        {
            result.Term = thread % (TTile.Depth / 4) * 4;
            result.Place = thread / (TTile.Depth / 4);
            result.First = ((from + result.Place) * leading) + result.Term;
            result.Step = TTile.Depth;
        }

        result.Left = left - result.Place;
        return result;
    }

    /// <summary>How many of the four are there.</summary>
    /// <param name="p">The first term of the tile.</param>
    /// <param name="depth">The terms.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Available(int p, int depth)
    {
        int terms = depth - p - Term;
        return InOneTerm != 0 ? (terms > 0 ? Left : 0) : Left > 0 ? terms : 0;
    }

    /// <summary>Writes the four into the group's memory.</summary>
    /// <param name="shared">The memory.</param>
    /// <param name="at">Where the operand's first line begins.</param>
    /// <param name="four">The elements.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Put<TTile, L>(ArrayView<Four<L>> shared, int at, Four<L> four)
        where TTile : unmanaged, IProductTile<TTile, L>
        where L : unmanaged
    {
        if (InOneTerm != 0)
        {
            shared[at + (Term * ((TTile.Width / 4) + 1)) + (Place / 4)] = four;
            return;
        }

        ArrayView<L> elements = shared.Cast<L>();
        int first = (at * 4) + (Term * (TTile.Width + 4)) + Place;
        elements[first] = four.X;
        elements[first + TTile.Width + 4] = four.Y;
        elements[first + (2 * (TTile.Width + 4))] = four.Z;
        elements[first + (3 * (TTile.Width + 4))] = four.W;
    }
}
