using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.DerivativeFree;

public class BobyqaTests
{
    /// <summary>Of the 35 problems those that are met to six digits; 3 and 10 are badly scaled by many powers of ten, where the curved valley is followed too slowly.</summary>
    [Fact]
    public void SolvesTheMoreGarbowHillstromProblems() => Assert.Equal([3, 10], MissedBy(new Bobyqa()));

    [Fact]
    public void PowellSolvesMostOfThem() => Assert.Equal([4, 18, 24], MissedBy(new Powell()));

    [Fact]
    public void NelderMeadSolvesMostOfThem() => Assert.Equal([21, 25, 27], MissedBy(new NelderMead()));

    /// <summary>With all (n + 1)(n + 2) / 2 points the first model is the quadratic itself: one step, and the radius falls.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void AQuadraticIsKnownFromAllItsPoints(int n)
    {
        double[] center = [.. Enumerable.Range(0, n).Select(i => 0.2 * (i - 1))], eigenvalues = Quadratic<double>.LogSpectrum(n, 50);
        var f = new Quadratic<double>(eigenvalues, center, n > 1 ? RandomKey.FromSeed(4) : null);
        int m = (n + 1) * (n + 2) / 2;
        SolverResult<double> result = Minimize.Run(new Bobyqa { Points = m }, f, new double[n], new RunOptions { TargetValue = 1e-12 });
        Assert.Equal(StopReason.TargetReached, result.Reason);
        Assert.True(result.Evaluations.Points <= m + 8, result.ToString());
    }

    [Fact]
    public void MeetsBoundsExactly()
    {
        // The free minimum (1, 1) is cut off: at x0 <= 0.5 the best is x1 = x0^2.
        SolverResult<double> result = Minimize.Run(new Bobyqa { Bounds = new Bounds([-2, -2], [0.5, 2]) }, new Rosenbrock(2), [-1.2, 1]).EnsureConverged();
        Assert.Equal(0.5, result.Point[0]);
        Promises.Close(0.25, result.Value, 1e-9, 0, "value");
    }

    [Fact]
    public void VariablesWithEqualBoundsStayWhereTheyAre()
    {
        SolverResult<double> result = Minimize.Run(new Bobyqa { Bounds = new Bounds([-5, 0.25, -5], [5, 0.25, 5]) }, new Quadratic<double>([1, 1, 1], [1, 2, 3]), [0, 0.25, 0]).EnsureConverged();
        Promises.Close(1.75 * 1.75 / 2, result.Value, 1e-12, 0, "value");
        Assert.Equal(0.25, result.Point[1]);
        Assert.Equal(1, Minimize.Run(new Bobyqa { Bounds = Bounds.All(2, 2) }, new Quadratic<double>([1, 1]), [2, 2]).EnsureConverged().Evaluations.Points);
    }

    [Fact]
    public void PointsThatDoNotFitAreRefused()
    {
        Assert.Contains("from 4 to 6", Assert.Throws<ArgumentException>(() => Minimize.Start(new Bobyqa { Points = 7 }, new Rosenbrock(2), [0, 0])).Message);
        Assert.Equal("Points", Assert.Throws<ArgumentOutOfRangeException>(() => new Bobyqa { Points = 2 }).ParamName);
        Assert.Equal("InitialRadius", Assert.Throws<ArgumentOutOfRangeException>(() => new Bobyqa { InitialRadius = 0 }).ParamName);
        Assert.Equal("RadiusTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new Bobyqa { RadiusTolerance = 1 }).ParamName);
        Assert.Equal("InitialRadius", Assert.Throws<ArgumentOutOfRangeException>(() => new Cobyla { InitialRadius = -1 }).ParamName);
        Assert.Equal("FeasibilityTolerance", Assert.Throws<ArgumentOutOfRangeException>(() => new Cobyla { FeasibilityTolerance = double.NaN }).ParamName);
    }

    [Fact]
    public void FirstPointsAreOneBatchThatThreadsShare()
    {
        var f = new Rosenbrock(5);
        double[] start = [-1.2, 1, -1.2, 1, -1.2];
        SolverRun<double> run = Minimize.Start(new Bobyqa(), f, start);
        Assert.True(run.TryAsk(out Query<double>? query));
        Assert.Equal(11, query.Count);
        SolverResult<double> serial = Minimize.Run(new Bobyqa(), f, start);
        SolverResult<double> threads = Minimize.Run(new Bobyqa(), f, start, new RunOptions { Workers = Workers.Threads(3) });
        Promises.SameBits(serial.Point, threads.Point, "point");
        Assert.Equal(serial.Evaluations, threads.Evaluations);
    }

    /// <summary>
    /// The updated inverse must stay the inverse: every Lagrange function is 1 at its point and 0 at the others, and the model has every value, after hundreds of replaced points and shifts of the
    /// base.
    /// </summary>
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(9)]
    public void InterpolationConditionsHoldAfterManyUpdates(int n)
    {
        int m = (2 * n) + 1;
        var model = new InterpolatedQuadratic(n, m);
        double[] up = [.. Enumerable.Repeat(1.0, n)], down = [.. Enumerable.Repeat(-1.0, n)], x = new double[n], d = new double[n];
        model.PlaceOnAxes(up, down);
        model.SetClosedForm();
        for (int k = 0; k < m; k++)
            model.ValueAt(k) = (7 * k) % 5;
        model.FindBest();
        model.FitLeastHessian();
        AssertInterpolates(1e-14);

        RandomStream stream = RandomKey.FromSeed(3).Stream();
        for (int update = 0; update < 300; update++)
        {
            for (int i = 0; i < n; i++)
            {
                x[i] = (2 * stream.NextDouble()) - 1;
                d[i] = x[i] - model.Best[i];
            }

            model.Try(d);
            int replaced = Enumerable.Range(0, m).Where(k => k != model.BestIndex).MaxBy(model.Denominator);
            double value = 1 + stream.NextDouble();
            double difference = value - model.BestValue - model.Change(d);
            model.UpdateInverse(replaced);
            model.Replace(replaced, d, x, value, difference);
        }

        AssertInterpolates(1e-8);
        model.ShiftBase();
        AssertInterpolates(1e-8);

        void AssertInterpolates(double tolerance)
        {
            Assert.True(model.InverseError() <= tolerance, $"The Lagrange functions are off by {model.InverseError():g3}.");
            for (int k = 0; k < m; k++)
                Promises.Close(model.ValueAt(k), model.ValueOfModel(model.Point(k)), 0, 100 * tolerance, $"value {k}");
        }
    }

    /// <summary>On Brown's badly scaled function rounding damages the interpolation system several times; what repairs it is part of the state that a checkpoint holds.</summary>
    [Fact]
    public void RepairsOfTheSystemSurviveCheckpoints()
    {
        LeastSquaresProblem brown = MoreGarbowHillstrom.Problem(4);
        SolverResult<double> whole = Minimize.Run(new Bobyqa(), brown.SumOfSquares, brown.Start).EnsureConverged();
        Assert.True(whole.Value < 1e-12, whole.ToString());
        SolverRun<double> run = Minimize.Start(new Bobyqa(), brown.SumOfSquares, brown.Start);
        while (run.TryAsk(out Query<double>? query))
        {
            for (int i = 0; i < query.Count; i++)
                query.Value(i) = brown.SumOfSquares.Value(query.Point(i));
            run.Tell();
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            run = Minimize.Start(new Bobyqa(), brown.SumOfSquares, brown.Start);
            run.Load(stream);
        }

        Promises.SameBits(whole.Point, run.Result.Point, "point");
        Assert.Equal(whole.Evaluations, run.Evaluations);
    }

    private static int[] MissedBy(ISolver<double, IFunction<double>> solver)
    {
        var missed = new List<int>();
        for (int k = 1; k <= 35; k++)
        {
            LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(k);
            SolverResult<double> result = Minimize.Run(solver, problem.SumOfSquares, problem.Start, new RunOptions { MaxEvaluations = 20_000 });
            if (!problem.Minima.Any(m => Math.Abs(result.Value - m.Value) <= 1e-6 * Math.Max(Math.Abs(m.Value), 1e-2)))
                missed.Add(k);
        }

        return [.. missed];
    }
}
