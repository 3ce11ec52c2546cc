using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Symplectic;

public class SymplecticRunTests
{
    public static TheoryData<string> All => SchemeTable.All;

    private static OdeState Start(string name, double end = 6) => new SymplecticIntegrator { Scheme = SchemeTable.Of(name), FixedStep = 0.07, MaxSteps = long.MaxValue }.Start(
        Hamiltonians.HenonHeiles, 0, Hamiltonians.HenonHeilesStart, end, [new((_, y) => y[0]), new((_, y) => y[1]) { Direction = CrossingDirection.Rising }]);

    [Theory, MemberData(nameof(All))]
    public void SavedAndResumedIsUninterruptedToTheBit(string name)
    {
        OdeState whole = Start(name);
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        int events = 0;
        while (whole.Step())
        {
            events += whole.StepEvents.Length;
            saved.Add(StateArchive.Save(whole));
        }

        Assert.True(events > 1);
        byte[] end = StateArchive.Save(whole);
        foreach (byte[] bytes in saved.Where((_, i) => i % 7 == 0 || i == saved.Count - 1))
        {
            OdeState resumed = Start(name);
            StateArchive.Load(resumed, bytes);
            while (resumed.Step())
            {
            }

            Assert.Equal(whole.Counts, resumed.Counts);
            Assert.Equal(end, StateArchive.Save(resumed));
        }
    }

    [Theory, MemberData(nameof(All))]
    public void TheDenseOutputOfASavedStepIsTheSame(string name)
    {
        OdeState state = Start(name);
        for (int i = 0; i < 5; i++)
            state.Step();
        OdeState loaded = Start(name);
        StateArchive.Load(loaded, StateArchive.Save(state));
        double[] expected = new double[4], actual = new double[4];
        double t = state.PreviousTime + (0.3 * (state.Time - state.PreviousTime));
        state.Interpolate(t, expected);
        loaded.Interpolate(t, actual);
        Promises.SameBits(expected, actual, name);
    }

    [Fact]
    public void ASaveOfAnotherSchemeIsRefused() =>
        Assert.Throws<CheckpointException>(() => StateArchive.Load(Start("Yoshida4"), StateArchive.Save(Start("Yoshida6"))));

    [Theory, MemberData(nameof(All))]
    public void StepsAllocateNothing(string name)
    {
        OdeState state = Start(name, 1e9);
        double[] y = new double[4];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(0.5 * (state.PreviousTime + state.Time), y);
        }, name);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(4), InlineData(7), InlineData(16), InlineData(19)]
    public void AStepHasTheBitsOfThePlainSumsForEveryDimension(int m)
    {
        const double H = 0.07;
        double[] q = [.. Enumerable.Range(0, m).Select(i => 0.3 + (0.11 * i))], p = [.. q.Select(x => 1 - x)], f = new double[m];
        IPartitionedOde system = PartitionedOde.SecondOrder(m, Force);
        OdeState state = new SymplecticIntegrator { Scheme = StormerVerlet.Scheme, FixedStep = H }.Start(system, 0, [.. q, .. p], 1);
        for (int step = 0; step < 2; step++)
        {
            Assert.True(state.Step());
            Kick();
            for (int i = 0; i < m; i++)
                q[i] += H * p[i];
            Kick();
            Promises.SameBits([.. q, .. p], state.State, $"m = {m}, step {step}");
        }

        // One force a step, and the first.
        Assert.Equal(3, state.Counts.Evaluations);

        void Kick()
        {
            Force(0, q, f);
            for (int i = 0; i < m; i++)
                p[i] += 0.5 * H * f[i];
        }

        static void Force(double t, ReadOnlySpan<double> q, Span<double> dp)
        {
            for (int i = 0; i < q.Length; i++)
                dp[i] = -q[i] * q[(i + 1) % q.Length];
        }
    }

    [Theory, InlineData("StormerVerlet", 1.6e-4), InlineData("BlanesMoan4", 1e-6), InlineData("Yoshida8", 1e-11)]
    public void CrossingsAreFoundToTheOrderOfTheScheme(string name, double tolerance)
    {
        // q = sin t. The leapfrog is too fast by h^2 / 24, which is 1.57e-4 at 3 pi.
        OdeResult result = Ode.Solve(
            new SymplecticIntegrator { Scheme = SchemeTable.Of(name), FixedStep = 0.02 },
            PartitionedOde.SecondOrder(1, static (_, q, dp) => dp[0] = -q[0]),
            (0, 10),
            [0, 1],
            events: [new((_, y) => y[0])]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        Assert.Equal(3, result.Events.Count);
        for (int i = 0; i < 3; i++)
            Assert.Equal((i + 1) * Math.PI, result.Events[i].Time, tolerance);
    }

    [Theory, MemberData(nameof(All))]
    public void AnImpactChangesTheStateAndTheSchemeGoesOn(string name)
    {
        // A ball that is dropped from the height 1 under g = 2, and thrown back: it is up again at t = 2, 4, ... Second order and more follow the parabola exactly.
        SplittingScheme scheme = SchemeTable.Of(name);
        OdeResult result = Ode.Solve(
            new SymplecticIntegrator { Scheme = scheme, FixedStep = 0.013 },
            PartitionedOde.SecondOrder(1, static (_, _, dp) => dp[0] = -2),
            (0, 5.5),
            [1, 0],
            events: [new((_, y) => y[0]) { Direction = CrossingDirection.Falling, Change = static (_, y) => (y[0], y[1]) = (1e-14, -y[1]) }]);
        Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
        double tolerance = scheme.Order == 1 ? 0.1 : 1e-11;
        Assert.Equal(3, result.Events.Count);
        for (int i = 0; i < 3; i++)
            Assert.Equal(1 + (2 * i), result.Events[i].Time, tolerance);
        Assert.Equal(0.75, result.FinalState[0], tolerance);
    }

    [Fact]
    public void AnUndefinedForceEndsWithTheLastGoodState()
    {
        IPartitionedOde system = PartitionedOde.SecondOrder(1, static (t, q, dp) =>
        {
            Assert.True(double.IsFinite(q[0]));
            dp[0] = t > 1.001 ? double.NaN : 0;
        });
        OdeResult result = Ode.Solve(new SymplecticIntegrator { FixedStep = 0.25 }, system, (0, 2), [0, 1]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(1, result.FinalTime);
        Assert.Equal(1, result.FinalState[0], 1e-14);
        IPartitionedOde never = PartitionedOde.SecondOrder(1, static (_, _, dp) => dp[0] = double.PositiveInfinity);
        Assert.Equal(OdeStopReason.NonFiniteStart, Ode.Solve(new SymplecticIntegrator { FixedStep = 0.25, Scheme = StormerVerlet.Scheme }, never, (0, 2), [0, 1]).Reason);
    }

    [Fact]
    public void AnExceptionLeavesTheIntegrationWhereItWas()
    {
        int calls = 0;
        IPartitionedOde system = PartitionedOde.SecondOrder(2, (t, q, dp) =>
        {
            if (++calls % 11 == 0)
                throw new InvalidDataException("mine");
            Hamiltonians.HenonHeiles.Force(t, q, dp);
        });
        var method = new SymplecticIntegrator { FixedStep = 0.1, Scheme = StormerVerlet.Scheme };
        OdeState whole = method.Start(Hamiltonians.HenonHeiles, 0, Hamiltonians.HenonHeilesStart, 5), state = method.Start(system, 0, Hamiltonians.HenonHeilesStart, 5);
        Ode.Solve(whole);
        int thrown = 0;
        while (state.Reason == OdeStopReason.None)
        {
            try
            {
                state.Step();
            }
            catch (InvalidDataException)
            {
                thrown++;
            }
        }

        Assert.True(thrown > 2);
        Promises.SameBits(whole.State, state.State, "after exceptions");
    }

    [Fact]
    public void WhatTheMethodNeedsIsNamed()
    {
        double[] start = [1, 0];
        var method = new SymplecticIntegrator { FixedStep = 0.1 };
        Invalid("system", () => method.Start(OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = (y[1], -y[0])), 0, start, 1));
        Invalid("system", () => (method with { Scheme = McLachlanAtela4.Scheme }).Start(Hamiltonians.Relativistic, 0, start, 1));
        Invalid("state", () => method.Start(Hamiltonians.Relativistic, 0, [1], 1));
        Invalid("FixedStep", () => _ = method with { FixedStep = 0 });
        Invalid("Scheme", () => _ = method with { Scheme = null! });
        Invalid("positions", () => PartitionedOde.SecondOrder(0, static (_, _, _) => { }));
        Invalid("masses", () => PartitionedOde.SecondOrder([1, -1], static (_, _, _) => { }));
        Invalid("force", () => PartitionedOde.SecondOrder(1, null!));
        Invalid("velocity", () => PartitionedOde.Separable(1, null!, static (_, _, _) => { }));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
