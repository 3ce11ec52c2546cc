using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Exponential;

public class ExponentialTests
{
    private static readonly Dictionary<Type, ExponentialScheme> Rows = new()
    {
        [typeof(Etd1)] = Etd1.Scheme,
        [typeof(EtdRungeKutta2)] = EtdRungeKutta2.Scheme,
        [typeof(EtdRungeKutta4)] = EtdRungeKutta4.Scheme,
        [typeof(Lawson4)] = Lawson4.Scheme,
    };

    /// <summary>The degree in time up to which N may be for the scheme to be exact; -1 for none but zero.</summary>
    private static readonly Dictionary<string, int> ExactDegrees = new() { [nameof(Etd1)] = 0, [nameof(EtdRungeKutta2)] = 1, [nameof(EtdRungeKutta4)] = 2, [nameof(Lawson4)] = -1 };

    public static TheoryData<string> All => [.. Rows.Keys.Select(type => type.Name)];

    public static TheoryData<string, bool> Forms => [.. Rows.Keys.SelectMany(type => new[] { (type.Name, true), (type.Name, false) })];

    private static ExponentialScheme Of(string name) => Rows.Single(row => row.Key.Name == name).Value;

    [Fact]
    public void EveryPublishedSchemeHasARow()
    {
        Type[] marked = [.. typeof(Ode).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Exponential integrators" && t.GetProperty("Scheme")?.GetMethod!.IsStatic == true)];
        Assert.Equal(marked.Select(t => t.Name).Order(), Rows.Keys.Select(t => t.Name).Order());
        foreach (Type type in marked)
            Assert.Equal(type.GetCustomAttribute<AlgorithmAttribute>()!.Name, Rows[type].Name);
    }

    [Theory, MemberData(nameof(All))]
    public void LinearInhomogeneousProblemsAreSolvedExactly(string name)
    {
        // L = [[-100, 3], [0, -2]] has the eigenvectors (1, 0) and (3/98, 1); with N = p' - L p the solution is p(t) and multiples of e^(-100 t), e^(-2 t) times them.
        int degree = ExactDegrees[name];
        Assert.True(Error(degree) < 2e-13, $"{name}: {Error(degree):g3}");
        Assert.True(Error(degree + 1) > 1e-7, $"{name} is exact beyond its degree.");

        double Error(int d)
        {
            ISemilinearOde system = SemilinearOde.Dense(2, [-100, 3, 0, -2], (t, _, dy) =>
            {
                (double p, double rate) = Polynomial(d, t);
                (dy[0], dy[1]) = (rate + (100 * p) - (3 * 2 * p), (2 * rate) + (2 * 2 * p));
            });
            double[] times = [0.013, 0.1, 0.37, 0.95, 1];
            OdeResult result = Ode.Solve(new ExponentialIntegrator { Scheme = Of(name), FixedStep = 0.3 }, system, (0, 1), Exact(0), times).EnsureCompleted();
            return times.Select((t, i) => Exact(t).Zip(result.State(i).ToArray(), (a, b) => Math.Abs(a - b)).Max()).Max();

            double[] Exact(double t)
            {
                (double p, _) = Polynomial(d, t);
                double fast = Math.Exp(-100 * t), slow = Math.Exp(-2 * t);
                return [p + fast + (3.0 / 98 * slow), (2 * p) + slow];
            }
        }

        static (double Value, double Rate) Polynomial(int degree, double t) => degree switch
        {
            -1 => (0, 0),
            0 => (1, 0),
            1 => (1 + t, 1),
            2 => (1 + t - (2 * t * t), 1 - (4 * t)),
            _ => (1 + t - (2 * t * t) + (3 * t * t * t), 1 - (4 * t) + (9 * t * t)),
        };
    }

    [Theory, MemberData(nameof(Forms))]
    public void HalvingTheStepDividesTheErrorOfAStiffProblemByTwoToTheOrder(string name, bool isDiagonal)
    {
        ExponentialScheme scheme = Of(name);

        // Where h L is large, N that the stiff modes don't follow reduces the order of ETDRK4: its rates are those that the steps are short enough for.
        ISemilinearOde system = isDiagonal ? Modes(0.25) : ReactionDiffusion();
        double[] start = Start(system.Dimension);
        double[] exact = Ode.Solve(
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-14 }, system, (0, 1), start).EnsureCompleted().FinalState;
        int steps = name switch { nameof(Etd1) => 1024, nameof(EtdRungeKutta2) => 256, nameof(Lawson4) => 128, _ => isDiagonal ? 128 : 64 };
        double coarse = Error(steps), fine = Error(2 * steps), slope = Math.Log2(coarse / fine);
        Assert.True(slope > scheme.Order - 0.3 && slope < scheme.Order + 0.3, $"{name}: measured order {slope:f3} from errors {coarse:g3} and {fine:g3}.");

        double Error(int count) => exact.Zip(
            Ode.Solve(new ExponentialIntegrator { Scheme = scheme, FixedStep = 1.0 / count }, system, (0, 1), start, [1]).EnsureCompleted().FinalState,
            (a, b) => Math.Abs(a - b)).Max();
    }

    [Fact]
    public void TheStepIsNotLimitedByTheLinearPart()
    {
        // The stiffest rate is 784: an explicit method of order 4 needs steps below 2.8 / 784.
        ISemilinearOde system = Modes(4);
        double[] start = Start(system.Dimension);
        OdeResult explicitly = Ode.Solve(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = 0.05 }, system, (0, 2), start);
        Assert.True(explicitly.Status == Solving.RunStatus.Failed || explicitly.FinalState.Max(Math.Abs) > 1e3);
        double[] exact = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 }, system, (0, 2), start).EnsureCompleted().FinalState;
        double[] found = Ode.Solve(new ExponentialIntegrator { FixedStep = 0.05 }, system, (0, 2), start).EnsureCompleted().FinalState;
        Assert.True(exact.Zip(found, (a, b) => Math.Abs(a - b)).Max() < 1e-5);
    }

    [Fact]
    public void ADiagonalAndTheSameAsAMatrixAgree()
    {
        ISemilinearOde diagonal = Modes();
        int n = diagonal.Dimension;
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++)
            matrix[(i * n) + i] = diagonal.Linear[i];
        ISemilinearOde dense = SemilinearOde.Dense(n, matrix, diagonal.Nonlinear);
        foreach (ExponentialScheme scheme in Rows.Values)
        {
            var method = new ExponentialIntegrator { Scheme = scheme, FixedStep = 0.07 };
            double[] one = Ode.Solve(method, diagonal, (1, 0.3), Start(n), [0.66, 0.3]).States, other = Ode.Solve(method, dense, (1, 0.3), Start(n), [0.66, 0.3]).States;
            double scale = one.Max(Math.Abs);
            for (int i = 0; i < one.Length; i++)
                Assert.Equal(one[i], other[i], 1e-11 * scale);
        }
    }

    [Theory, MemberData(nameof(Forms))]
    public void SavedAndResumedIsUninterruptedToTheBit(string name, bool isDiagonal)
    {
        ISemilinearOde system = isDiagonal ? Modes() : ReactionDiffusion();
        OdeState whole = Begin();
        var saved = new List<byte[]> { StateArchive.Save(whole) };
        while (whole.Step())
            saved.Add(StateArchive.Save(whole));
        byte[] end = StateArchive.Save(whole);
        foreach (byte[] bytes in saved.Where((_, i) => i % 4 == 0 || i == saved.Count - 1))
        {
            OdeState resumed = Begin();
            StateArchive.Load(resumed, bytes);
            while (resumed.Step())
            {
            }

            Assert.Equal(end, StateArchive.Save(resumed));
        }

        OdeState Begin() => new ExponentialIntegrator { Scheme = Of(name), FixedStep = 0.07 }.Start(system, 0, Start(system.Dimension), 1, [new((_, y) => y[0] - 0.9)]);
    }

    [Theory, MemberData(nameof(Forms))]
    public void StepsAllocateNothing(string name, bool isDiagonal)
    {
        ISemilinearOde system = isDiagonal ? Modes() : SemilinearOde.Dense(2, [-100, 3, 0, -2], static (t, y, dy) => (dy[0], dy[1]) = (Math.Cos(t), y[0]));
        OdeState state = new ExponentialIntegrator { Scheme = Of(name), FixedStep = 0.01, MaxSteps = long.MaxValue }.Start(system, 0, Start(system.Dimension), 1e6);
        double[] y = new double[system.Dimension];
        Promises.AllocatesNothing(() =>
        {
            state.Step();
            state.Interpolate(0.5 * (state.PreviousTime + state.Time), y);
        }, name);
    }

    [Fact]
    public void AnUndefinedNonlinearityEndsWithTheLastGoodState()
    {
        OdeResult result = Ode.Solve(
            new ExponentialIntegrator { FixedStep = 0.25 }, SemilinearOde.Diagonal([-1], static (t, _, dy) => dy[0] = t > 1.001 ? double.NaN : 0), (0, 2), [1]);
        Assert.Equal(OdeStopReason.NonFinite, result.Reason);
        Assert.Equal(1, result.FinalTime);
        Assert.Equal(Math.Exp(-1), result.FinalState[0], 1e-15);
        Assert.Equal(OdeStopReason.NonFiniteStart, Ode.Solve(
            new ExponentialIntegrator { FixedStep = 0.25 }, SemilinearOde.Diagonal([-1], static (_, _, dy) => dy[0] = double.NaN), (0, 2), [1]).Reason);
    }

    [Fact]
    public void WhatTheMethodNeedsIsNamed()
    {
        var method = new ExponentialIntegrator { FixedStep = 0.1 };
        Invalid("system", () => method.Start(OdeSystem.From(1, static (_, _, dy) => dy[0] = 0), 0, [1], 1));
        Invalid("FixedStep", () => _ = method with { FixedStep = -1 });
        Invalid("Scheme", () => _ = method with { Scheme = null! });
        Invalid("linear", () => SemilinearOde.Dense(2, [1, 2, 3], static (_, _, _) => { }));
        Invalid("linear", () => SemilinearOde.Diagonal([double.NaN], static (_, _, _) => { }));
        Invalid("linear", () => SemilinearOde.Diagonal([], static (_, _, _) => { }));
        Invalid("nonlinear", () => SemilinearOde.Diagonal([1], null!));
        Invalid("weights", () => new ExponentialScheme([0], [[]], [[new PhiTerm(2, 1, 1)]]) { Name = "x", Order = 1 });
        Invalid("nodes", () => new ExponentialScheme([1], [[]], [[new PhiTerm(1, 1, 1)]]) { Name = "x", Order = 1 });

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }

    private static double[] Start(int n) => [.. Enumerable.Range(0, n).Select(i => 0.5 + (0.4 * Math.Cos(2 * Math.PI * i / n)))];

    /// <summary>u' = u'' + u - u^3 + cos(t) / 2 on a circle of 16 points, by differences; rates up to 104.</summary>
    private static ISemilinearOde ReactionDiffusion()
    {
        const int N = 16;
        double weight = N / (2 * Math.PI) * (N / (2 * Math.PI)) * 4;
        double[] matrix = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            matrix[(i * N) + i] = -2 * weight;
            matrix[(i * N) + ((i + 1) % N)] = weight;
            matrix[(i * N) + ((i + N - 1) % N)] = weight;
        }

        return SemilinearOde.Dense(N, matrix, static (t, y, dy) =>
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = y[i] - (y[i] * y[i] * y[i]) + (0.5 * Math.Cos(t));
        });
    }

    /// <summary>Eight modes with the rates of diffusion, k^2 times a factor, that drive each other.</summary>
    private static ISemilinearOde Modes(double factor = 1)
    {
        double[] rates = [.. Enumerable.Range(0, 8).Select(k => -factor * 4 * k * k)];
        return SemilinearOde.Diagonal(rates, static (t, y, dy) =>
        {
            for (int i = 0; i < y.Length; i++)
                dy[i] = Math.Sin(y[(i + 1) % y.Length]) + Math.Cos(t);
        });
    }
}
