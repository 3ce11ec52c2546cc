using OptiCore.Problems;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear constraints.</content>
internal static partial class SolverTable
{
    /// <summary>Two of Rosenbrock's valleys, tied together by a product that is the same in both at the minimum.</summary>
    private static readonly SolverProblem Tied = new(
        "Tied valleys",
        Function.From(4, x => (100 * Sq(x[1] - Sq(x[0]))) + Sq(1 - x[0]) + (100 * Sq(x[3] - Sq(x[2]))) + Sq(1 - x[2])).SubjectTo(
            Function.FromResiduals(4, 2, (x, c) =>
            {
                c[0] = (x[0] * x[3]) - (x[1] * x[2]);
                c[1] = x[0] + x[1] + x[2] + x[3];
            }), new Bounds([0, double.NegativeInfinity], [0, 10])),
        [-1.2, 1, 0.5, 2],
        [0]);

    private static IEnumerable<SolverRow<double>> Constrained =>
    [
        new("SLSQP", new Slsqp(), [Tied, .. Collection(7, 9, 10, 22, 39, 40, 42, 43, 48, 77, 79, 100, 113)], 1e-8),
        new("SLSQP, bounds", new Slsqp { Bounds = Bounds.All(-20, 20) }, [Tied, .. Collection(7, 10, 40, 43, 77, 79, 113)], 1e-8),
        new("SLSQP, no corrections", new Slsqp { SecondOrderCorrection = false }, [Tied, .. Collection(7, 39, 40, 43, 79)], 1e-8),
        new("Interior point, BFGS", new InteriorPoint(), [Tied, .. Collection(7, 10, 22, 40, 43, 77, 79, 100, 113)], 1e-6),
        new("Interior point, BFGS, bounds", new InteriorPoint { Bounds = Bounds.All(-20, 20) }, [Tied, .. Collection(7, 43, 79)], 1e-6),
        new("Interior point, Newton", new NewtonInteriorPoint(), [.. new[] { Tied }.Concat(Collection(7, 10, 22, 40, 43, 77, 79, 100, 113)).Select(Twice)], 1e-6),
        new("Augmented Lagrangian", new AugmentedLagrangian(), Collection(77, 7, 39, 42, 43, 100), 1e-7) { AllocatesNothing = false },
        new("Augmented Lagrangian, bounds", new AugmentedLagrangian { Bounds = Bounds.All(-20, 20) }, Collection(77, 7, 43), 1e-7) { AllocatesNothing = false },
    ];

    private static SolverProblem Twice(SolverProblem problem) => problem with { Problem = ((IDifferentiableConstrainedFunction<double>)problem.Problem).WithHessianByDifferences() };

    private static SolverProblem[] Collection(params int[] numbers) => [.. numbers.Select(HockSchittkowski.Problem).Select(p => new SolverProblem(p.Name, p.Function, p.Start, [.. p.Minima.Select(m => m.Value)]))];
}
