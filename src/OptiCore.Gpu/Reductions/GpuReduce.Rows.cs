using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <content>Reductions of each row of a matrix, and places of extremes.</content>
public static partial class GpuReduce
{
    /// <summary>The sum of each row of a matrix, each with the bits of <see cref="Reduce.Sum{T}(ReadOnlySpan{T})"/> of the row.</summary>
    /// <remarks>Rows of up to 4096 elements take one launch, several of them in a warp where they are short; longer ones take groups of threads for each.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="results">Receives an element for each row.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The elements are no whole number of rows, the results not as many as rows, or a buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of columns is not positive.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void SumRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        OfRows<T, SumReduction>(device, x, columns, results, stream);

    /// <summary>The largest element of each row of a matrix, as <see cref="Reduce.Max{T}(ReadOnlySpan{T})"/> of the row.</summary>
    /// <inheritdoc cref="SumRows{T}"/>
    public static void MaxRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        OfRows<T, MaxReduction>(device, x, columns, results, stream);

    /// <summary>The smallest element of each row of a matrix, as <see cref="Reduce.Min{T}(ReadOnlySpan{T})"/> of the row.</summary>
    /// <inheritdoc cref="SumRows{T}"/>
    public static void MinRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        OfRows<T, MinReduction>(device, x, columns, results, stream);

    /// <summary>ln sum_j exp(x_ij) of each row of a matrix, each with the bits of <see cref="Reduce.LogSumExp{T}(ReadOnlySpan{T})"/> of the row.</summary>
    /// <inheritdoc cref="SumRows{T}"/>
    public static void LogSumExpRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        OfRows<T, LogSumExpReduction>(device, x, columns, results, stream);

    /// <summary>
    /// The index of the largest element, as <see cref="Reduce.ArgMax{T}(ReadOnlySpan{T})"/>: the first of several, that of the first NaN if there is one, -1 for no elements. Two passes.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements.</param>
    /// <param name="result">Receives the index in its one element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">A buffer or the stream belongs to another device, or the result's buffer hasn't one element.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void ArgMax<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<long> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Place<T, MaxReduction>(device, x, result, stream);

    /// <inheritdoc cref="ArgMax{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{long}, DeviceStream?)"/>
    public static long ArgMax<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Place<T, MaxReduction>(device, x);

    /// <summary>
    /// The index of the smallest element, as <see cref="Reduce.ArgMin{T}(ReadOnlySpan{T})"/>: the first of several, that of the first NaN if there is one, -1 for no elements. Two passes.
    /// </summary>
    /// <inheritdoc cref="ArgMax{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{long}, DeviceStream?)"/>
    public static void ArgMin<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<long> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Place<T, MinReduction>(device, x, result, stream);

    /// <inheritdoc cref="ArgMin{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{long}, DeviceStream?)"/>
    public static long ArgMin<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Place<T, MinReduction>(device, x);

    /// <summary>The index within its row of the largest element of each row, as <see cref="Reduce.ArgMax{T}(ReadOnlySpan{T})"/> of the row. One launch.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="results">Receives an index for each row.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The elements are no whole number of rows, the results not as many as rows, or a buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of columns is not positive.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void ArgMaxRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<int> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckRows(device, x, columns, results);
        if (typeof(T) == typeof(float))
            Places<float, Lane32, MaxMap<float>>(device, (DeviceBuffer<float>)(object)x, columns, results, stream);
        else if (typeof(T) == typeof(double))
            Places<double, Lane64, MaxMap<double>>(device, (DeviceBuffer<double>)(object)x, columns, results, stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    /// <summary>The index within its row of the smallest element of each row, as <see cref="Reduce.ArgMin{T}(ReadOnlySpan{T})"/> of the row. One launch.</summary>
    /// <inheritdoc cref="ArgMaxRows{T}"/>
    public static void ArgMinRows<T>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<int> results, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckRows(device, x, columns, results);
        if (typeof(T) == typeof(float))
            Places<float, Lane32, NegatedMaxMap<float>>(device, (DeviceBuffer<float>)(object)x, columns, results, stream);
        else if (typeof(T) == typeof(double))
            Places<double, Lane64, NegatedMaxMap<double>>(device, (DeviceBuffer<double>)(object)x, columns, results, stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    private static void OfRows<T, TReduction>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<T> results, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        CheckRows(device, x, columns, results);
        Run<T, TReduction>(device, x, x, results.Length, columns, results, stream);
    }

    private static void CheckRows<T, TResult>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<TResult> results)
        where T : unmanaged
        where TResult : unmanaged
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(results);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(columns);
        if (x.Length % columns != 0)
            throw new ArgumentException($"{x.Length} elements are no whole number of rows of {columns}.", nameof(x));
        if (results.Length != x.Length / columns)
            throw new ArgumentException($"The buffer has {results.Length} elements for {x.Length / columns} rows.", nameof(results));
    }

    private static long Place<T, TReduction>(GpuDevice device, DeviceBuffer<T> x)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        ArgumentNullException.ThrowIfNull(device);
        using GpuBuffer<long> result = device.Allocate<long>(1);
        Place<T, TReduction>(device, x, result, null);
        Span<long> value = stackalloc long[1];
        result.CopyTo(value);
        return value[0];
    }

    private static void Place<T, TReduction>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<long> result, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(result);
        if (result.Length != 1)
            throw new ArgumentException($"The buffer has {result.Length} elements; the result is one.", nameof(result));
        if (typeof(T) == typeof(float))
            Place<float, Lane32, SingleRowFunctions, TReduction>(device, device.Own((DeviceBuffer<float>)(object)x), device.View(result), stream);
        else if (typeof(T) == typeof(double))
            Place<double, Lane64, DoubleRowFunctions, TReduction>(device, device.Own((DeviceBuffer<double>)(object)x), device.View(result), stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    private static void Place<T, L, TFunctions, TReduction>(GpuDevice device, GpuBuffer<T> x, ArrayView<long> result, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
        where TReduction : struct, IReduction
    {
        long length = ReductionRun.MemoryLength<L>(device, 1, x.Length);
        using ScratchLease<T> memory = device.Scratch<T>(stream, length + 1);
        AcceleratorStream native = device.Native(stream);
        ArrayView<L> all = memory.Buffer.Registers<L>(), extreme = all.SubView(length, 1), elements = x.Registers<L>();
        TReduction.Run<T, L, TFunctions>(new ReductionCall<L>(device, native, 1, x.Length, elements, elements, extreme), ReductionRun.Divide(device, all.SubView(0, length), 1, x.Length));

        // All bits set: the largest index, and -1.
        result.MemSet(native, byte.MaxValue);
        if (x.Length > 0)
            device.Set<FindSet<T, L>>().Launch(native, device.Shape(x.Length), elements, extreme, result.Cast<ulong>());
    }

    private static void Places<T, L, TMap>(GpuDevice device, DeviceBuffer<T> x, int columns, DeviceBuffer<int> results, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
    {
        int width = ReductionRun.RowWidth<L>(columns);
        if (results.Length > 0)
            device.Set<PlacesSet<T, L, TMap>>().Launch(device.Native(stream), ReductionRun.RowShape(device, results.Length, width), device.Own(x).Registers<L>(), results.Length, columns, width, device.View(results));
    }

    private sealed class FindSet<T, L>(GpuDevice device) : IKernelSet<FindSet<T, L>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, ArrayView<ulong>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, ArrayView<ulong>>>(RowKernels.Find<T, L>);

        public static FindSet<T, L> Load(GpuDevice device) => new(device);
    }

    private sealed class PlacesSet<T, L, TMap>(GpuDevice device) : IKernelSet<PlacesSet<T, L, TMap>>
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TMap : struct, ILaneMap<T>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<int>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, long, int, int, ArrayView<int>>>(RowKernels.First<T, L, TMap>);

        public static PlacesSet<T, L, TMap> Load(GpuDevice device) => new(device);
    }
}
