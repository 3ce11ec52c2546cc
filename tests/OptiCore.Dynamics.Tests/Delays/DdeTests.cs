using System.Reflection;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Delays;

public class DdeTests
{
    private static readonly MethodOfSteps Tight = new() { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };

    /// <summary>y' = -y(t - 1) with y = 1 up to 0 is, by the method of steps, sum over k of (-1)^k (t - k + 1)^k / k! while t - k + 1 is positive.</summary>
    private static double Steps(double t)
    {
        double sum = 1, factorial = 1;
        for (int k = 1; t - k + 1 > 0; k++)
        {
            factorial *= k;
            sum += Math.Pow(-1, k) * Math.Pow(t - k + 1, k) / factorial;
        }

        return sum;
    }

    private static readonly IDdeSystem Simple = DdeSystem.Constant(1, [1], static (_, _, past, dy) => dy[0] = -past[0]);

    private static readonly IDdeSystem MackeyGlass = DdeSystem.Constant(1, [17], static (_, y, past, dy) => dy[0] = (0.2 * past[0] / (1 + Math.Pow(past[0], 10))) - (0.1 * y[0]));

    private static readonly HistoryDelegate One = static (_, y) => y[0] = 1;

    [Fact]
    public void ThePublishedMethodIsTheTestedOne() => Assert.Equal(
        [nameof(MethodOfSteps)],
        typeof(Dde).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Delay differential equations").Select(t => t.Name));

    [Fact]
    public void TheSolutionByTheMethodOfStepsIsFound()
    {
        double[] times = [.. Enumerable.Range(0, 41).Select(i => 0.25 * i)];
        OdeResult result = Dde.Solve(Tight, Simple, (0, 10), One, times).EnsureCompleted();
        for (int i = 0; i < times.Length; i++)
            Assert.Equal(Steps(times[i]), result.States[i], 1e-9);
    }

    [Fact]
    public void PolynomialPiecesUpToTheOrderAreExact()
    {
        // Up to t = 5 the pieces have degrees up to 5, and the breaks are met: only rounding is left.
        OdeResult result = Dde.Solve(new MethodOfSteps { RelativeTolerance = 1e-3, AbsoluteTolerance = 1e-3 }, Simple, (0, 5), One, [1, 2, 3, 4, 5]);
        for (int i = 1; i <= 4; i++)
            Assert.Equal(Steps(i), result.States[i - 1], 1e-13);
        Assert.Equal(Steps(5), result.States[4], 1e-9);
    }

    [Fact]
    public void BreaksLieAtSumsOfDelays()
    {
        DdeState state = new MethodOfSteps().Start(DdeSystem.Constant(1, [1, 0.3], static (_, _, _, dy) => dy[0] = 0), 0, One, 1.45);
        double[] expected = [0.3, 0.6, 0.9, 1, 1.2, 1.3, 1.45];
        Assert.Equal(expected.Length, state.Breaks.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], state.Breaks[i], 1e-12);
        double[] ends = [.. state.Iterate().Select(s => s.Time)];
        Assert.All(state.Breaks.ToArray(), b => Assert.Contains(b, ends));
    }

    [Fact]
    public void AJumpAtTheStartIsPropagated()
    {
        // y' = y(t - 1), 0 before the start and 1 at it: 1 up to 1, then t, then 2 + (t - 2) + (t - 2)^2 / 2 + ... by the method of steps.
        IDdeSystem system = DdeSystem.Constant(1, [1], static (_, _, past, dy) => dy[0] = past[0]);
        DdeState state = Tight.Start(system, 0, static (_, y) => y[0] = 0, 3, [1]);
        OdeResult result = Dde.Solve(state, [0.5, 1, 1.5, 2, 2.5, 3]);
        double[] exact = [1, 1, 1.5, 2, 2 + 0.5 + 0.125, 2 + 1 + 0.5];
        for (int i = 0; i < exact.Length; i++)
            Assert.Equal(exact[i], result.States[i], 1e-10);
        Assert.True(result.Counts.AcceptedSteps < 60);
    }

    [Fact]
    public void AJumpOfTheHistoryIsMet()
    {
        // y' = y(t - 2) with a history that steps from 1 to 3 at -0.5: y' is 1 up to 1.5 and 3 up to 2.
        IDdeSystem system = DdeSystem.Constant(1, [2], static (_, _, past, dy) => dy[0] = past[0]);
        OdeResult result = Dde.Solve(Tight with { Discontinuities = new[] { -0.5 } }, system, (0, 2), static (t, y) => y[0] = t < -0.5 ? 1 : 3, [1, 1.5, 2]);
        Assert.Equal([4.0, 4.5, 6], result.States, (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.True(result.Counts.RejectedSteps < 3);
    }

    [Fact]
    public void StateDependentDelaysAreFollowed()
    {
        // y'(t) = y(t - ln y(t)) / (t - ln y(t)) has the solution y = t; the delay ln t is 0 at the start and reaches back to t - ln t >= 1.
        IDdeSystem system = DdeSystem.Variable(1, 1, static (_, y, lags) => lags[0] = Math.Log(y[0]), static (t, y, past, dy) => dy[0] = past[0] / (t - Math.Log(y[0])));
        OdeResult result = Dde.Solve(Tight, system, (1, 5), static (t, y) => y[0] = t, [2, 5]);
        Assert.Equal(2, result.States[0], 1e-9);
        Assert.Equal(5, result.States[1], 1e-9);

        // The pantograph equation y'(t) = y(t / 2): sum of t^k 2^(-k(k-1)/2) / k!; the delay t/2 is 0 at the start.
        IDdeSystem pantograph = DdeSystem.Variable(1, 1, static (t, _, lags) => lags[0] = 0.5 * t, static (_, _, past, dy) => dy[0] = past[0]);
        OdeResult grown = Dde.Solve(Tight, pantograph, (0, 3), One, [1, 3]);
        Assert.Equal(Pantograph(1), grown.States[0], 1e-8);
        Assert.Equal(Pantograph(3), grown.States[1], 1e-8);

        static double Pantograph(double t)
        {
            double sum = 1, term = 1;
            for (int k = 1; k < 30; k++)
            {
                term *= t * Math.Pow(2, 1 - k) / k;
                sum += term;
            }

            return sum;
        }
    }

    [Fact]
    public void DelaysShorterThanTheStepAreIterated()
    {
        // y = exp(-t) has y(t - τ) = e^τ y(t), and a step is hundreds of delays long.
        const double Tau = 1e-3;
        IDdeSystem system = DdeSystem.Constant(1, [Tau], static (_, y, past, dy) => dy[0] = -Math.Exp(-Tau) * past[0]);
        OdeResult result = Dde.Solve(new MethodOfSteps { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 }, system, (0, 2), static (t, y) => y[0] = Math.Exp(-t), [2]);
        Assert.Equal(Math.Exp(-2), result.States[0], 1e-6);
        Assert.True(result.Counts.AcceptedSteps < 200, result.ToString());
    }

    [Theory]
    [InlineData(1e-4)]
    [InlineData(1e-6)]
    [InlineData(1e-8)]
    public void TheErrorFollowsTheTolerance(double tolerance)
    {
        // y = cos t obeys y' = -sin t = -cos(t - π/2), smooth from its history on.
        IDdeSystem system = DdeSystem.Constant(1, [Math.PI / 2], static (_, _, past, dy) => dy[0] = -past[0]);
        OdeResult result = Dde.Solve(new MethodOfSteps { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }, system, (0, 8), static (t, y) => y[0] = Math.Cos(t), [8]);
        Assert.Equal(Math.Cos(8), result.States[0], 50 * tolerance);
    }

    [Fact]
    public void MackeyGlassStaysOnItsAttractorAndIsReproducedAtTighterTolerances()
    {
        // M. C. Mackey, L. Glass (1977): at delay 17 the values lie between 0.2 and 1.4 and oscillate without period. The exponent of divergence is about 0.007, so that over
        // 200 units two integrations stay together.
        double[] times = [50, 100, 150, 200];
        OdeResult first = Dde.Solve(new MethodOfSteps { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 }, MackeyGlass, (0, 200), static (_, y) => y[0] = 1.2, times);
        OdeResult second = Dde.Solve(new MethodOfSteps { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-13 }, MackeyGlass, (0, 200), static (_, y) => y[0] = 1.2, times);
        for (int i = 0; i < times.Length; i++)
            Assert.Equal(second.States[i], first.States[i], 1e-6);
        OdeResult orbit = Dde.Solve(new MethodOfSteps(), MackeyGlass, (0, 1000), static (_, y) => y[0] = 1.2, [.. Enumerable.Range(200, 800).Select(i => (double)i)]);
        Assert.All(orbit.States, y => Assert.InRange(y, 0.2, 1.4));
        Assert.True(orbit.States.Max() > 1.25 && orbit.States.Min() < 0.5);
    }

    [Fact]
    public void OscillationsDecayBelowTheHopfPointAndGrowAboveIt()
    {
        // y' = -a y(t - 1): stable exactly for a < π/2; at π/2 it oscillates with period 4.
        Assert.True(Size(1.5) < 0.2 && Size(1.65) > 5);
        OdeResult at = Dde.Solve(Tight, DdeSystem.Constant(1, [1], static (_, _, past, dy) => dy[0] = -0.5 * Math.PI * past[0]), (0, 20), static (t, y) => y[0] = Math.Sin(0.5 * Math.PI * t), [18, 19]);
        Assert.Equal(0, at.States[0], 1e-8);
        Assert.Equal(-1, at.States[1], 1e-8);

        static double Size(double a)
        {
            OdeResult result = Dde.Solve(new MethodOfSteps(), DdeSystem.Constant(1, [1], (_, _, past, dy) => dy[0] = -a * past[0]), (0, 80), One, [76, 77, 78, 79, 80]);
            return result.States.Max(Math.Abs);
        }
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBit()
    {
        DdeState whole = Start();
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        while (whole.Step())
            saved.Add(StateArchive.Save(whole));
        Assert.Equal(OdeStopReason.ReachedEnd, whole.Reason);
        double[] past = new double[1], resumedPast = new double[1];
        whole.Interpolate(95, past);
        foreach (byte[] bytes in saved.Where((_, i) => i % 7 == 0))
        {
            DdeState resumed = Start();
            StateArchive.Load(resumed, bytes);
            foreach (OdeStep step in resumed.Iterate())
                Assert.InRange(step.ErrorNorm, 0, 1);
            Promises.SameBits(whole.State, resumed.State, "resumed");
            Assert.Equal(whole.Counts, resumed.Counts);
            resumed.Interpolate(95, resumedPast);
            Promises.SameBits(past, resumedPast, "resumed history");
        }

        static DdeState Start() => new MethodOfSteps().Start(MackeyGlass, 0, static (_, y) => y[0] = 1.2, 100);
    }

    [Fact]
    public void StepsAllocateNothing()
    {
        DdeState state = new MethodOfSteps().Start(MackeyGlass, 0, static (_, y) => y[0] = 1.2, 1e5);
        double[] y = new double[1];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(state.Time - 10, y);
        }, "steps", warmUp: 2000);
    }

    [Fact]
    public void WhatIsNotValidEndsWithTheLastGoodState()
    {
        OdeResult nan = Dde.Solve(new MethodOfSteps(), DdeSystem.Constant(1, [1], static (t, _, _, dy) => dy[0] = t > 0.5 ? double.NaN : 1), (0, 2), One);
        Assert.Equal(OdeStopReason.NonFinite, nan.Reason);
        Assert.InRange(nan.FinalTime, 0.49, 0.5001);
        Assert.Throws<SolverException>(nan.EnsureCompleted);
        OdeResult negative = Dde.Solve(new MethodOfSteps(), DdeSystem.Variable(1, 1, static (_, _, lags) => lags[0] = -1, static (_, _, _, dy) => dy[0] = 1), (0, 2), One);
        Assert.Equal(OdeStopReason.NonFiniteStart, negative.Reason);
        Assert.Equal(OdeStopReason.MaxSteps, Dde.Solve(new MethodOfSteps { MaxSteps = 3 }, MackeyGlass, (0, 100), One).Reason);
        Assert.Equal(OdeStopReason.Cancelled, Dde.Solve(new MethodOfSteps(), MackeyGlass, (0, 100), One, cancellationToken: new CancellationToken(true)).Reason);
        Assert.Equal([1.0], Dde.Solve(new MethodOfSteps(), Simple, (3, 3), One, [3]).States);
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Invalid("RelativeTolerance", () => new MethodOfSteps { RelativeTolerance = -1 });
        Invalid("AbsoluteTolerance", () => new MethodOfSteps { AbsoluteTolerance = 0 });
        Invalid("MaxStep", () => new MethodOfSteps { MaxStep = 0 });
        Invalid("MaxSteps", () => new MethodOfSteps { MaxSteps = 0 });
        Invalid("MaxIterations", () => new MethodOfSteps { MaxIterations = 0 });
        Invalid("InitialStep", () => new MethodOfSteps { InitialStep = 0 });
        Invalid("Discontinuities", () => new MethodOfSteps { Discontinuities = new[] { double.NaN } });
        Invalid("delays", () => DdeSystem.Constant(1, [0], static (_, _, _, _) => { }));
        Invalid("dimension", () => DdeSystem.Constant(0, [1], static (_, _, _, _) => { }));
        Invalid("history", () => new MethodOfSteps().Start(Simple, 0, static (_, y) => y[0] = double.NaN, 1));
        Invalid("state", () => new MethodOfSteps().Start(Simple, 0, One, 1, [1, 2]));
        Invalid("end", () => new MethodOfSteps().Start(Simple, 0, One, -1));
        Invalid("time", () => new MethodOfSteps().Start(Simple, double.NaN, One, 1));
        Invalid("method", () => new MethodOfSteps { Discontinuities = new[] { 1.0 } }.Start(Simple, 0, One, 1));
        Invalid("saveAt", () => Dde.Solve(new MethodOfSteps(), Simple, (0, 1), One, [0.5, 0.4]));
        Invalid("time", () => new MethodOfSteps().Start(Simple, 0, One, 1).Interpolate(0.5, new double[1]));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
