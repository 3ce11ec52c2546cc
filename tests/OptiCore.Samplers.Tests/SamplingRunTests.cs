using OptiCore.Persistence;
using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Samplers.Tests;

public class SamplingRunTests
{
    private static readonly SamplingOptions Short = new() { Chains = 2, WarmUp = 20, Draws = 30, Key = RandomKey.FromSeed(3) };

    [Fact]
    public void Invalid_options_throw_naming_the_member()
    {
        Throws("MaxDepth", () => new NoUTurn { MaxDepth = 0 });
        Throws("StepSize", () => new NoUTurn { StepSize = -1 });
        Throws("MaxEnergyError", () => new NoUTurn { MaxEnergyError = double.NaN });
        Throws("TrajectoryLength", () => new Hmc { TrajectoryLength = 0 });
        Throws("Steps", () => new Hmc { Steps = -1 });
        Throws("Jitter", () => new Hmc { Jitter = 1 });
        Throws("StepSize", () => new RandomWalk { StepSize = 0 });
        Throws("Width", () => new SliceSampler { Width = 0 });
        Throws("Expansion", () => new SliceSampler { Expansion = (SliceExpansion)7 });
        Throws("MaxEnergyError", () => new Mala { MaxEnergyError = 0 });
        Throws("StepSize", () => new Barker { StepSize = double.PositiveInfinity });
        Throws("Friction", () => new UnderdampedLangevin { Friction = 0 });
        Throws("Persistence", () => new GeneralizedHmc { Persistence = 1 });
        Throws("TrajectoryLength", () => new Malt { TrajectoryLength = 0 });
        Throws("StepSize", () => new Mclmc { StepSize = -1 });
        Throws("DecoherenceLength", () => new Mclmc { DecoherenceLength = 0 });
        Throws("Decay", () => new Sgld { Decay = 1.1 });
        Throws("GradientNoise", () => new Sghmc { GradientNoise = -1 });
        Throws("Size", () => new MiniBatch { Size = 0 });
        Throws("Draws", () => new KernelBlock { Coordinates = [0], Kernel = new Hmc(), Draws = 0 });
        Throws("Categories", () => new GibbsWithGradients { Categories = 0 });
        Throws("Kappa", () => new AdaptiveMetropolis { Kappa = 0.5 });
        Throws("EnergyVariance", () => new MclmcAdaptation { EnergyVariance = 0 });
        Throws("TargetAcceptance", () => new WindowedAdaptation { TargetAcceptance = 1 });
        Throws("FirstWindow", () => new WindowedAdaptation { FirstWindow = 1 });
        Throws("Kappa", () => new DualAveraging { Kappa = 0.5 });
        Throws("Chains", () => new SamplingOptions { Chains = 0 });
        Throws("Draws", () => new SamplingOptions { Draws = 0 });
        Throws("WarmUp", () => new SamplingOptions { WarmUp = -1 });
        Throws("MaxTime", () => new SamplingOptions { MaxTime = TimeSpan.Zero });
        Throws("Bandwidth", () => new GaussianKernel { Bandwidth = 0 });
        Assert.Throws<ArgumentNullException>(() => new NoUTurn { Metric = null! });

        static void Throws(string member, Func<object> make) => Assert.Equal(member, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
    }

    [Fact]
    public void Initial_points_are_used_and_checked()
    {
        var density = new StandardNormal(2);
        var still = new NoUTurn { StepSize = 1e-9, MaxDepth = 1, Adaptation = null };
        SamplingOptions options = Short with { WarmUp = 0, Draws = 1, InitialPoints = [[1, 2], [3, 4]] };
        SamplingResult result = Sample.Run(still, density, options);
        Assert.Equal(1, result.Chains[0].Draw(0)[0], 1e-6);
        Assert.Equal(4, result.Chains[1].Draw(0)[1], 1e-6);
        Assert.Throws<ArgumentException>(() => Sample.Run(still, density, options with { InitialPoints = [[1, 2, 3]] }));
        Assert.Throws<ArgumentException>(() => Sample.Run(still, density, options with { InitialPoints = [[1, 2], [3, 4], [5, 6]] }));
        Assert.Contains("InitialPoints[1]", Assert.Throws<ArgumentException>(() => Sample.Run(still, density, options with { InitialPoints = [[1, double.NaN]] })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Random_starting_points_are_tried_until_the_density_is_finite()
    {
        // Of the cube of starting points, 1 in 64 has a finite density: found in time by nearly every chain, as 100 are tried.
        int calls = 0;
        IDifferentiableFunction<double> corner = Function.WithGradient<double>(3, (x, g) =>
        {
            calls++;
            double value = new StandardNormal(3).ValueAndGradient(x, g);
            return x[0] > 1 && x[1] > 1 && x[2] > 1 ? value : double.NegativeInfinity;
        });
        SamplingResult result = Sample.Run(new NoUTurn(), corner, Short with { Chains = 1 });
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.All(result.Values(0), v => Assert.True(v > 1));
        Assert.Equal(calls, result.Chains[0].Evaluations);
    }

    [Fact]
    public void A_chain_that_cannot_start_fails_with_a_sentence_and_throws_only_on_request()
    {
        IDifferentiableFunction<double> nowhere = Function.WithGradient<double>(2, (x, g) => double.NaN);
        SamplingResult result = Sample.Run(new NoUTurn(), nowhere, Short);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.Equal(StopReason.NonFiniteStart, result.Reason);
        Assert.Equal(0, result.Draws);
        Assert.Contains("100 tries", result.Message, StringComparison.Ordinal);
        Assert.Contains("100 tries", result.Summary().ToString(), StringComparison.Ordinal);
        Assert.Throws<SolverException>(() => result.EnsureComplete());
    }

    [Fact]
    public void The_time_limit_keeps_the_draws_of_every_chain()
    {
        var clock = new SteppingClock();
        SamplingOptions options = Short with { Chains = 3, WarmUp = 10, Draws = 1000, Clock = clock, MaxTime = TimeSpan.FromSeconds(1) };
        SamplingRun run = SamplingRun.Start(new NoUTurn(), new StandardNormal(2), options);
        SamplingResult result = run.Complete();
        Assert.Equal(RunStatus.Stopped, result.Status);
        Assert.Equal(StopReason.MaxTime, result.Reason);
        Assert.InRange(result.Draws, 1, 999);
        Assert.True(result.Elapsed >= TimeSpan.FromSeconds(1));
        Assert.All(result.Chains, c => Assert.InRange(c.Count - result.Draws, 0, 25));
    }

    [Fact]
    public void A_checkpoint_of_another_kernel_key_or_number_of_draws_is_refused_and_changes_nothing()
    {
        var density = new StandardNormal(2);
        SamplingRun run = SamplingRun.Start(new NoUTurn(), density, Short);
        run.Step();
        using var stream = new MemoryStream();
        run.Save(stream);
        foreach (SamplingRun other in (SamplingRun[])
        [
            SamplingRun.Start(new NoUTurn { MaxDepth = 9 }, density, Short),
            SamplingRun.Start(new Hmc(), density, Short),
            SamplingRun.Start(new NoUTurn { Integrator = SplittingIntegrator.TwoStage }, density, Short),
            SamplingRun.Start(new NoUTurn { Metric = new DenseMetric() }, density, Short),
            SamplingRun.Start(new NoUTurn(), density, Short with { Key = RandomKey.FromSeed(4) }),
            SamplingRun.Start(new NoUTurn(), density, Short with { Draws = 31 }),
            SamplingRun.Start(new NoUTurn(), new StandardNormal(3), Short),
        ])
        {
            stream.Position = 0;
            Assert.Throws<CheckpointException>(() => other.Load(stream));
            Assert.Equal(0, other.Iteration);
            Assert.Equal(RunStatus.Completed, other.Complete().Status);
        }
    }

    [Fact]
    public void Progress_is_reported_for_every_transition_when_asked_and_once_at_the_end_otherwise()
    {
        var reports = new List<SamplingProgress>();
        Sample.Run(new NoUTurn(), new StandardNormal(2), Short with { Progress = new Collector(reports), ProgressInterval = TimeSpan.Zero });
        Assert.Equal(100, reports.Count);
        Assert.Equal(40, reports.Count(r => r.IsWarmUp));
        Assert.Equal([50, 50], reports.GroupBy(r => r.Chain).Select(g => g.Max(r => r.Iteration)));

        reports.Clear();
        Sample.Run(new NoUTurn(), new StandardNormal(2), Short with { Progress = new Collector(reports), ProgressInterval = TimeSpan.FromDays(1) });
        Assert.Equal(4, reports.Count);
    }

    [Fact]
    public void A_plain_function_has_numbered_parameters_and_an_unknown_name_is_refused_with_the_known_ones()
    {
        SamplingResult result = Sample.Run(new NoUTurn(), Function.WithGradient<double>(2, new StandardNormal(2).ValueAndGradient), Short);
        Assert.Equal(["x[1]", "x[2]"], result.ParameterNames);
        Assert.Equal(60, result.Values("x[2]").Length);
        Assert.Contains("x[1], x[2]", Assert.Throws<ArgumentException>(() => result.Values("y")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_has_a_row_for_each_parameter_and_no_warning_for_a_good_run()
    {
        SamplingResult result = Sample.Run(new NoUTurn(), new EightSchoolsNonCentered(), new SamplingOptions { Key = RandomKey.FromSeed(1) });
        SamplingSummary summary = result.Summary();
        Assert.Equal(18, summary.Parameters.Count);
        ParameterSummary mu = summary["mu"];
        Assert.Equal(Diagnostics.Mean(result.Values("mu")), mu.Mean);
        Assert.Equal(Diagnostics.RHat(result.Values("mu"), 4), mu.RHat);
        Assert.Equal(Diagnostics.EssTail(result.Values("mu"), 4), mu.EssTail);
        string text = summary.ToString();
        Assert.Contains("theta[8]", text, StringComparison.Ordinal);
        Assert.Contains("r-hat", text, StringComparison.Ordinal);
        Assert.DoesNotContain(summary.Warnings, w => w.Contains("R-hat", StringComparison.Ordinal) || w.Contains("effective", StringComparison.Ordinal));
    }

    /// <summary>The centred form diverges at the default settings, and its divergences begin at small tau: what the records are for.</summary>
    [Fact]
    public void Divergences_of_a_funnel_show_where_it_is_narrow()
    {
        SamplingResult result = Sample.Run(new NoUTurn(), new EightSchoolsCentered(), new SamplingOptions { Key = RandomKey.FromSeed(1) });
        Assert.True(result.Divergences >= 10);
        double[] logTau = [.. result.Values("tau").Select(t => Math.Log(t))];
        double median = Diagnostics.Quantile([.. result.Chains.SelectMany(c => c.Divergences).Select(d => d.Start[9])], 0.5);
        Assert.True(median < Diagnostics.Quantile(logTau, 0.4), $"median log tau {median:g3} of divergences.");
        Assert.Contains(result.Summary().Warnings, w => w.Contains("diverged", StringComparison.Ordinal));
    }

    private sealed class Collector(List<SamplingProgress> reports) : IProgress<SamplingProgress>
    {
        public void Report(SamplingProgress value) => reports.Add(value);
    }

    /// <summary>A clock that advances by a millisecond whenever it is read.</summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => ++_now;
    }
}
