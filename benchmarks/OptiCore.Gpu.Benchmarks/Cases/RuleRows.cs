using OptiCore.Devices;
using OptiCore.Optimizers;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Update rules: one pass over parameters, gradient and state.</summary>
internal static class RuleRows
{
    // Of each parameter x, g, m and v are read, x, m and v written.
    private const int Adam = 7 * sizeof(float);

    private static AdamW Plain => new() { LearningRate = 1e-3, WeightDecay = 0.01 };

    private static AdamW Scheduled => new() { LearningRate = Schedule.Cosine(1e-3, steps: 1_000_000), WeightDecay = 0.01 };

    public static IEnumerable<Case> Cases =>
    [
        Of("AdamW step", Plain, Adam),
        Of("ClipByValue, AdamW, cosine schedule", new ClipByValue(1).Then(Scheduled), Adam),

        // The norm reads g once more and is waited for.
        Of("ClipByNorm, AdamW, cosine schedule", new ClipByNorm(1).Then(Scheduled), Adam + sizeof(float)),
    ];

    private static Case Of(string name, IUpdateRule rule, int bytes) => new("rules", name, bench =>
    {
        GpuDevice device = bench.Device;
        Amount amount = bench.Fit(1 << 28, 5 * sizeof(float));
        using DeviceBuffer<float> x = device.Allocate<float>(amount.Count), g = device.Allocate<float>(amount.Count);
        GpuRandomFill.Normal(device, RandomKey.FromSeed(1), x);
        GpuRandomFill.Normal(device, RandomKey.FromSeed(2), g);
        using DeviceRuleState<float> state = rule.Start<float>(amount.Int, device);
        return new Row
        {
            What = name,
            Size = amount.Of("floats"),
            Time = bench.Time(() => state.Step(x, g)),
            Work = (double)bytes * amount.Count,
            Unit = "B",
            Beside = bench.Copy,
            Goal = Goal.Share(0.9),
            Note = $"{bytes} bytes each",
        };
    });
}
