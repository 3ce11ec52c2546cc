using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Symplectic;

public class SplittingTests
{
    private static readonly double[] Inertia = [1, 2, 3.5];
    private static readonly double[] Momentum = [0.6, -0.3, 0.9];

    /// <summary>The free rigid body m' = m x (m / I), whose energy is the sum of three: each turns m about an axis, at a constant rate.</summary>
    private static readonly ISplitOde RigidBody = SplitOde.From(
        3,
        static (_, m, dm) =>
        {
            for (int i = 0; i < 3; i++)
            {
                int j = (i + 1) % 3, k = (i + 2) % 3;
                dm[i] = (m[j] * m[k] / Inertia[k]) - (m[k] * m[j] / Inertia[j]);
            }
        },
        Turn(0),
        Turn(1),
        Turn(2));

    public static TheoryData<string> General => SchemeTable.General;

    [Theory, MemberData(nameof(General))]
    public void ThreePartsAreSolvedToTheOrderOfTheScheme(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        double[] exact = Ode.Solve(
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-14, AbsoluteTolerance = 1e-15 }, RigidBody, (0, 4), Momentum).EnsureCompleted().FinalState;
        int steps = scheme.Order switch { 1 => 4096, 2 => 256, 3 => 128, 4 => 32, 6 => 10, _ => 12 };
        double coarse = Error(steps), fine = Error(2 * steps), slope = Math.Log2(coarse / fine);
        Assert.True(slope > scheme.Order - 0.2 && slope < scheme.Order + (scheme.Order > 4 ? 0.8 : 0.2), $"{name}: measured order {slope:f3} from errors {coarse:g3} and {fine:g3}.");

        double Error(int count) => exact.Zip(Solve(scheme, 4.0 / count, 4), (a, b) => Math.Abs(a - b)).Max();
    }

    [Theory, MemberData(nameof(General))]
    public void TheRigidBodyKeepsItsAngularMomentumToRoundingAndItsEnergyBounded(string name)
    {
        OdeState state = new Splitting { Scheme = SchemeTable.Of(name), FixedStep = 0.05 }.Start(RigidBody, 0, Momentum, 1000);
        double norm = Norm(state.State), energy = Energy(state.State), worstNorm = 0, early = 0, late = 0;
        while (state.Step())
        {
            worstNorm = Math.Max(worstNorm, Math.Abs(Norm(state.State) - norm));
            double error = Math.Abs(Energy(state.State) - energy);
            if (state.Time < 100)
                early = Math.Max(early, error);
            else
                late = Math.Max(late, error);
        }

        Assert.Equal(OdeStopReason.ReachedEnd, state.Reason);
        Assert.True(worstNorm < 2e-13, $"{name}: {worstNorm:g3}");
        Assert.True(late < (1.1 * early) + 1e-13, $"{name}: the energy's error grows from {early:g3} to {late:g3}.");
    }

    [Theory, MemberData(nameof(General))]
    public void DriftsAndKicksAreTheSymplecticMethod(string name)
    {
        SplittingScheme scheme = SchemeTable.Of(name);
        ISplitOde split = SplitOde.From(
            2,
            static (_, y, dy) => (dy[0], dy[1]) = (y[1] / Math.Sqrt(1 + (y[1] * y[1])), -Math.Sin(y[0])),
            static (h, y) => y[0] += h * y[1] / Math.Sqrt(1 + (y[1] * y[1])),
            static (h, y) => y[1] -= h * Math.Sin(y[0]));
        double[] one = Ode.Solve(new Splitting { Scheme = scheme, FixedStep = 0.1 }, split, (0, 5), [1, 0.7], [0.33, 5]).States;
        double[] other = Ode.Solve(new SymplecticIntegrator { Scheme = scheme, FixedStep = 0.1 }, Hamiltonians.Relativistic, (0, 5), [1, 0.7], [0.33, 5]).States;
        for (int i = 0; i < one.Length; i++)
            Assert.Equal(other[i], one[i], 1e-12);
    }

    [Fact]
    public void AStrangStepIsThePalindromeOfItsFlows()
    {
        var order = new List<(int, double)>();
        ISplitOde split = SplitOde.From(1, static (_, _, dy) => dy[0] = 0, (h, _) => order.Add((0, h)), (h, _) => order.Add((1, h)), (h, _) => order.Add((2, h)));
        OdeState state = new Splitting { FixedStep = 0.5 }.Start(split, 0, [1], 1);
        state.Step();
        Assert.Equal([(0, 0.25), (1, 0.25), (2, 0.5), (1, 0.25), (0, 0.25)], order);
        Assert.Equal(5, state.Counts.Evaluations);
        order.Clear();
        state = new Splitting { FixedStep = 0.5, Scheme = SymplecticEuler.AdjointScheme }.Start(split, 0, [1], 1);
        state.Step();
        Assert.Equal([(0, 0.5), (1, 0.5), (2, 0.5)], order);
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBit()
    {
        OdeState whole = Start(), resumed = Start();
        for (int i = 0; i < 20; i++)
            whole.Step();
        StateArchive.Load(resumed, StateArchive.Save(whole));
        Ode.Solve(whole);
        Ode.Solve(resumed);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));

        static OdeState Start() => new Splitting { Scheme = Yoshida6.Scheme, FixedStep = 0.1 }.Start(RigidBody, 0, Momentum, 5, [new((_, y) => y[0])]);
    }

    [Fact]
    public void StepsAllocateNothing()
    {
        OdeState state = new Splitting { Scheme = Yoshida6.Scheme, FixedStep = 0.1, MaxSteps = long.MaxValue }.Start(RigidBody, 0, Momentum, 1e9);
        double[] y = new double[3];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(0.5 * (state.PreviousTime + state.Time), y);
        }, "splitting");
    }

    [Fact]
    public void AFlowThatIsntFiniteEndsWithTheLastGoodState()
    {
        // y' = y^2 with its exact flow: infinite at t = 1, and beyond it another solution.
        ISplitOde split = SplitOde.From(1, static (_, y, dy) => dy[0] = y[0] * y[0], static (h, y) => y[0] = h * y[0] < 1 ? y[0] / (1 - (h * y[0])) : double.NaN);
        OdeResult result = Ode.Solve(new Splitting { FixedStep = 0.3 }, split, (0, 2), [1]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(10, result.FinalState[0], 1e-9);
    }

    [Fact]
    public void WhatTheMethodNeedsIsNamed()
    {
        Invalid("system", () => new Splitting { FixedStep = 1 }.Start(Hamiltonians.Relativistic, 0, [1, 0], 1));
        Invalid("Scheme", () => _ = new Splitting { FixedStep = 1, Scheme = McLachlanAtela4.Scheme });
        Invalid("FixedStep", () => _ = new Splitting { FixedStep = double.NaN });
        Invalid("flows", () => SplitOde.From(1, static (_, _, _) => { }));
        Invalid("flows", () => SplitOde.From(1, static (_, _, _) => { }, null!, null!));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }

    private static OdeFlow Turn(int i)
    {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        return (h, m) =>
        {
            (double sin, double cos) = Math.SinCos(h * m[i] / Inertia[i]);
            (m[j], m[k]) = ((cos * m[j]) + (sin * m[k]), (cos * m[k]) - (sin * m[j]));
        };
    }

    private static double[] Solve(SplittingScheme scheme, double h, double end) =>
        Ode.Solve(new Splitting { Scheme = scheme, FixedStep = h }, RigidBody, (0, end), Momentum, [end]).EnsureCompleted().FinalState;

    private static double Norm(ReadOnlySpan<double> m) => Math.Sqrt((m[0] * m[0]) + (m[1] * m[1]) + (m[2] * m[2]));

    private static double Energy(ReadOnlySpan<double> m) => 0.5 * ((m[0] * m[0] / Inertia[0]) + (m[1] * m[1] / Inertia[1]) + (m[2] * m[2] / Inertia[2]));
}
