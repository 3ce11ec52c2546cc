using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear constraints.</content>
internal static partial class SolverTable
{
    // The first of each row is flat around its minimum, so that runs last long enough for every law.
    private static IEnumerable<SolverRow<double>> Constrained =>
    [
        new("SLSQP", new Slsqp(), Collection(26, 7, 9, 10, 22, 39, 40, 42, 43, 48, 77, 79, 100, 113), 1e-8),
        new("SLSQP, bounds", new Slsqp { Bounds = Bounds.All(-20, 20) }, Collection(26, 7, 10, 40, 43, 77, 79, 113), 1e-8),
        new("SLSQP, no corrections", new Slsqp { SecondOrderCorrection = false }, Collection(26, 7, 39, 40, 43, 79), 1e-8),
        new("Interior point, BFGS", new InteriorPoint(), Collection(26, 7, 10, 22, 40, 43, 77, 79, 100, 113), 1e-6),
        new("Interior point, BFGS, bounds", new InteriorPoint { Bounds = Bounds.All(-20, 20) }, Collection(26, 7, 43, 79), 1e-6),
        new("Interior point, Newton", new NewtonInteriorPoint(), [.. Collection(26, 7, 10, 22, 40, 43, 77, 79, 100, 113).Select(Twice)], 1e-6),
        new("Augmented Lagrangian", new AugmentedLagrangian(), Collection(77, 7, 39, 42, 43, 100), 1e-7) { AllocatesNothing = false },
        new("Multi-start SLSQP", MultiStart.Over(new Slsqp { Bounds = Bounds.All(-20, 20) }) with { Starts = 3, StartBox = Bounds.All(-2, 2) }, Collection(26, 7, 43, 79), 1e-8),
        new("Multi-start interior point, Newton", MultiStart.Over(new NewtonInteriorPoint()) with { Starts = 2, StartBox = Bounds.All(-1, 1) }, [.. Collection(26, 7).Select(Twice)], 1e-6),
        new("Augmented Lagrangian, bounds", new AugmentedLagrangian { Bounds = Bounds.All(-20, 20) }, Collection(77, 7, 43), 1e-7) { AllocatesNothing = false },
    ];

    private static SolverProblem Twice(SolverProblem problem) => problem with { Problem = ((IDifferentiableConstrainedFunction<double>)problem.Problem).WithHessianByDifferences() };

    private static SolverProblem[] Collection(params int[] numbers) => [.. numbers.Select(HockSchittkowski.Problem).Select(p => new SolverProblem(p.Name, p.Function, p.Start, [.. p.Minima.Select(m => m.Value)]))];
}
