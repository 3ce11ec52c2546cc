using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// The tree of <see cref="LaneReduction"/> on a device. A thread is one logical lane of a block of 4096 elements, so that its additions are the processor's in the processor's order and the threads of a
/// block read 128 neighbouring bytes at a time; the lanes, and then neighbouring blocks, are joined by exchanges within a warp.
/// </summary>
/// <remarks>
/// What isn't there is joined as the identity, which changes nothing: no partial result is a negative zero. Threads of a group are a multiple of 32.
/// </remarks>
internal static class ReductionKernels
{
    /// <summary>The elements of a block.</summary>
    public const int Block = 4096;

    /// <summary>The partial results that a thread of <see cref="Join"/> joins by itself.</summary>
    public const int JoinedByThread = 8;

    private const int LaneBytes = 128, Warp32 = 32;

    /// <summary>Rows of up to a block each, several of them in a warp where they are short: a power of two of threads for each.</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="y">The second elements, or the first again.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="width">The threads of a row: as many as logical lanes, fewer where the columns are fewer.</param>
    /// <param name="numbers">The host's numbers.</param>
    /// <param name="results">A result for each row.</param>
    /// <param name="passed">A number for each row that goes from pass to pass.</param>
    /// <param name="goesOn">For each row whether the next pass is needed.</param>
    [Kernel]
    public static void Rows<T, L, TMap, TMaker, TEnd>(
        ArrayView<L> x, ArrayView<L> y, long rows, int columns, int width, EndNumbers<L> numbers, ArrayView<L> results, ArrayView<L> passed, ArrayView<int> goesOn)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
        where TEnd : struct, IReductionEnd<L>
    {
        long place = Threads.First / width, step = Threads.Count / width;
        int lane = Group.IdxX & (width - 1);

        // The bound doesn't depend on the thread: all threads of a warp exchange.
        for (long first = 0; first < rows; first += step)
        {
            long row = first + place;
            bool isThere = row < rows;
            long from = isThere ? row * columns : 0;
            L total = BlockLane<T, L, TMap, TMaker>(TMaker.Make(T.Zero), x, y, from, isThere ? columns : 0, lane);
            total = AcrossLanes<T, L, TMap>(total, width);
            if (isThere && lane == 0)
                results[row] = OneNaN<T, L>(TEnd.End(OneNaN<T, L>(total), numbers, ref passed[row], ref goesOn[row]));
        }
    }

    /// <summary>Rows of many blocks: a group takes as many neighbouring blocks of a row as its threads have lanes for, which is a complete subtree, and leaves one partial result, or ends the pass where it is the only one.</summary>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="y">The second elements, or the first again.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="parts">The partial results of a row.</param>
    /// <param name="partials">Receives them, row after row.</param>
    /// <param name="numbers">The host's numbers.</param>
    /// <param name="results">A result for each row.</param>
    /// <param name="passed">A number for each row that goes from pass to pass.</param>
    /// <param name="goesOn">For each row whether the next pass is needed.</param>
    [Kernel]
    public static void Blocks<T, L, TMap, TMaker, TEnd>(
        ArrayView<L> x, ArrayView<L> y, long rows, long columns, long parts, ArrayView<L> partials, EndNumbers<L> numbers, ArrayView<L> results, ArrayView<L> passed, ArrayView<int> goesOn)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
        where TEnd : struct, IReductionEnd<L>
    {
        ArrayView<L> shared = SharedMemory.Allocate<L>(Warp32);
        int lanes = Lanes<L>(), lane = Group.IdxX & (lanes - 1), unit = Group.IdxX / lanes, units = Group.DimX / lanes;
        for (long item = Grid.IdxX; item < rows * parts; item += Grid.DimX)
        {
            long row = item / parts, part = item - (row * parts);
            if (TMaker.IsFurther && goesOn[row] == 0)
                continue;
            long from = ((part * units) + unit) * Block, left = columns - from;
            int count = left < Block ? left > 0 ? (int)left : 0 : Block;
            TMap map = TMaker.Make(TMaker.IsFurther ? L.First(passed[row]) : T.Zero);
            L total = BlockLane<T, L, TMap, TMaker>(map, x, y, (row * columns) + from, count, lane);
            total = AcrossLanes<T, L, TMap>(total, lanes);
            if (lane == 0)
                shared[unit] = total;
            Group.Barrier();
            total = Group.IdxX < units ? shared[Group.IdxX] : L.All(TMap.Identity);
            total = Neighbours<T, L, TMap>(total);
            if (Group.IdxX == 0)
            {
                if (parts == 1)
                    results[row] = OneNaN<T, L>(TEnd.End(OneNaN<T, L>(total), numbers, ref passed[row], ref goesOn[row]));
                else
                    partials[item] = total;
            }

            Group.Barrier();
        }
    }

    /// <summary>Joins neighbouring partial results of each row: a group's share is a complete subtree. Ends the pass where a row's are one group's share.</summary>
    /// <param name="partials">The partial results, row after row.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="count">The partial results of a row.</param>
    /// <param name="parts">The partial results of a row that this leaves.</param>
    /// <param name="next">Receives them.</param>
    /// <param name="numbers">The host's numbers.</param>
    /// <param name="results">A result for each row.</param>
    /// <param name="passed">A number for each row that goes from pass to pass.</param>
    /// <param name="goesOn">For each row whether the next pass is needed.</param>
    [Kernel]
    public static void Join<T, L, TMap, TMaker, TEnd>(
        ArrayView<L> partials, long rows, long count, long parts, ArrayView<L> next, EndNumbers<L> numbers, ArrayView<L> results, ArrayView<L> passed, ArrayView<int> goesOn)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
        where TEnd : struct, IReductionEnd<L>
    {
        ArrayView<L> shared = SharedMemory.Allocate<L>(Warp32);
        for (long item = Grid.IdxX; item < rows * parts; item += Grid.DimX)
        {
            long row = item / parts, part = item - (row * parts);
            if (TMaker.IsFurther && goesOn[row] == 0)
                continue;
            long from = ((part * Group.DimX) + Group.IdxX) * JoinedByThread, start = row * count;
            L a = TMap.Join(Partial<T, L, TMap>(partials, start, from, count), Partial<T, L, TMap>(partials, start, from + 1, count));
            L b = TMap.Join(Partial<T, L, TMap>(partials, start, from + 2, count), Partial<T, L, TMap>(partials, start, from + 3, count));
            L c = TMap.Join(Partial<T, L, TMap>(partials, start, from + 4, count), Partial<T, L, TMap>(partials, start, from + 5, count));
            L d = TMap.Join(Partial<T, L, TMap>(partials, start, from + 6, count), Partial<T, L, TMap>(partials, start, from + 7, count));
            L total = Neighbours<T, L, TMap>(TMap.Join(TMap.Join(a, b), TMap.Join(c, d)));
            if (Group.IdxX % Warp32 == 0)
                shared[Group.IdxX / Warp32] = total;
            Group.Barrier();
            total = Group.IdxX < Group.DimX / Warp32 ? shared[Group.IdxX] : L.All(TMap.Identity);
            total = Neighbours<T, L, TMap>(total);
            if (Group.IdxX == 0)
            {
                if (parts == 1)
                    results[row] = OneNaN<T, L>(TEnd.End(OneNaN<T, L>(total), numbers, ref passed[row], ref goesOn[row]));
                else
                    next[item] = total;
            }

            Group.Barrier();
        }
    }

    /// <summary>The logical lanes of a block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Lanes<L>() where L : unmanaged => LaneBytes / Interop.SizeOf<L>();

    /// <summary>One logical lane of a block, sixteen elements at a time and then four, whose loads don't wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L BlockLane<T, L, TMap, TMaker>(TMap map, ArrayView<L> x, ArrayView<L> y, long from, int count, int lane)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
    {
        int lanes = Lanes<L>(), i = lane;
        L total = L.All(TMap.Identity);
        for (; i + (15 * lanes) < count; i += 16 * lanes)
        {
            ArrayView<L> a = x.SubView(from + i), b = y.SubView(from + i);
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 0));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 1));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 2));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 3));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 4));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 5));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 6));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 7));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 8));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 9));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 10));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 11));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 12));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 13));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 14));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 15));
        }

        for (; i + (3 * lanes) < count; i += 4 * lanes)
        {
            ArrayView<L> a = x.SubView(from + i), b = y.SubView(from + i);
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 0));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 1));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 2));
            total = TMap.Join(total, Term<T, L, TMap, TMaker>(map, a, b, 3));
        }

        for (; i < count; i += lanes)
        {
            L a = x[from + i], b = TMaker.IsPair ? y[from + i] : a;
            total = TMap.Join(total, map.Term(a, b));
        }

        return total;
    }

    /// <summary>Joins lane j with j + width/2, then with j + width/4, ...: all lanes get the result, as joining doesn't depend on the order of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L AcrossLanes<T, L, TMap>(L value, int width)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
    {
        for (int half = width / 2; half > 0; half /= 2)
            value = TMap.Join(value, Warp.ShuffleXor(value, half));
        return value;
    }

    /// <summary>The same NaN for every NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L OneNaN<T, L>(L value)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T> =>
        L.Any(L.Equal(value, value)) ? value : L.All(T.NaN);

    /// <summary>Joins the values of a warp's threads pairwise: 0 with 1, 2 with 3, ..., then pairs, then fours.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Neighbours<T, L, TMap>(L value)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
    {
        value = TMap.Join(value, Warp.ShuffleXor(value, 1));
        value = TMap.Join(value, Warp.ShuffleXor(value, 2));
        value = TMap.Join(value, Warp.ShuffleXor(value, 4));
        value = TMap.Join(value, Warp.ShuffleXor(value, 8));
        return TMap.Join(value, Warp.ShuffleXor(value, 16));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Term<T, L, TMap, TMaker>(TMap map, ArrayView<L> x, ArrayView<L> y, int row)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
    {
        L a = x[row * Lanes<L>()], b = TMaker.IsPair ? y[row * Lanes<L>()] : a;
        return map.Term(a, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Partial<T, L, TMap>(ArrayView<L> partials, long start, long index, long count)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T> =>
        index < count ? partials[start + index] : L.All(TMap.Identity);
}
