using System.Runtime.CompilerServices;
using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// Sorting by digits of four bits, the lowest first, each pass of which keeps the order of equal digits. A pass counts the digits of each tile of 1024 keys, scans the counts, and writes each tile, sorted in
/// shared memory first so that neighbouring threads write neighbouring keys.
/// </summary>
/// <remarks>
/// D. E. Knuth (1998), "The Art of Computer Programming", volume 3, 2nd edition, section 5.2.5; N. Satish, M. Harris, M. Garland (2009), "Designing efficient sorting algorithms for manycore GPUs".
/// </remarks>
internal static class SortKernels
{
    /// <summary>The threads of a group, the keys of a thread and those of a tile.</summary>
    public const int GroupSize = 128, OfThread = 8, Tile = GroupSize * OfThread;

    /// <summary>The bits of a digit and its values.</summary>
    public const int DigitBits = 4, Digits = 1 << DigitBits;

    private const int Warp32 = 32, Counters = Digits * GroupSize;

    /// <summary>Counts the digits of each tile.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="shift">The digit's lowest bit.</param>
    /// <param name="isFirst">1 in the first pass, which reads numbers, not words.</param>
    /// <param name="flip">All bits set for the opposite order, else 0.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="counts">Receives the counts, the tiles of a digit side by side.</param>
    [Kernel]
    public static void Count<TWord, TKey>(ArrayView<TWord> keys, int shift, int isFirst, int flip, int tiles, ArrayView<int> counts)
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord>
    {
        // A counter for each digit and lane, so that threads of a warp never meet.
        ArrayView<int> counters = SharedMemory.Allocate<int>(Digits * Warp32);
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            for (int i = Group.IdxX; i < Digits * Warp32; i += Group.DimX)
                counters[i] = 0;
            Group.Barrier();
            long from = (long)tile * Tile;
            for (int i = Group.IdxX; i < Tile && from + i < keys.Length; i += Group.DimX)
                Atomic.Add(ref counters[(TKey.Digit(Word<TWord, TKey>(keys[from + i], isFirst, flip), shift) * Warp32) + (Group.IdxX % Warp32)], 1);
            Group.Barrier();
            if (Group.IdxX < Digits)
            {
                int count = 0;
                for (int lane = 0; lane < Warp32; lane++)
                    count += counters[(Group.IdxX * Warp32) + ((lane + Group.IdxX) % Warp32)];
                counts[(Group.IdxX * (long)tiles) + tile] = count;
            }

            Group.Barrier();
        }
    }

    /// <summary>Writes each tile's keys, and what belongs to them, where their digits' places begin.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="items">What belongs to them; not read where there is nothing.</param>
    /// <param name="hasItems">1 where something belongs to the keys.</param>
    /// <param name="shift">The digit's lowest bit.</param>
    /// <param name="isFirst">1 in the first pass, which reads numbers, not words.</param>
    /// <param name="isLast">1 in the last pass, which writes numbers.</param>
    /// <param name="flip">All bits set for the opposite order, else 0.</param>
    /// <param name="tiles">The number of tiles.</param>
    /// <param name="places">Where each tile's keys of each digit begin.</param>
    /// <param name="toKeys">Receives the keys.</param>
    /// <param name="toItems">Receives what belongs to them.</param>
    [Kernel]
    public static void Scatter<TWord, TKey>(
        ArrayView<TWord> keys, ArrayView<int> items, int hasItems, int shift, int isFirst, int isLast, int flip, int tiles, ArrayView<int> places, ArrayView<TWord> toKeys, ArrayView<int> toItems)
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord>
    {
        ArrayView<TWord> words = SharedMemory.Allocate<TWord>(Tile);
        ArrayView<int> own = SharedMemory.Allocate<int>(Tile);
        ArrayView<int> counters = SharedMemory.Allocate<int>(Counters + (Counters / Digits));
        ArrayView<int> starts = SharedMemory.Allocate<int>(Digits);
        ArrayView<int> warps = SharedMemory.Allocate<int>(GroupSize / Warp32);
        int thread = Group.IdxX;
        for (int tile = Grid.IdxX; tile < tiles; tile += Grid.DimX)
        {
            long from = (long)tile * Tile;
            int count = (int)IntrinsicMath.Min(Tile, keys.Length - from);
            for (int i = thread; i < count; i += GroupSize)
            {
                words[i] = Word<TWord, TKey>(keys[from + i], isFirst, flip);
                if (hasItems != 0)
                    own[i] = items[from + i];
            }

            for (int digit = 0; digit < Digits; digit++)
                counters[Padded((digit * GroupSize) + thread)] = 0;
            Group.Barrier();

            // Neighbouring keys of a thread, so that their order among equals is that of the tile.
            int first = thread * OfThread, own8 = IntrinsicMath.Max(0, IntrinsicMath.Min(OfThread, count - first));
            for (int k = 0; k < own8; k++)
                counters[Counter<TWord, TKey>(words[first + k], shift)]++;
            Group.Barrier();
            ScanCounters(counters, warps);
            if (thread < Digits)
                starts[thread] = places[(thread * (long)tiles) + tile] - counters[Padded(thread * GroupSize)];
            Group.Barrier();

            // Out of shared memory into registers and back, in the tile's order.
            TWord w0 = words[first], w1 = words[first + 1], w2 = words[first + 2], w3 = words[first + 3], w4 = words[first + 4], w5 = words[first + 5], w6 = words[first + 6], w7 = words[first + 7];
            int i0 = own[first], i1 = own[first + 1], i2 = own[first + 2], i3 = own[first + 3], i4 = own[first + 4], i5 = own[first + 5], i6 = own[first + 6], i7 = own[first + 7];
            Group.Barrier();
            Put<TWord, TKey>(words, own, counters, shift, own8, 0, w0, i0);
            Put<TWord, TKey>(words, own, counters, shift, own8, 1, w1, i1);
            Put<TWord, TKey>(words, own, counters, shift, own8, 2, w2, i2);
            Put<TWord, TKey>(words, own, counters, shift, own8, 3, w3, i3);
            Put<TWord, TKey>(words, own, counters, shift, own8, 4, w4, i4);
            Put<TWord, TKey>(words, own, counters, shift, own8, 5, w5, i5);
            Put<TWord, TKey>(words, own, counters, shift, own8, 6, w6, i6);
            Put<TWord, TKey>(words, own, counters, shift, own8, 7, w7, i7);
            Group.Barrier();
            for (int i = thread; i < count; i += GroupSize)
            {
                TWord word = words[i];
                int to = starts[TKey.Digit(word, shift)] + i;
                toKeys[to] = isLast != 0 ? TKey.Decode(TKey.Flip(word, flip)) : word;
                if (hasItems != 0)
                    toItems[to] = own[i];
            }

            Group.Barrier();
        }
    }

    /// <summary>0, 1, 2, ...</summary>
    /// <param name="items">Receives the numbers.</param>
    [Kernel]
    public static void Number(ArrayView<int> items)
    {
        for (long i = Threads.First; i < items.Length; i += Threads.Count)
            items[i] = (int)i;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TWord Word<TWord, TKey>(TWord key, int isFirst, int flip)
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord> =>
        isFirst != 0 ? TKey.Flip(TKey.Encode(key), flip) : key;

    /// <summary>A gap after every sixteenth counter keeps threads that go through sixteen each off the same memory bank.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Padded(int counter) => counter + (counter / Digits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Counter<TWord, TKey>(TWord word, int shift)
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord> =>
        Padded((TKey.Digit(word, shift) * GroupSize) + Group.IdxX);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TWord, TKey>(ArrayView<TWord> words, ArrayView<int> items, ArrayView<int> counters, int shift, int count, int k, TWord word, int item)
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord>
    {
        if (k >= count)
            return;
        int counter = Counter<TWord, TKey>(word, shift), place = counters[counter];
        counters[counter] = place + 1;
        words[place] = word;
        items[place] = item;
    }

    /// <summary>Each counter becomes the sum of those before it: sixteen neighbours of each thread, then the threads of a warp, then the warps.</summary>
    private static void ScanCounters(ArrayView<int> counters, ArrayView<int> warps)
    {
        int thread = Group.IdxX, lane = thread % Warp32, total = 0;
        for (int i = 0; i < Digits; i++)
            total += counters[Padded((thread * Digits) + i)];
        int upTo = total;
        for (int step = 1; step < Warp32; step *= 2)
        {
            int other = Warp.ShuffleUp(upTo, step);
            if (lane >= step)
                upTo += other;
        }

        if (lane == Warp32 - 1)
            warps[thread / Warp32] = upTo;
        Group.Barrier();
        int sum = upTo - total;
        for (int warp = 0; warp < thread / Warp32; warp++)
            sum += warps[warp];
        for (int i = 0; i < Digits; i++)
        {
            int counter = Padded((thread * Digits) + i), count = counters[counter];
            counters[counter] = sum;
            sum += count;
        }

        Group.Barrier();
    }
}
