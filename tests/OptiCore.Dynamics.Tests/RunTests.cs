using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class RunTests
{
    public static TheoryData<string> All => OdeMethods.All;

    public static TheoryData<string> Adaptive => OdeMethods.Adaptive;

    public static TheoryData<string> ExplicitTableaux => Tableaux.All;

    private static OdeState StartLorenz(OdeMethod method, double end = 3) =>
        method.Start(OdeSystem.From(3, Problems.Lorenz), 0, [1, 1, 1], end, [new((_, y) => y[0]), new((_, y) => y[2] - 27)]);

    [Theory, MemberData(nameof(All))]
    public void SavedAndResumedIsUninterruptedToTheBit(string name)
    {
        OdeMethod method = OdeMethods.Of(name);
        OdeState whole = StartLorenz(method);
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        while (whole.Step())
            saved.Add(StateArchive.Save(whole));
        byte[] end = StateArchive.Save(whole);
        Assert.Equal(OdeStopReason.ReachedEnd, whole.Reason);
        foreach (byte[] bytes in saved.Where((_, i) => i % 17 == 0 || i == saved.Count - 1))
        {
            OdeState resumed = StartLorenz(method);
            StateArchive.Load(resumed, bytes);
            foreach (OdeStep step in resumed.Iterate())
                Assert.True(step.Time > step.PreviousTime);
            Assert.Equal(whole.Counts, resumed.Counts);
            Assert.Equal(end, StateArchive.Save(resumed));
        }
    }

    [Fact]
    public void ASaveOfAnotherProblemIsRefused()
    {
        byte[] saved = StateArchive.Save(StartLorenz(new ExplicitRungeKutta()));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(StartLorenz(new ExplicitRungeKutta { Tableau = BogackiShampine.Tableau }), saved));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(new ExplicitRungeKutta().Start(OdeSystem.From(2, Problems.Smooth), 0, [1, 1], 3), saved));
    }

    [Fact]
    public void ADamagedSaveIsRefused()
    {
        OdeState state = StartLorenz(new ExplicitRungeKutta());
        state.Step();
        byte[] saved = StateArchive.Save(state);

        // The offsets of the seven stages stand one after the other: 0, 8, 16, ...
        byte[] offsets = [.. Enumerable.Range(0, 7).SelectMany(i => BitConverter.GetBytes(8 * i))];
        int at = saved.AsSpan().IndexOf(offsets);
        Assert.True(at > 0);
        saved[at + sizeof(int)] = 99;
        Assert.Throws<CheckpointException>(() => StateArchive.Load(StartLorenz(new ExplicitRungeKutta()), saved));
    }

    [Theory, MemberData(nameof(All))]
    public void StepsAllocateNothing(string name)
    {
        OdeState state = StartLorenz(OdeMethods.Of(name) with { MaxSteps = long.MaxValue }, 1e6);
        double[] y = new double[3];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(0.5 * (state.PreviousTime + state.Time), y);
        }, name);
    }

    [Theory, MemberData(nameof(ExplicitTableaux))]
    public void AStepHasTheBitsOfThePlainSumsForEveryDimension(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        foreach (int n in new[] { 1, 2, 3, 4, 5, 7, 8, 9, 16, 19 })
        {
            const double H = 0.07;
            double[] y0 = [.. Enumerable.Range(0, n).Select(i => 0.3 + (0.11 * i))];
            OdeState state = new ExplicitRungeKutta { Tableau = tableau, FixedStep = H }.Start(OdeSystem.From(n, Right), 0, y0, 1);
            Assert.True(state.Step());
            double[][] k = new double[tableau.StageCount][];
            for (int s = 0; s < k.Length; s++)
                Right(tableau.Nodes[s] * H, Combined(tableau.Row(s)), k[s] = new double[n]);
            Promises.SameBits(Combined(tableau.Weights), state.State, $"{name}, n = {n}");

            double[] Combined(ReadOnlySpan<double> coefficients)
            {
                double[] sum = new double[n];
                for (int i = 0; i < n; i++)
                {
                    double terms = 0;
                    for (int j = 0; j < coefficients.Length; j++)
                        terms += coefficients[j] == 0 ? 0 : coefficients[j] * k[j][i];
                    sum[i] = y0[i] + (H * terms);
                }

                return sum;
            }
        }

        static void Right(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = (y[i] * y[(i + 1) % y.Length]) - t;
        }
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void AnUndefinedDerivativeEndsWithTheLastGoodState(string name)
    {
        OdeResult result = Ode.Solve(OdeMethods.Of(name), (t, y, dy) =>
        {
            Assert.True(double.IsFinite(y[0]));
            dy[0] = t > 1 ? double.NaN : 1;
        }, (0, 2), [0]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.InRange(result.FinalTime, 1 - 1e-9, 1);
        Assert.Equal(result.FinalTime, result.FinalState[0], 1e-13);
        Assert.True(result.Counts.RejectedSteps > 5);
        Assert.Contains("not finite", result.Message, StringComparison.Ordinal);
        Assert.Throws<SolverException>(result.EnsureCompleted);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void ASingularityEndsBeforeIt(string name)
    {
        // A linearly implicit step may jump over a pole that its estimate can't see.
        OdeMethod method = OdeMethods.Of(name) is RosenbrockWanner rosenbrock ? rosenbrock with { RelativeTolerance = 1e-8 } : OdeMethods.Of(name);
        OdeResult result = Ode.Solve(method, static (_, y, dy) => dy[0] = y[0] * y[0], (0, 2), [1]);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.True(result.Reason is OdeStopReason.StepTooSmall or OdeStopReason.NonFinite or OdeStopReason.NoConvergence);
        Assert.Equal(1, result.FinalTime, 1e-3);
        Assert.True(double.IsFinite(result.FinalState[0]));
    }

    [Theory, MemberData(nameof(All))]
    public void AnUndefinedStartIsNamed(string name)
    {
        OdeResult result = Ode.Solve(OdeMethods.Of(name), static (_, _, dy) => dy[0] = double.NaN, (0, 2), [3]);
        Assert.Equal(OdeStopReason.NonFiniteStart, result.Reason);
        Assert.Equal([3.0], result.FinalState);
        Assert.Equal(1, result.Counts.Evaluations);
    }

    [Fact]
    public void AFixedStepIsNotShortened()
    {
        OdeResult result = Ode.Solve(new ExplicitRungeKutta { FixedStep = 0.3 }, static (t, _, dy) => dy[0] = t > 1 ? double.PositiveInfinity : 1, (0, 2), [0]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(0.9, result.FinalTime, 1e-15);
        Assert.Equal(1, result.Counts.RejectedSteps);
    }

    [Fact]
    public void StepsThatTimeCannotResolveFail()
    {
        OdeResult result = Ode.Solve(new ExplicitRungeKutta { FixedStep = 1e-20 }, static (_, _, dy) => dy[0] = 1, (1, 2), [0]);
        Assert.Equal(OdeStopReason.StepTooSmall, result.Reason);
        Assert.Equal(0, result.Counts.AcceptedSteps);
    }

    [Theory, MemberData(nameof(All))]
    public void AnExceptionSurfacesAsItWasThrownAndTheIntegrationCanGoOn(string name)
    {
        OdeState whole = StartLorenz(OdeMethods.Of(name));
        Ode.Solve(whole);
        var failure = new InvalidDataException("mine");
        long calls = 0;
        OdeState state = OdeMethods.Of(name).Start(
            OdeSystem.From(3, (t, y, dy) =>
            {
                if (++calls % 97 == 0)
                    throw failure;
                Problems.Lorenz(t, y, dy);
            }), 0, [1, 1, 1], 3);
        int thrown = 0;
        while (state.Reason == OdeStopReason.None)
        {
            try
            {
                state.Step();
            }
            catch (InvalidDataException exception)
            {
                Assert.Same(failure, exception);
                thrown++;
            }
        }

        Assert.True(thrown > 1);
        Assert.Equal(OdeStopReason.ReachedEnd, state.Reason);
        Promises.SameBits(whole.State, state.State, "after exceptions");
        Assert.Equal(whole.Counts.AcceptedSteps, state.Counts.AcceptedSteps);
    }

    [Theory, MemberData(nameof(All))]
    public void ALimitStopsAndMoreStepsGoOn(string name)
    {
        OdeResult limited = Ode.Solve(OdeMethods.Of(name) with { MaxSteps = 10 }, Problems.Lorenz, (0, 3), [1, 1, 1]);
        Assert.Equal(OdeStopReason.MaxSteps, limited.Reason);
        Assert.Equal(RunStatus.Stopped, limited.Status);
        Assert.Equal(10, limited.Counts.AcceptedSteps + limited.Counts.RejectedSteps);
        Assert.InRange(limited.FinalTime, 1e-6, 2.9);

        OdeState first = StartLorenz(OdeMethods.Of(name) with { MaxSteps = 10 });
        Ode.Solve(first);
        OdeState second = StartLorenz(OdeMethods.Of(name)), whole = StartLorenz(OdeMethods.Of(name));
        StateArchive.Load(second, StateArchive.Save(first));
        Assert.Equal(RunStatus.Completed, Ode.Solve(second).Status);
        Ode.Solve(whole);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(second));
    }

    [Theory, MemberData(nameof(All))]
    public void CancellationKeepsWhatWasReachedAndTheRunGoesOn(string name)
    {
        using var source = new CancellationTokenSource();
        OdeState state = OdeMethods.Of(name).Start(OdeSystem.From(3, (t, y, dy) =>
        {
            if (t > 1)
                source.Cancel();
            Problems.Lorenz(t, y, dy);
        }), 0, [1, 1, 1], 3);
        double[] times = [0.5, 0.9, 2, 3];
        OdeResult cancelled = Ode.Solve(state, times, source.Token);
        Assert.Equal(OdeStopReason.Cancelled, cancelled.Reason);
        Assert.Equal([0.5, 0.9], cancelled.Times);
        Assert.InRange(cancelled.FinalTime, 0.9, 1.5);
        OdeResult rest = Ode.Solve(state, [2, 3]), whole = Ode.Solve(OdeMethods.Of(name), Problems.Lorenz, (0, 3), [1, 1, 1], times);
        Promises.SameBits(whole.States, [.. cancelled.States, .. rest.States], "cancelled and continued");
    }

    [Theory, MemberData(nameof(All))]
    public void LeavingTheLoopLeavesTheRunWhereItIs(string name)
    {
        OdeState state = StartLorenz(OdeMethods.Of(name));
        double reached = 0;
        foreach (OdeStep step in state.Iterate())
        {
            Assert.Equal(reached, step.PreviousTime);
            Assert.InRange(step.ErrorNorm, 0, 1);
            reached = step.Time;
            if (reached > 1)
                break;
        }

        Assert.Equal(reached, state.Time);
        Assert.Equal(OdeStopReason.None, state.Reason);
        Assert.Equal(reached, state.Iterate().First().PreviousTime);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void StepsStayWithinTheLargest(string name)
    {
        OdeState state = (OdeMethods.Of(name) with { MaxStep = 0.25 }).Start(OdeSystem.From(1, static (_, _, dy) => dy[0] = 0), 0, [1], 10);
        Assert.All(state.Iterate(), step => Assert.True(step.Time - step.PreviousTime <= 0.25 * (1 + 1e-8)));
        Assert.Equal(10, state.Time);
    }

    [Theory, MemberData(nameof(All))]
    public void EveryEvaluationIsCounted(string name)
    {
        long calls = 0;
        OdeResult result = Ode.Solve(
            OdeMethods.Of(name),
            (t, y, dy) =>
            {
                calls++;
                Problems.Smooth(t, y, dy);
            },
            (0, 3),
            Problems.SmoothAt(0),
            saveAt: [0.1, 0.2, 1, 2.5],
            events: [new((_, y) => y[0] - 0.5)]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.Equal(calls, result.Counts.Evaluations);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void IntegratingBackReturnsToTheStart(string name)
    {
        OdeState state = (OdeMethods.Of(name) with { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 })
            .Start(OdeSystem.From(2, Problems.Smooth), -1, Problems.SmoothAt(-1), 1.5);
        Assert.Equal(RunStatus.Completed, Ode.Solve(state).Status);
        Assert.Equal(1.5, state.Time);
        Assert.True(Problems.SmoothError(1.5, state.State) < 1e-4);
        state.ContinueTo(-1);
        Assert.Equal(RunStatus.Completed, Ode.Solve(state).Status);
        Assert.Equal(-1, state.Time);
        Assert.True(Problems.SmoothError(-1, state.State) < 1e-4);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void DenseOutputIsAsAccurateAsTheSteps(string name)
    {
        OdeState state = (OdeMethods.Of(name) with { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 })
            .Start(OdeSystem.From(2, Problems.Smooth), 0, Problems.SmoothAt(0), 4);
        double worst = 0, worstBetween = 0;
        double[] y = new double[2];
        while (state.Step())
        {
            worst = Math.Max(worst, Problems.SmoothError(state.Time, state.State));
            for (int i = 0; i <= 8; i++)
            {
                double t = state.PreviousTime + (i / 8.0 * (state.Time - state.PreviousTime));
                state.Interpolate(t, y);
                worstBetween = Math.Max(worstBetween, Problems.SmoothError(t, y));
            }
        }

        Assert.InRange(worst, 1e-12, 1e-4);
        Assert.True(worstBetween < Math.Max(20 * worst, 1e-5), $"{worstBetween:g3} between, {worst:g3} at the steps.");
    }

    [Theory, MemberData(nameof(All))]
    public void AnEmptyIntervalIsCompleteAtOnce(string name)
    {
        OdeResult result = Ode.Solve(OdeMethods.Of(name), static (_, _, dy) => dy[0] = 1, (2, 2), [5], saveAt: [2]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.Equal([5.0], result.States);
        Assert.Equal(0, result.Counts.Evaluations);
    }

    [Fact]
    public void InvalidOptionsNameTheMember()
    {
        Invalid("RelativeTolerance", () => new ExplicitRungeKutta { RelativeTolerance = -1 });
        Invalid("AbsoluteTolerance", () => new ExplicitRungeKutta { AbsoluteTolerance = 0 });
        Invalid("Safety", () => new StepController { Safety = 1 });
        Invalid("MinFactor", () => new StepController { MinFactor = 0 });
        Invalid("MaxFactor", () => new StepController { MaxFactor = 1 });
        Invalid("MaxStep", () => new ExplicitRungeKutta { MaxStep = double.NaN });
        Invalid("MaxSteps", () => new ExplicitRungeKutta { MaxSteps = 0 });
        Invalid("InitialStep", () => new ExplicitRungeKutta { InitialStep = 0 });
        Invalid("FixedStep", () => new ExplicitRungeKutta { FixedStep = double.PositiveInfinity });
        Invalid("Tableau", () => new ExplicitRungeKutta { Tableau = null! });
        Invalid("Controller", () => new ExplicitRungeKutta { Controller = null! });
        Invalid("Beta1", () => new StepController { Beta1 = double.NaN });
        Invalid("state", () => new ExplicitRungeKutta().Start(OdeSystem.From(2, Problems.Smooth), 0, [1], 1));
        Invalid("state", () => Ode.Solve(new ExplicitRungeKutta(), Problems.Smooth, (0, 1), [1, double.NaN]));
        Invalid("end", () => Ode.Solve(new ExplicitRungeKutta(), Problems.Smooth, (0, double.NaN), [1, 1]));
        Invalid("time", () => Ode.Solve(new ExplicitRungeKutta(), Problems.Smooth, (double.NaN, 1), [1, 1]));
        Invalid("saveAt", () => Ode.Solve(new ExplicitRungeKutta(), Problems.Smooth, (0, 1), [1, 1], saveAt: [0.5, 0.4]));
        Invalid("saveAt", () => Ode.Solve(new ExplicitRungeKutta(), Problems.Smooth, (0, 1), [1, 1], saveAt: [2]));
        Invalid("time", () => StartLorenz(new ExplicitRungeKutta()).Interpolate(0.5, new double[3]));
        Assert.Contains("FixedStep", Assert.Throws<InvalidOperationException>(() => Ode.Solve(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau }, Problems.Smooth, (0, 1), [1, 1])).Message, StringComparison.Ordinal);

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
