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
    public void EndsAtTheMinimumOnAFaceOfTheBox()
    {
        // The minimum within the box lies where x0 is at its bound; the simplex is flattened against it on the way.
        IFunction<double> f = Function.BlackBox(3, x => ((x[0] - 3) * (x[0] - 3)) + (10 * (x[1] - x[0]) * (x[1] - x[0])) + ((x[2] + 1) * (x[2] + 1)));
        SolverResult<double> result = Minimize.Run(new NelderMead { Bounds = new Bounds([-2, -5, -5], [1, 5, 5]) }, f, [0.9, -4, 4]).EnsureConverged();
        Promises.Close(4, result.Value, 1e-9, 0, "value");
        Assert.Equal(1, result.Point[0]);
    }

    [Fact]
    public void VariablesWithEqualBoundsStayWhereTheyAre()
    {
        SolverResult<double> result = Minimize.Run(new NelderMead { Bounds = new Bounds([-5, 0.25, -5], [5, 0.25, 5]) }, new Quadratic<double>([1, 1, 1], [1, 2, 3]), [0, 0.25, 0]).EnsureConverged();
        Promises.Close(1.75 * 1.75 / 2, result.Value, 1e-9, 0, "value");
        Assert.Equal(0.25, result.Point[1]);
        Assert.Equal(1, Minimize.Run(new NelderMead { Bounds = Bounds.All(2, 2) }, new Quadratic<double>([1, 1]), [2, 2]).EnsureConverged().Evaluations.Points);
    }

    [Fact]
    public void OneVariableIsEnough()
    {
        IFunction<double> f = Function.BlackBox(1, x => Math.Cosh(x[0] - 3));
        Promises.Close(3, Minimize.Run(new NelderMead(), f, [0]).EnsureConverged().Point[0], 1e-7, 0, "minimum");
    }
}
