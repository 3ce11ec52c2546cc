using System.Text.Json;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

public class LbfgsTests
{
    public static TheoryData<string> Golden => [.. GoldenFunctions.Names];

    public static TheoryData<int> MoreGarbowHillstromNumbers => [.. Enumerable.Range(1, 35)];

    [Theory]
    [MemberData(nameof(Golden))]
    public void SolvesWhatSciPySolves(string name)
    {
        JsonElement problem = GoldenFunctions.Problem(name);
        IDifferentiableFunction<double> f = GoldenFunctions.Function(name);
        double[] x0 = problem.Numbers("x0"), gradient = new double[x0.Length], expected = problem.Numbers("grad0");
        Promises.Close(problem.Number("f0"), f.ValueAndGradient(x0, gradient), 1e-12, 1e-14, name);
        for (int i = 0; i < x0.Length; i++)
            Promises.Close(expected[i], gradient[i], 1e-10, 1e-10, $"{name}, gradient[{i}]");

        // Where no minimum is published, SciPy's own L-BFGS-B is to be met.
        JsonElement peer = Reference.Cases("golden/04_minimize.json")[name + "/L-BFGS-B"];
        double target = problem.GetProperty("f_star").ValueKind == JsonValueKind.Null ? peer.Number("fun") : problem.Number("f_star");
        SolverResult<double> result = Minimize.Run(new Lbfgs { Stopping = new() { GradientTolerance = 1e-8 } }, f, x0);
        Assert.True(result.Value <= target + (1e-6 * Math.Abs(target)) + 1e-9, $"{name}: {result.Value:r}, to be met {target:r}. {result}");
        Assert.Equal(SolverStatus.Converged, result.Status);
    }

    [Theory]
    [MemberData(nameof(MoreGarbowHillstromNumbers))]
    public void SolvesMoreGarbowHillstromFromTheStandardStart(int number)
    {
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
        SolverResult<double> result = Minimize.Run(new Lbfgs { Stopping = new() { GradientTolerance = 1e-9 } }, problem.SumOfSquares, problem.Start);
        Assert.True(
            problem.Minima.Any(m => Math.Abs(result.Value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9),
            $"{problem.Name}: {result.Value:r} is none of {string.Join(", ", problem.Minima.Select(m => m.Value))}. {result}");

        // Meyer's function is so badly scaled that the gradient can't come near 0 in this precision; that must not pass for success.
        Assert.Equal(number == 10 ? SolverStatus.Failed : SolverStatus.Converged, result.Status);
    }

    [Theory]
    [InlineData(2, 56)] // NLopt's L-BFGS
    [InlineData(10, 138)] // Math.NET's L-BFGS with 10 pairs
    [InlineData(100, 634)] // Math.NET's L-BFGS with 10 pairs
    public void NeedsNoMoreEvaluationsOnRosenbrockThanPeers(int n, int peer)
    {
        TestFunction<ITwiceDifferentiableFunction<double>> problem = ClassicFunctions.Rosenbrock(n);
        SolverResult<double> result = Minimize.Run(new Lbfgs(), problem.Function, problem.Start).EnsureConverged();
        Assert.True(result.Value < 1e-10);
        Assert.True(result.Evaluations.Points <= peer, $"{result.Evaluations.Points} evaluations, the peer needs {peer}.");
    }

    [Fact]
    public void AStartAtTheMinimumTakesOneEvaluation()
    {
        SolverResult<double> result = Minimize.Run(new Lbfgs(), new Rosenbrock(3), [1, 1, 1]);
        Assert.Equal(StopReason.GradientTolerance, result.Reason);
        Assert.Equal(1, result.Evaluations.Points);
    }

    [Fact]
    public void AGradientThatDoesNotMatchIsAFailureAndNotASuccess()
    {
        IDifferentiableFunction<double> wrong = Function.WithGradient<double>(2, (x, g) =>
        {
            g[0] = -2 * x[0];
            g[1] = -2 * x[1];
            return (x[0] * x[0]) + (x[1] * x[1]);
        });
        SolverResult<double> result = Minimize.Run(new Lbfgs(), wrong, [1, 2]);
        Assert.Equal(SolverStatus.Failed, result.Status);
        Assert.Equal(StopReason.LineSearchFailed, result.Reason);
        Assert.Equal(5, result.Value);
        Assert.Throws<SolverException>(() => result.EnsureConverged());
    }

    [Fact]
    public void AKinkEndsAsFailureAtTheLowestPoint()
    {
        IDifferentiableFunction<double> kink = Function.WithGradient<double>(2, (x, g) =>
        {
            g[0] = Math.Sign(x[0]);
            g[1] = 2 * x[1];
            return Math.Abs(x[0]) + (x[1] * x[1]);
        });
        SolverResult<double> result = Minimize.Run(new Lbfgs(), kink, [0.7, 1]);
        Assert.NotEqual(SolverStatus.Running, result.Status);
        Assert.True(result.Value < 1e-3, result.ToString());
    }
}
