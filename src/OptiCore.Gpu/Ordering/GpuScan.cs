using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Prefix sums on a device.</summary>
/// <remarks>
/// <para>Sums of integers are exact modulo 2^32 or 2^64. Sums of floating-point numbers are added in a tree that the length alone fixes, so that they have the same bits in every run and on every device; they are not
/// those of <see cref="Reduce.CumulativeSum{T}"/>, which adds from left to right, one number after the other: with u the unit of rounding, element i is wrong by at most
/// 20 k u sum_{j &lt;= i} |x_j| to first order, where k is 1 up to 1024 elements, 2 up to 2^20 and 3 up to 2^30, instead of i u sum_{j &lt;= i} |x_j|.
/// Sums of numbers that aren't negative may for that reason fall by a rounding from one element to the next.</para>
/// <para>The elements are read twice and written once, once and once up to 1024. Nothing is allocated on the device's own stream, once the memory for as many elements is kept.</para>
/// </remarks>
public static class GpuScan
{
    /// <summary>results_i = x_0 + ... + x_i.</summary>
    /// <param name="device">The device.</param>
    /// <param name="x">The elements.</param>
    /// <param name="results">The sums; may be the elements.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a buffer or the stream belongs to another device.</exception>
    public static void Inclusive(GpuDevice device, DeviceBuffer<int> x, DeviceBuffer<int> results, DeviceStream? stream = null) => Run<int, Int32Sum>(device, x, results, true, stream);

    /// <inheritdoc cref="Inclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Inclusive(GpuDevice device, DeviceBuffer<long> x, DeviceBuffer<long> results, DeviceStream? stream = null) => Run<long, Int64Sum>(device, x, results, true, stream);

    /// <inheritdoc cref="Inclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Inclusive(GpuDevice device, DeviceBuffer<float> x, DeviceBuffer<float> results, DeviceStream? stream = null) => Run<float, SingleSum>(device, x, results, true, stream);

    /// <inheritdoc cref="Inclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Inclusive(GpuDevice device, DeviceBuffer<double> x, DeviceBuffer<double> results, DeviceStream? stream = null) => Run<double, DoubleSum>(device, x, results, true, stream);

    /// <summary>results_i = x_0 + ... + x_(i-1), 0 for the first.</summary>
    /// <inheritdoc cref="Inclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Exclusive(GpuDevice device, DeviceBuffer<int> x, DeviceBuffer<int> results, DeviceStream? stream = null) => Run<int, Int32Sum>(device, x, results, false, stream);

    /// <inheritdoc cref="Exclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Exclusive(GpuDevice device, DeviceBuffer<long> x, DeviceBuffer<long> results, DeviceStream? stream = null) => Run<long, Int64Sum>(device, x, results, false, stream);

    /// <inheritdoc cref="Exclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Exclusive(GpuDevice device, DeviceBuffer<float> x, DeviceBuffer<float> results, DeviceStream? stream = null) => Run<float, SingleSum>(device, x, results, false, stream);

    /// <inheritdoc cref="Exclusive(GpuDevice, DeviceBuffer{int}, DeviceBuffer{int}, DeviceStream?)"/>
    public static void Exclusive(GpuDevice device, DeviceBuffer<double> x, DeviceBuffer<double> results, DeviceStream? stream = null) => Run<double, DoubleSum>(device, x, results, false, stream);

    /// <summary>The elements that <see cref="Launch"/> needs for the sums of tiles of all levels, and some more, as a view can't begin at the end of another.</summary>
    internal static long MemoryLength(long length)
    {
        long total = 4;
        for (long tiles = TilesOf(length); tiles > 1; tiles = TilesOf(tiles))
            total += Padded(tiles);
        return total;
    }

    /// <summary>Launches the scan of some elements.</summary>
    /// <param name="device">The device.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="quads">The elements; they begin at a multiple of four elements.</param>
    /// <param name="x">The elements.</param>
    /// <param name="results">The sums.</param>
    /// <param name="isInclusive">Whether an element belongs to its sum.</param>
    /// <param name="memory">As many elements as <see cref="MemoryLength"/> says; they begin at a multiple of four elements.</param>
    internal static void Launch<T, TSum>(GpuDevice device, AcceleratorStream stream, ArrayView<Four<T>> quads, ArrayView<T> x, ArrayView<T> results, bool isInclusive, ArrayView<T> memory)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        ScanSet<T, TSum> set = device.Set<ScanSet<T, TSum>>();
        long tiles = TilesOf(x.Length);
        var shape = new KernelConfig((int)Math.Min(tiles, device.IsSimulated ? 4 : device.Accelerator.NumMultiprocessors * 32L), ScanKernels.GroupSize);
        ArrayView<T> carries = x;
        if (tiles > 1)
        {
            long place = Padded(tiles);
            carries = memory.SubView(0, tiles);
            set.Totals(stream, shape, quads, x, carries);
            Launch<T, TSum>(device, stream, memory.SubView(0, place).Cast<Four<T>>(), carries, carries, false, memory.SubView(place));
        }

        set.Tiles(stream, shape, quads, x, carries, isInclusive ? 1 : 0, results);
    }

    private static void Run<T, TSum>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> results, bool isInclusive, DeviceStream? stream)
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(results);
        if (results.Length != x.Length)
            throw new ArgumentException($"The buffer has {results.Length} elements, the other {x.Length}.", nameof(results));
        GpuBuffer<T> elements = device.Own(x);
        ArrayView<T> sums = device.View(results);
        if (x.Length == 0)
            return;
        using ScratchLease<T> memory = device.Scratch<T>(stream, MemoryLength(x.Length));
        Launch<T, TSum>(device, device.Native(stream), elements.Registers<Four<T>>(), elements.View, sums, isInclusive, memory.Buffer.View);
    }

    private static long TilesOf(long length) => (length + ScanKernels.Tile - 1) / ScanKernels.Tile;

    private static long Padded(long length) => (length + 3) / 4 * 4;

    private sealed class ScanSet<T, TSum>(GpuDevice device) : IKernelSet<ScanSet<T, TSum>>
        where T : unmanaged
        where TSum : struct, IScanSum<T>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<Four<T>>, ArrayView<T>, ArrayView<T>> Totals { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<Four<T>>, ArrayView<T>, ArrayView<T>>>(ScanKernels.Totals<T, TSum>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<Four<T>>, ArrayView<T>, ArrayView<T>, int, ArrayView<T>> Tiles { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<Four<T>>, ArrayView<T>, ArrayView<T>, int, ArrayView<T>>>(ScanKernels.Tiles<T, TSum>);

        public static ScanSet<T, TSum> Load(GpuDevice device) => new(device);
    }
}
