using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Smooth functions with gradients.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Smooth =>
    [
        new("L-BFGS", new Lbfgs { Stopping = new() { GradientTolerance = 1e-9 } }, SolverProblem.Functions, 1e-12),
        new("L-BFGS, 3 pairs", new Lbfgs { Memory = 3 }, SolverProblem.Functions, 1e-9),
        new("L-BFGS, tight search", new Lbfgs { LineSearch = new MoreThuente { Curvature = 0.1 } }, SolverProblem.Functions, 1e-9),
    ];
}
