using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Solving;

public class SolverRunTests
{
    private static readonly double[] Start = [4, -3, 2];

    private static SolverRun<double> NewRun(RunOptions? options = null, Descent? solver = null, double[]? start = null) =>
        SolverRun<double>.Start(solver ?? new Descent(), new ProblemShape(3), start ?? Start, options);

    [Fact]
    public void ARunConvergesAndSaysByWhat()
    {
        var function = new Bowl(3);
        SolverResult<double> result = NewRun().Complete(function);
        Assert.Equal(SolverStatus.Converged, result.Status);
        Assert.Equal(StopReason.GradientTolerance, result.Reason);
        Assert.All(result.Point, x => Promises.Close(1, x, 0, 1e-5, "x"));
        Assert.Equal(function.Calls, result.Evaluations.Points);
        Assert.Equal(result.Evaluations.Points, result.Evaluations.Values + result.Evaluations.Gradients);
        Assert.Equal(result.Iterations + 1, result.Evaluations.Gradients);
        Assert.Contains("1e-06", result.Message, StringComparison.Ordinal);
        Assert.Same(result, result.EnsureConverged());
    }

    [Fact]
    public void AStartThatIsGoodEnoughNeedsOneEvaluation()
    {
        SolverResult<double> result = NewRun(start: [1, 1, 1]).Complete(new Bowl(3));
        Assert.Equal(StopReason.GradientTolerance, result.Reason);
        Assert.Equal(1, result.Evaluations.Points);
        Assert.Equal(0, result.Iterations);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    public void TheLimitOfEvaluationsIsExact(int limit)
    {
        var function = new Bowl(3);
        SolverResult<double> result = NewRun(new RunOptions { MaxEvaluations = limit }).Complete(function);
        Assert.Equal(limit, function.Calls);
        Assert.Equal(SolverStatus.Stopped, result.Status);
        Assert.Equal(StopReason.MaxEvaluations, result.Reason);
        Assert.Throws<SolverException>(result.EnsureConverged);
    }

    [Fact]
    public void ABatchThatWouldExceedTheLimitIsNotEvaluated()
    {
        var function = new Bowl(3);
        SolverRun<double> run = SolverRun<double>.Start(new BatchSearch(), new ProblemShape(3), Start, new RunOptions { MaxEvaluations = 20 });
        Assert.Equal(StopReason.MaxEvaluations, run.Complete(function).Reason);
        Assert.Equal(16, function.Calls);
    }

    [Fact]
    public void TheLimitOfIterationsIsExact()
    {
        SolverResult<double> result = NewRun(new RunOptions { MaxIterations = 5 }).Complete(new Bowl(3));
        Assert.Equal(5, result.Iterations);
        Assert.Equal(StopReason.MaxIterations, result.Reason);
    }

    [Fact]
    public void TheLimitOfTimeIsKeptByTheClockOfTheOptions()
    {
        var clock = new HandClock();
        var function = new Bowl(3)
        {
            Fault = _ =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return null;
            },
        };
        SolverResult<double> result = NewRun(new RunOptions { MaxTime = TimeSpan.FromSeconds(4), Clock = clock }).Complete(function);
        Assert.Equal(StopReason.MaxTime, result.Reason);
        Assert.Equal(4, function.Calls);
        Assert.Equal(TimeSpan.FromSeconds(4), result.Elapsed);
    }

    [Fact]
    public void TimeIsCountedFromAClockThatBeginsAtZero()
    {
        var clock = new HandClock();
        SolverRun<double> run = NewRun(new RunOptions { Clock = clock, MaxEvaluations = 3 });
        while (run.TryAsk(out Query<double>? query))
        {
            clock.Advance(TimeSpan.FromSeconds(2));
            query.Value() = new Bowl(3).ValueAndGradient(query.Point(), query.Gradient());
            run.Tell();
        }

        Assert.Equal(TimeSpan.FromSeconds(6), run.Result.Elapsed);
    }

    [Fact]
    public void CancellationKeepsTheBestPointAndTheRunGoesOn()
    {
        using var source = new CancellationTokenSource();
        var function = new Bowl(3)
        {
            Fault = call =>
            {
                if (call == 6)
                    source.Cancel();
                return null;
            },
        };
        SolverRun<double> run = NewRun();
        SolverResult<double> stopped = run.Complete(function, source.Token);
        Assert.Equal(StopReason.Cancelled, stopped.Reason);
        Assert.Equal(6, function.Calls);
        Assert.True(stopped.Value < new Bowl(3).Value(Start));
        Assert.Equal(stopped.Value, new Bowl(3).Value(stopped.Point));

        SolverResult<double> whole = NewRun().Complete(new Bowl(3)), continued = run.Complete(function);
        Promises.SameBits(whole.Point, continued.Point, "point");
        Assert.Equal(whole.Evaluations, continued.Evaluations);
    }

    [Fact]
    public void ATargetEndsTheRun()
    {
        SolverResult<double> result = NewRun(new RunOptions { TargetValue = 0.5 }).Complete(new Bowl(3));
        Assert.Equal(StopReason.TargetReached, result.Reason);
        Assert.Equal(SolverStatus.Converged, result.Status);
        Assert.True(result.Value <= 0.5);
    }

    [Fact]
    public void AnExtendedRunEqualsAnUninterruptedOne()
    {
        SolverRun<double> run = NewRun(new RunOptions { MaxEvaluations = 1 });
        for (int limit = 1; run.Complete(new Bowl(3)).Reason == StopReason.MaxEvaluations; limit++)
            run.Extend(new RunOptions { MaxEvaluations = limit + 1 });
        SolverResult<double> whole = NewRun().Complete(new Bowl(3)), pieces = run.Result;
        Promises.SameBits(whole.Point, pieces.Point, "point");
        Assert.Equal((whole.Reason, whole.Iterations, whole.Evaluations), (pieces.Reason, pieces.Iterations, pieces.Evaluations));
        Assert.Throws<ArgumentException>("options", () => run.Extend(new RunOptions { Key = RandomKey.FromSeed(99) }));
    }

    [Fact]
    public void SavedAndResumedAnywhereEqualsUninterruptedBitForBit()
    {
        SolverResult<double> whole = NewRun().Complete(new Bowl(3));
        for (int evaluations = 0; evaluations < (int)whole.Evaluations.Points; evaluations++)
        {
            SolverRun<double> first = NewRun(evaluations == 0 ? null : new RunOptions { MaxEvaluations = evaluations });
            if (evaluations > 0)
                first.Complete(new Bowl(3));
            using var stream = new MemoryStream();
            first.Save(stream);
            stream.Position = 0;
            SolverRun<double> second = NewRun();
            second.Load(stream);
            SolverResult<double> resumed = second.Complete(new Bowl(3));
            Promises.SameBits(whole.Point, resumed.Point, $"saved after {evaluations} evaluations");
            Assert.Equal((whole.Reason, whole.Iterations, whole.Evaluations), (resumed.Reason, resumed.Iterations, resumed.Evaluations));
        }
    }

    [Fact]
    public void AQuestionThatWasOpenWhenTheRunWasSavedIsAskedAgain()
    {
        SolverRun<double> first = NewRun(new RunOptions { MaxEvaluations = 4 });
        first.Complete(new Bowl(3));
        first.Extend(new RunOptions());
        Assert.True(first.TryAsk(out Query<double>? open));
        using var stream = new MemoryStream();
        first.Save(stream);
        stream.Position = 0;
        SolverRun<double> second = NewRun();
        second.Load(stream);
        Assert.Throws<InvalidOperationException>(() => second.Tell());
        Assert.True(second.TryAsk(out Query<double>? again));
        Promises.SameBits(open.Point(), again.Point(), "question");
    }

    [Fact]
    public void ACheckpointOfAnotherConfigurationOrSizeIsRefusedAndChangesNothing()
    {
        using var stream = new MemoryStream();
        NewRun(new RunOptions { MaxIterations = 3 }).Save(stream);
        foreach (SolverRun<double> other in (SolverRun<double>[])[
            NewRun(solver: new Descent { Step = 0.1 }),
            NewRun(new RunOptions { Key = RandomKey.FromSeed(5) }),
            SolverRun<double>.Start(new Descent(), new ProblemShape(2), [1, 2]),
            SolverRun<double>.Start(new BatchSearch(), new ProblemShape(3), Start)])
        {
            stream.Position = 0;
            byte[] before = StateArchive.Save(other);
            Assert.Throws<CheckpointException>(() => other.Load(stream));
            Assert.Equal(before, StateArchive.Save(other));
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void AStartThatIsNotFiniteFails(double value)
    {
        SolverResult<double> result = NewRun().Complete(new Bowl(3) { Replace = _ => value });
        Assert.Equal(SolverStatus.Failed, result.Status);
        Assert.Equal(StopReason.NonFiniteStart, result.Reason);
        Assert.Equal(1, result.Evaluations.Points);
        Assert.Equal(Start, result.Point);
        Assert.True(double.IsNaN(result.Value));
    }

    [Fact]
    public void ALaterNaNIsRejectedAndTheBestPointKept()
    {
        SolverResult<double> result = NewRun().Complete(new Bowl(3) { Replace = call => call > 9 ? double.NaN : null });
        Assert.Equal(StopReason.NonFinite, result.Reason);
        Assert.Equal(result.Value, new Bowl(3).Value(result.Point));
        Assert.True(result.Value < new Bowl(3).Value(Start));
    }

    [Fact]
    public void AnExceptionOfTheFunctionSurfacesAsItWasThrownAndTheRunGoesOn()
    {
        var thrown = new InvalidDataException("the simulation failed");
        var function = new Bowl(3) { Fault = call => call == 5 ? thrown : null };
        SolverRun<double> run = NewRun();
        Assert.Same(thrown, Assert.Throws<InvalidDataException>(() => run.Complete(function)));
        Assert.Equal(4, run.Evaluations.Points);
        Assert.Equal(SolverStatus.Running, run.Status);
        SolverResult<double> whole = NewRun().Complete(new Bowl(3)), continued = run.Complete(function);
        Promises.SameBits(whole.Point, continued.Point, "point");
        Assert.Equal(whole.Evaluations, continued.Evaluations);
    }

    [Fact]
    public void ACaughtExceptionEndsTheRunWithTheBestPointAndTheRunGoesOn()
    {
        var thrown = new InvalidDataException("the simulation failed");
        var function = new Bowl(3) { Fault = call => call == 5 ? thrown : null };
        SolverRun<double> run = NewRun(new RunOptions { CatchExceptions = true });
        SolverResult<double> failed = run.Complete(function);
        Assert.Equal((SolverStatus.Failed, StopReason.FunctionThrew), (failed.Status, failed.Reason));
        Assert.Same(thrown, failed.Exception);
        Assert.Contains(thrown.Message, failed.Message, StringComparison.Ordinal);
        Assert.Same(thrown, Assert.Throws<SolverException>(failed.EnsureConverged).InnerException);
        SolverResult<double> whole = NewRun().Complete(new Bowl(3)), continued = run.Complete(function);
        Promises.SameBits(whole.Point, continued.Point, "point");
        Assert.Null(continued.Exception);
    }

    [Fact]
    public void ProgressIsReportedNoMoreOftenThanTheInterval()
    {
        var clock = new HandClock();
        var reports = new Reports();
        var function = new Bowl(3)
        {
            Fault = _ =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(10));
                return null;
            },
        };
        SolverResult<double> result = NewRun(new RunOptions { Progress = reports, ProgressInterval = TimeSpan.FromMilliseconds(100), Clock = clock, MaxIterations = 30 }).Complete(function);
        Assert.True(reports.Seen.Count > 2);
        Assert.Equal(result.Iterations, reports.Seen[^1].Iteration);
        for (int i = 1; i < reports.Seen.Count - 1; i++)
            Assert.True(reports.Seen[i].Elapsed - reports.Seen[i - 1].Elapsed >= TimeSpan.FromMilliseconds(100), $"report {i}");
        Assert.Equal(TimeSpan.FromMilliseconds(10 * function.Calls), result.Elapsed);

        var all = new Reports();
        SolverResult<double> every = NewRun(new RunOptions { Progress = all, ProgressInterval = TimeSpan.Zero, MaxIterations = 7 }).Complete(new Bowl(3));
        Assert.Equal(every.Iterations + 1, all.Seen.Count);
    }

    [Fact]
    public void AskAndTellStepAndIterateEqualComplete()
    {
        SolverResult<double> whole = NewRun().Complete(new Bowl(3));

        SolverRun<double> asked = NewRun();
        var function = new Bowl(3);
        while (asked.TryAsk(out Query<double>? query))
        {
            query.Value() = query.Needs.HasFlag(Oracle.Gradient) ? function.ValueAndGradient(query.Point(), query.Gradient()) : function.Value(query.Point());
            asked.Tell();
        }

        SolverRun<double> iterated = NewRun();
        long expected = 0;
        foreach (RunProgress progress in iterated.Iterate(new Bowl(3)))
            Assert.Equal(++expected, progress.Iteration);

        SolverRun<double> stepped = NewRun();
        while (stepped.Step(new Bowl(3)))
        {
        }

        foreach (SolverRun<double> run in (SolverRun<double>[])[asked, iterated, stepped])
        {
            Promises.SameBits(whole.Point, run.BestPoint, "point");
            Assert.Equal((whole.Reason, whole.Iterations, whole.Evaluations), (run.Reason, run.Iterations, run.Evaluations));
        }
    }

    [Fact]
    public void TellingWithoutAskingIsAMistake()
    {
        SolverRun<double> run = NewRun();
        Assert.Throws<InvalidOperationException>(() => run.Tell());
        Assert.True(run.TryAsk(out Query<double>? query));
        query.Value() = new Bowl(3).ValueAndGradient(query.Point(), query.Gradient());
        Assert.True(run.Tell());
        Assert.Throws<InvalidOperationException>(() => run.Tell());
    }

    [Fact]
    public void AStepAllocatesNothing()
    {
        SolverRun<double> run = SolverRun<double>.Start(new BatchSearch(), new ProblemShape(3), Start, new RunOptions { MaxIterations = long.MaxValue });
        var function = new Bowl(3);
        Promises.AllocatesNothing(() => run.Step(function), "Step");
    }

    [Fact]
    public void BatchesHaveTheSameResultsForAnyNumberOfWorkersAndForBatchFunctions()
    {
        SolverResult<double> Run(IWorkers workers, IFunction<double> function) =>
            SolverRun<double>.Start(new BatchSearch(), new ProblemShape(3), Start, new RunOptions { MaxIterations = 40, Workers = workers }).Complete(function);

        SolverResult<double> serial = Run(Workers.Serial, new Bowl(3));
        SolverResult<double> parallel = Run(Workers.Threads(2), Function.BlackBox(3, x => new Bowl(3).Value(x)));
        var batch = new BatchBowl();
        SolverResult<double> batched = Run(Workers.Serial, batch);
        Assert.Equal(40, batch.Batches);
        foreach (SolverResult<double> other in (SolverResult<double>[])[parallel, batched])
        {
            Promises.SameBits(serial.Point, other.Point, "point");
            Assert.Equal(serial.Evaluations, other.Evaluations);
        }
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>("start", () => NewRun(start: []));
        Assert.Throws<ArgumentException>("start", () => NewRun(start: [1, 2]));
        Assert.Contains("start[1]", Assert.Throws<ArgumentException>("start", () => NewRun(start: [1, double.NaN, 2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("problem", () => NewRun().Step(new Bowl(2)));
        string message = Assert.Throws<ArgumentException>(() => NewRun().Step(Function.BlackBox(3, x => 0))).Message;
        Assert.Contains("IDifferentiableFunction", message, StringComparison.Ordinal);
    }

    private sealed class Reports : IProgress<RunProgress>
    {
        public List<RunProgress> Seen { get; } = [];

        public void Report(RunProgress value) => Seen.Add(value);
    }

    private sealed class BatchBowl : IBatchFunction<double>
    {
        public int Batches { get; private set; }

        public int Dimension => 3;

        public double Value(ReadOnlySpan<double> x) => throw new InvalidOperationException("The batch is to be used.");

        public void Values(ReadOnlySpan<double> points, Span<double> values)
        {
            Batches++;
            for (int i = 0; i < values.Length; i++)
                values[i] = new Bowl(3).Value(points.Slice(3 * i, 3));
        }
    }
}
