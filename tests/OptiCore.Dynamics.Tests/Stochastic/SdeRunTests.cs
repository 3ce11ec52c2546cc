using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Stochastic;

public class SdeRunTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(5);

    private static readonly IDiagonalSde Stock = SdeSystem.Diagonal(2, static (_, y, f) =>
    {
        f[0] = 0.05 * y[0];
        f[1] = -0.1 * y[1];
    }, static (_, y, g) =>
    {
        g[0] = 0.2 * y[0];
        g[1] = 0.4 * y[1];
    });

    public static TheoryData<string> All => SdeMethods.All;

    private static SdeSteps Steps(string name) =>
        SdeMethods.Of(name).Adaptive ? new SdeSteps { RelativeTolerance = 1e-4, AbsoluteTolerance = 1e-4 } : SdeSteps.Fixed(0.01);

    [Theory, MemberData(nameof(All))]
    public void SavedAndResumedIsUninterruptedToTheBit(string name)
    {
        SdeMethods.Row row = SdeMethods.Of(name);
        var path = new BrownianPath(Key, 1, 0, 1, 1e-6);
        SdeState whole = Start();
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        while (whole.Step())
            saved.Add(StateArchive.Save(whole));
        byte[] end = StateArchive.Save(whole);
        Assert.Equal(OdeStopReason.ReachedEnd, whole.Reason);
        foreach (byte[] bytes in saved.Where((_, i) => i % 13 == 0 || i == saved.Count - 1))
        {
            SdeState resumed = Start();
            StateArchive.Load(resumed, bytes);
            foreach (SdeStep step in resumed.Iterate())
                Assert.True(step.Time > step.PreviousTime);
            Assert.Equal(end, StateArchive.Save(resumed));
        }

        SdeState other = row.Run(Steps(name), new BrownianPath(Key.Fold(1), 1, 0, 1, 1e-6));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(other, end));

        SdeState Start()
        {
            SdeState state = row.Run(Steps(name), path);
            state.StopAt(0.3333);
            return state;
        }
    }

    [Theory, MemberData(nameof(All))]
    public void StepsAllocateNothing(string name)
    {
        SdeSteps steps = SdeMethods.Of(name).Adaptive ? new SdeSteps { MaxStep = 1e-5 } : SdeSteps.Fixed(1e-5);
        SdeState state = SdeMethods.Of(name).Run(steps, new BrownianPath(Key, 1, 0, 1, 1e-8));
        Promises.AllocatesNothing(() => state.Step(), name);
    }

    [Fact]
    public void AnEnsembleHasTheSameBitsForAnyNumberOfWorkersAndThoseOfSingleRuns()
    {
        var method = new SriW1(new SdeSteps { RelativeTolerance = 1e-3 });
        double[] times = [0.3, 0.9];
        SdeEnsemble one = Sde.Ensemble(method, Stock, (0, 1), [1, 2], Key, 70, times);
        foreach (int threads in new[] { 2, 5 })
            Promises.SameBits(one.States, Sde.Ensemble(method, Stock, (0, 1), [1, 2], Key, 70, times, Workers.Threads(threads)).States, "ensemble");
        SdeResult single = Sde.Solve(method, Stock, (0, 1), [1, 2], Key.Fold(33), times);
        Promises.SameBits(single.State(0), one.State(33, 0), "single run");
        Promises.SameBits(single.State(1), one.State(33, 1), "single run");
    }

    [Fact]
    public void DiagonalAndFullLayoutsOfOneEquationAgree()
    {
        SdeCoefficient full = static (_, y, g) =>
        {
            g.Clear();
            g[0] = 0.2 * y[0];
            g[3] = 0.4 * y[1];
        };
        var path = new BrownianPath(Key, 2, 0, 1, 0.01);
        Same(new EulerMaruyama(0.01).Start(Stock, path, [1, 2]), new EulerMaruyama(0.01).Start(SdeSystem.General(2, 2, Stock.Drift, full), path, [1, 2]));

        // Itô's support states with drift differ between the layouts; Stratonovich's don't.
        IDiagonalSde diagonal = SdeSystem.Diagonal(2, Stock.Drift, Stock.Diffusion, SdeCalculus.Stratonovich);
        ICommutativeSde commutative = SdeSystem.Commutative(2, 2, Stock.Drift, full, SdeCalculus.Stratonovich);
        var method = new RungeKuttaMilstein(0.01);
        Same(method.Start(diagonal, path, [1, 2]), method.Start(commutative, path, [1, 2]));
        Same(method.Start(diagonal, path, [1, 2]), new LevyMilstein(0.01) { Area = LevyArea.None }.Start(commutative, path, [1, 2]));
        Same(new StratonovichHeun(0.01).Start(diagonal, path, [1, 2]), new StratonovichHeun(0.01).Start(commutative, path, [1, 2]));

        static void Same(SdeState a, SdeState b)
        {
            Sde.Solve(a);
            Sde.Solve(b);
            for (int i = 0; i < 2; i++)
                Assert.Equal(a.State[i], b.State[i], 1e-12);
        }
    }

    [Fact]
    public void ReversibleHeunRetracesItsSteps()
    {
        ISde system = SdeSystem.General(2, 1, static (t, y, f) =>
        {
            f[0] = y[1] - t;
            f[1] = -Math.Sin(y[0]);
        }, static (_, y, g) =>
        {
            g[0] = 0.3 * Math.Cos(y[1]);
            g[1] = 0.2 * y[0];
        }, SdeCalculus.Stratonovich);
        SdeState state = new ReversibleHeun(0.01).Start(system, new BrownianPath(Key, 1, 0, 1, 0.005), [1, 0.5]);
        Sde.Solve(state);
        Assert.True(Math.Abs(state.State[0] - 1) > 1e-3);
        state.ContinueTo(0);
        Sde.Solve(state);
        Assert.Equal(0, state.Time);
        Assert.Equal(1, state.State[0], 1e-12);
        Assert.Equal(0.5, state.State[1], 1e-12);
    }

    [Fact]
    public void SavedTimesAreMetExactlyWithoutSlivers()
    {
        SdeState state = new EulerMaruyama(0.1).Start(Stock, new BrownianPath(Key, 2, 0, 1, 0.01), [1, 2]);
        state.StopAt(0.25);
        double[] lengths = [.. state.Iterate().Select(s => s.Time - s.PreviousTime)];
        Assert.Equal(3 + 8, lengths.Length);
        Assert.All(lengths[..3], l => Assert.Equal(0.25 / 3, l, 1e-15));
        Assert.All(lengths[3..], l => Assert.Equal(0.75 / 8, l, 1e-15));
        SdeResult result = Sde.Solve(new EulerMaruyama(0.1), Stock, (0, 1), [1, 2], Key, [0, 0.25, 0.25, 1]);
        Assert.Equal([0, 0.25, 0.25, 1], result.Times);
        Promises.SameBits(result.State(1), result.State(2), "the same time twice");
        Assert.Equal([1.0, 2], result.State(0).ToArray());
    }

    [Fact]
    public void CancellationKeepsWhatWasReachedAndTheRunGoesOn()
    {
        using var source = new CancellationTokenSource();
        IDiagonalSde system = SdeSystem.Diagonal(1, (t, y, f) =>
        {
            if (t > 0.6)
                source.Cancel();
            f[0] = -y[0];
        }, static (_, y, g) => g[0] = 0.2 * y[0]);
        double[] times = [0.5, 0.9, 1];
        var path = new BrownianPath(Key, 1, 0, 1, 1e-6);
        SdeState state = new SriW1(0.03).Start(system, path, [1]);
        SdeResult cancelled = Sde.Solve(state, times, source.Token);
        Assert.Equal(OdeStopReason.Cancelled, cancelled.Reason);
        Assert.Equal(RunStatus.Stopped, cancelled.Status);
        Assert.Equal([0.5], cancelled.Times);
        SdeResult rest = Sde.Solve(state, [0.9, 1]), whole = Sde.Solve(new SriW1(0.03).Start(system, path, [1]), times);
        Promises.SameBits(whole.States, [.. cancelled.States, .. rest.States], "cancelled and continued");
    }

    [Fact]
    public void WhatIsNotFiniteEndsTheRunWithTheLastGoodState()
    {
        SdeCoefficient drift = static (t, y, f) =>
        {
            Assert.True(double.IsFinite(y[0]));
            f[0] = t > 0.5 ? double.NaN : 1;
        };
        SdeCoefficient noise = static (_, _, g) => g[0] = 0.1;
        SdeResult result = Sde.Solve(new EulerMaruyama(0.1), SdeSystem.Diagonal(1, drift, noise), (0, 1), [0], Key);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(RunStatus.Failed, result.Status);
        Assert.InRange(result.FinalTime, 0.5, 0.61);
        Assert.True(double.IsFinite(result.FinalState[0]));
        Assert.Throws<SolverException>(result.EnsureCompleted);

        SdeResult adaptive = Sde.Solve(new SriW1(new SdeSteps()), SdeSystem.Diagonal(1, drift, noise), (0, 1), [0], Key);
        Assert.Equal(OdeStopReason.NonFinite, adaptive.Reason);
        Assert.InRange(adaptive.FinalTime, 0.499, 0.52);
        Assert.Equal(OdeStopReason.NonFiniteStart, Sde.Solve(new SriW1(new SdeSteps()), SdeSystem.Diagonal(1, static (_, _, f) => f[0] = double.NaN, noise), (0, 1), [0], Key).Reason);

        SdeEnsemble ensemble = Sde.Ensemble(new EulerMaruyama(0.1), SdeSystem.Diagonal(1, drift, noise), (0, 1), [0], Key, 3, [0.5, 1]);
        Assert.Equal(0, ensemble.Completed);
        Assert.True(double.IsFinite(ensemble.State(2, 0)[0]) && double.IsNaN(ensemble.State(2, 1)[0]));
    }

    [Fact]
    public void LimitsStopAndATooTightToleranceFails()
    {
        SdeResult limited = Sde.Solve(new EulerMaruyama(new SdeSteps { FixedStep = 0.01, MaxSteps = 7 }), Stock, (0, 1), [1, 2], Key);
        Assert.Equal(OdeStopReason.MaxSteps, limited.Reason);
        Assert.Equal(8, limited.Times.Length);
        SdeResult tight = Sde.Solve(new SriW1(new SdeSteps { RelativeTolerance = 0, AbsoluteTolerance = 1e-9, MinStep = 1e-3 }), Stock, (0, 1), [1, 2], Key);
        Assert.Equal(OdeStopReason.StepTooSmall, tight.Reason);
        Assert.Contains("tolerance", tight.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExceptionSurfacesAsItWasThrownAndTheRunCanGoOn()
    {
        var failure = new InvalidDataException("mine");
        int calls = 0;
        var path = new BrownianPath(Key, 1, 0, 1, 0.005);
        SdeState state = new ReversibleHeun(0.01).Start(System(true), path, [1]), whole = new ReversibleHeun(0.01).Start(System(false), path, [1]);
        Sde.Solve(whole);
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

        Assert.True(thrown > 5);
        Promises.SameBits(whole.State, state.State, "after exceptions");

        ISde System(bool throws) => SdeSystem.Scalar(1, (_, y, f) =>
        {
            if (throws && ++calls % 11 == 0)
                throw failure;
            f[0] = -y[0];
        }, static (_, y, g) => g[0] = 0.3 * y[0], SdeCalculus.Stratonovich);
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Invalid("FixedStep", () => new SdeSteps { FixedStep = 0 });
        Invalid("RelativeTolerance", () => new SdeSteps { RelativeTolerance = -1 });
        Invalid("AbsoluteTolerance", () => new SdeSteps { AbsoluteTolerance = 0 });
        Invalid("DriftErrorWeight", () => new SdeSteps { DriftErrorWeight = double.NaN });
        Invalid("Safety", () => new SdeSteps { Safety = 1 });
        Invalid("MinFactor", () => new SdeSteps { MinFactor = 0 });
        Invalid("MaxFactor", () => new SdeSteps { MaxFactor = 1 });
        Invalid("InitialStep", () => new SdeSteps { InitialStep = -1 });
        Invalid("MinStep", () => new SdeSteps { MinStep = 0 });
        Invalid("MaxStep", () => new SdeSteps { MaxStep = 0 });
        Invalid("MaxSteps", () => new SdeSteps { MaxSteps = 0 });
        Invalid("Steps", () => new EulerMaruyama((SdeSteps)null!));
        Invalid("Area", () => new LevyMilstein(0.1) { Area = null! });
        Invalid("levels", () => LevyArea.Refined(31));
        Invalid("terms", () => LevyArea.Fourier(0));
        Invalid("dimension", () => SdeSystem.Diagonal(0, Stock.Drift, Stock.Diffusion));
        Invalid("drift", () => SdeSystem.Diagonal(1, null!, Stock.Diffusion));
        Invalid("calculus", () => SdeSystem.Diagonal(1, Stock.Drift, Stock.Diffusion, (SdeCalculus)9));
        var path = new BrownianPath(Key, 2, 0, 1, 0.01);
        Invalid("state", () => new EulerMaruyama(0.1).Start(Stock, path, [1]));
        Invalid("state", () => new EulerMaruyama(0.1).Start(Stock, path, [1, double.NaN]));
        Invalid("path", () => new EulerMaruyama(0.1).Start(Stock, new BrownianPath(Key, 1, 0, 1, 0.01), [1, 2]));
        Invalid("system", () => new EulerHeun(0.1).Start(Stock, path, [1, 2]));
        Invalid("end", () => new EulerMaruyama(0.1).Start(Stock, path, [1, 2]).ContinueTo(2));
        Invalid("time", () => new EulerMaruyama(0.1).Start(Stock, path, [1, 2]).StopAt(-1));
        Invalid("saveAt", () => Sde.Solve(new EulerMaruyama(0.1), Stock, (0, 1), [1, 2], Key, [0.5, 0.4]));
        Invalid("saveAt", () => Sde.Ensemble(new EulerMaruyama(0.1), Stock, (0, 1), [1, 2], Key, 3, []));
        Invalid("paths", () => Sde.Ensemble(new EulerMaruyama(0.1), Stock, (0, 1), [1, 2], Key, 0, [1]));
        Invalid("span", () => Sde.Solve(new EulerMaruyama(0.1), Stock, (0, double.NaN), [1, 2], Key));
        Assert.Contains("FixedStep", Assert.Throws<InvalidOperationException>(() => new EulerMaruyama(new SdeSteps()).Start(Stock, path, [1, 2])).Message, StringComparison.Ordinal);
        SdeState run = new EulerMaruyama(0.1).Start(Stock, path, [1, 2]);
        run.Step();
        Invalid("end", () => run.ContinueTo(0));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
