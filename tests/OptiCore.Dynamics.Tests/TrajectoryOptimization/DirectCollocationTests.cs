using OptiCore.Optimizers;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Dynamics.Tests.TrajectoryOptimization;

public class DirectCollocationTests
{
    private static readonly ITwiceDifferentiableTrajectoryCost BlockEffort = TrajectoryCost.From(2, 1, (_, _, u) => u[0] * u[0]);
    private static readonly ITwiceDifferentiableTrajectoryCost CartEffort = TrajectoryCost.From(4, 1, (_, _, u) => u[0] * u[0]);

    [Fact]
    public void TheBlockMoveCostsTwelve()
    {
        // Kelly (2017), section 2: u = 6 - 12 t, x = 3 t^2 - 2 t^3. Hermite-Simpson represents it exactly on any mesh.
        var problem = new OptimalControlProblem(Plants.Block, [0, 0], [1, 0], 1) { Cost = BlockEffort };
        CollocatedTrajectory exact = new DirectCollocation { Segments = 4 }.Solve(problem).EnsureConverged();
        Assert.Equal(12, exact.Cost, 1e-7);
        Assert.InRange(exact.LargestError, 0, 1e-8);
        double[] x = new double[2], u = new double[1];
        foreach (double t in new[] { 0, 0.1, 0.37, 0.5, 0.93, 1 })
        {
            exact.StateAt(t, x);
            exact.ControlAt(t, u);
            Assert.Equal((3 * t * t) - (2 * t * t * t), x[0], 1e-7);
            Assert.Equal(6 * t * (1 - t), x[1], 1e-7);
            Assert.Equal(6 - (12 * t), u[0], 1e-6);
        }

        // The trapezoidal error is of order 2: halving the segments' length quarters it, and the estimate sees it.
        double[] errors = [.. new[] { 8, 16 }.Select(n => Math.Abs(new DirectCollocation { Scheme = CollocationScheme.Trapezoidal, Segments = n }.Solve(problem).EnsureConverged().Cost - 12))];
        Assert.InRange(errors[0] / errors[1], 3.5, 4.5);
    }

    [Fact]
    public void BrysonAndDenhamsProblemHasItsCost()
    {
        // Least force with the position at most l: 4 / (9 l) for l at most 1/6 (Bryson, Ho 1975, section 3.11), with half the square of the force.
        const double L = 1.0 / 9;
        var problem = new OptimalControlProblem(Plants.Block, [0, 1], [0, -1], 1)
        {
            Cost = TrajectoryCost.From(2, 1, (_, _, u) => 0.5 * u[0] * u[0]),
            StateBounds = new Bounds([double.NegativeInfinity, double.NegativeInfinity], [L, double.PositiveInfinity]),
        };

        // The constraint is active from 3 l = 1/3 to 2/3: a mesh that has these times.
        CollocatedTrajectory result = new DirectCollocation { Segments = 12 }.Solve(problem).EnsureConverged();
        Assert.Equal(4 / (9 * L), result.Cost, 2e-3);
        double[] x = new double[2];
        result.StateAt(0.5, x);
        Assert.Equal(L, x[0], 1e-4);
    }

    [Fact]
    public void TheBrachistochroneIsACycloid()
    {
        // From rest under g = 9.80665 from (0, 10) to (10, 5), 1.8016 in the literature: the time of the cycloid x = r (p - sin p), y = -r (1 - cos p), t = sqrt(r / g) p. The angle of the path is the control.
        const double G = 9.80665, X = 10, Y = 5;
        double low = 0.1, high = 6;
        for (int i = 0; i < 100; i++)
        {
            double p = (low + high) / 2;
            (low, high) = (p - Math.Sin(p)) / (1 - Math.Cos(p)) < X / Y ? (p, high) : (low, p);
        }

        double time = Math.Sqrt(Y / (1 - Math.Cos(low)) / G) * low;
        Assert.Equal(1.8016, time, 1e-4);
        IDifferentiableControlSystem bead = ControlSystem.From(3, 1, (_, x, u, dx) =>
        {
            dx[0] = x[2] * Sin(u[0]);
            dx[1] = x[2] * Cos(u[0]);
            dx[2] = G * Cos(u[0]);
        });
        var problem = new OptimalControlProblem(bead, [0, 0, 0], [X, Y, double.NaN], 2) { MinDuration = 0.1, MaxDuration = 10, DurationWeight = 1, ControlBounds = Bounds.All(0, Math.PI) };
        CollocatedTrajectory result = new DirectCollocation { Segments = 16 }.Solve(problem, 2, (t, x, u) =>
        {
            (x[0], x[1], x[2]) = (X * t / 2, Y * t / 2, 5 * t);
            u[0] = 1;
        }).EnsureConverged();
        Assert.Equal(time, result.Duration, 2e-4);
        Assert.Equal(result.Duration, result.Cost, 1e-12);
    }

    [Fact]
    public void TheCartPoleSwingsUp()
    {
        // Kelly (2017), section 6: d = 1 in T = 2 with |u| <= 20 and the square of the force. A coarse solution starts a finer one, whose order shows that both approach one optimum.
        var problem = new OptimalControlProblem(Plants.CartPole, [0, 0, 0, 0], [1, Math.PI, 0, 0], 2) { Cost = CartEffort, ControlBounds = Bounds.All(-20, 20), StateBounds = new Bounds([-2, -100, -100, -100], [2, 100, 100, 100]) };
        CollocatedTrajectory coarse = new DirectCollocation { Segments = 12 }.Solve(problem).EnsureConverged();
        CollocatedTrajectory fine = new DirectCollocation { Segments = 18 }.Solve(problem, coarse).EnsureConverged();
        Assert.All(fine.Controls.ToArray(), u => Assert.InRange(u, -20, 20));
        Assert.True(fine.LargestError < coarse.LargestError / 3, $"{coarse} {fine}");
        Promises.Close(fine.Cost, coarse.Cost, 0.03, 0, "cost");

        // Without feedback the controls miss the unstable end by the error of the transcription, which is of order 4: (18 / 12)^4 is 5.1.
        double[] misses = [.. new[] { coarse, fine }.Select(plan =>
        {
            OdeResult run = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, Plants.CartPole.WithControl(plan.ToLaw()), (0, 2), [0, 0, 0, 0]);
            return Math.Max(Math.Abs(run.FinalState[0] - 1), Math.Abs(run.FinalState[1] - Math.PI));
        })];
        Assert.InRange(misses[0] / misses[1], 4, 7);
    }

    [Fact]
    public void DerivativesOfTheProgramAreRight()
    {
        // A time-dependent system with a free duration, path constraints and a terminal cost: everything that has a derivative.
        IDifferentiableControlSystem system = ControlSystem.From(2, 1, (t, x, u, dx) =>
        {
            dx[0] = (x[1] * u[0]) + Math.Sin(t);
            dx[1] = Sin(x[0]) + (u[0] * u[0] * t);
        });
        foreach (CollocationScheme scheme in Enum.GetValues<CollocationScheme>())
        {
            var problem = new OptimalControlProblem(system, [0.1, double.NaN], [], 1.5)
            {
                MinDuration = 1,
                MaxDuration = 3,
                DurationWeight = 0.3,
                Cost = TrajectoryCost.From(2, 1, (t, x, u) => (u[0] * u[0] * x[0]) + (x[1] * x[1] * Math.Cos(t)), x => x[0] * x[0] * x[1]),
                PathConstraint = new(Function.FromResiduals(3, 1, (z, c) => c[0] = (z[0] * z[0]) + (z[2] * z[1])), Bounds.All(-1, 1)),
            };
            (ITwiceDifferentiableConstrainedFunction<double> program, _) = new DirectCollocation { Scheme = scheme, Segments = 2 }.Transcribe(problem);
            int n = program.Dimension, m = program.ConstraintCount;
            double[] z = [.. Enumerable.Range(0, n).Select(i => i == 0 ? 1.5 : Math.Sin(i * 1.7))], gradient = new double[n], c = new double[m], jacobian = new double[m * n], y = [.. Enumerable.Range(0, m).Select(i => Math.Cos(i * 2.3))], hessian = new double[n * n], scratch = new double[n], otherC = new double[m], otherJ = new double[m * n];
            program.ValueAndGradient(z, gradient);
            program.ConstraintsAndJacobian(z, c, jacobian);
            program.LagrangianHessian(z, y, hessian);
            for (int j = 0; j < n; j++)
            {
                double[] up = [.. z], down = [.. z], cu = new double[m], cd = new double[m], gu = new double[n], gd = new double[n];
                const double H = 1e-5;
                up[j] += H;
                down[j] -= H;
                Promises.Close((program.Value(up) - program.Value(down)) / (2 * H), gradient[j], 1e-7, 1e-7, $"{scheme} gradient {j}");
                program.Constraints(up, cu);
                program.Constraints(down, cd);
                for (int i = 0; i < m; i++)
                    Promises.Close((cu[i] - cd[i]) / (2 * H), jacobian[(i * n) + j], 1e-7, 1e-7, $"{scheme} Jacobian {i}, {j}");
                Lagrangian(program, up, y, gu, otherC, otherJ);
                Lagrangian(program, down, y, gd, otherC, otherJ);
                for (int i = 0; i < n; i++)
                    Promises.Close((gu[i] - gd[i]) / (2 * H), hessian[(i * n) + j], 1e-5, 1e-5, $"{scheme} Hessian {i}, {j}");
            }
        }
    }

    [Fact]
    public void PathConstraintsHoldAndMistakesAreNamed()
    {
        // The speed is at most 1.2: the block then moves with a plateau; its cost is above 12.
        var problem = new OptimalControlProblem(Plants.Block, [0, 0], [1, 0], 1) { Cost = BlockEffort, PathConstraint = new(Function.FromResiduals(3, 1, (z, c) => c[0] = z[1]), Bounds.All(-1.2, 1.2)) };
        CollocatedTrajectory result = new DirectCollocation { Segments = 10 }.Solve(problem).EnsureConverged();
        Assert.True(result.Cost > 12.5);
        for (int i = 0; i < result.Times.Length; i++)
            Assert.InRange(result.States[(2 * i) + 1], -1.2 - 1e-7, 1.2 + 1e-7);

        // Too little force for the distance: no point satisfies the constraints.
        CollocatedTrajectory impossible = new DirectCollocation { Segments = 5 }.Solve(problem with { PathConstraint = null, ControlBounds = Bounds.All(-1, 1) });
        Assert.NotEqual(SolverStatus.Converged, impossible.Status);
        Assert.Throws<SolverException>(() => impossible.EnsureConverged());
        Assert.Throws<ArgumentException>(() => new OptimalControlProblem(Plants.Block, [0], [1, 0], 1));
        Assert.Throws<ArgumentException>(() => new OptimalControlProblem(Plants.Block, [0, double.PositiveInfinity], [1, 0], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OptimalControlProblem(Plants.Block, [0, 0], [1, 0], -1));
        Assert.Throws<ArgumentException>(() => problem with { Cost = CartEffort });
        Assert.Throws<ArgumentException>(() => new DirectCollocation().Solve(problem with { MinDuration = 3, MaxDuration = 2 }));
    }

    [Fact]
    public void AnyOptimizerSolvesTheTranscription()
    {
        var problem = new OptimalControlProblem(Plants.Block, [0, 0], [1, 0], 1) { Cost = BlockEffort };
        (ITwiceDifferentiableConstrainedFunction<double> program, Bounds bounds) = new DirectCollocation { Segments = 3 }.Transcribe(problem);
        double[] start = new double[program.Dimension];
        (start[^3], start[^2]) = (1, 0);
        SolverResult<double> result = Minimize.Run<double, IDifferentiableConstrainedFunction<double>>(new Slsqp { Bounds = bounds }, program, start);
        Assert.Equal(12, result.EnsureConverged().Value, 1e-7);
    }

    private static void Lagrangian(ITwiceDifferentiableConstrainedFunction<double> program, double[] z, double[] y, double[] gradient, double[] c, double[] jacobian)
    {
        program.ValueAndGradient(z, gradient);
        program.ConstraintsAndJacobian(z, c, jacobian);
        for (int i = 0; i < y.Length; i++)
        {
            for (int j = 0; j < z.Length; j++)
                gradient[j] += y[i] * jacobian[(i * z.Length) + j];
        }
    }
}
