using OptiCore.Solving;
using OptiCore.TestKit;
using Solver = OptiCore.Optimizers.FirstOrder;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Update rules through the run protocol.</summary>
public class FirstOrderRunTests
{
    [Fact]
    public void ARuleMinimisesThroughTheRunProtocol()
    {
        IUpdateRule rule = new ClipByNorm(1.0).Then(new Sgd { LearningRate = Schedule.Constant(0.5).WithWarmUp(20), Momentum = 0.9, Nesterov = true });
        SolverResult<double> result = Minimize.Run(rule, TorchProblems.Get("logreg"), TorchProblems.Start("logreg"), new RunOptions { MaxIterations = 2000 });
        Assert.Equal(StopReason.GradientTolerance, result.EnsureConverged().Reason);
        Assert.True(result.GradientNorm <= 1e-6);

        // PyTorch's L-BFGS ends at the minimum of the same function. It is 0.01-strongly convex, so that |x - x*| <= |g| / 0.01.
        double[] minimum = Reference.Cases(TorchProblems.File)["lbfgs-2-logreg"].GetProperty("x")[99].Numbers();
        for (int i = 0; i < minimum.Length; i++)
            Promises.Close(minimum[i], result.Point[i], 0, 3e-4, $"x[{i}]");
    }

    [Fact]
    public void FloatsRunAsWell()
    {
        IDifferentiableFunction<float> bowl = Function.WithGradient<float>(3, (x, g) =>
        {
            for (int i = 0; i < 3; i++)
                g[i] = (i + 1) * (x[i] - i);
            return 0.5 * ((double)g[0] * g[0] + (g[1] * g[1] / 2.0) + (g[2] * g[2] / 3.0));
        });
        SolverResult<float> result = Minimize.Run(new Sgd { LearningRate = 0.3 }, bowl, [5f, 5f, 5f], new RunOptions { MaxIterations = 500 });
        Assert.Equal(SolverStatus.Converged, result.Status);
        for (int i = 0; i < 3; i++)
            Promises.Close(i, result.Point[i], 0, 2e-6, $"x[{i}]");
    }

    [Fact]
    public void APointWithoutAValueNeverBecomesTheIterate()
    {
        // f is defined for x > 0 only; a rate of 1 jumps over the edge at the third step.
        IDifferentiableFunction<double> edge = Function.WithGradient<double>(1, (x, g) =>
        {
            g[0] = x[0] > 0 ? 1 : double.NaN;
            return x[0] > 0 ? x[0] : double.NaN;
        });
        SolverResult<double> result = Minimize.Run(new Sgd { LearningRate = 1 }, edge, [2.5]);
        Assert.Equal((SolverStatus.Failed, StopReason.NonFinite), (result.Status, result.Reason));
        Assert.Equal([0.5], result.Point);
        Assert.Equal([0.5], result.LastPoint);
        Assert.Equal(0.5, result.Value);
        Assert.Equal(StopReason.NonFiniteStart, Minimize.Run(new Sgd { LearningRate = 1 }, edge, [-1.0]).Reason);
    }

    [Fact]
    public void EvaluationsAreExact()
    {
        SolverRun<double> run = Minimize.Start(new Solver(new Lion()) { Stopping = StoppingRules.Never }, TorchProblems.Get("logreg"), TorchProblems.Start("logreg"), new RunOptions { MaxEvaluations = 8 });
        SolverResult<double> result = run.Complete(TorchProblems.Get("logreg"));
        Assert.Equal((StopReason.MaxEvaluations, 7L, 8L), (result.Reason, result.Iterations, result.Evaluations.Gradients));
    }

    [Fact]
    public void EachToleranceConverges()
    {
        IDifferentiableFunction<double> function = TorchProblems.Get("logreg");
        double[] start = TorchProblems.Start("logreg");
        var sgd = new Sgd { LearningRate = 0.5 };
        foreach ((StoppingRules rules, StopReason reason) in new[]
        {
            (new StoppingRules { GradientTolerance = 1e-4 }, StopReason.GradientTolerance),
            (new StoppingRules { ValueTolerance = 1e-7 }, StopReason.ValueTolerance),
            (new StoppingRules { StepTolerance = 1e-5 }, StopReason.StepTolerance),
        })
        {
            SolverResult<double> result = Minimize.Run(new Solver(sgd) { Stopping = rules }, function, start, new RunOptions { MaxIterations = 5000 });
            Assert.Equal(reason, result.Reason);
            Assert.True(result.Iterations > 5);
        }
    }

    [Fact]
    public void ARunSavedHalfWayEqualsTheWholeRun()
    {
        IDifferentiableFunction<double> function = TorchProblems.Get("quadratic10");
        double[] start = TorchProblems.Start("quadratic10");
        foreach ((string name, IUpdateRule rule) in Rules.All)
        {
            var options = new RunOptions { MaxIterations = 30 };
            SolverResult<double> whole = Minimize.Run(rule, function, start, options);
            SolverRun<double> half = Minimize.Start(rule, function, start, options);
            for (int k = 0; k < 11 && half.Step(function); k++)
            {
            }

            using var saved = new MemoryStream();
            half.Save(saved);
            saved.Position = 0;
            SolverRun<double> resumed = Minimize.Start(rule, function, start, options);
            resumed.Load(saved);
            SolverResult<double> result = resumed.Complete(function);
            Assert.Equal(whole.Reason, result.Reason);
            Assert.Equal(whole.Iterations, result.Iterations);
            Promises.SameBits(whole.LastPoint, result.LastPoint, name);
            Promises.SameBits(whole.Point, result.Point, name);
        }
    }

    [Fact]
    public void ARunOfAnotherRuleIsRefused()
    {
        IDifferentiableFunction<double> function = TorchProblems.Get("quadratic10");
        double[] start = TorchProblems.Start("quadratic10");
        using var saved = new MemoryStream();
        Minimize.Start(new AdamW { LearningRate = Schedule.MultiStep(0.1, 0.1, 10, 20) }, function, start).Save(saved);
        foreach (Schedule other in new[] { Schedule.MultiStep(0.1, 0.1, 10, 21), 0.1, Schedule.Cosine(0.1, 5).WithWarmUp(3) })
        {
            saved.Position = 0;
            SolverRun<double> run = Minimize.Start(new AdamW { LearningRate = other }, function, start);
            Assert.Throws<Persistence.CheckpointException>(() => run.Load(saved));
        }

        saved.Position = 0;
        Minimize.Start(new AdamW { LearningRate = Schedule.MultiStep(0.1, 0.1, 20, 10) }, function, start).Load(saved);
    }

    [Fact]
    public void AnIterationAllocatesNothing()
    {
        IDifferentiableFunction<double> function = TorchProblems.Get("logreg");
        SolverRun<double> run = Minimize.Start(
            new Solver(new ClipByNorm(1).Then(new AdamW())) { Stopping = StoppingRules.Never }, function, TorchProblems.Start("logreg"), new RunOptions { MaxIterations = long.MaxValue });
        Promises.AllocatesNothing(() => run.Step(function), "an iteration", warmUp: 20_000);
    }
}
