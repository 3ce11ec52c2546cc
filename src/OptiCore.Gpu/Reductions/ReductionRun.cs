using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>A reduction of rows: what is reduced, and where the results go.</summary>
internal readonly ref struct ReductionCall<L>(GpuDevice device, AcceleratorStream stream, long rows, long columns, ArrayView<L> x, ArrayView<L> y, ArrayView<L> results)
    where L : unmanaged
{
    public readonly GpuDevice Device = device;
    public readonly AcceleratorStream Stream = stream;
    public readonly long Rows = rows, Columns = columns;
    public readonly ArrayView<L> X = x, Y = y, Results = results;
}

/// <summary>Memory of the passes of one call: the numbers and marks that go from pass to pass, and two halves for partial results in turn.</summary>
internal readonly ref struct ReductionMemory<L>(ArrayView<L> passed, ArrayView<int> goesOn, ArrayView<L> partials, ArrayView<L> next) where L : unmanaged
{
    public readonly ArrayView<L> Passed = passed;
    public readonly ArrayView<int> GoesOn = goesOn;
    public readonly ArrayView<L> Partials = partials, Next = next;
}

/// <summary>The launches of a reduction.</summary>
internal static class ReductionRun
{
    /// <summary>The threads of a group: lanes of eight blocks of floats, sixteen of doubles.</summary>
    public static int GroupSize(GpuDevice device) => device.IsSimulated ? 32 : 256;

    /// <summary>The elements of the memory that a call needs for its passes.</summary>
    public static long MemoryLength<L>(GpuDevice device, long rows, long columns) where L : unmanaged
    {
        long parts = Parts<L>(device, columns);
        return (2 * rows) + (parts == 1 ? 0 : rows * (parts + Joined(parts, JoinSize(device, parts))));
    }

    /// <summary>Divides the memory.</summary>
    public static ReductionMemory<L> Divide<L>(GpuDevice device, ArrayView<L> memory, long rows, long columns) where L : unmanaged
    {
        long parts = Parts<L>(device, columns);
        ArrayView<int> marks = memory.SubView(rows, rows).Cast<int>();
        if (parts == 1)
            return new(memory.SubView(0, rows), marks, memory.SubView(0, 0), memory.SubView(0, 0));
        return new(memory.SubView(0, rows), marks, memory.SubView(2 * rows, rows * parts), memory.SubView((2 + parts) * rows));
    }

    /// <summary>One pass over the elements.</summary>
    public static void Pass<T, L, TMap, TMaker, TEnd>(in ReductionCall<L> call, in ReductionMemory<L> memory, EndNumbers<L> numbers)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
        where TEnd : struct, IReductionEnd<L>
    {
        GpuDevice device = call.Device;
        ReductionSet<T, L, TMap, TMaker, TEnd> set = device.Set<ReductionSet<T, L, TMap, TMaker, TEnd>>();
        int group = GroupSize(device);
        if (call.Rows > 1 && call.Columns <= ReductionKernels.Block && !TMaker.IsFurther)
        {
            int width = RowWidth<L>(call.Columns);
            set.Rows(call.Stream, RowShape(device, call.Rows, width), call.X, call.Y, call.Rows, (int)call.Columns, width, numbers, call.Results, memory.Passed, memory.GoesOn);
            return;
        }

        long parts = Parts<L>(device, call.Columns);
        var blocks = new KernelConfig((int)Math.Min(call.Rows * parts, MostGroups(device)), group);
        set.Blocks(call.Stream, blocks, call.X, call.Y, call.Rows, call.Columns, parts, memory.Partials, numbers, call.Results, memory.Passed, memory.GoesOn);
        ArrayView<L> from = memory.Partials, to = memory.Next;
        while (parts > 1)
        {
            int size = JoinSize(device, parts);
            long left = Joined(parts, size);
            var joins = new KernelConfig((int)Math.Min(call.Rows * left, MostGroups(device)), size);
            set.Join(call.Stream, joins, from, call.Rows, parts, left, to, numbers, call.Results, memory.Passed, memory.GoesOn);
            (from, to, parts) = (to, from, left);
        }
    }

    /// <summary>ln sum exp of rows of up to a block, in one launch.</summary>
    public static void LogSumExpRows<T, L, TFunctions>(in ReductionCall<L> call)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        int width = RowWidth<L>(call.Columns);
        call.Device.Set<LogSumExpSet<T, L, TFunctions>>().Launch(call.Stream, RowShape(call.Device, call.Rows, width), call.X, call.Rows, (int)call.Columns, width, call.Results);
    }

    /// <summary>The threads of a short row: a power of two.</summary>
    public static int RowWidth<L>(long columns) where L : unmanaged => (int)Math.Min((ulong)ReductionKernels.Lanes<L>(), BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, columns)));

    /// <summary>The groups for short rows.</summary>
    public static KernelConfig RowShape(GpuDevice device, long rows, int width)
    {
        int group = GroupSize(device);
        return new KernelConfig((int)Math.Min(((rows * width) + group - 1) / group, MostGroups(device)), group);
    }

    /// <summary>The groups for the blocks of long rows.</summary>
    public static KernelConfig BlockShape(GpuDevice device, long rows, long columns) =>
        new((int)Math.Min(rows * ((columns + ReductionKernels.Block - 1) / ReductionKernels.Block), MostGroups(device)), GroupSize(device));

    /// <summary>Enough groups of 256 to fill the device.</summary>
    private static long MostGroups(GpuDevice device) => device.IsSimulated ? 4 : device.Accelerator.NumMultiprocessors * 16L;

    private static long Parts<L>(GpuDevice device, long columns) where L : unmanaged
    {
        long share = (long)ReductionKernels.Block * GroupSize(device) / ReductionKernels.Lanes<L>();
        return Math.Max(1, (columns + share - 1) / share);
    }

    private static int JoinSize(GpuDevice device, long parts) =>
        device.IsSimulated ? 32 : (int)Math.Clamp((long)BitOperations.RoundUpToPowerOf2((ulong)((parts + ReductionKernels.JoinedByThread - 1) / ReductionKernels.JoinedByThread)), 32, 256);

    private static long Joined(long parts, int size) => (parts + (size * (long)ReductionKernels.JoinedByThread) - 1) / (size * (long)ReductionKernels.JoinedByThread);

    private sealed class ReductionSet<T, L, TMap, TMaker, TEnd>(GpuDevice device) : IKernelSet<ReductionSet<T, L, TMap, TMaker, TEnd>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
        where TMaker : struct, IMapMaker<T, TMap>
        where TEnd : struct, IReductionEnd<L>
    {
        private Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, int, int, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>? _rows;
        private Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>? _blocks;
        private Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>? _join;

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, int, int, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>> Rows =>
            _rows ??= device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, int, int, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>>(
                ReductionKernels.Rows<T, L, TMap, TMaker, TEnd>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>> Blocks =>
            _blocks ??= device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>>(
                ReductionKernels.Blocks<T, L, TMap, TMaker, TEnd>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>> Join =>
            _join ??= device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>>(
                ReductionKernels.Join<T, L, TMap, TMaker, TEnd>);

        public static ReductionSet<T, L, TMap, TMaker, TEnd> Load(GpuDevice device) => new(device);
    }

    private sealed class LogSumExpSet<T, L, TFunctions>(GpuDevice device) : IKernelSet<LogSumExpSet<T, L, TFunctions>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>>>(RowKernels.LogSumExp<T, L, TFunctions>);

        public static LogSumExpSet<T, L, TFunctions> Load(GpuDevice device) => new(device);
    }
}
