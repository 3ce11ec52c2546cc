using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>What holds for every kernel: one row in the table, every law for every row.</summary>
public class ConformanceTests
{
    internal static readonly Dictionary<string, KernelRow> Table = new()
    {
        ["NUTS"] = new(new NoUTurn()) { Diverges = true },
        ["NUTS, dense metric"] = new(new NoUTurn { Metric = new DenseMetric() }) { Diverges = true },
        ["NUTS, ratios of variances"] = new(new NoUTurn { Metric = new DiagonalMetric { Estimate = DiagonalEstimate.Fisher } }) { Diverges = true },
        ["NUTS, low-rank metric"] = new(new NoUTurn { Metric = new LowRankMetric() }) { Diverges = true },
        ["NUTS, unit metric"] = new(new NoUTurn { Metric = new UnitMetric() }) { Diverges = true },
        ["NUTS, two stages"] = new(new NoUTurn { Integrator = SplittingIntegrator.TwoStage }) { Diverges = true },
        ["HMC"] = new(new Hmc()) { Diverges = true },
        ["HMC, fixed steps"] = new(new Hmc { Steps = 8, Jitter = 0.4 }) { Diverges = true },
        ["parallel tempering"] = new(new ParallelTempering { Ladder = new() { Rungs = 4, Least = 0.2 } }) { Diverges = true },
        ["parallel tempering, HMC"] = new(new ParallelTempering { Kernel = new Hmc { Steps = 5 }, Ladder = new() { Rungs = 3, Least = 0.3 } }) { Diverges = true },
        ["parallel tempering without gradients"] = new(new GradientFreeParallelTempering(new SliceSampler()) { Ladder = new() { Rungs = 3, Least = 0.3 } }) { Length = 3 },
        ["HMC, three stages, dense metric"] = new(new Hmc { Integrator = SplittingIntegrator.ThreeStage, Metric = new DenseMetric() }) { Diverges = true },
        ["random walk"] = new(new RandomWalk()) { Length = 30 },
        ["random walk, adaptive, dense metric"] = new(new RandomWalk { Metric = new DenseMetric(), Adaptation = new AdaptiveMetropolis() }) { Length = 20 },
        ["MALA"] = new(new Mala()) { Diverges = true, Length = 10 },
        ["MALA, adaptive, dense metric"] = new(new Mala { Metric = new DenseMetric(), Adaptation = new AdaptiveMetropolis() }) { Diverges = true, Length = 10 },
        ["Barker"] = new(new Barker()) { Length = 15 },
        ["Barker, adaptive, dense metric"] = new(new Barker { Metric = new DenseMetric(), Adaptation = new AdaptiveMetropolis() }) { Length = 15 },
        ["slice"] = new(new SliceSampler()) { Length = 4 },
        ["slice, doubling, shuffled"] = new(new SliceSampler { Expansion = SliceExpansion.Doubling, Scan = ScanOrder.Shuffled }) { Length = 4 },
        ["slice, few steps out, random scan"] = new(new SliceSampler { MaxExpansions = 2, Scan = ScanOrder.Random, Adaptation = null }) { Length = 8 },
        ["elliptical slice"] = new(new OnGaussianPrior(new EllipticalSlice())) { Published = new EllipticalSlice(), Length = 10 },
        ["generalised HMC"] = new(new GeneralizedHmc()) { Diverges = true, Length = 10 },
        ["MALT"] = new(new Malt()) { Diverges = true, Length = 2 },
        ["underdamped Langevin"] = new(new UnderdampedLangevin { StepSize = 0.2, Steps = 5 }) { Diverges = true, Length = 5, Bias = 0.01, NormalVariance = static precision => 1 / precision },
        ["MCLMC"] = new(new Mclmc()) { Diverges = true, Length = 15, Bias = 0.03 },
        ["MCLMC, leapfrog, dense metric"] = new(new Mclmc { Integrator = IsokineticIntegrator.Leapfrog, Metric = new DenseMetric(), Steps = 3, Adaptation = new MclmcAdaptation { EnergyVariance = 8e-6 } }) { Diverges = true, Length = 15, Bias = 0.02 },
        ["SGLD"] = Stochastic(new Sgld { StepSize = 0.05, Steps = 10, Gradients = new MiniBatch { Size = 5 } }) with { Length = 8, Bias = 0.02, NormalVariance = StationaryMoments.Sgld(0.05), DiffusionStep = 0.025 },
        ["SGLD, decaying steps"] = Stochastic(new Sgld { StepSize = 0.08, Decay = 0.3, Steps = 10 }) with { Length = 10, Bias = 0.02, NormalVariance = StationaryMoments.Sgld(0.08, 0.3, 10, 400, 6000), DiffusionStep = 0.014 },
        ["SGHMC"] = Stochastic(new Sghmc { StepSize = 0.05, Steps = 10, Gradients = new MiniBatch { Size = 5 } }) with { Length = 5, Bias = 0.02, NormalVariance = StationaryMoments.Sghmc(0.05, 10, resamples: false) },
        ["SGHMC, new velocities"] = Stochastic(new Sghmc { StepSize = 0.05, Steps = 20, ResampleVelocity = true }) with { Length = 5, Bias = 0.05, NormalVariance = StationaryMoments.Sghmc(0.05, 20, resamples: true) },
        ["Gibbs of HMC and slices"] = Blockwise(ScanOrder.Systematic, HmcAndSlices) with { Diverges = true, Length = 4 },
        ["Gibbs of random walks, random scan"] = Blockwise(ScanOrder.Random, RandomWalks) with { Length = 25 },
        ["Gibbs with gradients"] = new(new GibbsWithGradients { Steps = 3 }) { IsBinary = true, Length = 2 },
    };

    public static TheoryData<string> Kernels => [.. Table.Keys];

    public static IEnumerable<TheoryDataRow<string, string>> KernelsAndTargets =>
        from kernel in Table.Keys from target in KnownTargets.Keys select new TheoryDataRow<string, string>(kernel, target);

    private static Dictionary<string, IKnownMoments> KnownTargets { get; } = new()
    {
        ["standard normal"] = new StandardNormal(5),
        ["correlated normal"] = MultivariateNormal.Autoregressive(4, 0.8),
        ["skewed"] = new IndependentGamma(2, 5, 1.5),
        ["banana"] = new Banana(curvature: 0.1, scale: 1.5),
        ["funnel, non-centred"] = new NealFunnelNonCentered(4, scale: 1),
    };

    private static KernelRow Stochastic(ISampler<IFiniteSumFunction<double>> sampler) => new(new OverTerms(sampler)) { Published = sampler, Diverges = true };

    private static KernelRow Blockwise(ScanOrder scan, Func<int, IReadOnlyList<GibbsBlock>> blocks)
    {
        var sampler = new InBlocks(scan, blocks);
        return new(sampler) { Published = sampler.Published };
    }

    private static IReadOnlyList<GibbsBlock> HmcAndSlices(int dimension)
    {
        int[] rest = [.. Enumerable.Range(1, dimension - 1)];
        return [new KernelBlock { Coordinates = [0], Kernel = new Hmc() }, new KernelBlock { Coordinates = rest, Kernel = new SliceSampler() }];
    }

    private static IReadOnlyList<GibbsBlock> RandomWalks(int dimension)
    {
        return [.. Enumerable.Range(0, dimension).Select(i => new KernelBlock { Coordinates = [i], Kernel = new RandomWalk(), Draws = 2 })];
    }

    [Fact]
    public void Every_published_kernel_has_a_row()
    {
        static bool IsKernel(Type t) => t.GetInterfaces().Any(i => i.IsGenericType && (i.GetGenericTypeDefinition() == typeof(ISampler<>) || i.GetGenericTypeDefinition() == typeof(IEnsembleSampler<>)));
        IEnumerable<Type> published = typeof(NoUTurn).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && IsKernel(t));
        IEnumerable<object> rows = [.. Table.Values.Select(row => row.Published), .. EnsembleConformanceTests.Table.Values, .. TemperingTests.GradientFree];
        Assert.All(published, t => Assert.Contains(rows, s => s.GetType() == t));
        Assert.All(published, t => Assert.True(t.IsDefined(typeof(AlgorithmAttribute), false), $"{t} has no [Algorithm]."));
    }

    /// <summary>
    /// z-tests of mean and variance for each parameter, errors from the effective sample size: |z| &lt; 4.5 has a false alarm rate of 7e-6 for each of the
    /// few hundred tests, and keys are fixed. Kernels without Metropolis correction are compared with the moments of their own chain, where those are known, and may be off by the bias of their row elsewhere.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsAndTargets))]
    public void Moments_are_right(string kernel, string target)
    {
        IKnownMoments density = KnownTargets[target];
        KernelRow row = Table[kernel];
        SamplingResult result = Sample.Run(row.Sampler, density, new SamplingOptions { Chains = 4, WarmUp = 400, Draws = 600 * row.Length, Key = RandomKey.FromSeed(11) });
        Assert.Equal(RunStatus.Completed, result.Status);
        for (int p = 0; p < density.ParameterCount; p++)
        {
            (double mean, double variance, double bias) = StationaryMoments.Of(row, density, p);
            if (row.IsBinary)
                (mean, variance) = Targets.BinaryMoments(density, p);
            double[] draws = result.Values(p);
            Assert.True(Diagnostics.EssMean(draws, 4) > 200, $"{density.ParameterNames[p]}: an effective size of {Diagnostics.EssMean(draws, 4):f0} is too small to test.");
            double z = ErrorBeyond(bias * Math.Sqrt(variance), Diagnostics.Mean(draws) - mean) / Diagnostics.McseMean(draws, 4);
            Assert.True(Math.Abs(z) < 4.5, $"{density.ParameterNames[p]}: the mean is off by {z:f1} standard errors.");

            double[] squares = [.. draws.Select(v => (v - mean) * (v - mean))];
            z = ErrorBeyond(bias * variance, Diagnostics.Mean(squares) - variance) / Diagnostics.McseMean(squares, 4);
            Assert.True(Math.Abs(z) < 4.5, $"{density.ParameterNames[p]}: the variance is off by {z:f1} standard errors.");
        }

        static double ErrorBeyond(double bias, double error) => Math.Max(0, Math.Abs(error) - bias);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Draws_depend_on_the_key_alone_not_on_the_workers_or_the_way_of_driving(string kernel)
    {
        var options = new SamplingOptions { Chains = 3, WarmUp = 120, Draws = 40, Key = RandomKey.FromSeed(5) };
        IKnownMoments density = KnownTargets["correlated normal"];
        double[] serial = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, density, options));
        double[] parallel = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, density, options with { Workers = Workers.Threads(3) }));
        Promises.SameBits(serial, parallel, "three workers");

        SamplingRun run = SamplingRun.Start(Table[kernel].Sampler, density, options);
        while (run.Step())
        {
        }

        Promises.SameBits(serial, Targets.AllDraws(run.Result), "step by step");
        double[] other = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, density, options with { Key = RandomKey.FromSeed(6) }));
        Assert.NotEqual(serial, other);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 150, Draws = 30, Key = RandomKey.FromSeed(8) };
        IKnownMoments density = KnownTargets["skewed"];
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, density, options));

        // Before the first step, inside the initial buffer, at a window's end, inside a window, at the end of warm-up, among the draws.
        foreach (int at in (int[])[0, 30, 100, 101, 150, 163])
        {
            SamplingRun run = SamplingRun.Start(Table[kernel].Sampler, density, options);
            for (int i = 0; i < at; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            SamplingRun resumed = SamplingRun.Start(Table[kernel].Sampler, density, options);
            resumed.Load(stream);
            Assert.Equal(at, resumed.Iteration);
            Promises.SameBits(whole, Targets.AllDraws(resumed.Complete()), $"saved after {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_draw_allocates_nothing(string kernel)
    {
        SamplingRun run = SamplingRun.Start(Table[kernel].Sampler, KnownTargets["correlated normal"], new SamplingOptions { Chains = 1, WarmUp = 50, Draws = 1000 });
        Promises.AllocatesNothing(() => run.Step(), kernel);
        Assert.Equal(RunStatus.Running, run.Status);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_density_that_is_not_a_number_is_never_a_draw_and_a_divergence_of_trajectories(string kernel)
    {
        KernelRow row = Table[kernel];
        SamplingResult result = Sample.Run(
            row.Sampler, Targets.NaNBeyond(0.5), new SamplingOptions { Chains = 2, WarmUp = 100, Draws = 200, Key = RandomKey.FromSeed(3), MaxDivergenceRecords = 4 });
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.Equal(row.Diverges, result.Divergences > 0);
        foreach (ChainResult chain in result.Chains)
        {
            Assert.Equal(chain.Statistics.ToArray().Count(s => s.Divergent), chain.DivergenceCount);
            Assert.True(chain.Divergences.Count <= 4);
            Assert.All(chain.Divergences, d =>
            {
                Assert.True(d.Start[0] <= 0.5);
                Assert.True(d.End[0] > 0.5);
                Assert.True(chain.Statistics[d.Draw].Divergent);
            });
            for (int i = 0; i < chain.Count; i++)
            {
                Assert.True(chain.Draw(i)[0] <= 0.5);
                Assert.True(double.IsFinite(chain.Statistics[i].LogDensity));
                Assert.InRange(chain.Statistics[i].AcceptStatistic, 0, 1);
            }
        }

        Assert.Equal(row.Diverges, result.Summary().Warnings.Any(w => w.Contains("diverged", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void An_exception_of_the_density_reaches_the_caller_and_the_run_goes_on_afterwards(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 60, Draws = 20, Key = RandomKey.FromSeed(4) };
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, Targets.ThrowsAt(long.MaxValue), options));
        foreach (long at in (long[])[2, 9, 100, 105])
        {
            SamplingRun run = SamplingRun.Start(Table[kernel].Sampler, Targets.ThrowsAt(at), options);
            var exception = Assert.Throws<InvalidTimeZoneException>(() => run.Complete());
            Assert.Equal("from the density", exception.Message);

            // Whatever the broken transition had done already is saved with it.
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            SamplingRun resumed = SamplingRun.Start(Table[kernel].Sampler, Targets.ThrowsAt(long.MaxValue), options);
            resumed.Load(stream);
            Promises.SameBits(whole, Targets.AllDraws(resumed.Complete()), $"threw at evaluation {at} and was saved");
            Promises.SameBits(whole, Targets.AllDraws(run.Complete()), $"threw at evaluation {at}");
        }
    }

    /// <summary>
    /// Whichever evaluation of a transition throws, the chain is where it was; made again the transition is the same, and so it is for a chain that is moved to its start (but for stochastic gradients:
    /// batches of an epoch that were used don't come back).
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_density_that_throws_leaves_the_chain_where_it_was(string kernel)
    {
        RandomKey key = RandomKey.FromSeed(12);
        double[] start = Table[kernel].IsBinary ? [0, 1, 0] : [0.2, -0.4, 0.3];
        SamplerState whole = Table[kernel].Sampler.Start(Targets.ThrowsAt(long.MaxValue));
        Assert.True(whole.MoveTo(start));
        double first = whole.Evaluations;
        for (int i = 0; i < 3; i++)
            whole.Draw(key.Fold(i));
        int evaluations = (int)(whole.Evaluations - first), throws = 0;
        for (int at = 1; at <= evaluations; at += 1 + (evaluations / 60))
        {
            SamplerState state = Table[kernel].Sampler.Start(Targets.ThrowsAt(at + (long)first));
            Assert.True(state.MoveTo(start));
            bool movesAnew = at % 2 == 0 && Table[kernel].Published is not (Sgld or Sghmc);
            for (int i = 0; i < 3; i++)
            {
                double[] before = state.Position.ToArray();
                double logDensity = state.LogDensity;
                try
                {
                    state.Draw(key.Fold(i));
                }
                catch (InvalidTimeZoneException)
                {
                    throws++;
                    Promises.SameBits(before, state.Position, $"threw at evaluation {at}");
                    Assert.Equal(logDensity, state.LogDensity);
                    movesAnew &= i == 0;
                    if (movesAnew)
                        Assert.True(state.MoveTo(start));
                    i--;
                }
            }

            Promises.SameBits(whole.Position, state.Position, $"threw at evaluation {at} and {(movesAnew ? "began anew" : "went on")}");
        }

        Assert.True(throws > 0);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Cancellation_keeps_the_complete_draws_and_the_run_can_go_on(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 50, Draws = 60, Key = RandomKey.FromSeed(9) };
        IKnownMoments density = KnownTargets["standard normal"];
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel].Sampler, density, options));
        using var source = new CancellationTokenSource();
        SamplingRun run = SamplingRun.Start(Table[kernel].Sampler, density, options with
        {
            ProgressInterval = TimeSpan.Zero,
            Progress = new Synchronous(p =>
            {
                if (p.Iteration == 80)
                    source.Cancel();
            }),
        });
        SamplingResult cancelled = run.Complete(source.Token);
        Assert.Equal(RunStatus.Stopped, cancelled.Status);
        Assert.Equal(Solving.StopReason.Cancelled, cancelled.Reason);
        Assert.InRange(cancelled.Draws, 1, 30);
        Assert.Equal(30, cancelled.Chains.Max(c => c.Count));
        Assert.Throws<Solving.SolverException>(() => cancelled.EnsureComplete());
        Assert.Contains(cancelled.Summary().Warnings, w => w.Contains("cancelled", StringComparison.Ordinal));
        Promises.SameBits(whole, Targets.AllDraws(run.Complete().EnsureComplete()), "after cancellation");
    }

    /// <summary>Progress in the reporting thread.</summary>
    private sealed class Synchronous(Action<SamplingProgress> report) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => report(value);
    }
}
