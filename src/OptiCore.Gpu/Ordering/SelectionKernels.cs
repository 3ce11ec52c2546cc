using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>Counting and selecting.</summary>
internal static class SelectionKernels
{
    /// <summary>The values that a group counts in shared memory.</summary>
    public const int Shared = 2048;

    /// <summary>Adds the number of items with each value to its count; in shared memory first where the values are few, so that groups and not threads meet.</summary>
    /// <param name="items">The items.</param>
    /// <param name="counts">The counts.</param>
    [Kernel]
    public static void Count(ArrayView<int> items, ArrayView<int> counts)
    {
        ArrayView<int> own = SharedMemory.Allocate<int>(Shared);
        int values = (int)counts.Length;
        bool isShared = values <= Shared;
        for (int value = Group.IdxX; isShared && value < values; value += Group.DimX)
            own[value] = 0;
        Group.Barrier();
        for (long i = Threads.First; i < items.Length; i += Threads.Count)
        {
            int value = items[i];
            if (value < 0 || value >= values)
                continue;
            if (isShared)
                Atomic.Add(ref own[value], 1);
            else
                Atomic.Add(ref counts[value], 1);
        }

        Group.Barrier();
        for (int value = Group.IdxX; isShared && value < values; value += Group.DimX)
        {
            if (own[value] != 0)
                Atomic.Add(ref counts[value], own[value]);
        }
    }

    /// <summary>1 where there is a mark, else 0.</summary>
    /// <param name="marks">The marks.</param>
    /// <param name="ones">Receives the numbers.</param>
    [Kernel]
    public static void Ones(ArrayView<int> marks, ArrayView<int> ones)
    {
        for (long i = Threads.First; i < marks.Length; i += Threads.Count)
            ones[i] = marks[i] != 0 ? 1 : 0;
    }

    /// <summary>Writes the index of each mark to its place, and the number of marks.</summary>
    /// <param name="marks">The marks.</param>
    /// <param name="places">The number of marks before each.</param>
    /// <param name="indices">Receives the indices.</param>
    /// <param name="count">Receives the number of marks.</param>
    [Kernel]
    public static void Indices(ArrayView<int> marks, ArrayView<int> places, ArrayView<int> indices, ArrayView<int> count)
    {
        for (long i = Threads.First; i < marks.Length; i += Threads.Count)
        {
            int place = places[i];
            bool isMarked = marks[i] != 0;
            if (isMarked)
                indices[place] = (int)i;
            if (i == marks.Length - 1)
                count[0] = place + (isMarked ? 1 : 0);
        }
    }
}
