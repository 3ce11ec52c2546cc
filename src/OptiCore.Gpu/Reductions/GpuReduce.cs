using System.Numerics;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// Reductions on a device with the bits of <see cref="Reduce"/> on the processor, for every length and content; every NaN result is the same NaN.
/// </summary>
/// <remarks>
/// <para>The elements are read once in each pass that <see cref="Reduce"/> makes, 128 neighbouring bytes at a time; passes whose need depends on the elements are always launched, and end at once where there is none.
/// A second launch joins partial results of more than 32768 floats or 65536 doubles, a third those of more than 2048 times as many.</para>
/// <para>Each reduction has a form that leaves the result on the device, in the one element of a buffer, which waits for nothing and allocates nothing on the device's own stream, and one that waits for it and
/// returns it.</para>
/// </remarks>
public static partial class GpuReduce
{
    /// <summary>The sum, as <see cref="Reduce.Sum{T}(ReadOnlySpan{T})"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements.</param>
    /// <param name="result">Receives the result in its one element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">A buffer or the stream belongs to another device, or the result's buffer hasn't one element.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void Sum<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, SumReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Sum<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, SumReduction>(device, x, x);

    /// <summary>The inner product, as <see cref="Reduce.Dot{T}(ReadOnlySpan{T}, ReadOnlySpan{T})"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="x">The first factors.</param>
    /// <param name="y">The second factors.</param>
    /// <param name="result">Receives the result in its one element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The lengths differ, a buffer or the stream belongs to another device, or the result's buffer hasn't one element.</exception>
    /// <exception cref="NotSupportedException">The elements are neither <see cref="float"/> nor <see cref="double"/>.</exception>
    public static void Dot<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, DotReduction>(device, x, y, result, stream);

    /// <inheritdoc cref="Dot{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Dot<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, DotReduction>(device, x, y);

    /// <summary>The sum of squares, as <see cref="Reduce.SumOfSquares{T}(ReadOnlySpan{T})"/>.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void SumOfSquares<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, SquaresReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="SumOfSquares{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T SumOfSquares<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, SquaresReduction>(device, x, x);

    /// <summary>The sum of absolute values, as <see cref="Reduce.SumOfMagnitudes{T}(ReadOnlySpan{T})"/>.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void SumOfMagnitudes<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, MagnitudesReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="SumOfMagnitudes{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T SumOfMagnitudes<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, MagnitudesReduction>(device, x, x);

    /// <summary>The Euclidean norm, safe against overflow and underflow, as <see cref="Reduce.Norm{T}(ReadOnlySpan{T})"/>: three passes, of which the second and third do nothing where the sum of squares is in the safe range.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void Norm<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, NormReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="Norm{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Norm<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, NormReduction>(device, x, x);

    /// <summary>The largest absolute value, as <see cref="Reduce.MaxNorm{T}(ReadOnlySpan{T})"/>.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void MaxNorm<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, MaxNormReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="MaxNorm{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T MaxNorm<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, MaxNormReduction>(device, x, x);

    /// <summary>The largest element, as <see cref="Reduce.Max{T}(ReadOnlySpan{T})"/>: NaN if one is NaN; -infinity for no elements.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void Max<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, MaxReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="Max{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Max<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, MaxReduction>(device, x, x);

    /// <summary>The smallest element, as <see cref="Reduce.Min{T}(ReadOnlySpan{T})"/>: NaN if one is NaN; infinity for no elements.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void Min<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, MinReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="Min{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Min<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, MinReduction>(device, x, x);

    /// <summary>ln sum_i exp(x_i), as <see cref="Reduce.LogSumExp{T}(ReadOnlySpan{T})"/>. Two passes.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void LogSumExp<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, LogSumExpReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="LogSumExp{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T LogSumExp<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, LogSumExpReduction>(device, x, x);

    /// <summary>The arithmetic mean with its correction, as <see cref="Reduce.Mean{T}(ReadOnlySpan{T})"/>. Two passes.</summary>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void Mean<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T> =>
        Whole<T, MeanReduction>(device, x, x, result, stream);

    /// <inheritdoc cref="Mean{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Mean<T>(GpuDevice device, DeviceBuffer<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Value<T, MeanReduction>(device, x, x);

    /// <summary>The variance sum_i (x_i - mean)^2 / (n - 1), or / n, as <see cref="Reduce.Variance{T}(ReadOnlySpan{T}, bool)"/>. Three passes.</summary>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements.</param>
    /// <param name="result">Receives the result in its one element.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static void Variance<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> result, bool unbiased = true, DeviceStream? stream = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (unbiased)
            Whole<T, UnbiasedVarianceReduction>(device, x, x, result, stream);
        else
            Whole<T, VarianceReduction>(device, x, x, result, stream);
    }

    /// <summary>The variance sum_i (x_i - mean)^2 / (n - 1), or / n, as <see cref="Reduce.Variance{T}(ReadOnlySpan{T}, bool)"/>. Three passes.</summary>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    /// <inheritdoc cref="Sum{T}(GpuDevice, DeviceBuffer{T}, DeviceBuffer{T}, DeviceStream?)"/>
    public static T Variance<T>(GpuDevice device, DeviceBuffer<T> x, bool unbiased = true) where T : unmanaged, IFloatingPointIeee754<T> =>
        unbiased ? Value<T, UnbiasedVarianceReduction>(device, x, x) : Value<T, VarianceReduction>(device, x, x);

    private static void Whole<T, TReduction>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y, DeviceBuffer<T> result, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        ArgumentNullException.ThrowIfNull(result);
        if (y.Length != x.Length)
            throw new ArgumentException($"The buffer has {y.Length} elements, the first one {x.Length}.", nameof(y));
        if (result.Length != 1)
            throw new ArgumentException($"The buffer has {result.Length} elements; the result is one.", nameof(result));
        Run<T, TReduction>(device, x, y, 1, x.Length, result, stream);
    }

    private static T Value<T, TReduction>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        ArgumentNullException.ThrowIfNull(device);
        using GpuBuffer<T> result = device.Allocate<T>(1);
        Whole<T, TReduction>(device, x, y, result, null);
        Span<T> value = stackalloc T[1];
        result.CopyTo(value);
        return value[0];
    }

    private static void Run<T, TReduction>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y, long rows, long columns, DeviceBuffer<T> results, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TReduction : struct, IReduction
    {
        if (rows == 0)
            return;
        if (typeof(T) == typeof(float))
            Run<float, Lane32, SingleRowFunctions, TReduction>(device, device.Own((DeviceBuffer<float>)(object)x), device.Own((DeviceBuffer<float>)(object)y), rows, columns, device.Own((DeviceBuffer<float>)(object)results), stream);
        else if (typeof(T) == typeof(double))
            Run<double, Lane64, DoubleRowFunctions, TReduction>(device, device.Own((DeviceBuffer<double>)(object)x), device.Own((DeviceBuffer<double>)(object)y), rows, columns, device.Own((DeviceBuffer<double>)(object)results), stream);
        else
            throw new NotSupportedException($"Elements are float or double, not {typeof(T).Name}.");
    }

    private static void Run<T, L, TFunctions, TReduction>(GpuDevice device, GpuBuffer<T> x, GpuBuffer<T> y, long rows, long columns, GpuBuffer<T> results, DeviceStream? stream)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
        where TReduction : struct, IReduction
    {
        using ScratchLease<T> memory = device.Scratch<T>(stream, ReductionRun.MemoryLength<L>(device, rows, columns));
        var call = new ReductionCall<L>(device, device.Native(stream), rows, columns, x.Registers<L>(), y.Registers<L>(), results.Registers<L>());
        TReduction.Run<T, L, TFunctions>(call, ReductionRun.Divide(device, memory.Buffer.Registers<L>(), rows, columns));
    }
}
