using OptiCore.Devices;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Random numbers by Philox4x32-10: writes only.</summary>
internal static class RandomRows
{
    public static IEnumerable<Case> Cases =>
    [
        Of("uniform floats", Goal.Share(0.9), (device, to) => GpuRandomFill.Uniform(device, RandomKey.FromSeed(1), to)),
        Of("normal floats", null, (device, to) => GpuRandomFill.Normal(device, RandomKey.FromSeed(1), to)),
    ];

    private static Case Of(string name, Goal? goal, Action<GpuDevice, DeviceBuffer<float>> fill) => new("random", name, bench =>
    {
        Amount amount = bench.Fit(1 << 28, sizeof(float));
        using DeviceBuffer<float> to = bench.Device.Allocate<float>(amount.Count);
        return new Row
        {
            What = name,
            Size = amount.Of("floats"),
            Time = bench.Time(() => fill(bench.Device, to)),
            Work = (double)sizeof(float) * amount.Count,
            Unit = "B",
            Beside = bench.Write,
            Goal = goal,
        };
    });
}
