using System.Reflection;
using OptiCore.Bandits;

namespace OptiCore.Gpu.Tests;

/// <summary>Simulations of bandits on a device against those of the processor.</summary>
public sealed class BanditTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        .. from bandit in new[] { typeof(BernoulliArms), typeof(GaussianArms) }
           from policy in new[] { typeof(DeviceUcb1), typeof(DeviceEpsilonGreedy), typeof(DeviceGaussianThompson), typeof(DeviceBetaThompson), typeof(DeviceExp3) }
           select KernelTable.Of(typeof(BanditKernels), nameof(BanditKernels.Play), bandit, policy),
        KernelTable.Of(typeof(BanditKernels), nameof(BanditKernels.Sum)),
    ];

    private static SimulationOptions Options => new() { Rounds = 150, Replications = 48, Key = RandomKey.FromSeed(21), Checkpoints = [1, 10, 75, 150] };

    [Fact]
    public void Policies_with_the_processors_bits_lose_what_they_lose_there()
    {
        var bandit = new BernoulliBandit(0.3, 0.75, 0.5, 0.7);

        Same(GpuBanditSimulator.Run(fixture.Device, bandit, new DeviceUcb1(1), Options), BanditSimulator.Run([new Ucb1()], bandit, Options));
        Same(GpuBanditSimulator.Run(fixture.Device, bandit, new DeviceUcb1(0.3), Options), BanditSimulator.Run([new Ucb1 { Alpha = 0.3 }], bandit, Options));
        Same(GpuBanditSimulator.Run(fixture.Device, bandit, new DeviceEpsilonGreedy(0.2), Options), BanditSimulator.Run([new EpsilonGreedy { Epsilon = 0.2 }], bandit, Options));
        Same(GpuBanditSimulator.Run(fixture.Device, bandit, new DeviceEpsilonGreedy(1, 9), Options), BanditSimulator.Run([new EpsilonGreedy { Epsilon = 1, Decay = 9 }], bandit, Options));
    }

    [Fact]
    public void Exp3_with_the_same_draws_makes_the_same_choices()
    {
        // A choice differs only where a uniform number falls within the last digits of a probability, of which none of these does.
        var bandit = new BernoulliBandit(0.2, 0.8, 0.5);

        Same(
            GpuBanditSimulator.Run(fixture.Device, bandit, new DeviceExp3(DeviceExp3.GammaFor(3, 150)), Options),
            BanditSimulator.Run([new Exp3 { Horizon = 150 }], bandit, Options));
    }

    [Fact]
    public void Thompson_sampling_loses_as_much_as_on_the_processor()
    {
        SimulationOptions options = Options with { Replications = 192 };
        var clicks = new BernoulliBandit(0.3, 0.75, 0.5);
        var normal = new GaussianBandit([0.2, 1.0, 0.6], [1, 0.5, 2]);

        Close(GpuBanditSimulator.Run(fixture.Device, clicks, new DeviceBetaThompson(1, 1), options), BanditSimulator.Run([new ThompsonSampling()], clicks, options with { Replications = 4000 }));
        Close(GpuBanditSimulator.Run(fixture.Device, normal, new DeviceGaussianThompson(0, 1, 1), options), BanditSimulator.Run([new GaussianThompsonSampling()], normal, options with { Replications = 4000 }));
        Close(GpuBanditSimulator.Run(fixture.Device, normal, new DeviceUcb1(1), options), BanditSimulator.Run([new Ucb1()], normal, options with { Replications = 4000 }));
    }

    [Fact]
    public void Misuse_is_told()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeviceBetaThompson(0.5, 1));
        Assert.Throws<ArgumentException>(() => GpuBanditSimulator.Run<BernoulliArms, DeviceUcb1>(fixture.Device, default, [0.5], 2, new DeviceUcb1(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuBanditSimulator.Run(fixture.Device, new BernoulliBandit(0.5), new DeviceUcb1(1), new SimulationOptions { Rounds = 5, Checkpoints = [6] }));
    }

    /// <summary>The same regret in every replication, so that means and errors differ by the order of sums alone, and the same plays.</summary>
    private static void Same(GpuRegret device, RegretReport report)
    {
        PolicyRegret processor = report.Policies[0];
        Assert.Equal(report.Checkpoints, device.Checkpoints.ToArray());
        for (int c = 0; c < device.Checkpoints.Length; c++)
        {
            Assert.Equal(processor.MeanRegret[c], device.MeanRegret[c], 1e-12 * Math.Max(1, processor.MeanRegret[c]));
            Assert.Equal(processor.StandardErrors[c], device.StandardErrors[c], 1e-12 * Math.Max(1, processor.StandardErrors[c]));
        }

        Assert.Equal(processor.MeanPulls.ToArray(), device.MeanPulls.ToArray());
    }

    /// <summary>Means within four standard errors of their difference.</summary>
    private static void Close(GpuRegret device, RegretReport report)
    {
        PolicyRegret processor = report.Policies[0];
        for (int c = 0; c < device.Checkpoints.Length; c++)
        {
            double error = Math.Sqrt((device.StandardErrors[c] * device.StandardErrors[c]) + (processor.StandardErrors[c] * processor.StandardErrors[c]));

            // Where every replication loses the same only the means' rounding is left.
            error += 1e-12;
            Assert.InRange(device.MeanRegret[c] - processor.MeanRegret[c], -4 * error, 4 * error);
        }
    }
}
