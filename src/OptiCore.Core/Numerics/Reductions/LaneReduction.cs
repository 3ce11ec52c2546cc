using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Numerics;

/// <summary>A reduction: what becomes of an element (or of a pair), and how two partial results become one.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal interface ILaneMap<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The partial result of no elements.</summary>
    static abstract T Identity { get; }

    /// <summary>The term of an element x of the first span and y of the second, which is the first again where there is one only.</summary>
    L Term<L>(L x, L y) where L : struct, ILanes<L, T>;

    /// <summary>Joins two partial results.</summary>
    static abstract L Join<L>(L a, L b) where L : struct, ILanes<L, T>;
}

/// <summary>
/// The one driver of all reductions. The order of operations is fixed by the length alone: blocks of 4096 elements; in a block element i belongs to
/// logical lane i mod L with L lanes in 128 bytes; lane j is joined with lane j + L/2, then j + L/4, ...; the results of blocks are joined pairwise,
/// as the carries of a binary counter. Registers hold several lanes and threads whole subtrees, which changes nothing.
/// </summary>
internal static class LaneReduction
{
    private const int LaneBytes = 128;
    private const int Block = 4096;

    /// <summary>The number of elements that one worker reduces at a time: 64 blocks, a complete subtree.</summary>
    internal const int Piece = 64 * Block;

    public static T Run<T, TMap>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
    {
        T result = workers is null || workers.Count == 1 || x.Length <= Piece ? Tree(map, x, y) : Pieces(map, x, y, workers);

        // Which NaN comes out of an operation differs between processors.
        return T.IsNaN(result) ? T.NaN : result;
    }

    /// <summary>The tree of all blocks with registers of a given width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tree<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, IVectorLanes<L, T>
    {
        return x.Length <= Block ? BlockResult<T, TMap, L>(map, x, y) : Blocks<T, TMap, L>(map, x, y);
    }

    // Apart from Tree, so that short spans don't pay for clearing the levels.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static T Blocks<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, IVectorLanes<L, T>
    {
        var tree = new PairwiseTree<T, TMap>();
        for (int from = 0; from < x.Length; from += Block)
        {
            int length = Math.Min(Block, x.Length - from);
            tree.Add(BlockResult<T, TMap, L>(map, x.Slice(from, length), y.Slice(from, length)));
        }

        return tree.Result();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Tree<T, TMap>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T> =>
        Avx512F.IsSupported ? Tree<T, TMap, Lanes512<T>>(map, x, y)
        : Vector128.IsHardwareAccelerated ? Tree<T, TMap, Lanes256<T>>(map, x, y)
        : Tree<T, TMap, Lanes1<T>>(map, x, y);

    private static unsafe T Pieces<T, TMap>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, IWorkers workers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
    {
        int length = x.Length;
        var results = new T[(length + Piece - 1) / Piece];
        fixed (T* pinnedX = x, pinnedY = y)
        {
            T* startX = pinnedX, startY = pinnedY;
            workers.ForEach(results.Length, i =>
            {
                int from = i * Piece, count = Math.Min(Piece, length - from);
                results[i] = Tree(map, new ReadOnlySpan<T>(startX + from, count), new ReadOnlySpan<T>(startY + from, count));
            });
        }

        // All pieces but the last are complete subtrees of equal size, and the last is joined last: the same tree as without pieces.
        var tree = new PairwiseTree<T, TMap>();
        foreach (T result in results)
            tree.Add(result);
        return tree.Result();
    }

    private static T BlockResult<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, IVectorLanes<L, T>
    {
        int lanes = LaneBytes / Unsafe.SizeOf<T>();
        if (L.Count == 1)
        {
            LaneBuffer buffer = default;
            Span<T> results = MemoryMarshal.CreateSpan(ref Unsafe.As<LaneBuffer, T>(ref buffer), lanes);
            OneByOne<T, TMap, L>(map, x, y, results);
            for (int half = lanes / 2; half > 0; half /= 2)
            {
                for (int j = 0; j < half; j++)
                    results[j] = TMap.Join(new Lanes1<T>(results[j]), new Lanes1<T>(results[j + half])).Value;
            }

            return results[0];
        }

        // The part of a register at the end: its other lanes get the identity.
        nuint length = (nuint)x.Length, whole = length & (nuint)(-L.Count), left = length - whole;
        ref T startX = ref MemoryMarshal.GetReference(x);
        ref T startY = ref MemoryMarshal.GetReference(y);
        L last = L.All(TMap.Identity);
        if (left > 0)
            last = L.Select(L.FirstLanes(left), map.Term(L.LoadPart(ref startX, whole, left), L.LoadPart(ref startY, whole, left)), last);
        L sum = L.Count * 4 == lanes ? FourRegisters(map, ref startX, ref startY, whole, last) : TwoRegisters(map, ref startX, ref startY, whole, last);
        if (L.Count > 8)
            sum = TMap.Join(sum, L.Descend(sum, 8));
        if (L.Count > 4)
            sum = TMap.Join(sum, L.Descend(sum, 4));
        if (L.Count > 2)
            sum = TMap.Join(sum, L.Descend(sum, 2));
        return L.First(TMap.Join(sum, L.Descend(sum, 1)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static L FourRegisters(TMap map, ref T x, ref T y, nuint length, L last)
        {
            L a = L.All(TMap.Identity), b = a, c = a, d = a;
            nuint width = (nuint)L.Count, i = 0;
            for (; i + (4 * width) <= length; i += 4 * width)
            {
                a = TMap.Join(a, map.Term(L.Load(ref x, i), L.Load(ref y, i)));
                b = TMap.Join(b, map.Term(L.Load(ref x, i + width), L.Load(ref y, i + width)));
                c = TMap.Join(c, map.Term(L.Load(ref x, i + (2 * width)), L.Load(ref y, i + (2 * width))));
                d = TMap.Join(d, map.Term(L.Load(ref x, i + (3 * width)), L.Load(ref y, i + (3 * width))));
            }

            // Lanes beyond the end would be joined with the identity, which changes nothing.
            nuint left = (length - i) / width;
            if (left > 0)
                a = TMap.Join(a, map.Term(L.Load(ref x, i), L.Load(ref y, i)));
            if (left > 1)
                b = TMap.Join(b, map.Term(L.Load(ref x, i + width), L.Load(ref y, i + width)));
            if (left > 2)
                c = TMap.Join(c, map.Term(L.Load(ref x, i + (2 * width)), L.Load(ref y, i + (2 * width))));
            if (left == 0)
                a = TMap.Join(a, last);
            else if (left == 1)
                b = TMap.Join(b, last);
            else if (left == 2)
                c = TMap.Join(c, last);
            else
                d = TMap.Join(d, last);
            return TMap.Join(TMap.Join(a, c), TMap.Join(b, d));
        }

        static L TwoRegisters(TMap map, ref T x, ref T y, nuint length, L last)
        {
            L a = L.All(TMap.Identity), b = a;
            nuint width = (nuint)L.Count, i = 0;
            for (; i + (2 * width) <= length; i += 2 * width)
            {
                a = TMap.Join(a, map.Term(L.Load(ref x, i), L.Load(ref y, i)));
                b = TMap.Join(b, map.Term(L.Load(ref x, i + width), L.Load(ref y, i + width)));
            }

            if (i < length)
            {
                a = TMap.Join(a, map.Term(L.Load(ref x, i), L.Load(ref y, i)));
                b = TMap.Join(b, last);
            }
            else
            {
                a = TMap.Join(a, last);
            }

            return TMap.Join(a, b);
        }
    }

    private static void OneByOne<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> results)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        results.Fill(TMap.Identity);
        for (int i = 0; i < x.Length; i++)
        {
            ref T result = ref results[i % results.Length];
            result = TMap.Join(new Lanes1<T>(result), map.Term(new Lanes1<T>(x[i]), new Lanes1<T>(y[i]))).Value;
        }
    }

    /// <summary>The logical lanes.</summary>
    [InlineArray(LaneBytes / sizeof(long))]
    private struct LaneBuffer
    {
        private long _first;
    }

    /// <summary>Joins results pairwise in order: the i-th result is joined as often as i ends in ones in binary.</summary>
    private struct PairwiseTree<T, TMap>
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
    {
        private Levels _levels;
        private uint _count;

        public void Add(T result)
        {
            int level = 0;
            for (; (_count >> level & 1) != 0; level++)
                result = Join(_levels[level], result);
            _levels[level] = result;
            _count++;
        }

        /// <summary>Joins what is left, the latest first.</summary>
        public readonly T Result()
        {
            int level = BitOperations.TrailingZeroCount(_count);
            T result = _levels[level];
            for (level++; level < 32; level++)
            {
                if ((_count >> level & 1) != 0)
                    result = Join(_levels[level], result);
            }

            return result;
        }

        private static T Join(T a, T b) => TMap.Join(new Lanes1<T>(a), new Lanes1<T>(b)).Value;

        [InlineArray(32)]
        private struct Levels
        {
            private T _first;
        }
    }
}
