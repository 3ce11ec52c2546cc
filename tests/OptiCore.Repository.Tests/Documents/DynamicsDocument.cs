using OptiCore.Dynamics;
using OptiCore.Numerics;
using OptiCore.Reporting;
using OptiCore.Solving;
using static OptiCore.Elementary;

namespace OptiCore.Repository.Tests.Documents;

internal readonly struct Pendulum : IRealSystem
{
    public int Dimension => 2;

    public int ParameterCount => 1;

    public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
        where T : struct, IReal<T>
    {
        dy[0] = y[1];
        dy[1] = -9.81 * T.Sin(y[0]) - (p[0] * y[1]);
    }
}

/// <summary>The code of docs/dynamics.md.</summary>
public class DynamicsDocument
{
    [Fact]
    public void OrdinaryEquations()
    {
        OdeResult orbit = Ode.Solve(
            new ExplicitRungeKutta { Tableau = DormandPrince8.Tableau, RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            static (t, y, dy) => (dy[0], dy[1]) = (y[1], -y[0]),
            (0, 10), [1, 0], saveAt: [5, 10]);
        Console.WriteLine(orbit);

        Assert.Equal(Math.Cos(10), orbit.FinalState[0], 1e-8);

        var ground = new OdeEvent(static (t, y) => y[0]) { Direction = CrossingDirection.Falling, Change = static (t, y) => y[1] *= -0.8 };
        OdeResult bounces = Ode.Solve(new ExplicitRungeKutta(), static (t, y, dy) => (dy[0], dy[1]) = (y[1], -9.81), (0, 3), [1, 0], events: [ground]);
        double firstImpact = bounces.Events[0].Time;

        Assert.Equal(Math.Sqrt(2 / 9.81), firstImpact, 1e-6);
    }

    [Fact]
    public void Reports()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        double[] times = [.. Enumerable.Range(0, 1001).Select(i => 0.02 * i)];
        OdeResult swing = Ode.Solve(new ExplicitRungeKutta(), static (t, y, dy) => (dy[0], dy[1]) = (y[1], (-9.81 * Math.Sin(y[0])) - (0.2 * y[1])), (0, 20), [3, 0], times);
        swing.ToReport("A damped pendulum", "angle", "speed").Save(Path.Combine(folder, "pendulum.html"));

        IOdeSystem orbits = OdeSystem.From(2, static (t, y, dy) => (dy[0], dy[1]) = (y[1], -y[0]));
        WorkPrecision comparison = new WorkPrecision(orbits, (0, 10), [1, 0]).Add("Dormand 5", new ExplicitRungeKutta()).Add("Adams", new Adams());
        new HtmlReport("Which method?").Chart(comparison.ToChart()).Table(comparison.ToTable()).Save(Path.Combine(folder, "methods.html"));

        Assert.Contains("speed over angle", File.ReadAllText(Path.Combine(folder, "pendulum.html")), StringComparison.Ordinal);
        Assert.Contains("factorizations", File.ReadAllText(Path.Combine(folder, "methods.html")), StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void StiffEquations()
    {
        IOdeJacobian robertson = OdeSystem.FromDuals(3, static (t, y, dy) =>
        {
            dy[0] = (-0.04 * y[0]) + (1e4 * y[1] * y[2]);
            dy[2] = 3e7 * y[1] * y[1];
            dy[1] = -dy[0] - dy[2];
        });
        OdeResult reaction = Ode.Solve(new Radau { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-12 }, robertson, (0, 1e5), [1, 0, 0]);

        Assert.Equal(RunStatus.Completed, reaction.Status);
        Assert.Equal(1, reaction.FinalState.Sum(), 1e-10);
        Assert.InRange(reaction.Counts.AcceptedSteps, 10, 300);
    }

    [Fact]
    public void Ensembles()
    {
        double[] starts = [0.1, 0, 0.2, 0, 0.3, 0], frictions = [0.1, 0.2, 0.3];
        OdeEnsembleResult swings = OdeEnsemble.Solve(new ExplicitRungeKutta(), new Pendulum(), starts, frictions, (0, 10), workers: Workers.AllCores);
        ReadOnlySpan<double> last = swings.EnsureCompleted().FinalState(2);

        Assert.InRange(Math.Abs(last[0]), 0, 0.1);
    }

    [Fact]
    public void Sensitivities()
    {
        TracedOde decay = ParametricOde.Trace(1, 1, static (t, y, p) => -p * y);
        double[] data = [0.6, 0.4];
        OdeAdjointResult misfit = new OdeAdjoint().Solve(new ExplicitRungeKutta(), decay, [0.7], 0, [1], [1, 2], (k, y, g) =>
        {
            g[0] = y[0] - data[k];
            return 0.5 * g[0] * g[0];
        });
        double slope = misfit.Parameters[0];                              // dL/dp

        double expected = ((Math.Exp(-0.7) - 0.6) * -Math.Exp(-0.7)) + ((Math.Exp(-1.4) - 0.4) * -2 * Math.Exp(-1.4));
        Assert.Equal(expected, slope, 1e-5);
    }

    [Fact]
    public void StochasticEquations()
    {
        IDiagonalSde stock = SdeSystem.Diagonal(1, static (_, y, f) => f[0] = 0.05 * y[0], static (_, y, g) => g[0] = 0.2 * y[0]);
        SdeResult one = Sde.Solve(new SriW1(new SdeSteps { RelativeTolerance = 1e-3 }), stock, (0, 1), [100], RandomKey.FromSeed(1), saveAt: [0.5, 1]);
        SdeEnsemble many = Sde.Ensemble(new SriW1(0.01), stock, (0, 1), [100], RandomKey.FromSeed(1), paths: 1000, saveAt: [1], Workers.AllCores);

        Assert.Equal(RunStatus.Completed, one.Status);
        Assert.NotNull(many);

        ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 10\nA -> 0 @ 1");
        JumpResult path = JumpProcess.Simulate(new GillespieDirect(), network, (0, 5), [0], RandomKey.FromSeed(1), saveAt: [1, 5]);

        Assert.NotNull(path);
    }

    [Fact]
    public void FromDataToEquations()
    {
        OdeDelegate lorenz = static (_, y, dy) =>
        {
            dy[0] = 10 * (y[1] - y[0]);
            dy[1] = (y[0] * (28 - y[2])) - y[1];
            dy[2] = (y[0] * y[1]) - (8.0 / 3 * y[2]);
        };

        double[] times = [.. Enumerable.Range(0, 5000).Select(k => 0.002 * k)];
        TimeSeries data = TimeSeries.From(Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, lorenz, (0, times[^1]), [-8, 7, 27], times));
        SparseModel model = new SparseIdentification { Library = new MonomialFeatures { Degree = 2 } }.Fit(data);
        Console.WriteLine(model);                                         // x' = -10 x + 10 y ...
        OdeResult ahead = Ode.Solve(new ExplicitRungeKutta(), model, (0, 1), data[^1]);

        Assert.Equal(28, model.Coefficient(1, "x"), 0.1);
        Assert.Equal(RunStatus.Completed, ahead.Status);
    }

    [Fact]
    public void Control()
    {
        double[] u = new double[1], push = [.. Enumerable.Range(0, 80).Select(k => k < 10 ? 1.0 : 0)];

        RegulatorDesign regulator = Lqr.Design(LinearPlant.Continuous([0, 1, 0, 0], [0, 1]), q: [1, 0, 0, 1], r: [1]).EnsureSolved();
        regulator.Control([2, -1], u);                                    // u = -K x

        Assert.Equal(Math.Sqrt(3) - 2, u[0], 1e-10);

        IDifferentiableControlSystem pendulum = ControlSystem.From(2, 1, static (_, x, u, dx) =>
        {
            dx[0] = x[1];
            dx[1] = u[0] - (9.81 * Sin(x[0])) - (0.1 * x[1]);
        });
        var cost = new QuadraticCost(2, 1, q: [0.01, 0.01], r: [0.005], terminal: [50, 10], goal: [Math.PI, 0]);
        var problem = new TrajectoryProblem(pendulum.Discretize(0.05), cost, steps: 80) { ControlBounds = Bounds.All(-5, 5) };
        TrajectoryResult swingUp = new IterativeLqr().Solve(problem, [0, 0], push);

        Assert.Equal(Math.PI, swingUp.EnsureConverged().State(80)[0], 0.2);
    }
}
