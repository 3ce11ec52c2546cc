using System.Text.Json;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Optimizers.Tests.Constrained;

public class ConstrainedTests
{
    public static TheoryData<int> Numbers => [.. HockSchittkowski.Numbers];

    /// <summary>The problems of Hock and Schittkowski in golden/04_minimize.json.</summary>
    public static TheoryData<string> Golden => [.. Reference.Json("golden/04_minimize.json").GetProperty("problems").EnumerateObject()
        .Where(p => p.Value.GetProperty("kind").GetString() != "unconstrained").Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Golden))]
    public void SlsqpMeetsWhatSciPysMeets(string name)
    {
        JsonElement golden = Reference.Json("golden/04_minimize.json").GetProperty("problems").GetProperty(name);
        ConstrainedProblem problem = HockSchittkowski.Problem(int.Parse(name[2..]));
        double[] x0 = golden.Numbers("x0"), best = golden.Numbers("x_best");
        Promises.Close(golden.Number("f_best"), problem.Function.Value(best), 1e-12, 1e-12, name);
        for (int i = 0; problem.Bounds is not null && i < x0.Length; i++)
            x0[i] = Math.Clamp(x0[i], problem.Bounds.Lower(i), problem.Bounds.Upper(i));

        SolverResult<double> result = Minimize.Run(new Slsqp { Bounds = problem.Bounds }, problem.Function, x0).EnsureConverged();
        double star = golden.Number("f_star");
        Assert.True(Math.Abs(result.Value - star) <= (1e-6 * Math.Abs(star)) + 1e-8, $"{name}: {result.Value:r}, expected {star:r}. {result}");
        AssertKkt(problem, result, 1e-3, name);
    }

    // 61 starts where both constraints have parallel gradients, so that their linearisations contradict each other.
    [Theory]
    [MemberData(nameof(Numbers))]
    public void SlsqpSolvesHockSchittkowski(int number)
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(number);
        SolverResult<double> result = Minimize.Run(new Slsqp { Bounds = problem.Bounds }, problem.Function, problem.Start).EnsureConverged();
        AssertMinimum(problem, result, 1e-7);
        AssertKkt(problem, result, 1e-3, problem.Name);
    }

    // 24 and 37 are unbounded outside their constraints, where a small penalty lets the first minimisation run away; from there 37 comes to the origin, a stationary point.
    [Theory]
    [MemberData(nameof(Numbers))]
    public void AugmentedLagrangianSolvesHockSchittkowski(int number)
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(number);
        var method = new AugmentedLagrangian { Bounds = problem.Bounds, InitialPenalty = number == 37 ? 1000 : 0 };
        SolverResult<double> result = Minimize.Run(method, problem.Function, problem.Start).EnsureConverged();
        AssertMinimum(problem, result, 1e-6);
        AssertKkt(problem, result, 1e-4, problem.Name);
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void InteriorPointSolvesHockSchittkowski(int number)
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(number);
        var method = new InteriorPoint { Bounds = problem.Bounds };
        SolverResult<double> result = Minimize.Run(method, problem.Function, problem.Start).EnsureConverged();
        AssertMinimum(problem, result, 1e-6);
        AssertKkt(problem, result, 1e-5, problem.Name);
        result = Minimize.Run(new NewtonInteriorPoint { Method = method }, problem.Function.WithHessianByDifferences(), problem.Start).EnsureConverged();
        AssertMinimum(problem, result, 1e-6);
        AssertKkt(problem, result, 1e-5, problem.Name + ", Newton");
    }

    [Fact]
    public void ProblemsWithoutAFeasiblePointFail()
    {
        IDifferentiableConstrainedFunction<double> function = Function.From(2, x => Sq(x[0]) + Sq(x[1])).SubjectTo(
            Function.FromResiduals(2, 2, (x, c) =>
            {
                c[0] = Sq(x[0]) + Sq(x[1]);
                c[1] = x[0];
            }), new Bounds([double.NegativeInfinity, 2], [1, double.PositiveInfinity]));
        foreach (ISolver<double, IDifferentiableConstrainedFunction<double>> solver in (ISolver<double, IDifferentiableConstrainedFunction<double>>[])[new Slsqp(), new AugmentedLagrangian(), new InteriorPoint()])
        {
            SolverResult<double> result = Minimize.Run(solver, function, [0.3, 0.4]);
            Assert.Equal(SolverStatus.Failed, result.Status);
            Assert.Equal(StopReason.Infeasible, result.Reason);
            Assert.True(result.ConstraintViolation > 0.1, $"{result}");
        }
    }

    [Fact]
    public void MultipliersAreSensitivities()
    {
        // min x^2 + y^2, x + y >= b: value b^2 / 2, multiplier -b in the Lagrangian's sign.
        IDifferentiableConstrainedFunction<double> function = Function.From(2, x => Sq(x[0]) + Sq(x[1])).SubjectTo(
            Function.FromResiduals(2, 1, (x, c) => c[0] = x[0] + x[1]), new Bounds([3], [double.PositiveInfinity]));
        SolverResult<double> result = Minimize.Run(new Slsqp { Bounds = Bounds.All(-10, 10) }, function, [5, -4]).EnsureConverged();
        Promises.Close(4.5, result.Value, 1e-8, 0, "value");
        Promises.Close(-3, result.Multipliers[0], 1e-5, 0, "multiplier");
        result = Minimize.Run(new Slsqp { Bounds = new Bounds([2, -10], [10, 10]) }, function, [5, -4]).EnsureConverged();
        Promises.Close(5, result.Value, 1e-8, 0, "value with the bound x >= 2");
        Promises.Close(-2, result.BoundMultipliers[0], 1e-4, 0, "multiplier of the bound");
    }

    [Fact]
    public void DerivativesByDifferencesSolveToo()
    {
        IDifferentiableConstrainedFunction<double> function = Function.BlackBox(4, x => (x[0] * x[3] * (x[0] + x[1] + x[2])) + x[2]).SubjectTo(
            Function.BlackBoxResiduals(4, 2, (x, c) =>
            {
                c[0] = x[0] * x[1] * x[2] * x[3];
                c[1] = (x[0] * x[0]) + (x[1] * x[1]) + (x[2] * x[2]) + (x[3] * x[3]);
            }), new Bounds([25, 40], [double.PositiveInfinity, 40])).WithFiniteDifferences();
        SolverResult<double> result = Minimize.Run(new Slsqp { Bounds = Bounds.All(1, 5) }, function, [1, 5, 5, 1]).EnsureConverged();
        Promises.Close(17.0140173, result.Value, 1e-7, 0, "HS 71");
    }

    [Fact]
    public void SolversThatDoNotLookAtConstraintsRefuseThem()
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(6);
        Assert.Contains("constraints", Assert.Throws<ArgumentException>(() => Minimize.Run(new Lbfgs(), (IDifferentiableFunction<double>)problem.Function, problem.Start)).Message);
    }

    [Fact]
    public void BadInputIsRefused()
    {
        ConstrainedProblem problem = HockSchittkowski.Problem(71);
        Assert.Throws<ArgumentException>("start", () => Minimize.Run(new Slsqp { Bounds = problem.Bounds }, problem.Function, [0, 5, 5, 1]));
        Assert.Throws<ArgumentException>(() => Minimize.Run(new AugmentedLagrangian { Bounds = problem.Bounds, Inner = new Lbfgs() }, problem.Function, problem.Start));
        (string Member, Func<object> Make)[] invalid =
        [
            (nameof(Slsqp.Tolerance), () => new Slsqp { Tolerance = 0 }),
            (nameof(Slsqp.SufficientDecrease), () => new Slsqp { SufficientDecrease = 0.5 }),
            (nameof(InteriorPoint.Tolerance), () => new InteriorPoint { Tolerance = 0 }),
            (nameof(InteriorPoint.InitialBarrier), () => new InteriorPoint { InitialBarrier = 0 }),
            (nameof(AugmentedLagrangian.MaxInnerIterations), () => new AugmentedLagrangian { MaxInnerIterations = 0 }),
            (nameof(AugmentedLagrangian.Tolerance), () => new AugmentedLagrangian { Tolerance = -1 }),
            (nameof(AugmentedLagrangian.InitialPenalty), () => new AugmentedLagrangian { InitialPenalty = -1 }),
            (nameof(AugmentedLagrangian.PenaltyGrowth), () => new AugmentedLagrangian { PenaltyGrowth = 1 }),
            (nameof(AugmentedLagrangian.RequiredReduction), () => new AugmentedLagrangian { RequiredReduction = 1 }),
        ];
        foreach ((string member, Func<object> make) in invalid)
            Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(make).ParamName);
    }

    private static void AssertMinimum(ConstrainedProblem problem, SolverResult<double> result, double tolerance)
    {
        Assert.True(
            problem.Minima.Any(m => Math.Abs(result.Value - m.Value) <= tolerance * Math.Max(1, Math.Abs(m.Value))),
            $"{problem.Name}: {result.Value:r} is none of {string.Join(", ", problem.Minima.Select(m => m.Value))}. {result}");
        Assert.True(result.ConstraintViolation <= 1e-8, $"{problem.Name}: violation {result.ConstraintViolation:g3}.");
        Assert.True(problem.Bounds?.Contain<double>(result.Point) ?? true, $"{problem.Name}: the point leaves its bounds.");
    }

    /// <summary>Stationarity, signs and complementarity, computed anew from the function.</summary>
    private static void AssertKkt(ConstrainedProblem problem, SolverResult<double> result, double tolerance, string what)
    {
        IDifferentiableConstrainedFunction<double> f = problem.Function;
        int n = result.Point.Length, m = f.ConstraintCount;
        double[] gradient = new double[n], c = new double[m], jacobian = new double[m * n];
        f.ValueAndGradient(result.LastPoint, gradient);
        f.ConstraintsAndJacobian(result.LastPoint, c, jacobian);
        double size = Math.Max(1, gradient.Max(Math.Abs));
        for (int j = 0; j < n; j++)
        {
            double sum = gradient[j] + result.BoundMultipliers[j];
            for (int i = 0; i < m; i++)
                sum += result.Multipliers[i] * jacobian[(i * n) + j];
            Promises.Close(0, sum, 0, tolerance * size, $"{what}, gradient of the Lagrangian in {j}");
            if (problem.Bounds is not null)
                Complementary(result.BoundMultipliers[j], result.LastPoint[j], problem.Bounds.Lower(j), problem.Bounds.Upper(j));
        }

        for (int i = 0; i < m; i++)
            Complementary(result.Multipliers[i], c[i], f.ConstraintBounds.Lower(i), f.ConstraintBounds.Upper(i));

        void Complementary(double price, double value, double lower, double upper)
        {
            double slack = price > 0 ? upper - value : price < 0 ? value - lower : 0;
            Assert.True(Math.Abs(price) * slack <= tolerance * size, $"{what}: the multiplier {price:g3} has the slack {slack:g3}.");
        }
    }
}
