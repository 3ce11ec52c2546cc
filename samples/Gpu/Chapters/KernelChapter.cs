using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Gpu;
using OptiCore.Numerics;
using OptiCore.Optimizers;
using OptiCore.Randomness;

namespace OptiCore.GpuTour.Chapters;

/// <summary>A kernel and an update rule that aren't the library's, made of its parts: <see cref="PathKernels"/> and <see cref="SoftSignMomentum"/>.</summary>
internal sealed class KernelChapter : IChapter
{
    private const int Days = 20;

    public string Title => "A kernel and an update rule of one's own";

    public void Run(DeviceTour tour)
    {
        if (!tour.HasKernels(out GpuDevice device))
            return;
        Price(tour, device, tour.Size(1 << 22, 200));
        Step(tour, device);
    }

    /// <summary>The mean payoff of an option by Monte Carlo, one path a thread.</summary>
    private static void Price(DeviceTour tour, GpuDevice device, int paths)
    {
        RandomKey key = tour.Key.Fold("paths");
        var market = new Market(start: 100, drift: -0.0001, volatility: 0.02);
        var payoff = new AverageCall(strike: 101);

        // Compiled here; a launch costs microseconds and allocates nothing, so keep what this returns.
        var simulate = device.Kernel<Action<AcceleratorStream, KernelConfig, Market, AverageCall, RandomKey, int, ArrayView<double>>>(PathKernels.Simulate<AverageCall>);
        using GpuBuffer<double> payoffs = device.Allocate<double>(paths);
        simulate(device.Native(), device.Shape(paths), market, payoff, key, Days, payoffs.View);
        double mean = GpuReduce.Mean(device, payoffs);
        Console.WriteLine($"An option on the mean price of {Days} days is worth {mean:f3} in the mean of {paths:N0} paths.");

        // The same formulas on the processor, for a few paths.
        var expected = new double[Math.Min(paths, 1000)];
        var normals = new double[Days];
        for (int path = 0; path < expected.Length; path++)
        {
            RandomFill.Normal(key.Fold(path), normals);
            Real price = market.Start, sum = 0;
            foreach (double normal in normals)
            {
                price = market.Next<Real>(price, normal);
                sum += price;
            }

            expected[path] = payoff.Of(price, sum / (double)Days).Value;
        }

        tour.Compare<double>($"The first {expected.Length} payoffs", expected, payoffs.ToArray().AsSpan(0, expected.Length));
    }

    /// <summary>A rule that composes with the library's, one launch for the composition.</summary>
    private static void Step(DeviceTour tour, GpuDevice device)
    {
        int count = tour.Size(1 << 24, 500);
        (var x, var g) = (new float[count], new float[count]);
        RandomFill.Normal(tour.Key.Fold("x"), x);
        RandomFill.Normal(tour.Key.Fold("g"), g);
        using DeviceBuffer<float> onDevice = device.Upload<float>(x), gradient = device.Upload<float>(g);

        IUpdateRule rule = new ClipByValue(2).Then(new SoftSignMomentum { LearningRate = Schedule.Cosine(0.1, steps: 10) });
        RuleState<float> here = rule.Start<float>(count);
        using DeviceRuleState<float> there = rule.Start<float>(count, device);
        for (int step = 0; step < 5; step++)
        {
            here.Step(x, g);
            there.Step(onDevice, gradient);
        }

        tour.Compare($"{count:N0} parameters after 5 steps of a composed rule", x, onDevice.ToArray());
    }
}
