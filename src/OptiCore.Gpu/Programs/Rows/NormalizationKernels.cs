using System.Numerics;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>What the kernels over the rows of the last axis are told: where rows begin and how many there are.</summary>
internal struct RowShape
{
    public int First, Second, Third, Result, Other, Rows, Length, Lanes;
}

/// <summary>Normalisations over the last axis and their cotangents, 32 threads to a row.</summary>
internal static class NormalizationKernels
{
    /// <summary>y = (x - mean) r with r = 1 / sqrt(variance + epsilon): First is x, Result y, Other r.</summary>
    [Kernel]
    public static void Standardize<T, L>(ArrayView<L> memory, RowShape rows, T share, T epsilon)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        ArrayView<L> shared = SharedMemory.Allocate<L>(RowSum.GroupSize);
        int lane = Group.IdxX % RowSum.Threads;
        for (int first = Grid.IdxX * (RowSum.GroupSize / RowSum.Threads); first < rows.Rows; first += Grid.DimX * (RowSum.GroupSize / RowSum.Threads))
        {
            // All threads take part in the sums; those without a row repeat the last one and write nothing.
            int row = first + (Group.IdxX / RowSum.Threads), own = row < rows.Rows ? row : rows.Rows - 1;
            long x = rows.First + ((long)own * rows.Length), y = rows.Result + ((long)own * rows.Length);
            L mean = RowSum.Of<T, L, SumMap<T>>(default, memory, x, x, rows.Length, rows.Lanes, shared) * L.All(share);
            L squares = RowSum.Of<T, L, SquaredDifferenceMap<T>>(new SquaredDifferenceMap<T>(L.First(mean)), memory, x, x, rows.Length, rows.Lanes, shared);
            L scale = L.Constant(1.0) / L.Sqrt((squares * L.All(share)) + L.All(epsilon));
            if (row < rows.Rows)
            {
                for (int i = lane; i < rows.Length; i += RowSum.Threads)
                    memory[y + i] = (memory[x + i] - mean) * scale;
                if (lane == 0)
                    memory[rows.Other + row] = scale;
            }
        }
    }

    /// <summary>z = ((g - mean g) - y mean (g y)) r: First is y, Second r, Third g, Result z.</summary>
    [Kernel]
    public static void StandardizePullback<T, L>(ArrayView<L> memory, RowShape rows, T share)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        ArrayView<L> shared = SharedMemory.Allocate<L>(RowSum.GroupSize);
        int lane = Group.IdxX % RowSum.Threads;
        for (int first = Grid.IdxX * (RowSum.GroupSize / RowSum.Threads); first < rows.Rows; first += Grid.DimX * (RowSum.GroupSize / RowSum.Threads))
        {
            int row = first + (Group.IdxX / RowSum.Threads), own = row < rows.Rows ? row : rows.Rows - 1;
            long y = rows.First + ((long)own * rows.Length), g = rows.Third + ((long)own * rows.Length), z = rows.Result + ((long)own * rows.Length);
            L mean = RowSum.Of<T, L, SumMap<T>>(default, memory, g, g, rows.Length, rows.Lanes, shared) * L.All(share);
            L slope = RowSum.Of<T, L, ProductMap<T>>(default, memory, g, y, rows.Length, rows.Lanes, shared) * L.All(share);
            L scale = memory[rows.Second + own];
            if (row < rows.Rows)
            {
                for (int i = lane; i < rows.Length; i += RowSum.Threads)
                    memory[z + i] = ((memory[g + i] - mean) - (memory[y + i] * slope)) * scale;
            }
        }
    }

    /// <summary>z = y (g - sum g y): First is y, Second g, Result z.</summary>
    [Kernel]
    public static void SoftmaxPullback<T, L>(ArrayView<L> memory, RowShape rows)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        ArrayView<L> shared = SharedMemory.Allocate<L>(RowSum.GroupSize);
        int lane = Group.IdxX % RowSum.Threads;
        for (int first = Grid.IdxX * (RowSum.GroupSize / RowSum.Threads); first < rows.Rows; first += Grid.DimX * (RowSum.GroupSize / RowSum.Threads))
        {
            int row = first + (Group.IdxX / RowSum.Threads), own = row < rows.Rows ? row : rows.Rows - 1;
            long y = rows.First + ((long)own * rows.Length), g = rows.Second + ((long)own * rows.Length), z = rows.Result + ((long)own * rows.Length);
            L sum = RowSum.Of<T, L, ProductMap<T>>(default, memory, g, y, rows.Length, rows.Lanes, shared);
            if (row < rows.Rows)
            {
                for (int i = lane; i < rows.Length; i += RowSum.Threads)
                    memory[z + i] = memory[y + i] * (memory[g + i] - sum);
            }
        }
    }
}
