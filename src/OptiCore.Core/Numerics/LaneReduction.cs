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
        T result = workers is null || x.Length <= Piece ? Tree(map, x, y) : Pieces(map, x, y, workers);

        // Which NaN comes out of an operation differs between processors.
        return T.IsNaN(result) ? T.NaN : result;
    }

    /// <summary>The tree of all blocks with registers of a given width.</summary>
    public static T Tree<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        if (x.Length <= Block)
            return BlockResult<T, TMap, L>(map, x, y);
        var tree = new PairwiseTree<T, TMap>();
        for (int from = 0; from < x.Length; from += Block)
        {
            int length = Math.Min(Block, x.Length - from);
            tree.Add(BlockResult<T, TMap, L>(map, x.Slice(from, length), y.Slice(from, length)));
        }

        return tree.Result();
    }

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
        where L : struct, ILanes<L, T>
    {
        int lanes = LaneBytes / Unsafe.SizeOf<T>();
        int whole = x.Length & -lanes;
        Unsafe.SkipInit(out LaneBuffer<T> partial);
        if (L.Count * 4 == lanes)
        {
            FourRegisters<T, TMap, L>(map, x[..whole], y, ref partial, x[whole..], y[whole..]);
            lanes /= 4;
        }
        else if (L.Count * 2 == lanes)
        {
            TwoRegisters<T, TMap, L>(map, x[..whole], y, ref partial, x[whole..], y[whole..]);
            lanes /= 2;
        }
        else
        {
            OneByOne<T, TMap, L>(map, x, y, ref partial, lanes);
        }

        Span<T> results = partial;
        for (int half = lanes / 2; half > 0; half /= 2)
        {
            for (int j = 0; j < half; j++)
                results[j] = TMap.Join(new Lanes1<T>(results[j]), new Lanes1<T>(results[j + half])).Value;
        }

        return results[0];
    }

    private static void FourRegisters<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, ref LaneBuffer<T> partial, ReadOnlySpan<T> tailX, ReadOnlySpan<T> tailY)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        L a = L.All(TMap.Identity), b = a, c = a, d = a;
        nuint width = (nuint)L.Count, length = (nuint)x.Length;
        ref T startX = ref MemoryMarshal.GetReference(x);
        ref T startY = ref MemoryMarshal.GetReference(y);
        for (nuint i = 0; i < length; i += 4 * width)
        {
            a = TMap.Join(a, map.Term(L.Load(ref startX, i), L.Load(ref startY, i)));
            b = TMap.Join(b, map.Term(L.Load(ref startX, i + width), L.Load(ref startY, i + width)));
            c = TMap.Join(c, map.Term(L.Load(ref startX, i + (2 * width)), L.Load(ref startY, i + (2 * width))));
            d = TMap.Join(d, map.Term(L.Load(ref startX, i + (3 * width)), L.Load(ref startY, i + (3 * width))));
        }

        ref T results = ref partial[0];
        if (!tailX.IsEmpty)
        {
            TailTerms<T, TMap, L>(map, tailX, tailY, ref partial);
            a = TMap.Join(a, L.Load(ref results, 0));
            b = TMap.Join(b, L.Load(ref results, width));
            c = TMap.Join(c, L.Load(ref results, 2 * width));
            d = TMap.Join(d, L.Load(ref results, 3 * width));
        }

        TMap.Join(TMap.Join(a, c), TMap.Join(b, d)).Store(ref results, 0);
    }

    private static void TwoRegisters<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, ref LaneBuffer<T> partial, ReadOnlySpan<T> tailX, ReadOnlySpan<T> tailY)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        L a = L.All(TMap.Identity), b = a;
        nuint width = (nuint)L.Count, length = (nuint)x.Length;
        ref T startX = ref MemoryMarshal.GetReference(x);
        ref T startY = ref MemoryMarshal.GetReference(y);
        for (nuint i = 0; i < length; i += 2 * width)
        {
            a = TMap.Join(a, map.Term(L.Load(ref startX, i), L.Load(ref startY, i)));
            b = TMap.Join(b, map.Term(L.Load(ref startX, i + width), L.Load(ref startY, i + width)));
        }

        ref T results = ref partial[0];
        if (!tailX.IsEmpty)
        {
            TailTerms<T, TMap, L>(map, tailX, tailY, ref partial);
            a = TMap.Join(a, L.Load(ref results, 0));
            b = TMap.Join(b, L.Load(ref results, width));
        }

        TMap.Join(a, b).Store(ref results, 0);
    }

    private static void OneByOne<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, ref LaneBuffer<T> partial, int lanes)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        Span<T> results = partial;
        results[..lanes].Fill(TMap.Identity);
        for (int i = 0; i < x.Length; i++)
        {
            ref T result = ref results[i % lanes];
            result = TMap.Join(new Lanes1<T>(result), map.Term(new Lanes1<T>(x[i]), new Lanes1<T>(y[i]))).Value;
        }
    }

    /// <summary>The terms of fewer elements than there are lanes; the other lanes get the identity.</summary>
    private static void TailTerms<T, TMap, L>(TMap map, ReadOnlySpan<T> x, ReadOnlySpan<T> y, ref LaneBuffer<T> terms)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMap : struct, ILaneMap<T>
        where L : struct, ILanes<L, T>
    {
        LaneBuffer<T> second = default;
        terms = default;
        x.CopyTo(terms);
        y[..x.Length].CopyTo(second);
        int lanes = LaneBytes / Unsafe.SizeOf<T>();
        for (int i = 0; i < x.Length; i += L.Count)
            map.Term(L.Load(ref terms[0], (nuint)i), L.Load(ref second[0], (nuint)i)).Store(ref terms[0], (nuint)i);
        ((Span<T>)terms)[x.Length..lanes].Fill(TMap.Identity);
    }

    /// <summary>128 bytes of float, and as many elements of double.</summary>
    [InlineArray(32)]
    private struct LaneBuffer<T> where T : unmanaged
    {
        private T _first;
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
