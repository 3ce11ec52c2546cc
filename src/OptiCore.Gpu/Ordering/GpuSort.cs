using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>Sorts numbers on a device, with what belongs to them if wanted.</summary>
/// <remarks>
/// <para>The sort is stable: what belongs to equal keys keeps its order, in descending order too. NaN comes first in ascending order and last in descending order, as <see cref="Array.Sort{T}(T[])"/> has it; -0 comes
/// before 0 in ascending order and isn't its equal. A NaN of either sign comes out as the one whose sign is set, which is what <see cref="double.NaN"/> is.</para>
/// <para>Eight passes for 32-bit keys, sixteen for 64-bit keys, each of which reads the keys twice and writes them once. Memory for a second copy of all comes from the device's pool.</para>
/// </remarks>
public static class GpuSort
{
    /// <summary>Sorts numbers in place.</summary>
    /// <param name="device">The device.</param>
    /// <param name="keys">The numbers.</param>
    /// <param name="isDescending">Whether the largest comes first.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">A buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are 2^31 numbers or more.</exception>
    public static void Sort(GpuDevice device, DeviceBuffer<float> keys, bool isDescending = false, DeviceStream? stream = null) => Run<float, uint, SingleKey>(device, keys, null, isDescending, stream);

    /// <inheritdoc cref="Sort(GpuDevice, DeviceBuffer{float}, bool, DeviceStream?)"/>
    public static void Sort(GpuDevice device, DeviceBuffer<double> keys, bool isDescending = false, DeviceStream? stream = null) => Run<double, ulong, DoubleKey>(device, keys, null, isDescending, stream);

    /// <inheritdoc cref="Sort(GpuDevice, DeviceBuffer{float}, bool, DeviceStream?)"/>
    public static void Sort(GpuDevice device, DeviceBuffer<int> keys, bool isDescending = false, DeviceStream? stream = null) => Run<int, uint, Int32Key>(device, keys, null, isDescending, stream);

    /// <inheritdoc cref="Sort(GpuDevice, DeviceBuffer{float}, bool, DeviceStream?)"/>
    public static void Sort(GpuDevice device, DeviceBuffer<uint> keys, bool isDescending = false, DeviceStream? stream = null) => Run<uint, uint, UInt32Key>(device, keys, null, isDescending, stream);

    /// <summary>Sorts numbers in place and brings what belongs to them, an integer each, into the same order.</summary>
    /// <param name="device">The device.</param>
    /// <param name="keys">The numbers.</param>
    /// <param name="items">What belongs to them.</param>
    /// <param name="isDescending">Whether the largest comes first.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are 2^31 numbers or more.</exception>
    public static void SortPairs(GpuDevice device, DeviceBuffer<float> keys, DeviceBuffer<int> items, bool isDescending = false, DeviceStream? stream = null) =>
        Run<float, uint, SingleKey>(device, keys, NotNull(items), isDescending, stream);

    /// <inheritdoc cref="SortPairs(GpuDevice, DeviceBuffer{float}, DeviceBuffer{int}, bool, DeviceStream?)"/>
    public static void SortPairs(GpuDevice device, DeviceBuffer<double> keys, DeviceBuffer<int> items, bool isDescending = false, DeviceStream? stream = null) =>
        Run<double, ulong, DoubleKey>(device, keys, NotNull(items), isDescending, stream);

    /// <inheritdoc cref="SortPairs(GpuDevice, DeviceBuffer{float}, DeviceBuffer{int}, bool, DeviceStream?)"/>
    public static void SortPairs(GpuDevice device, DeviceBuffer<int> keys, DeviceBuffer<int> items, bool isDescending = false, DeviceStream? stream = null) =>
        Run<int, uint, Int32Key>(device, keys, NotNull(items), isDescending, stream);

    /// <inheritdoc cref="SortPairs(GpuDevice, DeviceBuffer{float}, DeviceBuffer{int}, bool, DeviceStream?)"/>
    public static void SortPairs(GpuDevice device, DeviceBuffer<uint> keys, DeviceBuffer<int> items, bool isDescending = false, DeviceStream? stream = null) =>
        Run<uint, uint, UInt32Key>(device, keys, NotNull(items), isDescending, stream);

    /// <summary>Fills a buffer with 0, 1, 2, ...: items with which <see cref="SortPairs(GpuDevice, DeviceBuffer{float}, DeviceBuffer{int}, bool, DeviceStream?)"/> gives the order of the keys.</summary>
    /// <param name="device">The device.</param>
    /// <param name="items">Receives the numbers.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The buffer or the stream belongs to another device.</exception>
    public static void Number(GpuDevice device, DeviceBuffer<int> items, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArrayView<int> view = device.View(items);
        if (view.Length > 0)
            device.Set<NumberSet>().Launch(device.Native(stream), device.Shape(view.Length), view);
    }

    private static DeviceBuffer<int> NotNull(DeviceBuffer<int> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return items;
    }

    private static void Run<T, TWord, TKey>(GpuDevice device, DeviceBuffer<T> keys, DeviceBuffer<int>? items, bool isDescending, DeviceStream? stream)
        where T : unmanaged
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord>
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keys.Length, int.MaxValue, nameof(keys));
        if (items is not null && items.Length != keys.Length)
            throw new ArgumentException($"The buffer has {items.Length} elements, the keys {keys.Length}.", nameof(items));
        GpuBuffer<T> own = device.Own(keys);
        int length = (int)keys.Length;
        ArrayView<int> fromItems = items is null ? default : device.View(items);
        if (length < 2)
            return;
        AcceleratorStream native = device.Native(stream);
        int tiles = (int)((length + (long)SortKernels.Tile - 1) / SortKernels.Tile), counts = SortKernels.Digits * tiles;
        long itemsLength = items is null ? 0 : (length + 3L) / 4 * 4;
        using ScratchLease<TWord> otherKeys = device.Scratch<TWord>(stream, length);
        using ScratchLease<int> integers = device.Scratch<int>(stream, itemsLength + counts + GpuScan.MemoryLength(counts));
        ArrayView<TWord> from = own.Registers<TWord>(), to = otherKeys.Buffer.View.SubView(0, length);
        ArrayView<int> toItems = items is null ? default : integers.Buffer.View.SubView(0, length);
        ArrayView<int> places = integers.Buffer.View.SubView(itemsLength, counts), memory = integers.Buffer.View.SubView(itemsLength + counts);
        SortSet<TWord, TKey> set = device.Set<SortSet<TWord, TKey>>();
        var shape = new KernelConfig(Math.Min(tiles, device.IsSimulated ? 2 : device.Accelerator.NumMultiprocessors * 16), SortKernels.GroupSize);
        int bits = 8 * Interop.SizeOf<TWord>(), flip = isDescending ? -1 : 0;

        // An even number of passes: the last one writes where the first one has read.
        for (int shift = 0; shift < bits; shift += SortKernels.DigitBits)
        {
            int isFirst = shift == 0 ? 1 : 0, isLast = shift + SortKernels.DigitBits == bits ? 1 : 0;
            set.Count(native, shape, from, shift, isFirst, flip, tiles, places);
            GpuScan.Launch<int, Int32Sum>(device, native, places.Cast<Four<int>>(), places, places, false, memory);
            set.Scatter(native, shape, from, fromItems, items is null ? 0 : 1, shift, isFirst, isLast, flip, tiles, places, to, toItems);
            (from, to) = (to, from);
            (fromItems, toItems) = (toItems, fromItems);
        }
    }

    private sealed class SortSet<TWord, TKey>(GpuDevice device) : IKernelSet<SortSet<TWord, TKey>>
        where TWord : unmanaged
        where TKey : struct, ISortKey<TWord>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<TWord>, int, int, int, int, ArrayView<int>> Count { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<TWord>, int, int, int, int, ArrayView<int>>>(SortKernels.Count<TWord, TKey>);

        public Action<AcceleratorStream, KernelConfig, ArrayView<TWord>, ArrayView<int>, int, int, int, int, int, int, ArrayView<int>, ArrayView<TWord>, ArrayView<int>> Scatter { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<TWord>, ArrayView<int>, int, int, int, int, int, int, ArrayView<int>, ArrayView<TWord>, ArrayView<int>>>(SortKernels.Scatter<TWord, TKey>);

        public static SortSet<TWord, TKey> Load(GpuDevice device) => new(device);
    }

    private sealed class NumberSet(GpuDevice device) : IKernelSet<NumberSet>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<int>> Launch { get; } = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>>>(SortKernels.Number);

        public static NumberSet Load(GpuDevice device) => new(device);
    }
}
