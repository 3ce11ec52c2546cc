using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>What a launch costs that does nothing.</summary>
internal static class LaunchRows
{
    public static IEnumerable<Case> Cases => [new("launch", "launch of an empty kernel", Empty)];

    private static Row Empty(Bench bench)
    {
        int launches = bench.Pick(1000, 20);
        var launch = bench.Device.Kernel<Action<AcceleratorStream, KernelConfig, int>>(Nothing);
        AcceleratorStream stream = bench.Device.Accelerator.DefaultStream;
        KernelConfig shape = bench.Device.Shape(1);
        Timing time = bench.Time(() =>
        {
            for (int i = 0; i < launches; i++)
                launch(stream, shape, i);
        });
        return new Row { What = "launch of an empty kernel", Size = $"{launches} in a row, one group each", Time = time.Over(launches), Work = 1, Unit = "launches" };
    }

    internal static void Nothing(int number)
    {
    }
}
