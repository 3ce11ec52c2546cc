using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// Sums over rows within a kernel, 32 threads to a row, in the order of the processor's: of rows of up to 512 elements two accumulators of 256 bits and the rest one by one, of longer ones the tree of
/// <see cref="LaneReduction"/>. Every thread of a group must call it, for a row of the same length.
/// </summary>
internal static class RowSum
{
    /// <summary>The threads of a row.</summary>
    public const int Threads = 32;

    /// <summary>The threads of a group of kernels that use this, so many rows times <see cref="Threads"/>.</summary>
    public const int GroupSize = 128;

    private const int Short = 512, Block = 4096;

    /// <summary>The sum of a map's terms.</summary>
    /// <param name="map">The map.</param>
    /// <param name="memory">The numbers.</param>
    /// <param name="x">Where the first row begins.</param>
    /// <param name="y">Where the second row begins; the first again for maps of one.</param>
    /// <param name="n">The length of a row.</param>
    /// <param name="lanes">The logical lanes of 128 bytes: 32 of floats, 16 of doubles.</param>
    /// <param name="shared">One number for each thread of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<T, L, TMap>(TMap map, ArrayView<L> memory, long x, long y, int n, int lanes, ArrayView<L> shared)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
        where TMap : unmanaged, ILaneMap<T> =>
        n <= Short ? OfShort<T, L, TMap>(map, memory, x, y, n, lanes / 2, shared) : OfLong<T, L, TMap>(map, memory, x, y, n, lanes, shared);

    private static L OfShort<T, L, TMap>(TMap map, ArrayView<L> memory, long x, long y, int n, int lanes, ArrayView<L> shared)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
        where TMap : unmanaged, ILaneMap<T>
    {
        int lane = Group.IdxX % Threads, i = 0;
        L sum = L.Constant(0.0);
        for (; i <= n - lanes; i += lanes)
        {
            if (lane < lanes)
                sum += map.Term(memory[x + i + lane], memory[y + i + lane]);
        }

        if (i <= n - (lanes / 2))
        {
            if (lane < lanes / 2)
                sum += map.Term(memory[x + i + lane], memory[y + i + lane]);
            i += lanes / 2;
        }

        L total = Fold<T, L, TMap>(sum, lanes, shared);
        for (; i < n; i++)
            total += map.Term(memory[x + i], memory[y + i]);
        return total;
    }

    private static L OfLong<T, L, TMap>(TMap map, ArrayView<L> memory, long x, long y, int n, int lanes, ArrayView<L> shared)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
        where TMap : unmanaged, ILaneMap<T>
    {
        // The levels of a binary counter of blocks, as the processor's pairwise tree.
        ArrayView<L> levels = LocalMemory.Allocate<L>(20);
        int lane = Group.IdxX % Threads, count = 0;
        for (int from = 0; from < n; from += Block)
        {
            int end = from + Block < n ? from + Block : n;
            L sum = L.Constant(0.0);
            for (int i = from + lane; i < end; i += lanes)
            {
                if (lane < lanes)
                    sum += map.Term(memory[x + i], memory[y + i]);
            }

            L result = Fold<T, L, TMap>(sum, lanes, shared);
            int level = 0;
            for (; (count >> level & 1) != 0; level++)
                result = TMap.Join(levels[level], result);
            levels[level] = result;
            count++;
        }

        int top = 0;
        for (; (count >> top & 1) == 0;)
            top++;
        L total = levels[top];
        for (top++; top < 20; top++)
        {
            if ((count >> top & 1) != 0)
                total = TMap.Join(levels[top], total);
        }

        return total;
    }

    /// <summary>Joins lane j with lane j + half, down to one, which all threads of the row get.</summary>
    private static L Fold<T, L, TMap>(L sum, int lanes, ArrayView<L> shared)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
        where TMap : unmanaged, ILaneMap<T>
    {
        int thread = Group.IdxX, lane = thread % Threads;
        shared[thread] = sum;
        Group.Barrier();
        for (int half = lanes / 2; half > 0; half /= 2)
        {
            if (lane < half)
                shared[thread] = TMap.Join(shared[thread], shared[thread + half]);
            Group.Barrier();
        }

        L total = shared[thread - lane];
        Group.Barrier();
        return total;
    }
}
