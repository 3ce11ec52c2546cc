using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Softmax of the rows of a matrix on a device, with the bits of <see cref="VectorMath"/> on the processor.</summary>
/// <remarks>Rows of up to 4096 elements take one launch in which each element comes from memory once and from a cache after that, several rows in a warp where they are short; longer ones take a launch for each of the passes.</remarks>
public static class GpuSoftmax
{
    /// <summary>exp(x_ij) / sum_k exp(x_ik), as <see cref="VectorMath.Softmax{T}(ReadOnlySpan{T}, int, Span{T})"/>: NaN throughout a row in which an element is NaN or infinity, or all are -infinity.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The logits, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="destination">The probabilities; may be the logits.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of the columns, or a buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of columns is not positive.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void Softmax<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> destination, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(device, x, columns, destination);
        if (typeof(T) == typeof(float))
            Softmax<float, Lane32, SingleRowFunctions>(device, device.Own((DeviceBuffer<float>)(object)x), columns, device.Own((DeviceBuffer<float>)(object)destination), stream);
        else if (typeof(T) == typeof(double))
            Softmax<double, Lane64, DoubleRowFunctions>(device, device.Own((DeviceBuffer<double>)(object)x), columns, device.Own((DeviceBuffer<double>)(object)destination), stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    /// <summary>x_ij - ln sum_k exp(x_ik), as <see cref="VectorMath.LogSoftmax{T}(ReadOnlySpan{T}, int, Span{T})"/>: NaN throughout a row in which an element is NaN or infinity, or all are -infinity.</summary>
    /// <param name="device">The device.</param>
    /// <param name="x">The logits, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="destination">The logarithms of the probabilities; may be the logits.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <inheritdoc cref="Softmax{T}(GpuDevice, DeviceBuffer{T}, int, DeviceBuffer{T}, DeviceStream?)"/>
    public static void LogSoftmax<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> destination, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(device, x, columns, destination);
        if (typeof(T) == typeof(float))
            LogSoftmax<float, Lane32, SingleRowFunctions>(device, device.Own((DeviceBuffer<float>)(object)x), columns, device.Own((DeviceBuffer<float>)(object)destination), stream);
        else if (typeof(T) == typeof(double))
            LogSoftmax<double, Lane64, DoubleRowFunctions>(device, device.Own((DeviceBuffer<double>)(object)x), columns, device.Own((DeviceBuffer<double>)(object)destination), stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    private static void Check<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> destination) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (x.Length % columns != 0)
            throw new ArgumentException($"{x.Length} elements are no whole number of rows of {columns}.", nameof(x));
        if (destination.Length != x.Length)
            throw new ArgumentException($"The buffer has {destination.Length} elements, the logits {x.Length}.", nameof(destination));
    }

    private static void Softmax<T, L, TFunctions>(GpuDevice device, GpuBuffer<T> x, int columns, GpuBuffer<T> destination, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        long rows = x.Length / columns;
        if (rows == 0)
            return;
        AcceleratorStream native = device.Native(stream);
        ArrayView<L> from = x.Registers<L>(), to = destination.Registers<L>();
        if (columns <= ReductionKernels.Block)
        {
            int width = ReductionRun.RowWidth<L>(columns);
            device.Set<Fused<T, L, TFunctions>>().Softmax(native, ReductionRun.RowShape(device, rows, width), from, rows, columns, width, to);
            return;
        }

        long length = ReductionRun.MemoryLength<L>(device, rows, columns);
        using ScratchLease<T> memory = device.Scratch<T>(stream, length + rows);
        ArrayView<L> all = memory.Buffer.Registers<L>(), ofRows = all.SubView(length, rows);
        ReductionMemory<L> passes = ReductionRun.Divide(device, all.SubView(0, length), rows, columns);
        ReductionRun.Pass<T, L, MaxMap<T>, PlainMap<T, MaxMap<T>>, TotalEnd<L>>(new ReductionCall<L>(device, native, rows, columns, from, from, ofRows), passes, default);
        KernelConfig shape = ReductionRun.BlockShape(device, rows, columns);
        Apart<T, L, TFunctions> steps = device.Set<Apart<T, L, TFunctions>>();
        steps.Exp(native, shape, from, rows, columns, ofRows, ofRows, to);
        ReductionRun.Pass<T, L, SumMap<T>, PlainMap<T, SumMap<T>>, TotalEnd<L>>(new ReductionCall<L>(device, native, rows, columns, to, to, ofRows), passes, default);
        steps.Quotient(native, shape, to, rows, columns, ofRows, ofRows, to);
    }

    private static void LogSoftmax<T, L, TFunctions>(GpuDevice device, GpuBuffer<T> x, int columns, GpuBuffer<T> destination, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        long rows = x.Length / columns;
        if (rows == 0)
            return;
        AcceleratorStream native = device.Native(stream);
        ArrayView<L> from = x.Registers<L>(), to = destination.Registers<L>();
        if (columns <= ReductionKernels.Block)
        {
            int width = ReductionRun.RowWidth<L>(columns);
            device.Set<Fused<T, L, TFunctions>>().LogSoftmax(native, ReductionRun.RowShape(device, rows, width), from, rows, columns, width, to);
            return;
        }

        long length = ReductionRun.MemoryLength<L>(device, rows, columns);
        using ScratchLease<T> memory = device.Scratch<T>(stream, length + rows);
        ArrayView<L> all = memory.Buffer.Registers<L>(), ofRows = all.SubView(length, rows);
        ReductionMemory<L> passes = ReductionRun.Divide(device, all.SubView(0, length), rows, columns);
        var call = new ReductionCall<L>(device, native, rows, columns, from, from, ofRows);
        ReductionRun.Pass<T, L, MaxMap<T>, PlainMap<T, MaxMap<T>>, OriginEnd<L>>(call, passes, default);
        ReductionRun.Pass<T, L, ShiftedExpMap<T>, MakeShiftedExp<T>, TotalEnd<L>>(call, passes, default);
        device.Set<Apart<T, L, TFunctions>>().Log(native, ReductionRun.BlockShape(device, rows, columns), from, rows, columns, passes.Passed, ofRows, to);
    }

    private sealed class Fused<T, L, TFunctions>(GpuDevice device) : IKernelSet<Fused<T, L, TFunctions>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>> Softmax { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>>>(RowKernels.Softmax<T, L, TFunctions>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>> LogSoftmax { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<L>>>(RowKernels.LogSoftmax<T, L, TFunctions>);

        public static Fused<T, L, TFunctions> Load(GpuDevice device) => new(device);
    }

    private sealed class Apart<T, L, TFunctions>(GpuDevice device) : IKernelSet<Apart<T, L, TFunctions>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>> Exp { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(RowKernels.Elements<T, L, ExpStep<L, TFunctions>>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>> Quotient { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(RowKernels.Elements<T, L, QuotientStep<T, L>>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>> Log { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, long, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(RowKernels.Elements<T, L, LogStep<L, TFunctions>>);

        public static Apart<T, L, TFunctions> Load(GpuDevice device) => new(device);
    }
}
