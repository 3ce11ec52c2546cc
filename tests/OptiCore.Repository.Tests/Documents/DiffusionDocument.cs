using OptiCore.Samplers;
using OptiCore.Solving;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/diffusion.md.</summary>
public class DiffusionDocument
{
    private static readonly GaussianMixtureModel Mixture = new([0.5, 0.5], [[-2, 0], [2, 1]], [[0.2, 0, 0, 0.2], [0.1, 0, 0, 0.4]]);

    [Fact]
    public void Sampling()
    {
        IDiffusionModel model = Mixture;
        INoiseSchedule schedule = new LinearVariancePreserving();
        DiffusionResult result = DiffusionSampler.Run(model, new UniPc(), TimeGrid.LogSnr(schedule, 10), new DiffusionOptions
        {
            Count = 1000,
            Key = RandomKey.FromSeed(1),
            Workers = Workers.AllCores,
        });
        Console.WriteLine(result);                       // The last level was reached after 10 evaluations.
        ReadOnlySpan<double> first = result.Sample(0);

        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.Equal(10, result.Evaluations);
        Assert.Equal(2, first.Length);
    }

    [Fact]
    public void Models()
    {
        var schedule = new LinearVariancePreserving();
        IDiffusionModel denoiser = DiffusionModel.From(2, Prediction.V, (x, level, v) => Mixture.WithPrediction(Prediction.V).Evaluate(x, level, v));

        IDiffusionModel guided = new ClassifierFreeGuidance(Mixture.WithWeights(1, 0), denoiser, scale: 3);
        IDiffusionModel bounded = new DynamicThresholding(guided) { Bound = 4 };
        IDiffusionModel inSigma = bounded.Rescaled(schedule);
        TimeGrid karras = TimeGrid.Karras(new ExplodingView(schedule), 12);
        DiffusionResult edm = DiffusionSampler.Run(inSigma, new HeunSampler { Churn = new Churn { Amount = 5 } }, karras, new DiffusionOptions { Count = 100 });

        Assert.Equal(RunStatus.Completed, edm.Status);
        Assert.All(edm.Samples, v => Assert.InRange(Math.Abs(v), 0, 4.001));
    }

    [Fact]
    public void Compensation()
    {
        IDiffusionModel model = Mixture;
        TimeGrid grid = TimeGrid.LogSnr(new LinearVariancePreserving(), 6);
        double[] noise = DiffusionRun.Start(model, new Ddim(), grid, new DiffusionOptions { Count = 10 }).Samples.ToArray();
        DcSolver fitted = new DynamicCompensation().Fit(model, grid, noise);
        DiffusionResult result = DiffusionSampler.Run(model, fitted, grid, new DiffusionOptions { Count = 1000 });

        Assert.Equal(6, result.EnsureCompleted().Evaluations);
    }

    [Fact]
    public void Flows()
    {
        double[] data = new double[2 * 500];
        Mixture.Sample(RandomKey.FromSeed(2), data);

        var training = new DiffusionTraining { Steps = 100 };
        NetworkModel<float> flow = training.Fit(data, dimension: 2);
        NetworkModel<float> straighter = new RectifiedFlow { Training = training, Pairs = 500 }.Reflow(flow);
        DiffusionResult oneStep = DiffusionSampler.Run(straighter, new FlowSampler(), TimeGrid.Uniform(new FlowMatchingSchedule(), 1), new DiffusionOptions { Count = 100 });

        Assert.Equal(1, oneStep.EnsureCompleted().Evaluations);
    }

    [Fact]
    public void Solvers()
    {
        TimeGrid grid = TimeGrid.LogSnr(new LinearVariancePreserving(), 10);
        double[] expected = DiffusionSampler.Run(Mixture, new Ddim(), grid, new DiffusionOptions()).Samples, actual = DiffusionSampler.Run(Mixture, new ExponentialEuler(), grid, new DiffusionOptions()).Samples;
        Assert.Equal(expected[0], actual[0], 1e-12);
    }
}

public sealed record ExponentialEuler : PlannedSolver
{
    public override void Write(SolverPlan plan)
    {
        Register data = plan.Allocate();
        for (int i = 0; i < plan.Grid.Steps; i++)
        {
            NoiseLevel from = plan.Grid[i], to = plan.Grid[i + 1];
            double scale = to.Sigma / from.Sigma;
            plan.Evaluate(data, plan.Sample, from, Prediction.Data);
            plan.Add(plan.Sample, scale).Add(data, to.Alpha - (from.Alpha * scale)).Advance();
        }
    }
}
