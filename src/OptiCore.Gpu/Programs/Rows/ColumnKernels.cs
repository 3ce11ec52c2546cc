using System.Numerics;
using ILGPU;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Reductions over other axes than the last: a thread to a column, down the rows.</summary>
internal static class ColumnKernels
{
    /// <summary>The sums of blocks of rows: result[o, block, column] = the sum of source[o, rows of the block, column].</summary>
    [Kernel]
    public static void SumBlocks<T, L>(ArrayView<L> source, ArrayView<L> result, int outer, int rows, int columns, int blocks, int blockRows)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long count = (long)outer * blocks * columns;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long rest = e / columns, column = e - (rest * columns), o = rest / blocks;
            int from = (int)(rest - (o * blocks)) * blockRows, to = from + blockRows < rows ? from + blockRows : rows;
            L sum = L.Constant(0.0);
            for (long at = ((o * rows) + from) * columns, end = ((o * rows) + to) * columns; at < end; at += columns)
                sum += source[at + column];
            result[e] = sum;
        }
    }

    /// <summary>The sums of the blocks' sums.</summary>
    [Kernel]
    public static void JoinBlocks<T, L>(ArrayView<L> source, ArrayView<L> result, int outer, int columns, int blocks)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long count = (long)outer * columns;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long o = e / columns, at = (o * blocks * columns) + (e - (o * columns));
            L sum = source[at];
            for (int block = 1; block < blocks; block++)
            {
                at += columns;
                sum += source[at];
            }

            result[e] = sum;
        }
    }

    /// <summary>The largest elements; NaN where there is one.</summary>
    [Kernel]
    public static void Max<T, L>(ArrayView<L> source, ArrayView<L> result, int outer, int rows, int columns)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, ILanes<L, T>
    {
        long count = (long)outer * columns;
        for (long e = Threads.First; e < count; e += Threads.Count)
        {
            long o = e / columns, at = (o * rows * columns) + (e - (o * columns));
            L largest = source[at];
            for (int row = 1; row < rows; row++)
            {
                at += columns;
                largest = L.Max(largest, source[at]);
            }

            result[e] = largest;
        }
    }
}
