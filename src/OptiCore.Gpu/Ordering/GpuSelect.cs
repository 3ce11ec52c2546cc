using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>Counts values and selects marked items on a device. Results are exact and the same in every run.</summary>
public static class GpuSelect
{
    /// <summary>counts_v = the number of items equal to v, for v of 0 to the number of counts less 1; other items aren't counted. One pass; up to 2048 values are counted in the memory of groups of threads first.</summary>
    /// <param name="device">The device.</param>
    /// <param name="items">The items, fewer than 2^31 of each value.</param>
    /// <param name="counts">Receives the counts.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">A buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are 2^31 counts or more.</exception>
    public static void Count(GpuDevice device, DeviceBuffer<int> items, DeviceBuffer<int> counts, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(counts.Length, int.MaxValue, nameof(counts));
        ArrayView<int> from = device.View(items), to = device.View(counts);
        counts.Clear(stream);
        if (from.Length > 0 && to.Length > 0)
            device.Set<SelectionSet>().Count(device.Native(stream), device.Shape(from.Length), from, to);
    }

    /// <summary>The indices of the items whose mark isn't 0, in ascending order, and their number. A scan and two passes.</summary>
    /// <param name="device">The device.</param>
    /// <param name="marks">A mark for each item.</param>
    /// <param name="indices">Receives the indices; as long as the marks. What follows the selected ones stays as it was.</param>
    /// <param name="count">Receives the number of indices in its one element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The lengths don't fit, or a buffer or the stream belongs to another device.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are 2^31 marks or more.</exception>
    public static void Indices(GpuDevice device, DeviceBuffer<int> marks, DeviceBuffer<int> indices, DeviceBuffer<int> count, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(marks);
        ArgumentNullException.ThrowIfNull(indices);
        ArgumentNullException.ThrowIfNull(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(marks.Length, int.MaxValue, nameof(marks));
        if (indices.Length != marks.Length)
            throw new ArgumentException($"The buffer has {indices.Length} elements for {marks.Length} marks.", nameof(indices));
        if (count.Length != 1)
            throw new ArgumentException($"The buffer has {count.Length} elements; the number is one.", nameof(count));
        ArrayView<int> from = device.View(marks), to = device.View(indices), number = device.View(count);
        long length = marks.Length, padded = (length + 3) / 4 * 4;
        if (length == 0)
        {
            count.Clear(stream);
            return;
        }

        AcceleratorStream native = device.Native(stream);
        using ScratchLease<int> memory = device.Scratch<int>(stream, padded + GpuScan.MemoryLength(length));
        ArrayView<int> all = memory.Buffer.View, places = all.SubView(0, length);
        SelectionSet set = device.Set<SelectionSet>();
        set.Ones(native, device.Shape(length), from, places);
        GpuScan.Launch<int, Int32Sum>(device, native, all.SubView(0, padded).Cast<Four<int>>(), places, places, false, all.SubView(padded));
        set.Indices(native, device.Shape(length), from, places, to, number);
    }

    private sealed class SelectionSet(GpuDevice device) : IKernelSet<SelectionSet>
    {
        public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>> Count { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>>>(SelectionKernels.Count);

        public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>> Ones { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>>>(SelectionKernels.Ones);

        public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>> Indices { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<int>, ArrayView<int>, ArrayView<int>>>(SelectionKernels.Indices);

        public static SelectionSet Load(GpuDevice device) => new(device);
    }
}
