using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>Makes the launches of the kernels that are no runs of element-wise operations, for one element type.</summary>
internal abstract class KernelSteps<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Those of a device.</summary>
    public static KernelSteps<T> For(GpuDevice device) => typeof(T) == typeof(float)
        ? (KernelSteps<T>)(object)new KernelSteps<float, Lane32, SingleIndex>(device)
        : (KernelSteps<T>)(object)new KernelSteps<double, Lane64, DoubleIndex>(device);

    public abstract ProgramStep<T> Standardize(RowShape rows, double epsilon);

    public abstract ProgramStep<T> StandardizePullback(RowShape rows);

    public abstract ProgramStep<T> SoftmaxPullback(RowShape rows);

    public abstract ProgramStep<T> SumColumns(int source, int target, int outer, int rows, int columns);

    public abstract ProgramStep<T> MaxColumns(int source, int target, int outer, int rows, int columns);

    public abstract ProgramStep<T> Gather(IndexShape shape);

    public abstract ProgramStep<T> ScatterAdd(IndexShape shape);

    public abstract ProgramStep<T> Take(IndexShape shape);

    public abstract ProgramStep<T> SegmentSum(IndexShape shape);

    public abstract ProgramStep<T> OneHot(IndexShape shape);

    public abstract ProgramStep<T> CumulativeSum(IndexShape shape, bool reverse);
}

/// <inheritdoc cref="KernelSteps{T}"/>
internal sealed class KernelSteps<T, L, TIndex>(GpuDevice device) : KernelSteps<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, IDeviceLanes<L, T>
    where TIndex : unmanaged, IIndexReader<T>
{
    // 128 bytes of logical lanes, as the processor's reductions.
    private static readonly int Lanes = typeof(T) == typeof(float) ? 32 : 16;

    public override ProgramStep<T> Standardize(RowShape rows, double epsilon)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, RowShape, T, T>>(NormalizationKernels.Standardize<T, L>);
        T share = T.CreateTruncating(1.0 / rows.Length), added = T.CreateTruncating(epsilon);
        (RowShape shape, KernelConfig groups) = (rows with { Lanes = Lanes }, Groups(rows.Rows));
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.Registers<L>(), shape, share, added));
    }

    public override ProgramStep<T> StandardizePullback(RowShape rows)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, RowShape, T>>(NormalizationKernels.StandardizePullback<T, L>);
        T share = T.CreateTruncating(1.0 / rows.Length);
        (RowShape shape, KernelConfig groups) = (rows with { Lanes = Lanes }, Groups(rows.Rows));
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.Registers<L>(), shape, share));
    }

    public override ProgramStep<T> SoftmaxPullback(RowShape rows)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, RowShape>>(NormalizationKernels.SoftmaxPullback<T, L>);
        (RowShape shape, KernelConfig groups) = (rows with { Lanes = Lanes }, Groups(rows.Rows));
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.Registers<L>(), shape));
    }

    public override ProgramStep<T> SumColumns(int source, int target, int outer, int rows, int columns)
    {
        const int BlockRows = SumOperation.BlockRows;
        int blocks = (rows + BlockRows - 1) / BlockRows, count = outer * rows * columns, results = outer * columns;
        var sum = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, int, int, int, int, int>>(ColumnKernels.SumBlocks<T, L>);
        if (blocks == 1)
        {
            KernelConfig shape = device.Shape(results);
            return new LaunchStep<T>((program, stream) => sum(stream.Native, shape, View(program, source, count), View(program, target, results), outer, rows, columns, 1, BlockRows));
        }

        var join = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, int, int, int>>(ColumnKernels.JoinBlocks<T, L>);
        GpuBuffer<L> parts = device.Allocate<L>((long)results * blocks);
        KernelConfig first = device.Shape(parts.Length), second = device.Shape(results);
        return new LaunchStep<T>(
            (program, stream) =>
        {
            sum(stream.Native, first, View(program, source, count), parts.View, outer, rows, columns, blocks, BlockRows);
            join(stream.Native, second, parts.View, View(program, target, results), outer, columns, blocks);
        },
            parts);
    }

    public override ProgramStep<T> MaxColumns(int source, int target, int outer, int rows, int columns)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, int, int, int>>(ColumnKernels.Max<T, L>);
        KernelConfig shape = device.Shape(outer * columns);
        return new LaunchStep<T>((program, stream) => launch(stream.Native, shape, View(program, source, outer * rows * columns), View(program, target, outer * columns), outer, rows, columns));
    }

    public override ProgramStep<T> Gather(IndexShape shape) => Indexed(IndexKernels.Gather<T, TIndex>, shape);

    public override ProgramStep<T> ScatterAdd(IndexShape shape) => Indexed(IndexKernels.ScatterAdd<T, TIndex>, shape);

    public override ProgramStep<T> Take(IndexShape shape) => Indexed(IndexKernels.Take<T, TIndex>, shape);

    public override ProgramStep<T> SegmentSum(IndexShape shape) => Indexed(IndexKernels.SegmentSum<T, TIndex>, shape);

    public override ProgramStep<T> OneHot(IndexShape shape)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<T>, ArrayView<int>, IndexShape, T>>(IndexKernels.OneHot<T, TIndex>);
        KernelConfig groups = device.Shape((long)shape.Count * shape.Along);
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.View, program.Fault, shape, T.One));
    }

    public override ProgramStep<T> CumulativeSum(IndexShape shape, bool reverse)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, IndexShape, int>>(IndexKernels.CumulativeSum<T, L>);
        KernelConfig groups = device.Shape((long)shape.Outer * shape.Inner);
        int back = reverse ? 1 : 0;
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.Registers<L>(), shape, back));
    }

    private static ArrayView<L> View(GpuProgram<T> program, int start, int length) => program.Memory.Registers<L>().SubView(start, length);

    private LaunchStep<T> Indexed(Action<ArrayView<T>, ArrayView<int>, IndexShape> kernel, IndexShape shape)
    {
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<T>, ArrayView<int>, IndexShape>>(kernel);
        KernelConfig groups = device.Shape((long)shape.Outer * shape.Count * shape.Inner);
        return new LaunchStep<T>((program, stream) => launch(stream.Native, groups, program.Memory.View, program.Fault, shape));
    }

    private KernelConfig Groups(int rows)
    {
        const int RowsOfGroup = RowSum.GroupSize / RowSum.Threads;
        int groups = (rows + RowsOfGroup - 1) / RowsOfGroup;
        return new KernelConfig(device.IsSimulated ? Math.Min(groups, 2) : groups, RowSum.GroupSize);
    }
}
