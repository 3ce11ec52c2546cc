using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Laws of schedules, parametrisations, grids and plans.</summary>
public class ScheduleTests
{
    private static readonly Dictionary<string, INoiseSchedule> Table = new()
    {
        ["linear"] = new LinearVariancePreserving(),
        ["cosine"] = new CosineVariancePreserving(),
        ["exploding"] = new VarianceExploding(),
        ["sigma"] = new SigmaSchedule(),
        ["flow"] = new FlowMatchingSchedule(),
        ["table"] = TabulatedSchedule.Linear(),
        ["scaled"] = TabulatedSchedule.ScaledLinear(),
        ["squared cosine"] = TabulatedSchedule.SquaredCosine(),
        ["view"] = new ExplodingView(new LinearVariancePreserving()),
    };

    private static readonly Arbitrary<double> Share = Arb.From(Gen.Choose(1, 9999).Select(i => i / 10000.0));

    public static TheoryData<string> Schedules => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Lambda_is_inverted_and_falls_in_time(string name)
    {
        INoiseSchedule schedule = Table[name];
        bool isWhole = schedule is TabulatedSchedule;
        Forall.Check(Prop.ForAll(Share, share =>
        {
            double time = schedule.Cleanest + (share * (schedule.Noisiest - schedule.Cleanest));
            time = isWhole ? Math.Round(time) : time;
            NoiseLevel level = schedule.At(time), back = schedule.AtLambda(level.Lambda), later = schedule.At(time + ((schedule.Noisiest - time) / 2));
            return Math.Abs(back.Time - time) < 1e-8 * Math.Max(1, schedule.Noisiest)
                && Math.Abs(back.Lambda - level.Lambda) < 1e-9
                && Math.Abs(back.Alpha - level.Alpha) < 1e-9
                && (later.Time == time || later.Lambda < level.Lambda);
        }));
    }

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Rates_are_the_derivatives(string name)
    {
        INoiseSchedule schedule = Table[name];
        double range = schedule.Noisiest - schedule.Cleanest;
        Forall.Check(Prop.ForAll(Share, share =>
        {
            // Between the nodes of a table, where interpolation is smooth.
            double time = schedule.Cleanest + (share * range * 0.98) + (range * 0.01), h = 1e-6 * range;
            time = schedule is TabulatedSchedule ? Math.Floor(time) + 0.5 : time;
            NoiseLevel above = schedule.At(time + h), below = schedule.At(time - h);
            (double alpha, double sigma) = schedule.Rates(time);
            return Math.Abs(((above.Alpha - below.Alpha) / (2 * h)) - alpha) < 1e-5 * Math.Max(1, Math.Abs(alpha)) && Math.Abs(((above.Sigma - below.Sigma) / (2 * h)) - sigma) < 1e-5 * Math.Max(1, Math.Abs(sigma));
        }));
    }

    /// <summary>Any chain of conversions gives what the direct one gives, and all give the exact x0 and noise of a sample back.</summary>
    [Fact]
    public void Parametrisations_convert_there_and_back()
    {
        Arbitrary<((Prediction A, Prediction B) Pair, (double Share, double Data, double Noise) Numbers)> inputs = Arb.From(
            from a in Gen.Elements(Enum.GetValues<Prediction>())
            from b in Gen.Elements(Enum.GetValues<Prediction>())
            from share in Gen.Choose(50, 950)
            from data in Gen.Choose(-3000, 3000)
            from noise in Gen.Choose(-3000, 3000)
            select ((a, b), (share / 1000.0, data / 1000.0, noise / 1000.0)));
        Forall.Check(Prop.ForAll(inputs, input =>
        {
            foreach (INoiseSchedule schedule in new INoiseSchedule[] { new LinearVariancePreserving(), new FlowMatchingSchedule(), new SigmaSchedule() })
            {
                NoiseLevel level = schedule.At(input.Numbers.Share * schedule.Noisiest);
                double[] x = [0], target = [0], values = [0];
                Predictions.FillTraining(input.Pair.A, [level], [input.Numbers.Data], [input.Numbers.Noise], x, values);
                Predictions.FillTraining(input.Pair.B, [level], [input.Numbers.Data], [input.Numbers.Noise], [0], target);
                Predictions.Convert(input.Pair.A, input.Pair.B, level, x, values);
                double scale = Math.Max(1, (Math.Abs(x[0]) + Math.Abs(target[0])) / Math.Min(level.Alpha, level.Sigma));
                if (Math.Abs(values[0] - target[0]) > 1e-12 * scale * scale)
                    return false;
            }

            return true;
        }));
    }

    [Fact]
    public void A_model_that_is_rescaled_answers_for_other_schedules()
    {
        // A model that knows its own schedule only: it looks at the time, not at the coefficients.
        var own = new LinearVariancePreserving();
        IDiffusionModel model = DiffusionModel.From(2, Prediction.V, (x, level, output) => Mixtures.Golden.WithPrediction(Prediction.V).Evaluate(x, own.At(level.Time), output));
        TimeGrid grid = TimeGrid.Karras(new ExplodingView(own), 12);
        double[] start = [.. Mixtures.Start.Select(x => x * grid.Start.Sigma)];
        double[] expected = DiffusionSampler.Run(Mixtures.Golden, new HeunSampler(), grid, start).EnsureCompleted().Samples;
        double[] actual = DiffusionSampler.Run(model.Rescaled(own), new HeunSampler(), grid, start).EnsureCompleted().Samples;
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-8, 1e-8, "sample");
    }

    /// <summary>A Gaussian's density at a level and the differences of it are its score.</summary>
    [Fact]
    public void The_mixtures_score_is_the_gradient_of_its_density()
    {
        foreach (double time in new[] { 0.02, 0.3, 0.9 })
        {
            NoiseLevel level = new LinearVariancePreserving().At(time);
            double[] score = new double[8];
            Mixtures.Golden.WithPrediction(Prediction.Score).Evaluate(Mixtures.Start, level, score);
            for (int i = 0; i < 8; i++)
            {
                double[] above = [.. Mixtures.Start.AsSpan(i / 2 * 2, 2)], below = [.. above];
                above[i % 2] += 1e-6;
                below[i % 2] -= 1e-6;
                Promises.Close((Mixtures.Golden.LogDensity(above, level) - Mixtures.Golden.LogDensity(below, level)) / 2e-6, score[i], 1e-6, 1e-7, $"score at {time}");
            }
        }
    }

    [Fact]
    public void The_same_methods_have_the_same_plans()
    {
        TimeGrid grid = TimeGrid.LogSnr(new LinearVariancePreserving(), 12);
        Same(new Ddim(), new EulerSampler());
        Same(new Ddim(), new DpmSolver { Order = 1 });
        Same(new Ddim(), new DpmSolver { Order = 1, Prediction = Prediction.Noise });
        Same(new Ddim(), new FlowSampler());
        Same(new Ddim(), new UniPc { Order = 1, CorrectFrom = 100 });
        Same(new Ddim { Eta = 1 }, new EulerAncestralSampler());
        Same(new Ddim { Eta = 1 }, new Ddpm());
        Same(new LmsSampler { Order = 3 }, new Deis { Variable = DeisVariable.Ratio, ReduceOrderBelow = 0 });
        Same(new Deis { ReduceOrderBelow = 0 }, new UniPc { Order = 3, Prediction = Prediction.Noise, Variant = UniPcVariant.Exact, CorrectFrom = 100, ReduceOrderBelow = 0 });
        Same(new DpmSolver { Order = 3, Estimate = DpmSolverEstimate.Taylor, ConsistentCurvature = true, ReduceOrderBelow = 0 }, new UniPc { Order = 3, Variant = UniPcVariant.Exact, CorrectFrom = 100, ReduceOrderBelow = 0 });
        Same(new Dpm2Sampler { Eta = 0 }, new Dpm2Sampler());

        void Same(PlannedSolver one, PlannedSolver other)
        {
            var options = new DiffusionOptions { Count = 6, Key = RandomKey.FromSeed(3) };
            double[] expected = DiffusionSampler.Run(Mixtures.Golden, one, grid, options).Samples, actual = DiffusionSampler.Run(Mixtures.Golden, other, grid, options).Samples;
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], actual[i], 1e-10, 1e-10, $"{one} and {other}");
        }
    }

    [Fact]
    public void Plans_count_what_they_do()
    {
        TimeGrid grid = TimeGrid.LogSnr(new LinearVariancePreserving(), 12), clean = grid.Append(NoiseLevel.Clean);
        Assert.Equal((12, 12, 0), Counts(new UniPc { Order = 3 }, grid));
        Assert.Equal((12, 24, 0), Counts(new HeunSampler(), grid));
        Assert.Equal((13, 25, 0), Counts(new HeunSampler(), clean));
        Assert.Equal((12, 13, 0), Counts(new Pndm(), grid));
        Assert.Equal((12, 21, 0), Counts(new Pndm { RungeKuttaStart = true }, grid));
        Assert.Equal((5, 12, 0), Counts(new DpmSolverSingleStep(), grid));
        Assert.Equal((12, 12, 12), Counts(new DpmSolver { Eta = 1 }, grid));
        Assert.Equal((13, 25, 24), Counts(new DpmPlusPlusSdeSampler(), clean));

        static (int, int, int) Counts(PlannedSolver solver, TimeGrid grid)
        {
            SolverPlan plan = solver.Plan(grid);
            return (plan.Steps, plan.Evaluations, plan.Draws);
        }
    }
}
