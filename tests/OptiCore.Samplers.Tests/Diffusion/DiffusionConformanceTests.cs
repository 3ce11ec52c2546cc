using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>What holds for every diffusion solver: one row in the table, every law for every row.</summary>
public class DiffusionConformanceTests
{
    private static readonly LinearVariancePreserving Schedule = new();

    private static readonly Dictionary<string, Row> Table = new()
    {
        ["DDIM"] = new(new Ddim(), 1),
        ["DDIM, eta 0.6"] = new(new Ddim { Eta = 0.6 }),
        ["DDPM"] = new(new Ddpm()),
        ["DDPM, large variance"] = new(new Ddpm { Variance = DdpmVariance.Large }) { IsBiased = true },
        ["PLMS"] = new(new Pndm(), 2) { IsInTime = true },
        ["PNDM"] = new(new Pndm { RungeKuttaStart = true }, 2) { IsInTime = true },
        ["DEIS 2"] = new(new Deis { Order = 2, ReduceOrderBelow = 0 }, 2),
        ["DEIS 3"] = new(new Deis { ReduceOrderBelow = 0 }, 3),
        ["DEIS 3 in rho"] = new(new Deis { Variable = DeisVariable.Ratio, ReduceOrderBelow = 0 }, 3),
        // The first step, of order 1, shows in the slope where levels are equally spaced in time.
        ["DEIS 3 in time"] = new(new Deis { Variable = DeisVariable.Time, ReduceOrderBelow = 0 }, 2.8) { IsInTime = true },
        ["DPM-Solver 1"] = new(new DpmSolver { Order = 1, Prediction = Prediction.Noise }, 1),
        ["DPM-Solver 2M"] = new(new DpmSolver { Prediction = Prediction.Noise }, 2),
        ["DPM-Solver++ 2M"] = new(new DpmSolver(), 2),
        ["DPM-Solver++ 2M, Taylor"] = new(new DpmSolver { Estimate = DpmSolverEstimate.Taylor }, 2),
        ["DPM-Solver++ 3M"] = new(new DpmSolver { Order = 3 }, 2),
        ["DPM-Solver++ 3M, consistent"] = new(new DpmSolver { Order = 3, ConsistentCurvature = true }, 3),
        ["DPM-Solver++ 2M SDE"] = new(new DpmSolver { Eta = 1 }),
        ["DPM-Solver++ 3M SDE"] = new(new DpmSolver { Order = 3, Eta = 1, Estimate = DpmSolverEstimate.Taylor }),
        ["DPM-Solver 2M SDE"] = new(new DpmSolver { Eta = 1, Prediction = Prediction.Noise }),
        ["DPM-Solver-2"] = new(new DpmSolverSingleStep { Order = 2 }, 2),
        ["DPM-Solver-3"] = new(new DpmSolverSingleStep(), 3) { Group = 3 },
        ["DPM-Solver-3, Taylor"] = new(new DpmSolverSingleStep { Estimate = DpmSolverEstimate.Taylor }, 3) { Group = 3 },
        ["DPM-Solver++ 2S"] = new(new DpmSolverSingleStep { Order = 2, Prediction = Prediction.Data }, 2),
        ["DPM-Solver++ 3S"] = new(new DpmSolverSingleStep { Prediction = Prediction.Data }, 3) { Group = 3 },
        ["UniPC 1"] = new(new UniPc { Order = 1, ReduceOrderBelow = 0 }, 2),
        ["UniPC 2"] = new(new UniPc { ReduceOrderBelow = 0 }, 3),
        ["UniPC 2, bh1"] = new(new UniPc { Variant = UniPcVariant.Bh1, ReduceOrderBelow = 0 }, 3),
        ["UniPC 2, exact"] = new(new UniPc { Variant = UniPcVariant.Exact, ReduceOrderBelow = 0 }, 3),
        ["UniPC 3"] = new(new UniPc { Order = 3, ReduceOrderBelow = 0 }, 3.7),
        ["UniPC 3, noise"] = new(new UniPc { Order = 3, Prediction = Prediction.Noise, ReduceOrderBelow = 0 }, 3.7),
        ["UniP 3"] = new(new UniPc { Order = 3, CorrectFrom = int.MaxValue, ReduceOrderBelow = 0 }, 3),
        ["DC-Solver"] = new(new DcSolver { Ratios = [1, 0.95, 1.1] }),
        ["Euler"] = new(new EulerSampler(), 1),
        ["Euler, churn"] = new(new EulerSampler { Churn = new Churn { Amount = 20 } }),
        ["Euler ancestral"] = new(new EulerAncestralSampler()),
        ["Heun"] = new(new HeunSampler(), 2),
        ["Heun, churn"] = new(new HeunSampler { Churn = new Churn { Amount = 20 } }),
        ["DPM2"] = new(new Dpm2Sampler(), 2),
        ["DPM2 ancestral"] = new(new Dpm2Sampler { Eta = 1 }),
        ["LMS 3"] = new(new LmsSampler { Order = 3 }, 3),
        ["DPM-Solver++ 2S ancestral"] = new(new DpmPlusPlus2SAncestralSampler()),
        ["DPM-Solver++ SDE"] = new(new DpmPlusPlusSdeSampler()),
        ["Flow, Euler"] = new(new FlowSampler(), 1),
        ["Flow, Heun"] = new(new FlowSampler { Heun = true }, 2),
    };

    public static TheoryData<string> Solvers => [.. Table.Keys];

    public static TheoryData<string> Orders => [.. Table.Where(r => r.Value.Order > 0).Select(r => r.Key)];

    public static TheoryData<string> Stochastic => [.. Table.Where(r => r.Value.IsStochastic && !r.Value.IsBiased).Select(r => r.Key)];

    [Fact]
    public void Every_published_solver_has_a_row()
    {
        Type[] published = [.. typeof(IDiffusionSolver).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(IDiffusionSolver)))];
        Assert.True(published.Length >= 15);
        Assert.All(published, t => Assert.Contains(Table.Values, r => r.Solver.GetType() == t));
        Assert.All(published, t => Assert.True(t.IsDefined(typeof(AlgorithmAttribute), false), $"{t} has no [Algorithm]."));
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void The_error_falls_with_the_stated_order(string name)
    {
        Row row = Table[name];
        double[] exact = Reference.Json(Mixtures.Files[0]).RowMajor("exact_end");
        double[] errors = [.. new[] { 180, 360, 720 }.Select(steps =>
        {
            TimeGrid grid = row.IsInTime ? TimeGrid.Uniform(Schedule, steps * 2, end: 0.02) : TimeGrid.LogSnr(Schedule, steps);
            double[] expected = row.IsInTime ? ExactAt002.Value : exact;

            // A single-step method of order 3 ends with steps of lower order: what comes before them is judged.
            NoiseLevel end = grid.End;
            for (int i = 0; i < 3 && row.Group == 3; i++)
                grid = grid.Append(Schedule.AtLambda(grid.End.Lambda + 0.01));
            DiffusionResult result = DiffusionSampler.Run(Mixtures.Golden, row.Solver, grid, Mixtures.Start, new DiffusionOptions { KeepsTrajectory = row.Group == 3 }).EnsureCompleted();
            return Mixtures.RootMeanSquare(row.Group == 3 ? result.Trajectory.Single(p => p.Level == end).Samples : result.Samples, expected);
        })];
        double slope = Math.Log2(errors[1] / errors[2]), before = Math.Log2(errors[0] / errors[1]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: errors {string.Join(", ", errors.Select(e => e.ToString("g3")))}, slopes {before:f2}, {slope:f2}");
        Assert.True(slope > row.Order - 0.15 || errors[2] < 1e-11, $"{name}: errors {string.Join(", ", errors.Select(e => e.ToString("g4")))} have slopes {before:f2} and {slope:f2}, not {row.Order}.");
        Assert.True(slope < row.Order + 1.2, $"{name}: a slope of {slope:f2} is more than the table says.");
    }

    /// <summary>
    /// Means and second moments of 3,000 samples against those of the mixture, by z-tests: |z| &lt; 4.5 has a false alarm rate of 7e-6 for each of five tests a row, and keys are fixed. The grids are fine enough that the
    /// bias of the discretisation stays well below a standard error.
    /// </summary>
    [Theory]
    [MemberData(nameof(Stochastic))]
    public void Moments_of_stochastic_solvers_are_those_of_the_data(string name)
    {
        const int Count = 3000;
        GaussianMixtureModel model = Mixtures.Golden;
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 200);
        double[] start = Noisy(model, grid.Start, Count, RandomKey.FromSeed(31));
        DiffusionResult result = DiffusionSampler.Run(model, Table[name].Solver, grid, start, new DiffusionOptions { Key = RandomKey.FromSeed(32) }).EnsureCompleted();

        // The moments of the mixture of the reference, with the noise of the last level.
        (double[] mean, double[] second) = MomentsAt(grid.End);
        for (int t = 0; t < 5; t++)
        {
            double[] values = [.. Enumerable.Range(0, Count).Select(i => Statistic(t, result.Sample(i)))];
            double average = values.Average(), error = Math.Sqrt(values.Sum(v => (v - average) * (v - average)) / (Count - 1.0) / Count);
            double z = (average - (t < 2 ? mean[t] : second[t - 2])) / error;
            Assert.True(Math.Abs(z) < 4.5, $"{name}: statistic {t} is off by {z:f1} standard errors.");
        }
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Samples_depend_neither_on_workers_nor_on_the_division_of_the_batch(string name)
    {
        var options = new DiffusionOptions { Count = 200, Key = RandomKey.FromSeed(5) };
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 12);
        double[] whole = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options).EnsureCompleted().Samples;
        Promises.SameBits(whole, DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options with { Workers = Workers.Threads(3) }).Samples, "three workers");

        double[] first = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options with { Count = 77 }).Samples;
        double[] second = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options with { Count = 123, FirstSample = 77 }).Samples;
        Promises.SameBits(whole, [.. first, .. second], "two batches");
        Assert.NotEqual(whole, DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options with { Key = RandomKey.FromSeed(6) }).Samples);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string name)
    {
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 9);
        var options = new DiffusionOptions { Count = 5, Key = RandomKey.FromSeed(8) };
        double[] whole = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options).Samples;
        for (int at = 0; at < 9; at++)
        {
            DiffusionRun run = DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, grid, options);
            for (int i = 0; i < at; i++)
                run.Step();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            DiffusionRun resumed = DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, grid, options);
            resumed.Load(stream);
            Assert.Equal(run.Evaluations, resumed.Evaluations);
            Promises.SameBits(whole, resumed.Complete().Samples, $"saved after {at}");
        }

        using var other = new MemoryStream();
        DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, grid, options).Save(other);
        other.Position = 0;
        Assert.Throws<CheckpointException>(() => DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, TimeGrid.LogSnr(Schedule, 10), options).Load(other));
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_step_allocates_nothing(string name)
    {
        DiffusionRun run = DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, TimeGrid.LogSnr(Schedule, 1500), new DiffusionOptions { Count = 3 });
        Promises.AllocatesNothing(() => run.Step(), name, warmUp: 50, measured: 20);
        Assert.NotEqual(RunStatus.Failed, run.Status);
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void A_model_that_is_not_a_number_fails_with_the_samples_of_before(string name)
    {
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 9);
        var options = new DiffusionOptions { Count = 4, Key = RandomKey.FromSeed(9), KeepsTrajectory = true };
        DiffusionResult good = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options);
        for (int bad = 1; bad <= good.Evaluations; bad++)
        {
            int call = 0;
            IDiffusionModel model = DiffusionModel.From(2, Prediction.Noise, (x, level, output) =>
            {
                Mixtures.Golden.Evaluate(x, level, output);
                if (++call == bad)
                    output[3] = bad % 2 == 0 ? double.NaN : double.PositiveInfinity;
            });
            DiffusionResult failed = DiffusionSampler.Run(model, Table[name].Solver, grid, options);
            Assert.Equal((RunStatus.Failed, StopReason.NonFinite), (failed.Status, failed.Reason));
            Promises.SameBits(good.Trajectory.Single(p => p.Level == failed.Level).Samples, failed.Samples, $"bad at {bad}");
            Assert.Throws<SolverException>(failed.EnsureCompleted);
        }
    }

    [Theory]
    [MemberData(nameof(Solvers))]
    public void Cancellation_and_limits_keep_the_samples_and_the_run_can_go_on(string name)
    {
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 9);
        using var source = new CancellationTokenSource();
        int reports = 0;
        var options = new DiffusionOptions { Count = 4, Key = RandomKey.FromSeed(9) };
        double[] whole = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options).Samples;
        DiffusionRun run = DiffusionRun.Start(Mixtures.Golden, Table[name].Solver, grid, options with
        {
            Progress = new Synchronous(p =>
            {
                if (++reports == 2)
                    source.Cancel();
            }),
        });
        DiffusionResult cancelled = run.Complete(source.Token);
        Assert.Equal((RunStatus.Stopped, StopReason.Cancelled), (cancelled.Status, cancelled.Reason));
        Assert.Contains("cancelled", cancelled.Message, StringComparison.Ordinal);
        Promises.SameBits(whole, run.Complete().EnsureCompleted().Samples, "after cancellation");

        DiffusionResult limited = DiffusionSampler.Run(Mixtures.Golden, Table[name].Solver, grid, options with { MaxEvaluations = 3 });
        Assert.Equal((RunStatus.Stopped, StopReason.MaxEvaluations), (limited.Status, limited.Reason));
        Assert.InRange(limited.Evaluations, 3, 7);
    }

    /// <summary>Samples of the mixture with the noise of a level.</summary>
    internal static double[] Noisy(GaussianMixtureModel model, NoiseLevel level, int count, RandomKey key)
    {
        double[] x = new double[count * model.Dimension], z = new double[x.Length];
        model.Sample(key.Fold("data"), x);
        Randomness.RandomFill.Normal(key.Fold("noise"), z);
        for (int i = 0; i < x.Length; i++)
            x[i] = (level.Alpha * x[i]) + (level.Sigma * z[i]);
        return x;
    }

    private static readonly Lazy<double[]> ExactAt002 = new(() => DiffusionSampler.Run(
        Mixtures.Golden, new UniPc { Order = 4, Variant = UniPcVariant.Exact, ReduceOrderBelow = 0 }, TimeGrid.LogSnr(Schedule, 3000, end: 0.02), Mixtures.Start).EnsureCompleted().Samples);

    private static double Statistic(int t, ReadOnlySpan<double> x) => t switch
    {
        0 => x[0],
        1 => x[1],
        2 => x[0] * x[0],
        3 => x[0] * x[1],
        _ => x[1] * x[1],
    };

    private static (double[] Mean, double[] Second) MomentsAt(NoiseLevel level)
    {
        System.Text.Json.JsonElement mixture = Reference.Json(Mixtures.Files[0]).GetProperty("mixture");
        double[] weights = mixture.Numbers("weights"), mean = new double[2], second = new double[3];
        for (int k = 0; k < weights.Length; k++)
        {
            double[] m = mixture.GetProperty("means")[k].Numbers(), c = [.. mixture.GetProperty("covariances")[k].EnumerateArray().SelectMany(r => r.Numbers())];
            for (int d = 0; d < 2; d++)
                mean[d] += level.Alpha * weights[k] * m[d];
            second[0] += weights[k] * level.Alpha * level.Alpha * (c[0] + (m[0] * m[0]));
            second[1] += weights[k] * level.Alpha * level.Alpha * (c[1] + (m[0] * m[1]));
            second[2] += weights[k] * level.Alpha * level.Alpha * (c[3] + (m[1] * m[1]));
        }

        second[0] += level.Sigma * level.Sigma;
        second[2] += level.Sigma * level.Sigma;
        return (mean, second);
    }

    private sealed record Row(PlannedSolver Solver, double Order = 0)
    {
        /// <summary>How many levels a step takes.</summary>
        public int Group { get; init; } = 1;

        /// <summary>For methods that take equal steps in time.</summary>
        public bool IsInTime { get; init; }

        /// <summary>For methods whose moments are wrong by design with finitely many steps.</summary>
        public bool IsBiased { get; init; }

        public bool IsStochastic => Solver.Plan(TimeGrid.LogSnr(Schedule, 4)).Draws > 0;
    }

    private sealed class Synchronous(Action<DiffusionProgress> report) : IProgress<DiffusionProgress>
    {
        public void Report(DiffusionProgress value) => report(value);
    }
}
