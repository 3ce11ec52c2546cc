using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

public class NelderMeadTests
{
    [Fact]
    public void FirstQuestionIsTheWholeSimplex()
    {
        SolverRun<double> run = Minimize.Start(new NelderMead(), new Rosenbrock(3), [2, 0, -1]);
        Assert.True(run.TryAsk(out Query<double>? query));
        Assert.Equal(4, query.Count);
        Assert.Equal([2, 0, -1, 2.1, 0, -1, 2, 0.00025, -1, 2, 0, -1.05], query.Points.ToArray());
        Assert.Equal(Oracle.Value, query.Needs);
        query.Values.Fill(1);
        run.Tell();
        Assert.True(run.TryAsk(out query));
        Assert.Equal(1, query.Count);
    }

    [Fact]
    public void OrientedRestartEscapesStagnation()
    {
        // Without restarts the simplex collapses on Box's function at 0.0756, where the gradient isn't 0: what Kelley's condition is there to detect.
        LeastSquaresProblem box = MoreGarbowHillstrom.Problem(12);
        SolverResult<double> plain = Minimize.Run(new NelderMead { MaxRestarts = 0 }, box.SumOfSquares, box.Start);
        SolverResult<double> restarted = Minimize.Run(new NelderMead(), box.SumOfSquares, box.Start);
        Assert.True(plain.Value > 0.07);
        Assert.True(restarted.Value < 1e-12, restarted.ToString());
    }

    [Fact]
    public void ThreadsDoNotChangeTheResult()
    {
        var f = new Rosenbrock(5);
        double[] start = [-1.2, 1, -1.2, 1, -1.2];
        SolverResult<double> serial = Minimize.Run(new NelderMead(), f, start);
        SolverResult<double> threads = Minimize.Run(new NelderMead(), f, start, new RunOptions { Workers = Workers.Threads(3) });
        Promises.SameBits(serial.Point, threads.Point, "point");
        Assert.Equal(serial.Evaluations, threads.Evaluations);
    }

    [Fact]
    public void UndefinedPointsCountAsInfinity()
    {
        IFunction<double> f = Function.BlackBox(2, x => x[0] < 0.5 ? double.NaN : Math.Sqrt(x[0] - 0.5) + (x[1] * x[1]));
        SolverResult<double> result = Minimize.Run(new NelderMead(), f, [2, 1]);
        Assert.True(result.Value < 1e-3, result.ToString());
        Assert.True(result.Point[0] >= 0.5);
    }

    [Fact]
    public void OneVariableIsEnough()
    {
        IFunction<double> f = Function.BlackBox(1, x => Math.Cosh(x[0] - 3));
        Promises.Close(3, Minimize.Run(new NelderMead(), f, [0]).EnsureConverged().Point[0], 1e-7, 0, "minimum");
    }
}
