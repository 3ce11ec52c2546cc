using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Control;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Dynamics.Tests.TrajectoryOptimization;

public class IterativeLqrTests
{
    private static TrajectoryProblem SwingUp(double torque = 5) => new(
        Plants.Pendulum.Discretize(0.05),
        new QuadraticCost(2, 1, q: [0.01, 0.01], r: [0.005], terminal: [50, 10], goal: [Math.PI, 0]),
        steps: 80)
    { ControlBounds = Bounds.All(-torque, torque) };

    [Fact]
    public void OneIterationSolvesALinearQuadraticProblem() => Prop.ForAll(RandomPlants.Sizes(4), p =>
    {
        const int Steps = 12;
        LinearPlant plant = RandomPlants.Plant(p, discrete: true);
        double[] q = RandomPlants.Positive(p.Seed, p.N), r = RandomPlants.Positive(p.Seed + 5, p.M), start = RandomPlants.Normal(p.Seed + 6, p.N), goal = RandomPlants.Normal(p.Seed + 7, p.N);
        double[] first = RandomPlants.Normal(p.Seed + 8, Steps * p.M), states = new double[(Steps + 1) * p.N], controls = new double[Steps * p.M], references = new double[(Steps + 1) * p.N];
        var exact = LinearQuadraticProblem.Of(plant, q, r, q, Steps);
        for (int k = 0; k <= Steps; k++)
            goal.CopyTo(references, k * p.N);
        exact.Track(references);
        exact.TrySolve();
        exact.Roll(start, states, controls);
        IterativeLqrState run = new IterativeLqr().Start(new TrajectoryProblem(plant.ToDiscreteSystem(), new QuadraticCost(p.N, p.M, q, r, q, goal), Steps), start, first);
        run.Step();
        double[] gain = [.. exact.Gain(0).ToArray().Select(v => -v)];
        double size = 1 + states.Max(Math.Abs) + controls.Max(Math.Abs);
        bool solved = run.Iterations == 1 && RandomPlants.Distance(controls, run.Controls) < 1e-9 * size && RandomPlants.Distance(states, run.States) < 1e-9 * size
            && RandomPlants.Distance(gain, run.Gains[..gain.Length]) < 1e-9 * (1 + gain.Max(Math.Abs));

        // The next iteration sees that there is nothing left.
        return solved && !run.Step() && run.Reason == StopReason.ValueTolerance;
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void WithinBoundsItSolvesTheQuadraticProgram()
    {
        // A double integrator with a weak control: against the box-constrained program in the controls, by projected gradients to convergence.
        const int Steps = 15;
        LinearPlant plant = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]).Discretize(0.2);
        var problem = new TrajectoryProblem(plant.ToDiscreteSystem(), new QuadraticCost(2, 1, [1, 0.1], [0.1], [10, 10]), Steps) { ControlBounds = Bounds.All(-0.7, 0.7) };
        TrajectoryResult result = new IterativeLqr { ValueTolerance = 1e-14 }.Solve(problem, [2, 0.5]).EnsureConverged();
        Assert.Contains(result.Controls, u => u == -0.7);
        double[] u = [.. result.Controls];
        for (int i = 0; i < Steps; i++)
        {
            // At the minimum the gradient vanishes inside and points out of the box at its sides.
            double up = Rollout(problem, [2, 0.5], u, i, 1e-4), down = Rollout(problem, [2, 0.5], u, i, -1e-4), slope = (up - down) / 2e-4;
            Assert.True(u[i] is >= -0.7 and <= 0.7);
            Assert.True(u[i] == -0.7 ? slope > -1e-6 : u[i] == 0.7 ? slope < 1e-6 : Math.Abs(slope) < 1e-5, $"control {i} is {u[i]} with slope {slope}");
        }
    }

    [Theory]
    [InlineData(false, TrajectoryRegularization.States)]
    [InlineData(false, TrajectoryRegularization.Controls)]
    [InlineData(true, TrajectoryRegularization.Controls)]
    public void APendulumSwingsUpWithAWeakMotor(bool secondOrder, TrajectoryRegularization regularization)
    {
        TrajectoryProblem problem = SwingUp();
        if (secondOrder)
            problem = new TrajectoryProblem(problem.System.WithCurvatureByDifferences(), problem.Cost, problem.Steps) { ControlBounds = problem.ControlBounds };
        TrajectoryResult result = new IterativeLqr { SecondOrderDynamics = secondOrder, Regularization = regularization }.Solve(problem, [0, 0], FirstPush(problem.Steps)).EnsureConverged();
        Assert.All(result.Controls, u => Assert.InRange(u, -5, 5));
        Assert.Equal(Math.PI, result.State(problem.Steps)[0], 0.1);

        // No control can be improved within its bounds.
        for (int i = 0; i < problem.Steps; i += 7)
        {
            double slope = (Rollout(problem, [0, 0], result.Controls, i, 1e-5) - Rollout(problem, [0, 0], result.Controls, i, -1e-5)) / 2e-5;
            Assert.True(Math.Abs(result.Controls[i]) == 5 ? slope * result.Controls[i] <= 1e-3 : Math.Abs(slope) < 2e-2, $"control {i} is {result.Controls[i]} with slope {slope}");
        }
    }

    [Fact]
    public void TheFeedbackStabilisesTheTrajectory()
    {
        // Upright is unstable: pushed away from the start, open loop falls, feedback arrives.
        TrajectoryProblem problem = SwingUp(torque: 8);
        TrajectoryResult plan = new IterativeLqr().Solve(problem, [0, 0], FirstPush(problem.Steps)).EnsureConverged();
        double[] with = Follow(problem, [0.08, 0], plan.ToLaw(problem.ControlBounds)), without = Follow(problem, [0.08, 0], (plan with { Gains = [] }).ToLaw());
        Assert.InRange(Math.Abs(with[0] - Math.PI), 0, 0.15);
        Assert.True(Math.Abs(without[0] - Math.PI) > 3 * Math.Abs(with[0] - Math.PI), $"{without[0]} against {with[0]}");
    }

    [Fact]
    public void ACartPoleSwingsUpAndIsHeld()
    {
        // The whole way of a user: a plan by iLQR, followed with its feedback, and a regulator that holds the pole up.
        IDifferentiableDiscreteSystem cart = Plants.CartPole.Discretize(0.04);
        double[] up = [0, Math.PI, 0, 0];
        var problem = new TrajectoryProblem(cart, new QuadraticCost(4, 1, q: [0.02, 0.02, 0.002, 0.002], r: [0.001], terminal: [50, 100, 5, 5], goal: up), steps: 60) { ControlBounds = Bounds.All(-20, 20) };
        TrajectoryResult plan = new IterativeLqr().Solve(problem, [0, 0, 0, 0], FirstPush(60)).EnsureConverged();
        RegulatorDesign hold = Lqr.Design(LinearPlant.Linearize(cart, up, [0]), RandomPlants.Identity(4), [0.1]).EnsureSolved();
        ControlLaw follow = plan.ToLaw(problem.ControlBounds), balance = hold.Around(up);
        ClosedLoopRun run = ClosedLoop.Simulate(cart, (k, x, u) => (k < 60 ? follow : balance)(k, x, u), [0.02, 0.03, 0, 0], 200);
        Assert.InRange(RandomPlants.Distance(up, run.State(60)), 0, 0.5);
        Assert.InRange(RandomPlants.Distance(up, run.State(200)), 0, 1e-3);
    }

    [Fact]
    public void DifferentialDynamicProgrammingConvergesQuadratically()
    {
        var problem = new TrajectoryProblem(
            DiscreteSystem.Trace(1, 1, (x, u) => x + (0.2 * Differentiation.Operations.Sin(x)) + (0.3 * u)),
            TrajectoryCost.Trace(1, 1, (x, u) => Differentiation.Operations.Sum(Differentiation.Operations.Square(x)) + (0.5 * Differentiation.Operations.Sum(Differentiation.Operations.Square(u))), x => 2 * Differentiation.Operations.Sum(Differentiation.Operations.Square(x - 1))),
            steps: 10);
        List<double> expected = [];
        IterativeLqrState run = new IterativeLqr { SecondOrderDynamics = true, ValueTolerance = 0 }.Start(problem, [2]);
        while (run.Step())
            expected.Add(run.ExpectedReduction);

        // Reductions are squares of distances: each is about the square of the one before.
        int last = expected.Count - 1;
        Assert.True(expected.Count is > 2 and < 9, $"{expected.Count} iterations");
        Assert.True(expected[last] < 20 * expected[last - 1] * expected[last - 1] || expected[last] < 1e-14, string.Join(" ", expected));
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBit()
    {
        TrajectoryProblem problem = SwingUp();
        var method = new IterativeLqr();
        IterativeLqrState whole = method.Start(problem, [0, 0], FirstPush(problem.Steps));
        byte[] saved = [];
        for (int i = 0; i < 12 && whole.Step(); i++)
        {
            if (i == 4)
                saved = StateArchive.Save(whole);
        }

        IterativeLqrState resumed = method.Start(problem, [0, 0]);
        StateArchive.Load(resumed, saved);
        while (resumed.Iterations < whole.Iterations && resumed.Step())
        {
        }

        Promises.SameBits(whole.Controls, resumed.Controls, "controls");
        Promises.SameBits(whole.Gains, resumed.Gains, "gains");

        // A limit stops a run, and the same run goes on.
        IterativeLqrState limited = method.Start(problem, [0, 0], FirstPush(problem.Steps)).Run(5);
        Assert.Equal(StopReason.MaxIterations, limited.Reason);
        limited.Run(whole.Iterations - 5);
        Promises.SameBits(whole.Controls, limited.Controls, "controls after a limit");
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));
    }

    [Fact]
    public void IterationsAndRestartsAllocateNothing()
    {
        TrajectoryProblem problem = SwingUp();
        IterativeLqrState run = new IterativeLqr { ValueTolerance = 0 }.Start(problem, [0, 0], FirstPush(problem.Steps));
        double[] x = [0, 0];
        Promises.AllocatesNothing(
            () =>
            {
                run.Restart(x);
                run.Step();
                run.Step();
            },
            "restart and iterations", warmUp: 30, measured: 5);
    }

    [Fact]
    public void ConstraintsOfPathAndEndHold()
    {
        // A block moves by 1 in time 1 with least force squared and ends at rest: 12 in continuous time; the discrete optimum is that of the exact double integrator, 12 / (1 - 1/N^2).
        const int Steps = 20;
        LinearPlant plant = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]).Discretize(1.0 / Steps);
        var cost = new QuadraticCost(2, 1, [0, 0], [2.0 / Steps]);
        var problem = new TrajectoryProblem(plant.ToDiscreteSystem(), cost, Steps) { TerminalConstraint = TrajectoryConstraint.Goal([1, 0]) };
        TrajectoryResult free = new ConstrainedIterativeLqr { FeasibilityTolerance = 1e-8 }.Solve(problem, [0, 0]).EnsureConverged();
        Assert.Equal(12 / (1 - (1.0 / (Steps * Steps))), free.Cost, 1e-6);
        Assert.InRange(free.ConstraintViolation, 0, 1e-8);

        // With a limit of speed (the peak without is 1.5) the constraint is active, and the cost grows.
        TrajectoryResult limited = new ConstrainedIterativeLqr().Solve(
            problem with { PathConstraint = new(Function.FromResiduals(3, 1, (z, c) => c[0] = z[1]), Bounds.All(double.NegativeInfinity, 1.3)) }, [0, 0]).EnsureConverged();
        Assert.True(limited.Cost > free.Cost + 0.1);
        for (int k = 0; k <= Steps; k++)
            Assert.True(limited.State(k)[1] <= 1.3 + 1e-5 || k == Steps);

        // What can't be reached is said to be infeasible.
        TrajectoryResult impossible = new ConstrainedIterativeLqr { MaxOuterIterations = 12 }.Solve(problem with { ControlBounds = Bounds.All(-1, 1) }, [0, 0]);
        Assert.Equal(SolverStatus.Failed, impossible.Status);
        Assert.Equal(StopReason.Infeasible, impossible.Reason);
    }

    [Fact]
    public void CostsByDualsAndByTracingAgree()
    {
        ITwiceDifferentiableTrajectoryCost duals = TrajectoryCost.From(2, 1, (_, x, u) => (Sin(x[0]) * x[1]) + (u[0] * u[0] * x[0]), x => Exp(x[0]) * x[1]);
        ITwiceDifferentiableTrajectoryCost traced = TrajectoryCost.Trace(
            2, 1, (x, u) => (Differentiation.Operations.Sin(x[0]) * x[1]) + (u[0] * u[0] * x[0]), x => Differentiation.Operations.Exp(x[0]) * x[1]);
        double[] x = [0.4, -1.3], u = [0.8];
        double[][] first = [new double[2], new double[1], new double[4], new double[1], new double[2], new double[2], new double[4]], second = [.. first.Select(a => new double[a.Length])];
        foreach ((ITwiceDifferentiableTrajectoryCost cost, double[][] d) in new[] { (duals, first), (traced, second) })
        {
            Assert.Equal(cost.Stage(0, x, u), cost.StageAndDerivatives(0, x, u, new CostDerivatives { X = d[0], U = d[1], XX = d[2], UU = d[3], UX = d[4] }), 1e-15);
            Assert.Equal(cost.Terminal(x), cost.TerminalAndDerivatives(x, d[5], d[6]), 1e-15);
        }

        for (int i = 0; i < first.Length; i++)
            Assert.InRange(RandomPlants.Distance(first[i], second[i]), 0, i is 0 or 1 or 5 ? 1e-14 : 1e-8);

        // By hand: l_uu = 2 x0, l_ux = (2 u, 0).
        Assert.Equal(0.8, second[3][0], 1e-15);
        Assert.Equal([1.6, 0], second[4]);
    }

    [Fact]
    public void OutcomesAndMistakesAreNamed()
    {
        TrajectoryProblem problem = SwingUp();
        Assert.Equal(StopReason.MaxIterations, new IterativeLqr { MaxIterations = 1 }.Solve(problem, [0, 0], FirstPush(80)).Reason);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Equal(StopReason.Cancelled, new IterativeLqr().Solve(problem, [0, 0], FirstPush(80), source.Token).Reason);
        var exploding = new TrajectoryProblem(DiscreteSystem.From(1, 1, (_, x, u, y) => y[0] = Exp(Exp(x[0] * x[0] * 9)) + u[0]), new QuadraticCost(1, 1, [1], [1]), 5);
        Assert.Equal(StopReason.NonFiniteStart, new IterativeLqr().Solve(exploding, [3]).Reason);
        Assert.Throws<ArgumentException>(() => new IterativeLqr { SecondOrderDynamics = true }.Start(problem, [0, 0]));
        Assert.Throws<ArgumentException>(() => new IterativeLqr().Start(problem, [0]));
        Assert.Throws<ArgumentException>(() => new IterativeLqr().Start(problem, [0, double.NaN]));
        Assert.Throws<ArgumentException>(() => new IterativeLqr().Solve(problem with { TerminalConstraint = TrajectoryConstraint.Goal([0, 0]) }, [0, 0]));
        Assert.Throws<ArgumentException>(() => problem with { ControlBounds = new Bounds([0, 0], [1, 1]) });
        Assert.Throws<ArgumentException>(() => new TrajectoryProblem(problem.System, new QuadraticCost(1, 1, [1], [1]), 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IterativeLqr { RegularizationFactor = 1 });
    }

    private static double[] FirstPush(int steps) => [.. Enumerable.Range(0, steps).Select(k => 0.5 * Math.Sin(0.3 * k))];

    private static double Rollout(TrajectoryProblem problem, double[] start, double[] controls, int index, double change)
    {
        double[] x = [.. start], next = new double[x.Length], u = [.. controls];
        u[index] += change;
        double cost = 0;
        for (int k = 0; k < problem.Steps; k++)
        {
            cost += problem.Cost.Stage(k, x, u.AsSpan(k, 1));
            problem.System.Next(k, x, u.AsSpan(k, 1), next);
            next.CopyTo(x, 0);
        }

        return cost + problem.Cost.Terminal(x);
    }

    private static double[] Follow(TrajectoryProblem problem, double[] start, ControlLaw law)
    {
        double[] x = [.. start], next = new double[x.Length], u = new double[1];
        for (int k = 0; k < problem.Steps; k++)
        {
            law(k, x, u);
            problem.System.Next(k, x, u, next);
            next.CopyTo(x, 0);
        }

        return x;
    }
}
