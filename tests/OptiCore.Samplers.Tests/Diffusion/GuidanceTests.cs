using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>Guidance against laws that are known in closed form, and what it does to solvers.</summary>
public class GuidanceTests
{
    private static readonly LinearVariancePreserving Schedule = new();

    private static GaussianMixtureModel Conditional => Mixtures.Golden.WithWeights(0, 1, 0);

    /// <summary>
    /// Scales 7 and 8, 15 and 20 steps equally spaced in the root of time: root mean square errors of 100 samples against 1000 steps. (With steps equal in time or in lambda DDIM is about as good here, and better at 15.)
    /// </summary>
    [Theory]
    [InlineData(7, 15)]
    [InlineData(7, 20)]
    [InlineData(8, 15)]
    [InlineData(8, 20)]
    public void Data_prediction_of_second_order_stays_ahead_under_strong_guidance(double scale, int steps)
    {
        var guided = new ClassifierFreeGuidance(Conditional, Mixtures.Golden, scale);
        double[] starts = CompensationTests.Starts(100, 51);
        double[] reference = DiffusionSampler.Run(guided, new UniPc { Order = 3 }, TimeGrid.LogSnr(Schedule, 1000), starts).EnsureCompleted().Samples;
        double Error(PlannedSolver solver) => Mixtures.RootMeanSquare(DiffusionSampler.Run(guided, solver, TimeGrid.Quadratic(Schedule, steps), starts).EnsureCompleted().Samples, reference);
        double plusPlus = Error(new DpmSolver()), ddim = Error(new Ddim()), single = Error(new DpmSolverSingleStep { Order = 2 });
        TestContext.Current.TestOutputHelper?.WriteLine($"scale {scale}, {steps} steps: ++2M {plusPlus:f4}, DDIM {ddim:f4}, DPM-Solver-2 {single:f4}");
        Assert.True(plusPlus < ddim && plusPlus < single, $"++2M {plusPlus:f4}, DDIM {ddim:f4}, DPM-Solver-2 {single:f4}");
    }

    [Fact]
    public void Scale_one_is_the_conditional_model_and_scale_zero_the_unconditional()
    {
        NoiseLevel level = Schedule.At(0.4);
        double[] expected = new double[8], actual = new double[8];
        foreach (Prediction prediction in Enum.GetValues<Prediction>())
        {
            Conditional.WithPrediction(prediction).Evaluate(Mixtures.Start, level, expected);
            new ClassifierFreeGuidance(Conditional.WithPrediction(prediction), Mixtures.Golden, 1).Evaluate(Mixtures.Start, level, actual);
            Promises.SameBits(expected, actual, "scale 1");
            Mixtures.Golden.WithPrediction(prediction).Evaluate(Mixtures.Start, level, expected);
            new ClassifierFreeGuidance(Conditional.WithPrediction(prediction), Mixtures.Golden, 0).Evaluate(Mixtures.Start, level, actual);
            for (int i = 0; i < 8; i++)
                Promises.Close(expected[i], actual[i], 1e-11, 1e-12, "scale 0");
        }
    }

    [Fact]
    public void Guidance_acts_only_within_its_interval()
    {
        var guided = new ClassifierFreeGuidance(Conditional, Mixtures.Golden, 5) { LeastSigma = 0.5, LargestSigma = 2 };
        foreach ((double ratio, bool acts) in new[] { (0.4, false), (1.0, true), (3.0, false) })
        {
            NoiseLevel level = Schedule.AtLambda(-Math.Log(ratio));
            double[] plain = new double[8], actual = new double[8];
            Conditional.Evaluate(Mixtures.Start, level, plain);
            guided.Evaluate(Mixtures.Start, level, actual);
            Assert.Equal(acts, !plain.SequenceEqual(actual));
        }
    }

    /// <summary>With the exact classifier p(2 | x) of the noisy mixture, Bayes' rule makes the guided score that of the second component.</summary>
    [Fact]
    public void An_exact_classifier_gives_the_conditional_model()
    {
        var guided = new ClassifierGuidance(Mixtures.Golden, (x, level, gradient) =>
        {
            double[] all = new double[x.Length];
            Conditional.WithPrediction(Prediction.Score).Evaluate(x, level, gradient);
            Mixtures.Golden.WithPrediction(Prediction.Score).Evaluate(x, level, all);
            for (int i = 0; i < all.Length; i++)
                gradient[i] -= all[i];
        });
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 15);
        double[] expected = DiffusionSampler.Run(Conditional, new UniPc(), grid, Mixtures.Start).Samples, actual = DiffusionSampler.Run(guided, new UniPc(), grid, Mixtures.Start).Samples;
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-9, 1e-9, "sample");
    }

    [Fact]
    public void Dynamic_thresholding_clips_at_the_percentile_and_brings_back_to_the_bound()
    {
        IDiffusionModel model = DiffusionModel.From(5, Prediction.Data, static (_, _, output) =>
        {
            for (int row = 0; row < output.Length; row += 5)
                new[] { -8.0, 2, 0.5, 4, -1 }.CopyTo(output[row..]);
            new[] { 0.1, -0.2, 0.3, 0, 0.9 }.CopyTo(output[5..]);
        });
        double[] x = new double[10], actual = new double[10];

        // Magnitudes 0.5, 1, 2, 4, 8: the 75th percentile is 4. The second sample is within the bound.
        new DynamicThresholding(model) { Percentile = 0.75 }.Evaluate(x, Schedule.At(0.5), actual);
        Assert.Equal([-1, 0.5, 0.125, 1, -0.25, 0.1, -0.2, 0.3, 0, 0.9], actual);

        // The 60th lies between 2 and 4.
        new DynamicThresholding(model) { Percentile = 0.6, Bound = 2 }.Evaluate(x, Schedule.At(0.5), actual);
        Assert.Equal(-2, actual[0], 1e-14);
        Assert.Equal(2 * 2 / 2.8, actual[1], 1e-14);
        new DynamicThresholding(model) { Percentile = 0 }.Evaluate(x, Schedule.At(0.5), actual);
        Assert.Equal([-1, 1, 0.5, 1, -1], actual[..5]);
        new DynamicThresholding(model) { LargestThreshold = 1 }.Evaluate(x, Schedule.At(0.5), actual);
        Assert.Equal([-1, 1, 0.5, 1, -1], actual[..5]);
    }

    [Fact]
    public void Thresholding_keeps_guided_samples_within_the_bound()
    {
        var guided = new ClassifierFreeGuidance(Conditional, Mixtures.Golden, 20);
        TimeGrid grid = TimeGrid.LogSnr(Schedule, 20).Append(NoiseLevel.Clean);
        double[] starts = CompensationTests.Starts(50, 52);
        double[] free = DiffusionSampler.Run(guided, new DpmSolver(), grid, starts).Samples;
        double[] bound = DiffusionSampler.Run(new DynamicThresholding(guided) { Bound = 3 }, new DpmSolver(), grid, starts).EnsureCompleted().Samples;
        Assert.True(free.Max(Math.Abs) > 3);
        Assert.All(bound, v => Assert.InRange(Math.Abs(v), 0, 3 + 1e-12));
    }

    [Fact]
    public void Nonsense_is_refused_by_name()
    {
        Assert.Equal("unconditional", Assert.Throws<ArgumentException>(() => new ClassifierFreeGuidance(Mixtures.Golden, DiffusionModel.From(3, Prediction.Noise, static (_, _, _) => { }), 2)).ParamName);
        Assert.Equal("scale", Assert.Throws<ArgumentOutOfRangeException>(() => new ClassifierFreeGuidance(Mixtures.Golden, Mixtures.Golden, double.NaN)).ParamName);
        Assert.Equal("Percentile", Assert.Throws<ArgumentOutOfRangeException>(() => new DynamicThresholding(Mixtures.Golden) { Percentile = 2 }).ParamName);
        Assert.Equal("Order", Assert.Throws<ArgumentOutOfRangeException>(() => new DpmSolver { Order = 4 }).ParamName);
        Assert.Equal("Prediction", Assert.Throws<ArgumentOutOfRangeException>(() => new UniPc { Prediction = Prediction.Score }).ParamName);
        Assert.Equal("Eta", Assert.Throws<ArgumentOutOfRangeException>(() => new Ddim { Eta = -1 }).ParamName);
        Assert.Equal("steps", Assert.Throws<ArgumentOutOfRangeException>(() => TimeGrid.Uniform(Schedule, 0)).ParamName);
        Assert.Equal("levels", Assert.Throws<ArgumentException>(() => TimeGrid.FromTimes(Schedule, 0.1, 0.5)).ParamName);
        Assert.Equal("initial", Assert.Throws<ArgumentException>(() => DiffusionSampler.Run(Mixtures.Golden, new Ddim(), TimeGrid.Uniform(Schedule, 3), new double[3])).ParamName);
        Assert.Equal("initial", Assert.Throws<ArgumentException>(() => DiffusionSampler.Run(Mixtures.Golden, new Ddim(), TimeGrid.Uniform(Schedule, 3), [1, double.NaN])).ParamName);
        Assert.Equal("betas", Assert.Throws<ArgumentException>(() => TabulatedSchedule.FromBetas([0.1, 1.5])).ParamName);
        Assert.Equal("weights", Assert.Throws<ArgumentException>(() => Mixtures.Golden.WithWeights(1, 2)).ParamName);

        // Noise-predicting steps can't begin where there is no data in the sample.
        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => new HeunSampler().Plan(TimeGrid.Uniform(new FlowMatchingSchedule(), 4)));
        Assert.Contains("begin with some data", refused.Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Completed, DiffusionSampler.Run(Mixtures.Golden.WithPrediction(Prediction.Flow), new FlowSampler(), TimeGrid.Uniform(new FlowMatchingSchedule(), 4), Mixtures.Start).Status);
    }
}
