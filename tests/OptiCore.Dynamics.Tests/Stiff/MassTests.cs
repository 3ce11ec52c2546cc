using System.Text.Json;
using OptiCore.Differentiation;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class MassTests
{
    public static TheoryData<string> All => OdeMethods.All;

    public static TheoryData<string> Algebraic => OdeMethods.Algebraic;

    [Theory, MemberData(nameof(Algebraic))]
    public void RobertsonsProblemAsADifferentialAlgebraicOne(string name)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")["robertson"];
        double[] times = [.. item.Numbers("t").Take(6)], expected = item.RowMajor("y");
        IOdeMass system = OdeSystem.From(3, static (t, y, dy) =>
        {
            StiffProblems.Robertson(t, y, dy);
            dy[2] = y[0] + y[1] + y[2] - 1;
        }).WithMass([1, 0, 0, 0, 1, 0, 0, 0, 0]);
        OdeResult result = Ode.Solve(OdeMethods.Of(name) with { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-11 }, system, (0, times[^1]), [1, 0, 0], times).EnsureCompleted();
        for (int i = 0; i < result.States.Length; i++)
            Promises.Close(expected[i], result.States[i], 2e-4, 1e-8, $"{name}, element {i}");
        Assert.Equal(1, result.FinalState.Sum(), 1e-6);
    }

    [Theory, MemberData(nameof(Algebraic))]
    public void ThePendulumWithItsForceSolvedFor(string name)
    {
        // x'' = -x T, y'' = -y T - g with 0 = v^2 - T - g y, the constraint x^2 + y^2 = 1 differentiated twice: index 1. The energy and the length are conserved.
        const double G = 9.81;
        double[] mass = new double[25];
        for (int i = 0; i < 4; i++)
            mass[6 * i] = 1;
        IOdeMass system = OdeSystem.From(5, static (_, y, dy) =>
        {
            (dy[0], dy[1], dy[2], dy[3]) = (y[2], y[3], -y[0] * y[4], (-y[1] * y[4]) - G);
            dy[4] = (y[2] * y[2]) + (y[3] * y[3]) - y[4] - (G * y[1]);
        }).WithMass(mass);
        OdeResult result = Ode.Solve(OdeMethods.Of(name) with { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9 }, system, (0, 2), [1, 0, 0, 0, 0]).EnsureCompleted();
        double[] y = result.FinalState;
        Assert.Equal(1, (y[0] * y[0]) + (y[1] * y[1]), 1e-3);
        Assert.Equal(0, (0.5 * ((y[2] * y[2]) + (y[3] * y[3]))) + (G * y[1]), 1e-2);
        Assert.Equal(0, (y[2] * y[2]) + (y[3] * y[3]) - y[4] - (G * y[1]), 1e-4);

        // The angle as an ordinary problem: phi'' = -g cos phi from phi = 0.
        OdeResult angle = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-11, AbsoluteTolerance = 1e-12 }, static (_, p, dp) => (dp[0], dp[1]) = (p[1], -G * Math.Cos(p[0])), (0, 2), [0, 0]);
        Assert.Equal(Math.Cos(angle.FinalState[0]), y[0], 3e-4);
        Assert.Equal(Math.Sin(angle.FinalState[0]), y[1], 3e-4);
    }

    [Theory, MemberData(nameof(All))]
    public void EveryMethodTakesAMassMatrixThatHasAnInverse(string name)
    {
        // M y' = M A y.
        double[] mass = [2, 1, 0, 3];
        OdeDelegate right = static (_, y, dy) => (dy[0], dy[1]) = ((2 * y[1]) - y[0], -3 * y[0]);
        OdeMethod method = OdeMethods.Of(name) with { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 };
        double tolerance = name == nameof(Euler) ? 0.02 : method.StepSize is null ? 1e-5 : 1e-3;
        IOdeMass plain = OdeSystem.From(2, right).WithMass(mass);
        IOdeMass known = OdeSystem.From(2, right, static (_, _, j) => (j[0], j[1], j[2], j[3]) = (-1, 2, -3, 0)).WithMass(mass);
        foreach (IOdeMass system in new[] { plain, known })
        {
            OdeResult result = Ode.Solve(method, system, (0, 2), [1, 0]).EnsureCompleted();
            Assert.Equal(Math.Cos(2), result.FinalState[0], tolerance);
            Assert.Equal(-Math.Sin(2), result.FinalState[1], tolerance);
        }
    }

    [Fact]
    public void ASingularMassMatrixIsRefusedByTheMethodsThatNeedAnInverse()
    {
        IOdeMass system = OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = (y[0], y[1])).WithMass([1, 2, 2, 4]);
        foreach (OdeMethod method in new OdeMethod[] { new ExplicitRungeKutta(), new Adams(), new DiagonallyImplicitRungeKutta() })
        {
            var exception = Assert.Throws<ArgumentException>(() => Ode.Solve(method, system, (0, 1), [1, 1]));
            Assert.Equal("system", exception.ParamName);
            Assert.Contains("singular", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal("mass", Assert.Throws<ArgumentException>(() => OdeSystem.From(2, Problems.Smooth).WithMass([1, 2, 3])).ParamName);
        Assert.Equal("mass", Assert.ThrowsAny<ArgumentException>(() => OdeSystem.From(1, Problems.Smooth).WithMass([double.NaN])).ParamName);
    }

    [Fact]
    public void TheAdaptersAgreeOnJacobianAndTimeDerivative()
    {
        IOdeJacobian duals = OdeSystem.FromDuals(5, static (t, y, dy) =>
        {
            for (int i = 0; i < 5; i++)
                dy[i] = (Elementary.Sin(t) * y[i] * y[(i + 1) % 5]) - y[(i + 4) % 5];
        });
        IOdeJacobian traced = OdeSystem.Traced(5, static (t, y) =>
            (Operations.Sin(t) * y * Operations.Concatenate(0, y[1..], y[..1])) - Operations.Concatenate(0, y[4..], y[..4]));
        double[] point = [0.3, -1.2, 2.5, 0.7, -0.4];
        foreach (Action<IOdeJacobian, double[]> read in new Action<IOdeJacobian, double[]>[]
        {
            (s, to) => s.Derivative(0.8, point, to.AsSpan(0, 5)),
            (s, to) => s.Jacobian(0.8, point, to),
            (s, to) => Assert.True(s.TryTimeDerivative(0.8, point, to.AsSpan(0, 5))),
        })
        {
            double[] a = new double[25], b = new double[25];
            read(duals, a);
            read(traced, b);
            for (int i = 0; i < 25; i++)
                Promises.Close(a[i], b[i], 1e-14, 1e-15, $"element {i}");
        }

        double[] jacobian = new double[25];
        duals.Jacobian(0.8, point, jacobian);
        Promises.Close(Math.Sin(0.8) * point[1], jacobian[0], 1e-14, 0, "df0/dy0");
        Promises.Close(-1, jacobian[4], 1e-14, 0, "df0/dy4");
    }

    [Theory, MemberData(nameof(Algebraic))]
    public void ABandGivesWhatTheWholeMatrixGivesForFewerEvaluations(string name)
    {
        // Diffusion on 40 points.
        const int N = 40;
        OdeDelegate heat = static (_, y, dy) =>
        {
            for (int i = 0; i < N; i++)
                dy[i] = 400 * ((i > 0 ? y[i - 1] : 0) - (2 * y[i]) + (i < N - 1 ? y[i + 1] : 0));
        };
        double[] start = [.. Enumerable.Range(1, N).Select(i => Math.Sin(Math.PI * i / (N + 1)))];
        OdeMethod method = OdeMethods.Of(name) with { RelativeTolerance = 1e-6 };
        OdeResult dense = Ode.Solve(method, heat, (0, 0.5), start).EnsureCompleted();
        OdeResult band = Ode.Solve(method, OdeSystem.From(N, heat).WithBand(1, 1), (0, 0.5), start).EnsureCompleted();
        OdeResult known = Ode.Solve(
            method,
            OdeSystem.From(N, heat, static (_, _, j) =>
            {
                for (int i = 0; i < N; i++)
                    (j[3 * i], j[(3 * i) + 1], j[(3 * i) + 2]) = (400, -800, 400);
            }).WithBand(1, 1),
            (0, 0.5),
            start).EnsureCompleted();
        double decay = Math.Exp(-0.5 * 1600 * Math.Pow(Math.Sin(Math.PI / (2 * (N + 1))), 2));
        for (int i = 0; i < N; i++)
        {
            Promises.Close(decay * start[i], dense.FinalState[i], 0, 2e-5, name);
            Promises.Close(decay * start[i], band.FinalState[i], 0, 2e-5, name);
            Promises.Close(decay * start[i], known.FinalState[i], 0, 2e-5, name);
        }

        Assert.True(band.Counts.Evaluations < dense.Counts.Evaluations || dense.Counts.JacobianEvaluations <= 1);
        Assert.True(known.Counts.Evaluations <= band.Counts.Evaluations);
    }

    [Fact]
    public void ASplitSystemIsSolvedForItsStiffPartOnly()
    {
        // y1' = -1000 y1 + y2 (implicit) with y2' = cos(t) y2 (explicit): y2 = exp(sin t), y1 a thousandth of it.
        ISplitOdeSystem split = OdeSystem.Split(
            OdeSystem.From(2, static (t, y, dy) => (dy[0], dy[1]) = (0, Math.Cos(t) * y[1])),
            OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = ((-1000 * y[0]) + y[1], 0), static (_, _, j) => (j[0], j[1], j[2], j[3]) = (-1000, 1, 0, 0)));
        OdeResult result = Ode.Solve(new DiagonallyImplicitRungeKutta(), split, (0, 10), [0, 1]).EnsureCompleted();
        Assert.Equal(Math.Exp(Math.Sin(10)), result.FinalState[1], 1e-4);
        Assert.Equal(Math.Exp(Math.Sin(10)) / 1000, result.FinalState[0], 1e-6);

        // An explicit method would need 3000 steps for its stability.
        Assert.True(result.Counts.AcceptedSteps < 1000, result.ToString());

        // The order of the pair as a whole, where nothing is stiff.
        ISplitOdeSystem mild = OdeSystem.Split(
            OdeSystem.From(2, static (t, y, dy) => (dy[0], dy[1]) = (-2 * t * y[0] * y[0], 0.5 * Math.Cos(t) * y[1])),
            OdeSystem.From(2, static (t, y, dy) => (dy[0], dy[1]) = (0, 0.5 * Math.Cos(t) * y[1])));
        double slope = Math.Log2(Error(32) / Error(64));
        Assert.InRange(slope, 3.75, 4.5);

        double Error(int count) => Problems.SmoothError(
            2, Ode.Solve(new DiagonallyImplicitRungeKutta { FixedStep = 2.0 / count, RelativeTolerance = 1e-12 }, mild, (0, 2), Problems.SmoothAt(0)).EnsureCompleted().FinalState);
    }
}
