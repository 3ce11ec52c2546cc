using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>What the memory of a device can do: the floors of everything that reads much and computes little.</summary>
internal sealed class MemoryRows
{
    private readonly Row[] _copies, _fills;

    private MemoryRows(Row[] copies, Row[] fills) => (_copies, _fills) = (copies, fills);

    private const string Strided = "copy, 16 bytes at a time, a grid of fixed size", Four = "copy, 4 x 16 bytes a thread", Driver = "copy by the driver", Fill = "fill, 16 bytes at a time", DriverFill = "fill by the driver";

    public static IEnumerable<Case> Cases =>
    [
        new("memory", Strided, bench => bench.Memory._copies[0]),
        new("memory", Four, bench => bench.Memory._copies[1]),
        new("memory", Driver, bench => bench.Memory._copies[2]),
        new("memory", Fill, bench => bench.Memory._fills[0]),
        new("memory", DriverFill, bench => bench.Memory._fills[1]),
    ];

    /// <summary>The fastest copy.</summary>
    public Floor Copy => new("copy", Fastest(_copies));

    /// <summary>The fastest filling.</summary>
    public Floor Write => new("write", Fastest(_fills));

    public static MemoryRows Measure(Bench bench)
    {
        GpuDevice device = bench.Device;
        Amount amount = bench.Fit(1 << 28, 8);
        long registers = amount.Count / 4;
        using GpuBuffer<Sixteen> from = device.Allocate<Sixteen>(registers), to = device.Allocate<Sixteen>(registers);
        from.Clear();
        to.Clear();
        AcceleratorStream stream = device.Accelerator.DefaultStream;
        ArrayView<Sixteen> source = from.View, destination = to.View;
        KernelConfig strided = device.Shape(registers);
        int group = strided.GroupDim.X;
        long groups = (registers + (4L * group) - 1) / (4L * group);
        var each = new KernelConfig(checked((int)groups), group);
        var copy = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<Sixteen>, ArrayView<Sixteen>>>(MemoryKernels.Copy);
        var copyFour = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<Sixteen>, ArrayView<Sixteen>>>(MemoryKernels.CopyFour);
        var fill = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<Sixteen>, float>>(MemoryKernels.Fill);
        string size = amount.Of("floats");
        return new MemoryRows(
            [
                Row(Strided, 32, () => copy(stream, strided, source, destination)),
                Row(Four, 32, () => copyFour(stream, each, source, destination)),
                Row(Driver, 32, () => to.CopyFrom(from)),
            ],
            [
                Row(Fill, 16, () => fill(stream, strided, destination, 1)),
                Row(DriverFill, 16, () => to.Clear()),
            ]);

        Row Row(string name, int bytes, Action call) => new() { What = name, Size = size, Time = bench.Time(call), Work = (double)bytes * registers, Unit = "B" };
    }

    private static double Fastest(Row[] rows)
    {
        double fastest = 0;
        foreach (Row row in rows)
            fastest = Math.Max(fastest, row.Rate);
        return fastest;
    }
}

/// <summary>What a thread loads and stores at a time.</summary>
internal readonly record struct Sixteen(float X, float Y, float Z, float W);

/// <summary>Kernels that only move memory.</summary>
internal static class MemoryKernels
{
    public static void Copy(ArrayView<Sixteen> from, ArrayView<Sixteen> to)
    {
        long stride = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < from.Length; i += stride)
            to[i] = from[i];
    }

    public static void CopyFour(ArrayView<Sixteen> from, ArrayView<Sixteen> to)
    {
        long width = Group.DimX, i = ((long)Grid.IdxX * width * 4) + Group.IdxX;
        if (i + (3 * width) < from.Length)
        {
            // Four loads are under way before the first is needed.
            Sixteen a = from[i], b = from[i + width], c = from[i + (2 * width)], d = from[i + (3 * width)];
            to[i] = a;
            to[i + width] = b;
            to[i + (2 * width)] = c;
            to[i + (3 * width)] = d;
            return;
        }

        for (; i < from.Length; i += width)
            to[i] = from[i];
    }

    public static void Fill(ArrayView<Sixteen> to, float value)
    {
        var lane = new Sixteen(value, value, value, value);
        long stride = (long)Grid.DimX * Group.DimX;
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < to.Length; i += stride)
            to[i] = lane;
    }
}
