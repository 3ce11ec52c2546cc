using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

/// <summary>What holds for every kernel: one row in the table, every law for every row.</summary>
public class ConformanceTests
{
    private static readonly Dictionary<string, ISampler> Table = new()
    {
        ["NUTS"] = new NoUTurn(),
        ["NUTS, dense metric"] = new NoUTurn { Metric = new DenseMetric() },
        ["NUTS, unit metric"] = new NoUTurn { Metric = new UnitMetric() },
        ["NUTS, two stages"] = new NoUTurn { Integrator = SplittingIntegrator.TwoStage },
        ["HMC"] = new Hmc(),
        ["HMC, fixed steps"] = new Hmc { Steps = 8, Jitter = 0.4 },
        ["HMC, three stages, dense metric"] = new Hmc { Integrator = SplittingIntegrator.ThreeStage, Metric = new DenseMetric() },
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

    [Fact]
    public void Every_published_kernel_has_a_row()
    {
        IEnumerable<Type> published = typeof(ISampler).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(ISampler)));
        Assert.All(published, t => Assert.Contains(Table.Values, s => s.GetType() == t));
        Assert.All(published, t => Assert.True(t.IsDefined(typeof(AlgorithmAttribute), false), $"{t} has no [Algorithm]."));
    }

    /// <summary>
    /// z-tests of mean and variance for each parameter, errors from the effective sample size: |z| &lt; 4.5 has a false alarm rate of 7e-6 for each of the
    /// few hundred tests, and keys are fixed.
    /// </summary>
    [Theory]
    [MemberData(nameof(KernelsAndTargets))]
    public void Moments_are_right(string kernel, string target)
    {
        IKnownMoments density = KnownTargets[target];
        SamplingResult result = Sample.Run(Table[kernel], density, new SamplingOptions { Chains = 4, WarmUp = 400, Draws = 600, Key = RandomKey.FromSeed(11) });
        Assert.Equal(RunStatus.Completed, result.Status);
        for (int p = 0; p < density.ParameterCount; p++)
        {
            double[] draws = result.Values(p);
            Assert.True(Diagnostics.EssMean(draws, 4) > 200, $"{density.ParameterNames[p]}: an effective size of {Diagnostics.EssMean(draws, 4):f0} is too small to test.");
            double z = (Diagnostics.Mean(draws) - density.Mean(p)) / Diagnostics.McseMean(draws, 4);
            Assert.True(Math.Abs(z) < 4.5, $"{density.ParameterNames[p]}: the mean is off by {z:f1} standard errors.");

            double[] squares = [.. draws.Select(v => (v - density.Mean(p)) * (v - density.Mean(p)))];
            z = (Diagnostics.Mean(squares) - density.Variance(p)) / Diagnostics.McseMean(squares, 4);
            Assert.True(Math.Abs(z) < 4.5, $"{density.ParameterNames[p]}: the variance is off by {z:f1} standard errors.");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Draws_depend_on_the_key_alone_not_on_the_workers_or_the_way_of_driving(string kernel)
    {
        var options = new SamplingOptions { Chains = 3, WarmUp = 120, Draws = 40, Key = RandomKey.FromSeed(5) };
        IKnownMoments density = KnownTargets["correlated normal"];
        double[] serial = Targets.AllDraws(Sample.Run(Table[kernel], density, options));
        double[] parallel = Targets.AllDraws(Sample.Run(Table[kernel], density, options with { Workers = Workers.Threads(3) }));
        Promises.SameBits(serial, parallel, "three workers");

        SamplingRun run = SamplingRun.Start(Table[kernel], density, options);
        while (run.Step())
        {
        }

        Promises.SameBits(serial, Targets.AllDraws(run.Result), "step by step");
        double[] other = Targets.AllDraws(Sample.Run(Table[kernel], density, options with { Key = RandomKey.FromSeed(6) }));
        Assert.NotEqual(serial, other);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 150, Draws = 30, Key = RandomKey.FromSeed(8) };
        IKnownMoments density = KnownTargets["skewed"];
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel], density, options));

        // Before the first step, inside the initial buffer, at a window's end, inside a window, at the end of warm-up, among the draws.
        foreach (int at in (int[])[0, 30, 100, 101, 150, 163])
        {
            SamplingRun run = SamplingRun.Start(Table[kernel], density, options);
            for (int i = 0; i < at; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            SamplingRun resumed = SamplingRun.Start(Table[kernel], density, options);
            resumed.Load(stream);
            Assert.Equal(at, resumed.Iteration);
            Promises.SameBits(whole, Targets.AllDraws(resumed.Complete()), $"saved after {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_draw_allocates_nothing(string kernel)
    {
        SamplingRun run = SamplingRun.Start(Table[kernel], KnownTargets["correlated normal"], new SamplingOptions { Chains = 1, WarmUp = 50, Draws = 1000 });
        Promises.AllocatesNothing(() => run.Step(), kernel);
        Assert.Equal(RunStatus.Running, run.Status);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_density_that_is_not_a_number_is_a_divergence_and_never_a_draw(string kernel)
    {
        SamplingResult result = Sample.Run(
            Table[kernel], Targets.NaNBeyond(0.5), new SamplingOptions { Chains = 2, WarmUp = 100, Draws = 200, Key = RandomKey.FromSeed(3), MaxDivergenceRecords = 4 });
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.True(result.Divergences > 0);
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

        Assert.Contains(result.Summary().Warnings, w => w.Contains("diverged", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void An_exception_of_the_density_reaches_the_caller_and_the_run_goes_on_afterwards(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 60, Draws = 20, Key = RandomKey.FromSeed(4) };
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel], Targets.ThrowsAt(long.MaxValue), options));
        foreach (long at in (long[])[2, 9, 200])
        {
            SamplingRun run = SamplingRun.Start(Table[kernel], Targets.ThrowsAt(at), options);
            var exception = Assert.Throws<InvalidTimeZoneException>(() => run.Complete());
            Assert.Equal("from the density", exception.Message);
            Promises.SameBits(whole, Targets.AllDraws(run.Complete()), $"threw at evaluation {at}");
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Cancellation_keeps_the_complete_draws_and_the_run_can_go_on(string kernel)
    {
        var options = new SamplingOptions { Chains = 2, WarmUp = 50, Draws = 60, Key = RandomKey.FromSeed(9) };
        IKnownMoments density = KnownTargets["standard normal"];
        double[] whole = Targets.AllDraws(Sample.Run(Table[kernel], density, options));
        using var source = new CancellationTokenSource();
        SamplingRun run = SamplingRun.Start(Table[kernel], density, options with
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
