using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers.Tests.LinearPrograms;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.QuadraticPrograms;

public class QuadraticProgramTests
{
    /// <summary>Convex programs of any rank whose solution is known to exist; the optimality conditions decide, and where Q is definite both methods must agree.</summary>
    [Fact]
    public void OptimalityConditionsHoldAndBothMethodsAgree() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        int n = random.Next(1, 8), m = random.Next(0, 7), rank = random.Next(0, n + 1);
        bool definite = random.Next(2) == 0;
        QuadraticProgram program = Convex(random, n, m, rank, definite);
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();
        LinearProgramTests.AssertOptimal(program.Linear, result, 1e-6, $"seed {seed}", Gradient(program, result.Point));
        Promises.Close(result.Value, result.DualValue, 1e-7, 1e-6, $"seed {seed}, duality");
        if (!definite)
            return;
        ProgramResult exact = new DualActiveSet().Solve(program).EnsureConverged();
        LinearProgramTests.AssertOptimal(program.Linear, exact, 1e-9, $"seed {seed}, active set", Gradient(program, exact.Point));
        Promises.Close(exact.Value, exact.DualValue, 1e-9, 1e-8, $"seed {seed}, duality of the active set");
        Promises.Close(exact.Value, result.Value, 1e-6, 1e-6, $"seed {seed}, both methods");
    }));

    [Fact]
    public void KnownSolutions()
    {
        // Nocedal and Wright (2006), Numerical optimization, example 16.4: (1.4, 1.7).
        var example = new QuadraticProgram(
            CsrMatrix<double>.FromDense([2, 0, 0, 2], 2, 2),
            new LinearProgram([-2, -5], CsrMatrix<double>.FromDense([1, -2, -1, -2, -1, 2], 3, 2), new Bounds([-2, -6, -2], [double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity]), Bounds.All(0, double.PositiveInfinity)) { Offset = 7.25 });
        foreach (ProgramResult result in (ProgramResult[])[new HomogeneousInteriorPoint().Solve(example).EnsureConverged(), new DualActiveSet().Solve(example).EnsureConverged()])
        {
            Promises.Close(1.4, result.Point[0], 1e-6, 0, "x");
            Promises.Close(1.7, result.Point[1], 1e-6, 0, "y");
            Promises.Close(0.8, result.Value, 1e-7, 0, "value");
            Promises.Close(-0.8, result.RowMultipliers[0], 1e-5, 0, "multiplier of the active row");
        }

        // Example 16.2: equalities only, (2, -1, 1) with multipliers (3, -2) in the book's sign.
        var equalities = new QuadraticProgram(
            CsrMatrix<double>.FromDense([6, 2, 1, 2, 5, 2, 1, 2, 4], 3, 3),
            new LinearProgram([-8, -3, -3], CsrMatrix<double>.FromDense([1, 0, 1, 0, 1, 1], 2, 3), new Bounds([3, 0], [3, 0]), Bounds.All(double.NegativeInfinity, double.PositiveInfinity)));
        foreach (ProgramResult result in (ProgramResult[])[new HomogeneousInteriorPoint().Solve(equalities).EnsureConverged(), new DualActiveSet().Solve(equalities).EnsureConverged()])
        {
            double[] x = [2, -1, 1];
            for (int j = 0; j < 3; j++)
                Promises.Close(x[j], result.Point[j], 1e-7, 0, $"x[{j}]");
            Promises.Close(-3, result.RowMultipliers[0], 1e-6, 0, "first multiplier");
            Promises.Close(2, result.RowMultipliers[1], 1e-6, 0, "second multiplier");
        }
    }

    [Fact]
    public void ProgramsWithoutASolutionSaySo()
    {
        var one = CsrMatrix<double>.FromDense([1, 0, 0, 0], 2, 2);
        var definite = CsrMatrix<double>.Identity(2);
        var sum = CsrMatrix<double>.FromDense([1, 1, 1, 1], 2, 2);
        var infeasible = new LinearProgram([1, 1], sum, new Bounds([double.NegativeInfinity, 3], [1, double.PositiveInfinity]), Bounds.All(-10, 10));
        Assert.Equal(StopReason.Infeasible, new HomogeneousInteriorPoint().Solve(new QuadraticProgram(definite, infeasible)).Reason);
        Assert.Equal(StopReason.Infeasible, new DualActiveSet().Solve(new QuadraticProgram(definite, infeasible)).Reason);

        // Convex in x, a falling line in y.
        var free = new LinearProgram([0, -1], CsrMatrix<double>.FromDense([1, 0], 1, 2), Bounds.All(-1, 1), Bounds.All(double.NegativeInfinity, double.PositiveInfinity));
        Assert.Equal(StopReason.Unbounded, new HomogeneousInteriorPoint().Solve(new QuadraticProgram(one, free)).Reason);

        // Not convex.
        var saddle = new QuadraticProgram(CsrMatrix<double>.FromDense([-1, 0, 0, 1], 2, 2), new LinearProgram([1, 1], CsrMatrix<double>.FromDense([1, 1], 1, 2), Bounds.All(-5, 5), Bounds.All(-1, 1)));
        Assert.Equal(SolverStatus.Failed, new DualActiveSet().Solve(saddle).Status);
        Assert.Contains("positive definite", new DualActiveSet().Solve(saddle).Message);
    }

    [Fact]
    public void AMaximumIsTheMinimumOfTheOpposite()
    {
        var random = new Random(5);
        QuadraticProgram program = Convex(random, 4, 3, 4, definite: true);
        double[] q = new double[16], c = program.Linear.Cost.ToArray();
        program.Quadratic.ToDense(q);
        var opposite = new QuadraticProgram(
            CsrMatrix<double>.FromDense([.. q.Select(v => -v)], 4, 4),
            new LinearProgram([.. c.Select(v => -v)], program.Linear.Rows, program.Linear.RowBounds, program.Linear.VariableBounds) { Maximize = true });
        ProgramResult minimum = new DualActiveSet().Solve(program).EnsureConverged();
        foreach (ProgramResult maximum in (ProgramResult[])[new DualActiveSet().Solve(opposite).EnsureConverged(), new HomogeneousInteriorPoint().Solve(opposite).EnsureConverged()])
        {
            Promises.Close(-minimum.Value, maximum.Value, 1e-7, 1e-7, "value");
            Promises.Close(-minimum.DualValue, maximum.DualValue, 1e-7, 1e-7, "dual value");
            LinearProgramTests.AssertOptimal(opposite.Linear, maximum, 1e-6, "maximum", Gradient(opposite, maximum.Point));
        }
    }

    [Fact]
    public void BadInputIsRefused()
    {
        var linear = new LinearProgram([1, 1], CsrMatrix<double>.FromDense([1, 1], 1, 2), Bounds.All(0, 1), Bounds.All(0, 1));
        Assert.Contains("(0, 1)", Assert.Throws<ArgumentException>("quadratic", () => new QuadraticProgram(CsrMatrix<double>.FromDense([1, 2, 3, 1], 2, 2), linear)).Message);
        Assert.Throws<ArgumentException>("quadratic", () => new QuadraticProgram(CsrMatrix<double>.Identity(3), linear));
        Assert.Throws<ArgumentOutOfRangeException>("MaxSteps", () => new DualActiveSet { MaxSteps = -1 });
    }

    private static double[] Gradient(QuadraticProgram program, double[] x)
    {
        var gradient = new double[x.Length];
        program.Quadratic.Apply(x, gradient);
        for (int j = 0; j < x.Length; j++)
            gradient[j] += program.Linear.Cost[j];
        return gradient;
    }

    /// <summary>A program whose solution is that of a linear one: Q = F'F (+ I), and costs less Q x.</summary>
    private static QuadraticProgram Convex(Random random, int n, int m, int rank, bool definite)
    {
        (LinearProgram linear, double[] x) = LinearProgramTests.Solvable(random, n, m);
        double[] f = new double[rank * n], q = new double[n * n], cost = linear.Cost.ToArray();
        for (int k = 0; k < f.Length; k++)
            f[k] = Math.Round((4 * random.NextDouble()) - 2, 2);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < rank; k++)
                    q[(i * n) + j] += f[(k * n) + i] * f[(k * n) + j];
            }

            q[(i * n) + i] += definite ? 1 : 0;
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                cost[i] -= q[(i * n) + j] * x[j];
        }

        return new QuadraticProgram(CsrMatrix<double>.FromDense(q, n, n), new LinearProgram(cost, linear.Rows, linear.RowBounds, linear.VariableBounds));
    }
}
