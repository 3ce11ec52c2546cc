using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Dynamics.Tests.Control.RandomPlants;

namespace OptiCore.Dynamics.Tests.Control;

public class LqrTests
{
    private static readonly LinearPlant DoubleIntegrator = LinearPlant.Continuous([0, 1, 0, 0], [0, 1]);

    [Fact]
    public void TheDoubleIntegratorHasItsClosedForm()
    {
        // With Q = I, R = r: X = [sqrt(1 + 2 sqrt r), sqrt r; sqrt r, sqrt r sqrt(1 + 2 sqrt r)], K = [1, sqrt(1 + 2 sqrt r)] / sqrt r in the form K = [X12, X22] / r.
        foreach (double r in new[] { 0.01, 1, 25 })
        {
            double root = Math.Sqrt(r), s = Math.Sqrt(1 + (2 * root));
            RegulatorDesign design = Lqr.Design(DoubleIntegrator, [1, 0, 0, 1], [r]).EnsureSolved();
            Assert.InRange(Distance([s, root, root, root * s], design.CostMatrix), 0, 1e-12 * (1 + (r * r)));
            Assert.InRange(Distance([1 / root, s / root], design.Gain), 0, 1e-11);
            double[] u = new double[1];
            design.Control([2, -1], u);
            Assert.Equal(-((2 * design.Gain[0]) - design.Gain[1]), u[0]);
        }
    }

    [Fact]
    public void TheRiccatiSolutionsOfSciPyGiveTheCosts()
    {
        foreach (var product in Reference.Json("golden/03_linalg.json").GetProperty("products").EnumerateArray().Where(p => p.GetProperty("id").GetString() is "care" or "dare"))
        {
            double[] a = product.RowMajor("A"), b = product.RowMajor("B"), q = product.RowMajor("Q"), expected = product.RowMajor("value");
            int n = (int)Math.Sqrt(a.Length), m = b.Length / n;
            double[] r = new double[m * m];
            for (int i = 0; i < m; i++)
                r[(i * m) + i] = 1;
            bool continuous = product.GetProperty("id").GetString() == "care";
            RegulatorDesign design = Lqr.Design(continuous ? LinearPlant.Continuous(a, b) : LinearPlant.Discrete(a, b), q, r).EnsureSolved();
            Assert.InRange(Distance(expected, design.CostMatrix), 0, 1e-12 * expected.Max(Math.Abs));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheClosedLoopIsStableAndTheCostIsItsLyapunovFunction(bool discrete) => Prop.ForAll(Sizes(), p =>
    {
        LinearPlant plant = Plant(p, discrete);
        int n = p.N, m = p.M;
        double[] q = Positive(p.Seed, n), r = Positive(p.Seed + 5, m), cross = Normal(p.Seed + 9, n * m, 0.05);
        RegulatorDesign design = Lqr.Design(plant, q, r, cross);
        if (!design.IsSolved)
            return false;

        // The cost of the closed loop by a Lyapunov (Stein) equation: (A - BK)'X + X (A - BK) + Q - N K - K'N' + K'R K = 0.
        double[] k = design.Gain.ToArray(), loop = plant.A.ToArray(), bk = Product(plant.B, k, n, m, n), nk = Product(cross, k, n, m, n), rk = Product(r, k, m, m, n), krk = Product(Transpose(k, m, n), rk, n, m, n), weight = new double[n * n], x = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                loop[(i * n) + j] -= bk[(i * n) + j];
                weight[(i * n) + j] = q[(i * n) + j] - nk[(i * n) + j] - nk[(j * n) + i] + krk[(i * n) + j];
            }
        }

        var equation = new LinearAlgebra.SylvesterEquation<double>(n, n);
        bool solved = discrete ? equation.TrySolveStein(Transpose(loop, n, n), weight, x) : equation.TrySolveLyapunov(Transpose(loop, n, n), [.. weight.Select(w => -w)], x);
        bool stable = design.Poles.All(pole => discrete ? Complex.Abs(pole) < 1 : pole.Real < 0);
        return solved && stable && Distance(x, design.CostMatrix) <= 1e-7 * (1 + x.Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(60));

    [Fact]
    public void TheCostIsWhatASimulationPays()
    {
        LinearPlant plant = LinearPlant.Continuous([0, 1, 2, -0.3], [0, 1]);
        double[] q = [2, 0.5, 0.5, 1], r = [0.7];
        RegulatorDesign design = Lqr.Design(plant, q, r).EnsureSolved();
        double[] u = new double[1];
        OdeResult run = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 },
            (_, y, dy) =>
            {
                design.Control(y[..2], u);
                dy[0] = y[1];
                dy[1] = (2 * y[0]) - (0.3 * y[1]) + u[0];
                dy[2] = (2 * y[0] * y[0]) + (y[0] * y[1]) + (y[1] * y[1]) + (0.7 * u[0] * u[0]);
            },
            (0, 40), [1, -2, 0]);
        Promises.Close(design.Cost([1, -2]), run.FinalState[2], 1e-8, 0, "cost");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CoordinatesDontMatter(bool discrete) => Prop.ForAll(Sizes(4), p =>
    {
        int n = p.N, m = p.M;
        LinearPlant plant = Plant(p, discrete);
        double[] q = Positive(p.Seed, n), r = Positive(p.Seed + 5, m), t = Normal(p.Seed + 31, n * n, 0.3), inverse = new double[n * n];
        for (int i = 0; i < n; i++)
            t[(i * n) + i] += 2;
        for (int j = 0; j < n; j++)
        {
            double[] e = new double[n], column = new double[n];
            e[j] = 1;
            if (!LinearAlgebra.LinearSystem.TrySolve<double>(t, e, column))
                return true;
            for (int i = 0; i < n; i++)
                inverse[(i * n) + j] = column[i];
        }

        // z = T x: A -> T A T^-1, B -> T B, Q -> T^-T Q T^-1; the gain becomes K T^-1.
        double[] a = Product(Product(t, plant.A, n, n, n), inverse, n, n, n), b = Product(t, plant.B, n, n, m), qz = Product(Product(Transpose(inverse, n, n), q, n, n, n), inverse, n, n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                qz[(i * n) + j] = qz[(j * n) + i] = (qz[(i * n) + j] + qz[(j * n) + i]) / 2;
        }

        RegulatorDesign first = Lqr.Design(plant, q, r), second = Lqr.Design(discrete ? LinearPlant.Discrete(a, b) : LinearPlant.Continuous(a, b), qz, r);
        double[] expected = Product(first.Gain, inverse, m, n, n);
        return first.IsSolved && second.IsSolved && Distance(expected, second.Gain) <= 1e-7 * (1 + expected.Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void WhatCantBeStabilisedSaysWhy()
    {
        RegulatorDesign stuck = Lqr.Design(LinearPlant.Continuous([1, 0, 0, -1], [0, 1]), [1, 0, 0, 1], [1]);
        Assert.Equal(DesignReason.NotStabilizable, stuck.Reason);
        Assert.Contains("the unstable poles 1", stuck.Message, StringComparison.Ordinal);
        Assert.True(double.IsNaN(stuck.Gain[0]));
        Assert.Throws<SolverException>(() => stuck.EnsureSolved());
        Assert.Equal(DesignReason.NotStabilizable, Lqr.Design(LinearPlant.Discrete([2, 0, 0, 0.5], [0, 1]), [1, 0, 0, 1], [1]).Reason);

        // The integrator's mode costs nothing: any feedback gain down to zero is as good.
        Assert.Equal(DesignReason.NoStabilizingSolution, Lqr.Design(LinearPlant.Continuous([0], [1]), [0], [1]).Reason);
        Assert.Equal(DesignReason.NoStabilizingSolution, Lqr.Design(LinearPlant.Discrete([1], [1]), [0], [1]).Reason);
        Assert.Equal(DesignReason.ControlWeightNotPositive, Lqr.Design(DoubleIntegrator, [1, 0, 0, 1], [0]).Reason);
        Assert.Contains("q isn't symmetric", Assert.Throws<ArgumentException>(() => Lqr.Design(DoubleIntegrator, [1, 2, 0, 1], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LinearPlant.Continuous([1, 2, 3], [1]));
        Assert.Throws<ArgumentException>(() => LinearPlant.Continuous([double.NaN], [1]));
    }

    [Fact]
    public void AFiniteHorizonConvergesToTheInfiniteOne() => Prop.ForAll(Sizes(4), p =>
    {
        LinearPlant plant = Plant(p, discrete: true);
        double[] q = Positive(p.Seed, p.N), r = Positive(p.Seed + 5, p.M);
        RegulatorDesign design = Lqr.Design(plant, q, r);

        // The distance shrinks with the square of the slowest pole in every step.
        double slowest = design.IsSolved ? design.Poles.Max(Complex.Abs) : 0;
        int steps = (int)Math.Min(2000, 20 + (36 / -Math.Log(Math.Max(0.1, slowest * slowest))));
        var problem = LinearQuadraticProblem.Of(plant, q, r, q, steps);
        return design.IsSolved && problem.TrySolve() && Distance(design.CostMatrix, problem.CostMatrix(0)) <= 1e-9 * (1 + design.CostMatrix.ToArray().Max(Math.Abs));
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void TheRecursionIsOptimalAmongControls() => Prop.ForAll(Sizes(3), p =>
    {
        // Time-varying, affine, with cross terms: no perturbed control costs less, and the gradient of the cost vanishes.
        const int Steps = 6;
        int n = p.N, m = p.M;
        var problem = new LinearQuadraticProblem(n, m, Steps);
        for (int k = 0; k <= Steps; k++)
        {
            ulong seed = (p.Seed * 100) + (ulong)k;
            Positive(seed, n).CopyTo(problem.Q(k));
            Normal(seed + 1, n).CopyTo(problem.StateCost(k));
            if (k == Steps)
                break;
            Normal(seed + 2, n * n, 0.6).CopyTo(problem.A(k));
            Normal(seed + 3, n * m).CopyTo(problem.B(k));
            Normal(seed + 4, n).CopyTo(problem.C(k));
            Positive(seed + 5, m).CopyTo(problem.R(k));
            Normal(seed + 6, n * m, 0.05).CopyTo(problem.S(k));
            Normal(seed + 7, m).CopyTo(problem.ControlCost(k));
        }

        if (!problem.TrySolve())
            return false;
        double[] start = Normal(p.Seed, n), states = new double[(Steps + 1) * n], controls = new double[Steps * m];
        double best = problem.Roll(start, states, controls), size = 1 + Math.Abs(best), worst = 0;
        for (int i = 0; i < controls.Length; i++)
        {
            double up = CostOf(problem, n, m, start, controls, i, 1e-3), down = CostOf(problem, n, m, start, controls, i, -1e-3);
            worst = Math.Max(worst, Math.Abs(up - down));
            if (up < best || down < best)
                return false;
        }

        // The least cost is also what the value function says: 1/2 x'P x + p'x up to the constant, seen through its differences.
        double[] moved = [.. start], other = new double[states.Length], otherControls = new double[controls.Length];
        moved[0] += 0.5;
        double change = problem.Roll(moved, other, otherControls) - best, predicted = Value(problem, moved) - Value(problem, start);
        return worst <= 1e-9 * size && Math.Abs(change - predicted) <= 1e-9 * size;
    }).Check(Forall.Config.WithMaxTest(40));

    [Fact]
    public void TrackingIsTheRegulatorAroundTheReference()
    {
        LinearPlant plant = DoubleIntegrator.Discretize(0.1);
        const int Steps = 30;
        double[] q = [1, 0, 0, 0.1], r = [0.01];

        // A reference that is a trajectory of the plant under known controls is followed exactly from its own start.
        double[] states = new double[(Steps + 1) * 2], controls = new double[Steps], x = new double[(Steps + 1) * 2], u = new double[Steps];
        states[0] = 1;
        IDiscreteSystem system = plant.ToDiscreteSystem();
        for (int k = 0; k < Steps; k++)
        {
            controls[k] = Math.Sin(0.3 * k);
            system.Next(k, states.AsSpan(2 * k, 2), controls.AsSpan(k, 1), states.AsSpan((2 * k) + 2, 2));
        }

        var problem = LinearQuadraticProblem.Of(plant, q, r, q, Steps);
        problem.Track(states, controls);
        Assert.True(problem.TrySolve());
        problem.Roll(states.AsSpan(0, 2), x, u);
        Assert.InRange(Distance(states, x), 0, 1e-11);
        Assert.InRange(Distance(controls, u), 0, 1e-10);
        Promises.AllocatesNothing(() => problem.TrySolve(), "solving again");
    }

    [Fact]
    public void TheDifferentialRiccatiEquationIsSolvedExactly()
    {
        // x' = u with Q = 1, R = 1, F = 0: P(t) = tanh(T - t).
        RiccatiTrajectory scalar = Lqr.DesignFinite(LinearPlant.Continuous([0], [1]), [1], [1], [0], 3, 12)!;
        for (int k = 0; k <= 12; k++)
            Assert.Equal(Math.Tanh(3 - (0.25 * k)), scalar.CostMatrix(k)[0], 1e-14);

        // Against the integrator, backward in time.
        LinearPlant plant = LinearPlant.Continuous([0, 1, 2, -0.3], [0, 1]);
        double[] q = [2, 0.5, 0.5, 1], f = [0.3, 0, 0, 4];
        RiccatiTrajectory trajectory = Lqr.DesignFinite(plant, q, [0.7], f, 2, 5)!;
        OdeResult run = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-12, AbsoluteTolerance = 1e-13 },
            (_, p, dp) =>
            {
                double[] pa = Product(p, plant.A, 2, 2, 2);
                for (int i = 0; i < 2; i++)
                {
                    for (int j = 0; j < 2; j++)
                        dp[(2 * i) + j] = -(pa[(2 * i) + j] + pa[(2 * j) + i] + q[(2 * i) + j] - (p[(2 * i) + 1] * p[2 + j] / 0.7));
                }
            },
            (2, 0), f);
        Assert.InRange(Distance(run.FinalState, trajectory.CostMatrix(0)), 0, 1e-9);

        // A long horizon is the infinite one.
        Assert.InRange(Distance(Lqr.Design(plant, q, [0.7]).CostMatrix, Lqr.DesignFinite(plant, q, [0.7], f, 60, 3)!.CostMatrix(0)), 0, 1e-11);

        // With a negative weight P escapes: -p' = -1 - p^2 ends at T - t = pi / 2.
        RiccatiTrajectory? escaped = Lqr.DesignFinite(LinearPlant.Continuous([0], [1]), [-1], [1], [0], 1.5, 4);
        Assert.Equal(-Math.Tan(1.5), escaped!.CostMatrix(0)[0], 1e-10);
        Assert.Null(Lqr.DesignFinite(LinearPlant.Continuous([0], [1]), [-1], [1], [0], 2, 4));
    }

    [Fact]
    public void IntegratorsHoldAReferenceUnderAConstantDisturbance()
    {
        LinearPlant plant = LinearPlant.Continuous([0, 1, -1, -0.5], [0, 1], [1, 0]);
        RegulatorDesign design = Lqr.Design(plant.WithIntegrators(), [1, 0, 0, 0, 1, 0, 0, 0, 10], [1]).EnsureSolved();
        double[] u = new double[1];
        OdeResult run = Ode.Solve(
            new ExplicitRungeKutta(),
            (_, y, dy) =>
            {
                design.Control(y, u);
                dy[0] = y[1];
                dy[1] = -y[0] - (0.5 * y[1]) + u[0] + 0.8;
                dy[2] = y[0] - 2;
            },
            (0, 60), [0, 0, 0]);
        Assert.Equal(2, run.FinalState[0], 1e-6);

        double[] hold = new double[2], held = new double[1];
        Assert.True(plant.TryHold([2], hold, held));
        Assert.InRange(Distance([2, 0], hold) + Distance([2], held), 0, 1e-13);
        Assert.False(LinearPlant.Continuous([0, 1, 0, 0], [0, 1], [0, 1]).TryHold([1], hold, held));
    }

    private static double Value(LinearQuadraticProblem problem, double[] x)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += problem.CostSlope(0)[i] * x[i];
            for (int j = 0; j < x.Length; j++)
                sum += 0.5 * x[i] * problem.CostMatrix(0)[(i * x.Length) + j] * x[j];
        }

        return sum;
    }

    private static double CostOf(LinearQuadraticProblem problem, int n, int m, double[] start, double[] controls, int index, double change)
    {
        double[] x = [.. start], all = [.. controls];
        all[index] += change;
        double cost = 0;
        for (int k = 0; k <= problem.Steps; k++)
        {
            double[] qx = Product(problem.Q(k), x, n, n, 1);
            for (int i = 0; i < n; i++)
                cost += (0.5 * qx[i] * x[i]) + (problem.StateCost(k)[i] * x[i]);
            if (k == problem.Steps)
                break;
            double[] u = all[(k * m)..((k + 1) * m)], ru = Product(problem.R(k), u, m, m, 1), sx = Product(problem.S(k), x, m, n, 1);
            for (int j = 0; j < m; j++)
                cost += (0.5 * ru[j] * u[j]) + (sx[j] * u[j]) + (problem.ControlCost(k)[j] * u[j]);
            double[] ax = Product(problem.A(k), x, n, n, 1), bu = Product(problem.B(k), u, n, m, 1);
            for (int i = 0; i < n; i++)
                x[i] = ax[i] + bu[i] + problem.C(k)[i];
        }

        return cost;
    }
}
