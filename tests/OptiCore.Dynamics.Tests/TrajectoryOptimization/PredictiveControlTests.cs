using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Control;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.TrajectoryOptimization;

public class PredictiveControlTests
{
    private static readonly LinearPlant Masses = LinearPlant.Continuous([0, 0, 1, 0, 0, 0, 0, 1, -2, 1, -0.1, 0, 1, -2, 0, -0.1], [0, 0, 0, 0, 1, 0, 0, 1]).Discretize(0.3);

    private static LinearMpc Bounded(int horizon = 12) => new(Masses, Diagonal(4, 1), Diagonal(2, 0.1), horizon) { ControlBounds = Bounds.All(-0.5, 0.5), StateBounds = Bounds.All(-2.5, 2.5) };

    [Fact]
    public void ThreeSolversAgreeOnTheProgram() => Prop.ForAll(Gen.Choose(0, 1 << 20).ToArbitrary(), seed =>
    {
        LinearMpc mpc = Bounded(8) with { Tolerance = 1e-12 };
        double[] x = [.. RandomPlants.Normal((ulong)seed, 4, 1.2).Select(v => Math.Clamp(v, -2.4, 2.4))], u = new double[2];
        LinearMpcController controller = mpc.Start();
        StopReason reason = controller.Step(x, u);
        ProgramResult condensed = new DualActiveSet().Solve(mpc.ToProgram(x, condensed: true));
        if (condensed.Status != SolverStatus.Converged)
        {
            Assert.True(condensed.Reason == StopReason.Infeasible && reason == StopReason.Infeasible, $"condensed {condensed.Reason}, recursion {reason}");
            return true;
        }

        ProgramResult sparse = new HomogeneousInteriorPoint().Solve(mpc.ToProgram(x, condensed: false));
        Assert.True(reason == StopReason.OptimalityTolerance, $"recursion {reason} after {controller.Iterations}");
        Assert.True(RandomPlants.Distance(condensed.Point, controller.Controls) < 1e-6, $"controls differ by {RandomPlants.Distance(condensed.Point, controller.Controls)}");
        Assert.True(Math.Abs(condensed.Value - controller.Cost) < 1e-7 * (1 + condensed.Value), $"costs {condensed.Value} and {controller.Cost}");
        Assert.True(Math.Abs(sparse.Value - condensed.Value) < 1e-6 * (1 + condensed.Value), $"costs {condensed.Value} and {sparse.Value}");
        return u.All(v => v is >= -0.5 and <= 0.5);
    }).Check(Forall.Config.WithMaxTest(30));

    [Fact]
    public void WithoutActiveBoundsItIsTheRegulator()
    {
        LinearMpc mpc = Bounded();
        RegulatorDesign lqr = Lqr.Design(Masses, mpc.Q, mpc.R).EnsureSolved();
        double[] x = [0.02, -0.01, 0.01, 0], u = new double[2], expected = new double[2];
        LinearMpcController controller = mpc.Start();
        Assert.Equal(StopReason.OptimalityTolerance, controller.Step(x, u));
        lqr.Control(x, expected);
        Assert.InRange(RandomPlants.Distance(expected, u), 0, 1e-12);
        Assert.Equal(0, controller.Iterations);
        Assert.Equal(lqr.Cost(x) / 2, controller.Cost, 1e-12);
    }

    [Fact]
    public void AClosedLoopKeepsItsBoundsAndIsWarmStarted()
    {
        LinearMpcController controller = Bounded().Start();
        List<int> iterations = [];
        ClosedLoopRun run = ClosedLoop.Simulate(
            Masses.ToDiscreteSystem(),
            (_, x, u) =>
            {
                Assert.Equal(StopReason.OptimalityTolerance, controller.Step(x, u));
                iterations.Add(controller.Iterations);
            },
            [1.2, -0.6, 0.5, 0.3], 60);
        Assert.Equal(60, run.Steps);
        Assert.All(run.Controls, u => Assert.InRange(u, -0.5, 0.5));
        Assert.All(run.States, x => Assert.InRange(x, -2.5 - 1e-7, 2.5 + 1e-7));
        Assert.Contains(run.Controls, u => Math.Abs(u) > 0.5 - 1e-6);
        Assert.InRange(run.State(60).ToArray().Max(Math.Abs), 0, 0.02);
        Assert.True(iterations[1] <= iterations[0], $"first {iterations[0]}, then {iterations[1]}");
    }

    [Fact]
    public void AReferenceIsFollowedAndSoftBoundsGiveWay()
    {
        LinearPlant cart = LinearPlant.Continuous([0, 1, 0, 0], [0, 1], [1, 0]).Discretize(0.2);
        double[] goal = new double[2], hold = new double[1], u = new double[1];
        Assert.True(cart.TryHold([1.5], goal, hold));
        LinearMpcController controller = new LinearMpc(cart, [1, 0, 0, 0.1], [0.1], 15) { ControlBounds = Bounds.All(-0.4, 0.4) }.Start();
        controller.Follow(goal, hold);
        ClosedLoopRun run = ClosedLoop.Simulate(cart.ToDiscreteSystem(), controller.ToLaw(), [0, 0], 80);
        Assert.Equal(1.5, run.State(80)[0], 1e-3);

        // Beyond a hard bound there is no plan; a soft one is violated as little as its weight says.
        var hard = new LinearMpc(cart, [1, 0, 0, 0.1], [0.1], 15) { ControlBounds = Bounds.All(-0.4, 0.4), StateBounds = Bounds.All(-1, 1) };
        Assert.Equal(StopReason.Infeasible, hard.Start().Step([2, 1], u));
        Assert.InRange(u[0], -0.4, 0.4);
        double[] peaks = [.. new[] { 10.0, 1e4 }.Select(w =>
        {
            LinearMpcController soft = (hard with { StateBoundPenalty = w }).Start();
            Assert.Equal(StopReason.OptimalityTolerance, soft.Step([0.9, 0.5], u));
            return soft.States.ToArray().Max();
        })];
        Assert.True(peaks[0] > peaks[1] && peaks[1] > 1, string.Join(" ", peaks));
    }

    [Fact]
    public void StepsAllocateNothingAndAreSaved()
    {
        LinearMpc mpc = Bounded();
        LinearMpcController first = mpc.Start(), second = mpc.Start();
        double[] x = [1.2, -0.6, 0.5, 0.3], u = new double[2], v = new double[2];
        first.Step(x, u);
        StateArchive.Load(second, StateArchive.Save(first));
        x[0] = 1.15;
        first.Step(x, u);
        second.Step(x, v);
        Promises.SameBits(u, v, "control");
        Promises.AllocatesNothing(() => first.Step(x, u), "a step of linear MPC", warmUp: 30, measured: 5);

        NonlinearMpc nonlinear = Balance();
        NonlinearMpcController one = nonlinear.Start([2.5, 0]), other = nonlinear.Start([2.5, 0]);
        double[] state = [2.5, 0], a = new double[1], b = new double[1];
        one.Step(state, a);
        StateArchive.Load(other, StateArchive.Save(one));
        state[0] = 2.6;
        one.Step(state, a);
        other.Step(state, b);
        Promises.SameBits(a, b, "control");
        Promises.AllocatesNothing(() => one.Step(state, a), "a step of nonlinear MPC", warmUp: 30, measured: 5);
    }

    [Fact]
    public void RealTimeIterationsSwingThePendulumUpAgainstAPush()
    {
        NonlinearMpcController controller = Balance().Start([0, 0], [.. Enumerable.Range(0, 40).Select(k => 2 * Math.Sin(0.3 * k))]);
        double[] disturbances = new double[2 * 150];
        disturbances[(2 * 100) + 1] = 1.5;
        ClosedLoopRun run = ClosedLoop.Simulate(Plants.Pendulum.Discretize(0.05), controller.ToLaw(), [0, 0], 150, disturbances);
        Assert.Equal(150, run.Steps);
        Assert.All(run.Controls, u => Assert.InRange(u, -6, 6));
        Assert.Equal(Math.PI, run.State(99)[0], 0.05);
        Assert.True(Math.Abs(run.State(104)[0] - Math.PI) > 0.1);
        Assert.Equal(Math.PI, run.State(150)[0], 0.05);
    }

    [Fact]
    public void OnALinearPlantRealTimeIterationsAreTheRegulator()
    {
        double[] q = Diagonal(4, 1), r = Diagonal(2, 0.1);
        RegulatorDesign lqr = Lqr.Design(Masses, q, r).EnsureSolved();
        NonlinearMpcController controller = new NonlinearMpc(new TrajectoryProblem(Masses.ToDiscreteSystem(), new QuadraticCost(4, 2, q, r, lqr.CostMatrix), 10)).Start([1, 0, 0, 0]);
        ClosedLoopRun first = ClosedLoop.Simulate(Masses.ToDiscreteSystem(), controller.ToLaw(), [1, 0, 0, 0], 20), second = ClosedLoop.Simulate(Masses.ToDiscreteSystem(), lqr.Around(), [1, 0, 0, 0], 20);
        Assert.InRange(RandomPlants.Distance(first.States, second.States), 0, 1e-10);
    }

    [Fact]
    public void AMovingReferenceKeepsItsTime()
    {
        // The plan of step k looks at the references from k on: a sine is followed without lag.
        const int Steps = 60, Horizon = 15;
        LinearPlant cart = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]).Discretize(0.1);
        double[] references = new double[2 * (Steps + Horizon + 1)];
        for (int k = 0; k <= Steps + Horizon; k++)
            (references[2 * k], references[(2 * k) + 1]) = (Math.Sin(0.1 * k), Math.Cos(0.1 * k));
        NonlinearMpcController controller = new NonlinearMpc(new TrajectoryProblem(cart.ToDiscreteSystem(), new QuadraticCost(2, 1, [100, 1], [0.01], goal: references), Horizon)).Start([0, 1]);
        ClosedLoopRun run = ClosedLoop.Simulate(cart.ToDiscreteSystem(), controller.ToLaw(), [0, 1], Steps);
        double worst = 0;
        for (int k = 0; k <= Steps; k++)
            worst = Math.Max(worst, Math.Abs(run.State(k)[0] - references[2 * k]));
        Assert.InRange(worst, 0, 0.01);
    }

    [Fact]
    public void ShootingAndDynamicProgrammingFindOneOptimum()
    {
        var problem = new TrajectoryProblem(Plants.Pendulum.Discretize(0.1), new QuadraticCost(2, 1, [0.1, 0.1], [0.05], [20, 5], [1, 0]), 15) { ControlBounds = Bounds.All(-7, 7) };
        TrajectoryResult ilqr = new IterativeLqr { ValueTolerance = 1e-13 }.Solve(problem, [0, 0]).EnsureConverged();
        TrajectoryResult shooting = new MultipleShooting().Solve(problem, [0, 0]).EnsureConverged();
        Promises.Close(ilqr.Cost, shooting.Cost, 1e-7, 0, "cost");
        Assert.InRange(RandomPlants.Distance(ilqr.Controls, shooting.Controls), 0, 1e-3);

        // With constraints of path and end, against the augmented Lagrangian.
        TrajectoryProblem constrained = problem with { TerminalConstraint = TrajectoryConstraint.Goal([1, 0]), PathConstraint = new(Function.FromResiduals(3, 1, (z, c) => c[0] = z[1] * z[1]), Bounds.All(double.NegativeInfinity, 1.2)) };
        TrajectoryResult direct = new MultipleShooting().Solve(constrained, [0, 0]).EnsureConverged();
        TrajectoryResult augmented = new ConstrainedIterativeLqr { FeasibilityTolerance = 1e-7 }.Solve(constrained, [0, 0]).EnsureConverged();
        Promises.Close(direct.Cost, augmented.Cost, 1e-4, 0, "constrained cost");
        Assert.True(direct.Cost > shooting.Cost);
        Assert.InRange(RandomPlants.Distance([1, 0], direct.State(15)), 0, 1e-6);
    }

    [Fact]
    public void DerivativesOfTheShootingProgramAreRight()
    {
        var problem = new TrajectoryProblem(
            Plants.Pendulum.Discretize(0.2),
            TrajectoryCost.From(2, 1, (_, x, u) => (u[0] * u[0] * x[0]) + (x[1] * x[1] * u[0]), x => x[0] * x[0] * x[1]),
            3)
        {
            PathConstraint = new(Function.FromResiduals(3, 1, (z, c) => c[0] = (z[0] * z[0]) + (z[2] * z[1])), Bounds.All(-1, 1)),
            TerminalConstraint = new(Function.FromResiduals(2, 1, (z, c) => c[0] = z[0] * z[1]), Bounds.All(0, 0)),
        };
        (ITwiceDifferentiableConstrainedFunction<double> program, _) = new MultipleShooting().Transcribe(problem, [0.3, 0.1]);
        int n = program.Dimension, m = program.ConstraintCount;
        double[] z = [.. Enumerable.Range(0, n).Select(i => Math.Sin(1 + (i * 1.7)))], y = [.. Enumerable.Range(0, m).Select(i => Math.Cos(i * 2.3))], hessian = new double[n * n], jacobian = new double[m * n], gradient = new double[n], c = new double[m];
        program.LagrangianHessian(z, y, hessian);
        program.ConstraintsAndJacobian(z, c, jacobian);
        program.ValueAndGradient(z, gradient);
        for (int j = 0; j < n; j++)
        {
            const double H = 1e-5;
            double[] up = [.. z], down = [.. z], cu = new double[m], cd = new double[m], gu = new double[n], gd = new double[n], ju = new double[m * n], jd = new double[m * n];
            up[j] += H;
            down[j] -= H;
            Promises.Close((program.Value(up) - program.Value(down)) / (2 * H), gradient[j], 1e-7, 1e-7, $"gradient {j}");
            program.Constraints(up, cu);
            program.Constraints(down, cd);
            for (int i = 0; i < m; i++)
                Promises.Close((cu[i] - cd[i]) / (2 * H), jacobian[(i * n) + j], 1e-7, 1e-7, $"Jacobian {i}, {j}");
            program.ValueAndGradient(up, gu);
            program.ValueAndGradient(down, gd);
            program.ConstraintsAndJacobian(up, cu, ju);
            program.ConstraintsAndJacobian(down, cd, jd);
            for (int l = 0; l < n; l++)
            {
                double slope = gu[l] - gd[l];
                for (int i = 0; i < m; i++)
                    slope += y[i] * (ju[(i * n) + l] - jd[(i * n) + l]);
                Promises.Close(slope / (2 * H), hessian[(l * n) + j], 1e-5, 1e-5, $"Hessian {l}, {j}");
            }
        }
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentException>(() => new LinearMpc(LinearPlant.Continuous([0], [1]), [1], [1], 5));
        Assert.Throws<ArgumentException>(() => new LinearMpc(Masses, Diagonal(4, 1), Diagonal(2, 0), 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearMpc(Masses, Diagonal(4, 1), Diagonal(2, 1), 0));
        Assert.Throws<ArgumentException>(() => Bounded() with { ControlBounds = new Bounds([0, 0, 0], [1, 1, 1]) });
        Assert.Contains("the unstable poles 2", Assert.Throws<InvalidOperationException>(() => new LinearMpc(LinearPlant.Discrete([2], [0]), [1], [1], 5).Start()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Bounded().Start().Step([1, 2], new double[2]));
    }

    private static NonlinearMpc Balance() => new(new TrajectoryProblem(Plants.Pendulum.Discretize(0.05), new QuadraticCost(2, 1, [0.1, 0.01], [0.002], [40, 4], [Math.PI, 0]), 40) { ControlBounds = Bounds.All(-6, 6) });

    private static double[] Diagonal(int n, double value)
    {
        double[] matrix = new double[n * n];
        for (int i = 0; i < n; i++)
            matrix[(i * n) + i] = value;
        return matrix;
    }
}
