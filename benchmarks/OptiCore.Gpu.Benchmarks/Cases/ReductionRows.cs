using System.Numerics;
using OptiCore.Devices;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Reductions of long vectors, whose results stay on the device. The bytes that are read are held against those that a copy moves, read and written ones together.</summary>
internal static class ReductionRows
{
    public static IEnumerable<Case> Cases =>
    [
        Of<float>("sum", 1, 1 << 28, (device, x, _, result) => GpuReduce.Sum(device, x, result)),
        Of<float>("dot", 2, 1 << 28, (device, x, y, result) => GpuReduce.Dot(device, x, y, result)),
        Of<float>("max", 1, 1 << 28, (device, x, _, result) => GpuReduce.Max(device, x, result)),
        Of<double>("sum", 1, 1 << 27, (device, x, _, result) => GpuReduce.Sum(device, x, result)),
        Of<double>("dot", 2, 1 << 27, (device, x, y, result) => GpuReduce.Dot(device, x, y, result)),
        Of<double>("max", 1, 1 << 27, (device, x, _, result) => GpuReduce.Max(device, x, result)),
    ];

    private delegate void Reduction<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> y, DeviceBuffer<T> result) where T : unmanaged;

    private static unsafe Case Of<T>(string what, int operands, long length, Reduction<T> reduce) where T : unmanaged, IFloatingPointIeee754<T>
    {
        string elements = typeof(T) == typeof(float) ? "floats" : "doubles", name = $"{what} of {elements}";
        return new("reductions", name, bench =>
        {
            GpuDevice device = bench.Device;
            Amount amount = bench.Fit(length, operands * sizeof(T));
            using DeviceBuffer<T> x = device.Allocate<T>(amount.Count), y = device.Allocate<T>(operands == 1 ? 0 : amount.Count), result = device.Allocate<T>(1);
            Normal(device, 1, x);
            if (operands > 1)
                Normal(device, 2, y);
            return new Row
            {
                What = name,
                Size = operands == 1 ? amount.Of(elements) : $"{operands} x {amount.Of(elements)}",
                Time = bench.Time(() => reduce(device, x, y, result)),
                Work = (double)operands * sizeof(T) * amount.Count,
                Unit = "B",
                Beside = bench.Copy,
                Goal = Goal.Share(0.9),
            };
        });
    }

    private static void Normal<T>(GpuDevice device, ulong seed, DeviceBuffer<T> buffer) where T : unmanaged
    {
        if (buffer is DeviceBuffer<float> floats)
            GpuRandomFill.Normal(device, RandomKey.FromSeed(seed), floats);
        else if (buffer is DeviceBuffer<double> doubles)
            GpuRandomFill.Normal(device, RandomKey.FromSeed(seed), doubles);
    }
}
