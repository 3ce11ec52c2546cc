using System.Reflection;
using OptiCore.Devices;
using OptiCore.Numerics;
using OptiCore.Problems;
using OptiCore.Samplers;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>What chains on a device find, and how their runs behave.</summary>
public sealed class SamplersTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows => [KernelTable.Of(typeof(ChainDensityKernels), nameof(ChainDensityKernels.Evaluate), typeof(LogNormalDensity))];

    private GpuDevice Device => fixture.Device;

    /// <summary>|z| below 5 with standard errors from the spread of 16 chains (Student): false alarms 2e-4 for each of the eighteen tests, and keys are fixed.</summary>
    [Theory]
    [InlineData("ChEES")]
    [InlineData("MEADS")]
    [InlineData("random walk")]
    public void Moments_are_right(string method)
    {
        var density = new NormalChainDensity(3, 0.5, 2);
        var options = new SamplingOptions { Chains = 16, WarmUp = method == "MEADS" ? 40 : 80, Draws = 50, Key = RandomKey.FromSeed(11) };
        SamplingResult draws = Run(method, new GpuChainDensity<NormalChainDensity>(density), options).Draws!;
        for (int p = 0; p < 3; p++)
        {
            double deviation = density.StandardDeviation(p);
            Assert.InRange(ChainZ(draws, p, x => x), -5, 5);
            Assert.InRange(ChainZ(draws, p, x => (x * x) - (deviation * deviation)), -5, 5);
        }
    }

    [Fact]
    public void ChEES_HMC_meets_its_acceptance()
    {
        var options = new SamplingOptions { Chains = 16, WarmUp = 100, Draws = 20, Key = RandomKey.FromSeed(2) };
        SamplingResult draws = Run("ChEES", new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(5, 1, 3)), options).Draws!;
        double harmonic = 0;
        for (int i = 0; i < 20; i++)
            harmonic += 16 / draws.Chains.Sum(c => 1 / c.Statistics[i].AcceptStatistic) / 20;

        // After 50 transitions in the last metric the average of the step size lies on the safe side, as on the processor.
        Assert.InRange(harmonic, 0.6, 0.95);
        Assert.All(draws.Chains, c => Assert.Equal(draws.Chains[0].StepSize, c.StepSize));
        for (int i = 0; i < 5; i++)
            Assert.InRange(draws.Chains[0].InverseMetric[i] / Math.Pow(1 + (2 * i / 4.0), 2), 0.4, 2.2);
    }

    [Fact]
    public void A_random_walk_meets_its_acceptance_with_one_step_size_for_all_chains()
    {
        var options = new SamplingOptions { Chains = 32, WarmUp = 100, Draws = 30, Key = RandomKey.FromSeed(5) };
        SamplingResult draws = Run("random walk", new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(4, 1, 3)), options).Draws!;
        Assert.InRange(draws.Chains.Average(c => c.Statistics.ToArray().Average(s => s.AcceptStatistic)), 0.15, 0.35);
        Assert.InRange(draws.Chains[0].InverseMetric[3] / draws.Chains[0].InverseMetric[0], 3, 25);
    }

    /// <summary>Chains that are draws of the target stay so, in each fold: what MEADS takes from other chains biases nothing. |z| below 4.5: 1e-5.</summary>
    [Fact]
    public void Folds_of_MEADS_are_stationary()
    {
        const int Chains = 64, Runs = 12, Transitions = 4;
        double sum = 0, squares = 0;
        for (int r = 0; r < Runs; r++)
        {
            RandomKey key = RandomKey.FromSeed(91).Fold(r);
            RandomStream stream = key.Fold("start").Stream();
            double[][] start = new double[Chains][];
            for (int c = 0; c < Chains; c++)
                start[c] = [stream.NextNormal(), 2 * stream.NextNormal()];
            var options = new SamplingOptions { Chains = Chains, WarmUp = 0, Draws = Transitions, Key = key, InitialPoints = start };
            SamplingResult draws = Run("MEADS", new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(2, 1, 2)), options).Draws!;
            Assert.Equal(Chains / 4, draws.Chains.Count(c => c.Statistics[0].LeapfrogSteps == 0));
            foreach (ChainResult chain in draws.Chains)
            {
                double x = chain.Draw(Transitions - 1)[1] / 2;
                sum += x;
                squares += (x * x) - 1;
            }
        }

        // Variances 1 and 2 of each chain's terms, which are nearly independent.
        Assert.InRange(sum / Math.Sqrt(Runs * Chains), -4.5, 4.5);
        Assert.InRange(squares / Math.Sqrt(2.0 * Runs * Chains), -4.5, 4.5);
    }

    [Theory]
    [InlineData(1, 5, 7)]
    [InlineData(3, 20, 18)]
    [InlineData(6, 33, 4)]
    public void Logistic_regression_has_the_values_and_gradients_of_the_processor(int dimension, int rows, int chains)
    {
        (double[] design, double[] labels) = Data(dimension, rows);
        var expected = new LogisticRegressionPosterior(design, labels, 1.5);
        var density = new GpuLogisticRegression(design, labels, 1.5);
        double[] positions = new double[dimension * chains], point = new double[dimension], gradient = new double[dimension];
        RandomStream stream = RandomKey.FromSeed(4).Stream();
        for (int i = 0; i < positions.Length; i++)
            positions[i] = 3 * stream.NextNormal();
        using DeviceBuffer<double> x = Device.Upload<double>(positions), values = Device.Zeros<double>(chains), gradients = Device.Zeros<double>(positions.Length), none = Device.Allocate<double>(0);
        foreach (int block in (int[])[rows, 4])
        {
            using GpuLogDensityState state = density.Start(Device, chains, block);
            state.Evaluate(Device.View(x), Device.View(values), Device.View(gradients));
            double[] actual = values.ToArray(), derivatives = gradients.ToArray();
            state.Evaluate(Device.View(x), Device.View(values), Device.View(none));
            Promises.SameBits(actual, values.ToArray(), "values alone");
            for (int c = 0; c < chains; c++)
            {
                for (int i = 0; i < dimension; i++)
                    point[i] = positions[(i * chains) + c];
                Promises.Close(expected.ValueAndGradient(point, gradient), actual[c], 1e-12, 1e-12, $"value {c}");
                for (int i = 0; i < dimension; i++)
                    Promises.Close(gradient[i], derivatives[(i * chains) + c], 1e-12, 1e-11, $"derivative {i} of chain {c}");
            }
        }
    }

    /// <summary>The standard error is from the spread over 16 chains, beside which the processor's is small; |z| below 5 (Student: 2e-4).</summary>
    [Fact]
    public void Logistic_regression_has_the_posterior_mean_of_the_processor()
    {
        (double[] design, double[] labels) = Data(3, 16);
        SamplingResult expected = Sample.Run(new CheesHmc(), new LogisticRegressionPosterior(design, labels), new SamplingOptions { Chains = 32, WarmUp = 400, Draws = 1000, Key = RandomKey.FromSeed(1) });
        GpuSamplingResult actual = Run("ChEES", new GpuLogisticRegression(design, labels), new SamplingOptions { Chains = 16, WarmUp = 40, Draws = 24, Key = RandomKey.FromSeed(2) });
        for (int p = 0; p < 3; p++)
        {
            double mean = Diagnostics.Mean(expected.Values(p));
            Assert.InRange(ChainZ(actual.Draws!, p, x => x - mean), -5, 5);
            Assert.InRange(actual.Moments[p].StandardDeviation / Diagnostics.StandardDeviation(expected.Values(p)), 0.8, 1.25);
        }
    }

    [Fact]
    public void A_density_that_is_not_a_number_is_never_a_draw()
    {
        var options = new SamplingOptions { Chains = 12, WarmUp = 0, Draws = 15, Key = RandomKey.FromSeed(3) };
        var density = new LogNormalDensity();
        var method = new CheesHmc { StepSize = 1.5, TrajectoryLength = 6 };
        SamplingResult expected = Sample.Run(method, new ChainDensityFunction<LogNormalDensity>(density), options);
        GpuSamplingResult result = GpuSampling.Run(Device, method, new GpuChainDensity<LogNormalDensity>(density), options);
        SamplingResult actual = result.Draws!;
        Assert.True(result.Divergences > 0);
        Assert.Equal(expected.Divergences, result.Divergences);
        for (int c = 0; c < 12; c++)
        {
            Assert.Equal(expected.Chains[c].DivergenceCount, actual.Chains[c].DivergenceCount);
            for (int i = 0; i < 15; i++)
            {
                Assert.True(actual.Chains[c].Draw(i)[0] > 0);
                Assert.Equal(expected.Chains[c].Draw(i)[0], actual.Chains[c].Draw(i)[0]);
                Assert.Equal(expected.Chains[c].Statistics[i].Divergent, actual.Chains[c].Statistics[i].Divergent);
                Assert.True(double.IsFinite(actual.Chains[c].Statistics[i].LogDensity));
            }
        }

        foreach (string other in (string[])["MEADS", "random walk"])
            Assert.All(Run(other, new GpuChainDensity<LogNormalDensity>(density), options).Draws!.Values(0), x => Assert.True(x > 0));
    }

    [Fact]
    public void Chains_that_cannot_start_fail_in_words()
    {
        var options = new SamplingOptions { Chains = 4, WarmUp = 0, Draws = 2, InitialPoints = [[-1]] };
        GpuSamplingResult result = Run("random walk", new GpuChainDensity<LogNormalDensity>(new LogNormalDensity()), options);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.Equal(StopReason.NonFiniteStart, result.Reason);
        Assert.Contains("initial point", result.Message, StringComparison.Ordinal);
        Assert.Empty(result.Moments);
    }

    [Fact]
    public void Moments_on_the_device_are_those_of_the_draws()
    {
        const int Chains = 7, Draws = 24;
        var options = new SamplingOptions { Chains = Chains, WarmUp = 0, Draws = Draws, Key = RandomKey.FromSeed(8) };
        var method = new CheesHmc { StepSize = 0.4, TrajectoryLength = 1.5 };
        GpuSamplingResult result = GpuSampling.Run(Device, method, new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(2, 1, 2)), options, new GpuRecording { Batches = 6 });
        for (int p = 0; p < 2; p++)
        {
            double[] values = result.Draws!.Values(p), means = new double[Chains];
            double within = 0, ofBatches = 0;
            for (int c = 0; c < Chains; c++)
            {
                Span<double> chain = values.AsSpan(c * Draws, Draws);
                means[c] = Diagnostics.Mean(chain);
                within += Math.Pow(Diagnostics.StandardDeviation(chain), 2) / Chains;
                double[] batches = new double[6];
                for (int b = 0; b < 6; b++)
                    batches[b] = Diagnostics.Mean(chain.Slice(b * 4, 4));
                ofBatches += Math.Pow(Diagnostics.StandardDeviation(batches), 2) / Chains;
            }

            double ess = Chains * Draws * within / (4 * ofBatches), between = Math.Pow(Diagnostics.StandardDeviation(means), 2);
            ChainMoment moment = result.Moments[p];
            Promises.Close(Diagnostics.Mean(values), moment.Mean, 1e-12, 1e-12, "mean");
            Promises.Close(Math.Sqrt(within), moment.StandardDeviation, 1e-12, 0, "standard deviation");
            Promises.Close(ess, moment.Ess, 1e-10, 0, "effective size");
            Promises.Close(Math.Sqrt(within / ess), moment.McseMean, 1e-10, 0, "standard error");
            Promises.Close(Math.Sqrt(((Draws - 1.0) / Draws) + (between / within)), moment.RHat, 1e-12, 0, "R-hat");
        }
    }

    [Fact]
    public void Thinned_draws_are_every_so_manieth_and_none_may_be_kept()
    {
        var options = new SamplingOptions { Chains = 4, WarmUp = 0, Draws = 9, Key = RandomKey.FromSeed(6) };
        var method = new RandomWalk();
        var density = new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(2, 1, 2));
        GpuSamplingResult all = GpuSampling.Run(Device, method, density, options), thinned = GpuSampling.Run(Device, method, density, options, new GpuRecording { Thinning = 4 });
        GpuSamplingResult none = GpuSampling.Run(Device, method, density, options, new GpuRecording { Thinning = 0 });
        Assert.Equal(2, thinned.Draws!.Draws);
        for (int c = 0; c < 4; c++)
        {
            Assert.Equal(all.Draws!.Chains[c].Draw(3), thinned.Draws.Chains[c].Draw(0));
            Assert.Equal(all.Draws.Chains[c].Draw(7), thinned.Draws.Chains[c].Draw(1));
        }

        Assert.Null(none.Draws);
        Assert.Equal(all.Moments, none.Moments);
        Assert.Empty(GpuSampling.Run(Device, method, density, options, new GpuRecording { KeepsMoments = false }).Moments);
    }

    [Theory]
    [InlineData("ChEES")]
    [InlineData("MEADS")]
    [InlineData("random walk")]
    public void Memory_of_the_device_is_taken_at_the_start_and_given_back(string method)
    {
        long before = Device.AllocatedBytes;
        var density = new GpuLogisticRegression(Data(2, 6).Design, Data(2, 6).Labels);
        using (GpuSamplingRun run = Start(method, density, new SamplingOptions { Chains = 8, WarmUp = 12, Draws = 4 }))
        {
            long taken = Device.AllocatedBytes;
            Assert.True(taken > before);
            while (run.Step())
                Assert.Equal(taken, Device.AllocatedBytes);
            Assert.Equal(RunStatus.Completed, run.Status);
        }

        Assert.Equal(before, Device.AllocatedBytes);
    }

    [Fact]
    public void Cancellation_and_limits_keep_the_draws_and_progress_is_told()
    {
        var density = new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(2, 1, 2));
        using var source = new CancellationTokenSource();
        var progress = new Reports();
        var options = new SamplingOptions { Chains = 4, WarmUp = 3, Draws = 5, Progress = progress, ProgressInterval = TimeSpan.Zero };
        using GpuSamplingRun run = Start("random walk", density, options);
        for (int i = 0; i < 5; i++)
            Assert.True(run.Step(source.Token));
        source.Cancel();
        GpuSamplingResult stopped = run.Complete(source.Token);
        Assert.Equal((RunStatus.Stopped, StopReason.Cancelled, 2), (stopped.Status, stopped.Reason, stopped.Draws!.Draws));
        GpuSamplingResult completed = run.Complete();
        Assert.Equal((RunStatus.Completed, 5), (completed.Status, completed.Draws!.Draws));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], progress.Iterations);
        GpuSamplingResult late = Run("random walk", density, options with { Progress = null, MaxTime = TimeSpan.FromTicks(1) });
        Assert.Equal((RunStatus.Stopped, StopReason.MaxTime), (late.Status, late.Reason));
    }

    [Fact]
    public void Options_that_a_device_cannot_follow_are_refused()
    {
        var density = new GpuChainDensity<NormalChainDensity>(new NormalChainDensity(2, 1, 2));
        var options = new SamplingOptions { Chains = 8 };
        long before = Device.AllocatedBytes;
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuSampling.Start(Device, new CheesHmc(), density, options with { Chains = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => GpuSampling.Start(Device, new Meads(), density, options with { Chains = 10 }));
        Assert.Throws<ArgumentException>(() => GpuSampling.Start(Device, new RandomWalk { Metric = new DenseMetric() }, density, options));
        Assert.Throws<ArgumentException>(() => GpuSampling.Start(Device, new RandomWalk { Adaptation = new AdaptiveMetropolis() }, density, options));
        Assert.Throws<ArgumentException>(() => GpuSampling.Start(Device, new RandomWalk(), density, options with { Initialization = new Pathfinder() }));
        Assert.Throws<ArgumentException>(() => GpuSampling.Start(Device, new RandomWalk(), density, options with { InitialPoints = [[1, 2, 3]] }));
        Assert.Throws<ArgumentException>(() => GpuSampling.Start(Device, new RandomWalk(), density, options with { InitialPoints = [[1, double.NaN]] }));
        Assert.Equal("Thinning", Assert.Throws<ArgumentOutOfRangeException>(() => new GpuRecording { Thinning = -1 }).ParamName);
        Assert.Equal("Batches", Assert.Throws<ArgumentOutOfRangeException>(() => new GpuRecording { Batches = 1 }).ParamName);
        Assert.Throws<ArgumentException>(() => new GpuLogisticRegression([1, 2], [2]));
        Assert.Throws<ArgumentException>(() => new GpuLogisticRegression([1, 2, 3], [1, 0]));
        Assert.Equal(before, Device.AllocatedBytes);
    }

    /// <summary>Central differences with a step of 1e-6 have an error of about 1e-9.</summary>
    [Fact]
    public void Gradients_of_the_formulas_are_right()
    {
        Check(new ChainDensityFunction<NormalChainDensity>(new(3, 0.5, 2)));
        Check(new ChainDensityFunction<FunnelChainDensity>(new(4, 3)));
        Check(new ChainDensityFunction<BananaChainDensity>(new(1.3, 0.5)));

        static void Check(IDifferentiableFunction<double> density)
        {
            double[] x = [0.3, -0.7, 1.1, 0.4], gradient = new double[density.Dimension];
            x = x[..density.Dimension];
            Assert.Equal(density.Value(x), density.ValueAndGradient(x, gradient));
            for (int i = 0; i < x.Length; i++)
            {
                double at = x[i];
                x[i] = at + 1e-6;
                double up = density.Value(x);
                x[i] = at - 1e-6;
                Promises.Close((up - density.Value(x)) / 2e-6, gradient[i], 1e-8, 1e-8, $"derivative {i}");
                x[i] = at;
            }
        }
    }

    private GpuSamplingRun Start(string method, IGpuLogDensity density, SamplingOptions options) => method switch
    {
        "ChEES" => GpuSampling.Start(Device, new CheesHmc(), density, options),
        "MEADS" => GpuSampling.Start(Device, new Meads(), density, options),
        _ => GpuSampling.Start(Device, new RandomWalk(), density, options),
    };

    private GpuSamplingResult Run(string method, IGpuLogDensity density, SamplingOptions options)
    {
        using GpuSamplingRun run = Start(method, density, options);
        return run.Complete();
    }

    /// <summary>The mean of a function over all draws, divided by its standard error from the spread of the chains' means.</summary>
    private static double ChainZ(SamplingResult result, int parameter, Func<double, double> function)
    {
        double[] means = [.. result.Chains.Select(chain => Enumerable.Range(0, chain.Count).Average(i => function(chain.Draw(i)[parameter])))];
        return means.Average() / (Diagnostics.StandardDeviation(means) / Math.Sqrt(means.Length));
    }

    private static (double[] Design, double[] Labels) Data(int dimension, int rows)
    {
        RandomStream stream = RandomKey.FromSeed(31).Stream();
        double[] design = new double[dimension * rows], labels = new double[rows];
        for (int i = 0; i < rows; i++)
        {
            double sum = 0;
            for (int k = 0; k < dimension; k++)
            {
                design[(i * dimension) + k] = stream.NextNormal();
                sum += design[(i * dimension) + k] * (k - 1);
            }

            labels[i] = stream.NextDouble() < 1 / (1 + Math.Exp(-sum)) ? 1 : 0;
        }

        return (design, labels);
    }

    /// <summary>ln x ~ N(0, 1) on the scale of x: not a number at negative x.</summary>
    internal readonly struct LogNormalDensity : IChainDensity
    {
        public int Dimension => 1;

        public T Evaluate<T, TPoint>(TPoint x)
            where T : struct, IReal<T>
            where TPoint : struct, IChainPoint<T>, allows ref struct
        {
            T log = T.Log(x[0]);
            x.SetGradient(0, -((1 + log) / x[0]));
            return (-0.5 * (log * log)) - log;
        }
    }

    private sealed class Reports : IProgress<SamplingProgress>
    {
        public List<int> Iterations { get; } = [];

        public void Report(SamplingProgress value) => Iterations.Add(value.Iteration);
    }
}
