using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.DerivativeFree;

public class SearchTests
{
    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Assert.Equal("LineTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new Powell { LineTolerance = 0 }).ParamName);
        Assert.Equal("InitialStep", Assert.Throws<ArgumentOutOfRangeException>(() => new Powell { InitialStep = -1 }).ParamName);
        Assert.Equal("PollTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new PatternSearch { PollTolerance = 1 }).ParamName);
        Assert.Equal("Directions", Assert.Throws<ArgumentOutOfRangeException>(() => new PatternSearch { Directions = (PollDirections)7 }).ParamName);
    }

    /// <summary>Only the order of values counts: any increasing function of f has the same polls.</summary>
    [Theory]
    [InlineData(PollDirections.Axes)]
    [InlineData(PollDirections.Orthogonal)]
    public void PatternSearchSeesOnlyTheOrderOfValues(PollDirections directions)
    {
        var f = new Rosenbrock(3);
        IFunction<double> g = Function.BlackBox(3, x => Math.Cbrt(f.Value(x)) - 5);
        var options = new RunOptions { MaxEvaluations = 400 };
        SolverResult<double> first = Minimize.Run(new PatternSearch { Directions = directions }, f, [-1.2, 1, 1], options);
        SolverResult<double> second = Minimize.Run(new PatternSearch { Directions = directions }, g, [-1.2, 1, 1], options);
        Promises.SameBits(first.Point, second.Point, "point");
        Assert.Equal(first.Evaluations, second.Evaluations);
    }

    /// <summary>A kink along x0 = x1: no axis goes down from most points of it, so that only dense directions come to the minimum.</summary>
    [Fact]
    public void DenseDirectionsFollowAKinkWhereAxesStall()
    {
        IFunction<double> f = Function.BlackBox(2, x => (3 * Math.Abs(x[0] - x[1])) + Math.Abs(x[0] + x[1]));
        SolverResult<double> dense = Minimize.Run(new PatternSearch(), f, [1, 1], new RunOptions { MaxEvaluations = 4000 });
        SolverResult<double> axes = Minimize.Run(new PatternSearch { Directions = PollDirections.Axes }, f, [1, 1]);
        Assert.True(dense.Value < 0.02, dense.ToString());
        Assert.True(axes.Value > 0.5, axes.ToString());
    }

    [Fact]
    public void CompletePollsAreBatchesThatThreadsShare()
    {
        var f = new Rosenbrock(4);
        var solver = new PatternSearch { Opportunistic = false };
        double[] start = [-1.2, 1, -1.2, 1];
        SolverRun<double> run = Minimize.Start(solver, f, start);
        Assert.True(run.TryAsk(out Query<double>? query));
        query.Values[0] = f.Value(query.Point());
        run.Tell();
        Assert.True(run.TryAsk(out query));
        Assert.Equal(8, query.Count);
        var options = new RunOptions { MaxEvaluations = 2000 };
        SolverResult<double> serial = Minimize.Run(solver, f, start, options), threads = Minimize.Run(solver, f, start, options with { Workers = Workers.Threads(3) });
        Promises.SameBits(serial.Point, threads.Point, "point");
        Assert.Equal(serial.Evaluations, threads.Evaluations);
    }

    /// <summary>On a quadratic the directions become conjugate: a few sweeps do what coordinate descent doesn't do in hundreds.</summary>
    [Fact]
    public void PowellsDirectionsBecomeConjugate()
    {
        var f = new Quadratic<double>(Quadratic<double>.LogSpectrum(4, 1e4), [1, -1, 2, 0.5], RandomKey.FromSeed(9));
        SolverResult<double> result = Minimize.Run(new Powell { LineTolerance = 1e-4 }, f, [3, 1, 0, -2], new RunOptions { TargetValue = 1e-10 });
        Assert.Equal(StopReason.TargetReached, result.Reason);
        Assert.True(result.Iterations <= 9, result.ToString());
    }

    [Fact]
    public void PowellMeetsBounds()
    {
        SolverResult<double> result = Minimize.Run(new Powell { Bounds = new Bounds([-2, -2], [0.5, 2]) }, new Rosenbrock(2), [-1.2, 1]).EnsureConverged();
        Promises.Close(0.5, result.Point[0], 1e-7, 0, "x0");
        Promises.Close(0.25, result.Value, 1e-6, 0, "value");
        Assert.Equal(1, Minimize.Run(new Powell { Bounds = Bounds.All(2, 2) }, new Quadratic<double>([1, 1]), [2, 2]).EnsureConverged().Evaluations.Points);
    }

    /// <summary>Constraints that contradict each other end as infeasible, at a point of little violation.</summary>
    [Fact]
    public void CobylaSaysWhenConstraintsContradictEachOther()
    {
        IConstrainedFunction<double> f = Function.BlackBox(2, x => x[0] * x[0]).SubjectTo(
            Function.BlackBoxResiduals(2, 2, (x, c) =>
            {
                c[0] = x[0] + x[1] - 2;
                c[1] = -x[0] - x[1];
            }),
            Bounds.All(0, double.PositiveInfinity));
        SolverResult<double> result = Minimize.Run(new Cobyla(), f, [3, 3]);
        Assert.Equal(StopReason.Infeasible, result.Reason);
        Promises.Close(1, result.ConstraintViolation, 1e-6, 0, "violation");
    }

    [Fact]
    public void CobylaTakesEqualitiesAndStaysWithinBounds()
    {
        // The nearest point of the unit circle to (2, 1), with x1 <= 0.3.
        IConstrainedFunction<double> f = Function.BlackBox(2, x => ((x[0] - 2) * (x[0] - 2)) + ((x[1] - 1) * (x[1] - 1))).SubjectTo(
            Function.BlackBoxResiduals(2, 1, (x, c) => c[0] = (x[0] * x[0]) + (x[1] * x[1])), Bounds.All(1, 1));
        SolverResult<double> result = Minimize.Run(new Cobyla { Bounds = new Bounds([-1, -1], [2, 0.3]) }, f, [0.1, -0.5]).EnsureConverged();
        Promises.Close(Math.Sqrt(0.91), result.Point[0], 1e-7, 0, "x0");
        Promises.Close(0.3, result.Point[1], 1e-7, 0, "x1");
    }
}
