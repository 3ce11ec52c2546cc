using OptiCore.Samplers;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>Chains on a device against those of the processor with the same key.</summary>
public sealed class SamplersAgreementTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    private static readonly SamplingOptions Untuned = new() { Chains = 18, WarmUp = 0, Draws = 12, Key = RandomKey.FromSeed(7) };

    [Fact]
    public void Untuned_ChEES_HMC_has_the_bits_of_the_processor()
    {
        var method = new CheesHmc { StepSize = 0.3, TrajectoryLength = 2 };
        SameDraws(method, new NormalChainDensity(5, 0.5, 2), Untuned);
        SameDraws(method with { StepSize = 0.1 }, new FunnelChainDensity(3), Untuned);
        SameDraws(method, new BananaChainDensity(1, 0.5), Untuned);
    }

    [Fact]
    public void Integrators_of_several_stages_have_the_bits_of_the_processor() =>
        SameDraws(new CheesHmc { StepSize = 0.6, TrajectoryLength = 2, Integrator = SplittingIntegrator.ThreeStage }, new NormalChainDensity(4, 0.5, 2), Untuned);

    [Fact]
    public void More_coordinates_than_slices_have_the_bits_of_the_processor() =>
        SameDraws(new CheesHmc { StepSize = 0.3, TrajectoryLength = 1 }, new NormalChainDensity(37, 0.5, 2), Untuned with { Chains = 5, Draws = 6 });

    [Fact]
    public void Untuned_random_walks_have_the_bits_of_the_processor()
    {
        SamplingOptions options = Untuned with { Draws = 40 };
        var density = new BananaChainDensity(1, 0.5);
        SamplingResult expected = Sample.Run(new RandomWalk { StepSize = 0.7 }, new ChainDensityFunction<BananaChainDensity>(density), options);
        GpuSamplingResult actual = GpuSampling.Run(fixture.Device, new RandomWalk { StepSize = 0.7 }, new GpuChainDensity<BananaChainDensity>(density), options);
        Same(expected, actual.Draws!);
        Assert.True(double.IsNaN(actual.Draws!.Chains[0].Statistics[0].Energy));
    }

    /// <summary>Parameters, which MEADS takes from the chains in every transition, included: all its sums have one order.</summary>
    [Theory]
    [InlineData(3, 16)]
    [InlineData(9, 12)]
    public void MEADS_has_the_bits_of_the_processor(int dimension, int chains)
    {
        var density = new NormalChainDensity(dimension, 0.5, 3);
        SamplingOptions options = Untuned with { Chains = chains, WarmUp = 5, Draws = 12 };
        SamplingResult expected = Sample.Run(new Meads(), new ChainDensityFunction<NormalChainDensity>(density), options);
        GpuSamplingResult actual = GpuSampling.Run(fixture.Device, new Meads(), new GpuChainDensity<NormalChainDensity>(density), options);
        Same(expected, actual.Draws!);
        for (int c = 0; c < chains; c++)
        {
            for (int i = 0; i < options.Draws; i++)
            {
                DrawStatistics a = expected.Chains[c].Statistics[i], b = actual.Draws!.Chains[c].Statistics[i];
                Assert.Equal(a, b);
            }
        }
    }

    /// <summary>
    /// Sums over chains, which tune, have another order, and the harmonic mean of acceptance probabilities multiplies their rounding errors by up to a hundred in each transition: from 6e-16 after the first to 3e-12 after the twelfth,
    /// two windows of the metric included. After twenty it is 5e-8.
    /// </summary>
    [Fact]
    public void Tuned_ChEES_HMC_follows_the_processor_for_some_transitions()
    {
        var density = new NormalChainDensity(4, 0.5, 3);
        SamplingOptions options = Untuned with { WarmUp = 24, Draws = 6 };
        SamplingRun expected = SamplingRun.Start(new CheesHmc(), new ChainDensityFunction<NormalChainDensity>(density), options);
        using GpuSamplingRun actual = GpuSampling.Start(fixture.Device, new CheesHmc(), new GpuChainDensity<NormalChainDensity>(density), options);
        for (int t = 0; t < 12; t++)
        {
            expected.Step();
            actual.Step();
            ChainResult chain = expected.Result.Chains[0];
            GpuSamplingResult result = actual.Result;
            Promises.Close(chain.StepSize, result.StepSize, 1e-10, 0, $"step size after {t}");
            for (int i = 0; i < 4; i++)
                Promises.Close(chain.InverseMetric[i], result.InverseMetric[i], 1e-10, 0, $"inverse metric {i} after {t}");
        }

        Assert.NotEqual(1, actual.Result.InverseMetric[0]);
        options = Untuned with { WarmUp = 8, Draws = 4 };
        SamplingResult host = Sample.Run(new CheesHmc(), new ChainDensityFunction<NormalChainDensity>(density), options);
        GpuSamplingResult device = GpuSampling.Run(fixture.Device, new CheesHmc(), new GpuChainDensity<NormalChainDensity>(density), options);
        for (int p = 0; p < 4; p++)
        {
            double[] a = host.Values(p), b = device.Draws!.Values(p);
            for (int i = 0; i < a.Length; i++)
                Promises.Close(a[i], b[i], 1e-10, 1e-10, $"coordinate {p}, draw {i}");
        }
    }

    [Theory]
    [InlineData("ChEES")]
    [InlineData("MEADS")]
    [InlineData("random walk")]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string method)
    {
        SamplingOptions options = Untuned with { Chains = 8, WarmUp = 24, Draws = 4, Key = RandomKey.FromSeed(3) };
        using GpuSamplingRun whole = Start(method, options);
        GpuSamplingResult expected = whole.Complete();
        foreach (int at in (int[])[0, 9, 25])
        {
            using GpuSamplingRun run = Start(method, options);
            for (int i = 0; i < at; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            using GpuSamplingRun resumed = Start(method, options);
            resumed.Load(stream);
            Assert.Equal(at, resumed.Iteration);
            GpuSamplingResult actual = resumed.Complete();
            Same(expected.Draws!, actual.Draws!);
            Assert.Equal(expected.Moments, actual.Moments);
            Assert.Equal(expected.Evaluations, actual.Evaluations);
        }
    }

    private GpuSamplingRun Start(string method, SamplingOptions options)
    {
        var density = new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(3, 0.5, 2));
        return method switch
        {
            "ChEES" => GpuSampling.Start(fixture.Device, new CheesHmc(), density, options),
            "MEADS" => GpuSampling.Start(fixture.Device, new Meads { Folds = 2 }, density, options),
            _ => GpuSampling.Start(fixture.Device, new RandomWalk(), density, options),
        };
    }

    private void SameDraws<TDensity>(CheesHmc method, TDensity density, SamplingOptions options) where TDensity : unmanaged, IChainDensity
    {
        SamplingResult expected = Sample.Run(method, new ChainDensityFunction<TDensity>(density), options);
        GpuSamplingResult actual = GpuSampling.Run(fixture.Device, method, new GpuChainDensity<TDensity>(density), options);
        Same(expected, actual.Draws!);
        for (int c = 0; c < options.Chains; c++)
        {
            for (int i = 0; i < options.Draws; i++)
            {
                DrawStatistics a = expected.Chains[c].Statistics[i], b = actual.Draws!.Chains[c].Statistics[i];
                Assert.Equal(a.LogDensity, b.LogDensity);
                Assert.Equal(a.LeapfrogSteps, b.LeapfrogSteps);
                Assert.Equal(a.Divergent, b.Divergent);
                Assert.Equal(a.Energy, b.Energy);
                Promises.Close(a.AcceptStatistic, b.AcceptStatistic, 1e-15, 0, "acceptance");
            }
        }
    }

    private static void Same(SamplingResult expected, SamplingResult actual)
    {
        Assert.Equal(RunStatus.Completed, actual.Status);
        Assert.Equal(expected.Draws, actual.Draws);
        for (int p = 0; p < expected.ParameterNames.Count; p++)
            Promises.SameBits(expected.Values(p), actual.Values(p), $"coordinate {p}");
    }
}
