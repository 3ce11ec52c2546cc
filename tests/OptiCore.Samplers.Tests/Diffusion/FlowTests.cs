using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Networks trained here: flow matching, denoising, and reflow.</summary>
public class FlowTests
{
    private static readonly Lazy<(NetworkModel<float> First, NetworkModel<float> Second, DiffusionTraining Training)> Flows = new(() =>
    {
        double[] data = new double[2 * 4096];
        Mixtures.Golden.Sample(RandomKey.FromSeed(61), data);
        var training = new DiffusionTraining { Steps = 2000, Hidden = [64, 64, 64], LearningRate = 0.01 };
        NetworkModel<float> first = training.Fit(data, 2);
        return (first, new RectifiedFlow { Training = training with { Key = RandomKey.FromSeed(63) }, SimulationSteps = 15, Pairs = 2048 }.Reflow(first), training);
    });

    /// <summary>A small network after a short training explains all but two per cent of the velocity's power: 0.107 to 0.113 with the keys of seeds 0 to 2.</summary>
    [Fact]
    public void A_trained_velocity_is_near_the_exact_one()
    {
        double exactPower = 0, error = 0;
        double[] noise = Noise(512, 64), expected = new double[noise.Length], actual = new double[noise.Length];
        foreach (double time in new[] { 0.3, 0.5, 0.7, 0.9 })
        {
            NoiseLevel level = new FlowMatchingSchedule().At(time);
            double[] x = DiffusionConformanceTests.Noisy(Mixtures.Golden, level, 512, RandomKey.FromSeed(65));
            Mixtures.Golden.WithPrediction(Prediction.Flow).Evaluate(x, level, expected);
            Flows.Value.First.Evaluate(x, level, actual);
            for (int i = 0; i < x.Length; i++)
            {
                exactPower += expected[i] * expected[i];
                error += (expected[i] - actual[i]) * (expected[i] - actual[i]);
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"relative error {Math.Sqrt(error / exactPower):f3}");
        Assert.True(Math.Sqrt(error / exactPower) < 0.15, $"{Math.Sqrt(error / exactPower):f3}");
    }

    [Fact]
    public void Reflow_makes_paths_straighter_and_one_step_better()
    {
        (NetworkModel<float> first, NetworkModel<float> second, _) = Flows.Value;
        double[] noise = Noise(512, 66);
        double curved = RectifiedFlow.Curvature(first, noise), straight = RectifiedFlow.Curvature(second, noise);
        double oneStep = OneStepError(first, noise), oneStepAfter = OneStepError(second, noise);
        TestContext.Current.TestOutputHelper?.WriteLine($"curvature {curved:f4} then {straight:f4}; one step {oneStep:f3} then {oneStepAfter:f3}");
        Assert.True(straight < curved / 3, $"curvature {curved:f4} then {straight:f4}");
        Assert.True(oneStepAfter < oneStep / 2, $"one step {oneStep:f3} then {oneStepAfter:f3}");
    }

    [Fact]
    public void A_networks_samples_are_the_same_for_any_division_and_allocate_nothing()
    {
        NetworkModel<float> flow = Flows.Value.First;
        TimeGrid grid = TimeGrid.Uniform(new FlowMatchingSchedule(), 8);
        var options = new DiffusionOptions { Count = 200, Key = RandomKey.FromSeed(67) };
        double[] whole = DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, grid, options).EnsureCompleted().Samples;
        Promises.SameBits(whole, DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, grid, options with { Workers = Workers.Threads(3) }).Samples, "three workers");
        double[] first = DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, grid, options with { Count = 77 }).Samples;
        double[] second = DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, grid, options with { Count = 123, FirstSample = 77 }).Samples;
        Promises.SameBits(whole, [.. first, .. second], "two batches");
        DiffusionRun run = DiffusionRun.Start(flow, new Ddim(), TimeGrid.Uniform(new FlowMatchingSchedule(), 1500), new DiffusionOptions { Count = 3 });
        Promises.AllocatesNothing(() => run.Step(), "a network", warmUp: 50, measured: 20);
    }

    [Fact]
    public void Training_is_reproducible_and_refuses_nonsense()
    {
        var training = new DiffusionTraining { Steps = 20, Hidden = [8], Batch = 16, Prediction = Prediction.Noise, Schedule = new LinearVariancePreserving() };
        double[] data = [.. Mixtures.Start];
        Promises.SameBits(training.Fit(data, 2).Parameters, training.Fit(data, 2).Parameters, "same key");
        Assert.Equal("data", Assert.Throws<ArgumentException>(() => training.Fit([1.0, 2, 3], 2)).ParamName);
        Assert.Equal("noise", Assert.Throws<ArgumentException>(() => training.FitPairs(data, [1.0], 2)).ParamName);
    }

    private static double OneStepError(IDiffusionModel flow, double[] noise)
    {
        INoiseSchedule schedule = new FlowMatchingSchedule();
        double[] one = DiffusionSampler.Run(flow, new FlowSampler(), TimeGrid.Uniform(schedule, 1), noise).Samples;
        double[] many = DiffusionSampler.Run(flow, new FlowSampler { Heun = true }, TimeGrid.Uniform(schedule, 50), noise).Samples;
        return Mixtures.RootMeanSquare(one, many);
    }

    private static double[] Noise(int count, ulong seed)
    {
        double[] noise = new double[2 * count];
        Randomness.RandomFill.Normal(RandomKey.FromSeed(seed), noise);
        return noise;
    }
}
