using System.Numerics;
using OptiCore.Solving;

namespace OptiCore.TestKit;

/// <summary>What holds for every optimizer. Each law takes a row of a table and needs nothing else.</summary>
public static class SolverLaws<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Every law, by its name.</summary>
    public static IReadOnlyDictionary<string, Action<SolverRow<T>>> All { get; } = new Action<SolverRow<T>>[]
    {
        FindsKnownMinima,
        AllocatesNothingAfterTheFirstIterations,
        SameKeyGivesSameBits,
        AskAndTellEqualsComplete,
        IterateEqualsComplete,
        SplitRunEqualsWholeRun,
        FunctionThatIsNaNEverywhereFails,
        FunctionThatBecomesNaNKeepsTheLastGoodPoint,
        FunctionThatIsNaNInAHalfSpaceEndsAtAFinitePoint,
        CancellationKeepsTheBestPoint,
        LimitsAreExact,
        ExceptionsSurfaceUnwrappedAndTheRunGoesOn,
        CaughtExceptionsBecomeAFailureWithTheBestPoint,
        BadStartsAreRefused,
        AsksOnlyWithinBounds,
    }.ToDictionary(law => law.Method.Name);

    public static void FindsKnownMinima(SolverRow<T> row)
    {
        foreach (SolverProblem problem in row.Problems)
        {
            SolverResult<T> result = Start(row, problem).Complete(new SolverProbe<T>(problem.Problem) { Added = row.Added });
            Assert.True(result.ConstraintViolation <= row.Tolerance, $"{row.Name} on {problem.Name} violates a constraint by {result.ConstraintViolation:g3}. {result}");
            Assert.True(
                problem.Minima.Any(m => Math.Abs(result.Value - m) <= row.Tolerance * Math.Max(1, Math.Abs(m))),
                $"{row.Name} on {problem.Name}: {result.Value:r} is none of {string.Join(", ", problem.Minima)}. {result}");
            Assert.True(!row.ConvergesByItself || result.Status == SolverStatus.Converged, $"{row.Name} on {problem.Name}: {result}");
            Assert.NotEmpty(result.Message);
        }
    }

    public static void AllocatesNothingAfterTheFirstIterations(SolverRow<T> row)
    {
        if (!row.AllocatesNothing)
            return;
        SolverProblem problem = row.Problems[0];
        var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };

        // Code that the runtime hasn't optimised yet allocates (boxes of enumerations), and its optimisation runs in the background: the best of many runs counts.
        long least = long.MaxValue, iterations = 0;
        for (int attempt = 0; attempt < 1000 && least != 0; attempt++)
        {
            Thread.Sleep(attempt < 40 ? 0 : 10);
            SolverRun<T> run = Start(row, problem, new RunOptions { MaxIterations = 60 });
            _ = run.Step(probe) && run.Step(probe);
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (run.Step(probe))
            {
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            iterations = run.Iterations;
        }

        Assert.True(iterations > 5, $"{row.Name}: {iterations} iterations are too few to tell.");
        Assert.True(least == 0, $"{row.Name} allocated {least} bytes after its second iteration.");
    }

    public static void SameKeyGivesSameBits(SolverRow<T> row)
    {
        foreach (SolverProblem problem in row.Problems)
            AssertSame(Whole(row, problem), Whole(row, problem), $"{row.Name} on {problem.Name}");
    }

    public static void AskAndTellEqualsComplete(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        SolverRun<T> run = Start(row, problem, Short);
        var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };
        while (run.TryAsk(out Query<T>? query))
        {
            Answer(query, probe);
            run.Tell();
        }

        AssertSame(Whole(row, problem), run.Result, row.Name);
    }

    public static void IterateEqualsComplete(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        SolverRun<T> run = Start(row, problem, Short);
        var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };
        long iterations = 0;
        foreach (RunProgress progress in run.Iterate(probe))
            Assert.Equal(++iterations, progress.Iteration);
        AssertSame(Whole(row, problem), run.Result, row.Name);
    }

    /// <summary>Every k-th answer the run is written, thrown away and read into a new one: also in the middle of iterations.</summary>
    public static void SplitRunEqualsWholeRun(SolverRow<T> row)
    {
        foreach (int every in new[] { 1, 2, 3, 7 })
            SplitRunEqualsWholeRun(row, every);
    }

    private static void SplitRunEqualsWholeRun(SolverRow<T> row, int every)
    {
        SolverProblem problem = row.Problems[0];
        SolverRun<T> run = Start(row, problem, Short);
        var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };
        long answers = 0;
        while (run.TryAsk(out Query<T>? query))
        {
            Answer(query, probe);
            run.Tell();
            if (++answers % every != 0)
                continue;
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            run = Start(row, problem, Short);
            run.Load(stream);
        }

        AssertSame(Whole(row, problem), run.Result, $"{row.Name}, split every {every} answers");
    }

    public static void FunctionThatIsNaNEverywhereFails(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        SolverResult<T> result = Start(row, problem).Complete(new SolverProbe<T>(problem.Problem) { Added = row.Added, Undefined = (_, _) => true });
        Assert.Equal(SolverStatus.Failed, result.Status);
        Assert.True(double.IsNaN(result.Value));
        AssertBits(Convert(problem.Start), result.Point, $"{row.Name}: the starting point is kept");
    }

    public static void FunctionThatBecomesNaNKeepsTheLastGoodPoint(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        foreach (int good in new[] { 1, 2, 5, 12, 23 })
        {
            var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added, Undefined = (k, _) => k >= good };
            SolverResult<T> result = Start(row, problem, new RunOptions { MaxEvaluations = 20_000, MaxIterations = row.MaxIterations }).Complete(probe);
            AssertGood(row, probe, result, $"NaN after {good} evaluations");
            Assert.True(
                result.Status is SolverStatus.Failed or SolverStatus.Stopped || (good > 10 && result.Value <= 1e-6),
                $"{row.Name}, NaN after {good} evaluations: {result}");
        }
    }

    public static void FunctionThatIsNaNInAHalfSpaceEndsAtAFinitePoint(SolverRow<T> row)
    {
        foreach (SolverProblem problem in row.Problems)
        {
            // The half-space cuts off what lies a little beyond the start, seen along the first axis, or everything on the far side.
            foreach (double offset in new[] { 1e-3, 0.5 })
            {
                foreach (int sign in new[] { -1, 1 })
                {
                    double wall = problem.Start[0] + (sign * offset);
                    var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added, Undefined = (_, x) => sign * (x[0] - wall) > 0 };
                    SolverResult<T> result = Start(row, problem, new RunOptions { MaxEvaluations = 20_000, MaxIterations = row.MaxIterations }).Complete(probe);
                    AssertGood(row, probe, result, $"{problem.Name}, wall at {wall}");
                    Assert.True(sign * (double.CreateTruncating(result.Point[0]) - wall) <= 0, $"{row.Name} on {problem.Name}: {result.Point[0]} lies beyond the wall at {wall}.");
                }
            }
        }
    }

    public static void CancellationKeepsTheBestPoint(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        foreach (int k in new[] { 1, 4, 9 })
        {
            using var source = new CancellationTokenSource();
            var probe = new SolverProbe<T>(problem.Problem)
            {
                Added = row.Added,
                Before = n =>
                {
                    if (n == k)
                        source.Cancel();
                },
            };
            SolverRun<T> run = Start(row, problem, Short);
            SolverResult<T> result = run.Complete(probe, source.Token);
            Assert.Equal(SolverStatus.Stopped, result.Status);
            Assert.Equal(StopReason.Cancelled, result.Reason);
            AssertGood(row, probe, result, $"cancelled at evaluation {k}");

            // A cancelled run can be continued, and ends like one that was not.
            AssertSame(Whole(row, problem), run.Complete(probe, CancellationToken.None), $"{row.Name}, cancelled and continued");
        }
    }

    public static void LimitsAreExact(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];

        // Every limit that ends the run before its own end.
        long longest = Math.Min(30, Whole(row, problem).Evaluations.Points - 1);
        Assert.True(longest >= 20, $"{row.Name}: {longest} evaluations are too few to be limited.");
        for (int limit = 1; limit <= longest; limit++)
        {
            var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };
            SolverRun<T> run = Start(row, problem, new RunOptions { MaxEvaluations = limit, MaxIterations = Short.MaxIterations });
            SolverResult<T> result = run.Complete(probe);
            Assert.True(result.Evaluations.Points <= limit, $"{row.Name}: {result.Evaluations.Points} evaluations with a limit of {limit}.");
            Assert.Equal(probe.Points, result.Evaluations.Points);
            Assert.Equal(SolverStatus.Stopped, result.Status);
            if (probe.Points > 0)
                AssertGood(row, probe, result, $"limit of {limit}");
            run.Extend(Short);
            AssertSame(Whole(row, problem), run.Complete(probe), $"{row.Name}, stopped at {limit} and continued");
        }

        var whole = new SolverProbe<T>(problem.Problem) { Added = row.Added };
        SolverResult<T> end = Start(row, problem, new RunOptions { MaxIterations = 7 }).Complete(whole);
        Assert.Equal(7, end.Iterations);
        Assert.Equal(whole.Points, end.Evaluations.Points);
    }

    public static void ExceptionsSurfaceUnwrappedAndTheRunGoesOn(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        foreach (int k in new[] { 0, 3, 8 })
        {
            var failure = new InvalidOperationException("from the user's function");
            bool thrown = false;
            var probe = new SolverProbe<T>(problem.Problem)
            {
                Added = row.Added,
                Before = n =>
                {
                    if (n == k && !thrown)
                    {
                        thrown = true;
                        throw failure;
                    }
                },
            };
            SolverRun<T> run = Start(row, problem, Short);
            Assert.Same(failure, Assert.Throws<InvalidOperationException>(() => run.Complete(probe)));
            AssertSame(Whole(row, problem), run.Complete(probe), $"{row.Name}, continued after an exception at {k}");
        }
    }

    public static void CaughtExceptionsBecomeAFailureWithTheBestPoint(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added, Before = n => { if (n == 6) throw new TimeoutException("too slow"); } };
        SolverResult<T> result = Start(row, problem, new RunOptions { CatchExceptions = true }).Complete(probe);
        Assert.Equal(StopReason.FunctionThrew, result.Reason);
        Assert.IsType<TimeoutException>(result.Exception);
        Assert.Contains("too slow", result.Message);
    }

    public static void BadStartsAreRefused(SolverRow<T> row)
    {
        SolverProblem problem = row.Problems[0];
        var shape = ProblemShape.Of(new SolverProbe<T>(problem.Problem));
        T[] bad = Convert(problem.Start);
        bad[1] = T.NaN;
        Assert.Contains("start[1] is NaN", Refused(bad));
        bad[1] = T.PositiveInfinity;
        Assert.Contains("start[1]", Refused(bad));
        Assert.Contains($"expected {shape.Dimension}", Refused(new T[shape.Dimension + 1]));
        Assert.Contains("empty", Refused([]));

        string Refused(T[] start) => Assert.Throws<ArgumentException>(() => SolverRun<T>.Start(row.Solver, shape, start)).Message;
    }

    public static void AsksOnlyWithinBounds(SolverRow<T> row)
    {
        if ((row.Solver as IBoundedSolver)?.Bounds is not { } bounds)
            return;
        foreach (SolverProblem problem in row.Problems)
        {
            SolverRun<T> run = Start(row, problem, Short);
            var probe = new SolverProbe<T>(problem.Problem) { Added = row.Added };
            while (run.TryAsk(out Query<T>? query))
            {
                for (int i = 0; i < query.Count; i++)
                    Assert.True(bounds.Contain<T>(query.Point(i)), $"{row.Name} on {problem.Name} asks at {string.Join(", ", query.Point(i).ToArray())}, outside {bounds}.");
                Answer(query, probe);
                run.Tell();
            }
        }
    }

    /// <summary>Enough iterations to meet every state of an algorithm, few enough that laws are quick.</summary>
    private static RunOptions Short { get; } = new() { MaxIterations = 60 };

    private static SolverRun<T> Start(SolverRow<T> row, SolverProblem problem, RunOptions? options = null) =>
        SolverRun<T>.Start(row.Solver, ProblemShape.Of(new SolverProbe<T>(problem.Problem)), Convert(problem.Start), options ?? new RunOptions { MaxIterations = row.MaxIterations });

    private static SolverResult<T> Whole(SolverRow<T> row, SolverProblem problem) => Start(row, problem, Short).Complete(new SolverProbe<T>(problem.Problem) { Added = row.Added });

    private static void Answer(Query<T> query, SolverProbe<T> probe)
    {
        for (int i = 0; i < query.Count; i++)
        {
            Oracle needs = query.Needs;
            if (needs.HasFlag(Oracle.Gradient))
                query.Value(i) = probe.ValueAndGradient(query.Point(i), query.Gradient(i));
            else if (needs.HasFlag(Oracle.Value))
                query.Value(i) = probe.Value(query.Point(i));
            else if (needs.HasFlag(Oracle.Jacobian))
                probe.ResidualsAndJacobian(query.Point(i), query.Residuals(i), query.Jacobian);
            else if (needs.HasFlag(Oracle.Residuals))
                probe.Residuals(query.Point(i), query.Residuals(i));
            if (needs.HasFlag(Oracle.HessianProduct))
                probe.HessianProduct(query.Point(i), query.Direction, query.HessianProduct);
            if (needs.HasFlag(Oracle.ConstraintJacobian) && probe.ConstraintCount > 0)
                probe.ConstraintsAndJacobian(query.Point(i), query.Constraints(i), query.ConstraintJacobian);
            else if (needs.HasFlag(Oracle.Constraints) && probe.ConstraintCount > 0)
                probe.Constraints(query.Point(i), query.Constraints(i));
            if (needs.HasFlag(Oracle.LagrangianHessian))
                probe.LagrangianHessian(query.Point(i), query.Multipliers, query.LagrangianHessian);
        }
    }

    /// <summary>The result holds a finite point, and its value is the smallest finite one that was seen; with constraints that of the best point, or the iterate of a run that converged.</summary>
    private static void AssertGood(SolverRow<T> row, SolverProbe<T> probe, SolverResult<T> result, string what)
    {
        Assert.All(result.Point, x => Assert.True(T.IsFinite(x), $"{row.Name}, {what}: the point is {x}."));
        bool kept = result.Value == probe.Best
            || (result.Status == SolverStatus.Converged && (probe.ConstraintCount > 0 || result.Value - probe.Best <= 1e-10 * Math.Abs(probe.Best)));
        Assert.True(kept, $"{row.Name}, {what}: the value is {result.Value:r}, the smallest seen {probe.Best:r}.");
        Assert.Equal(probe.Points, result.Evaluations.Points);
    }

    private static void AssertSame(SolverResult<T> expected, SolverResult<T> actual, string what)
    {
        Assert.True(expected.Reason == actual.Reason, $"{what}: {actual.Reason}, expected {expected.Reason}.");
        Assert.True(expected.Iterations == actual.Iterations, $"{what}: {actual.Iterations} iterations, expected {expected.Iterations}.");
        Assert.True(expected.Evaluations == actual.Evaluations, $"{what}: {actual.Evaluations}, expected {expected.Evaluations}.");
        Promises.SameBits([expected.Value, expected.GradientNorm, expected.ConstraintViolation], [actual.Value, actual.GradientNorm, actual.ConstraintViolation], what + ", value, gradient norm and violation");
        Promises.SameBits(expected.Multipliers, actual.Multipliers, what + ", multipliers");
        AssertBits(expected.Point, actual.Point, what);
        AssertBits(expected.LastPoint, actual.LastPoint, what);
    }

    private static void AssertBits(T[] expected, T[] actual, string what) => Promises.SameBits(
        Array.ConvertAll(expected, double.CreateTruncating), Array.ConvertAll(actual, double.CreateTruncating), what);

    private static T[] Convert(double[] values) => Array.ConvertAll(values, T.CreateTruncating);
}
