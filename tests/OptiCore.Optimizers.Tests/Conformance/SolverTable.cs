using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <summary>The table of optimizers. A new algorithm needs one row; the laws then hold for it, or a test fails.</summary>
internal static class SolverTable
{
    public static IReadOnlyList<SolverRow<double>> Rows { get; } =
    [
        new("L-BFGS", new Lbfgs { Stopping = new() { GradientTolerance = 1e-9 } }, SolverProblem.Functions, 1e-12),
        new("L-BFGS, 3 pairs", new Lbfgs { Memory = 3 }, SolverProblem.Functions, 1e-9),
        new("L-BFGS, tight search", new Lbfgs { LineSearch = new MoreThuente { Curvature = 0.1 } }, SolverProblem.Functions, 1e-9),
        new("Levenberg-Marquardt", new LevenbergMarquardt(), SolverProblem.Residuals, 1e-9),
        new("Levenberg-Marquardt, geodesic", new LevenbergMarquardt { GeodesicAcceleration = true }, SolverProblem.Residuals, 1e-9),
        new("Nelder-Mead", new NelderMead(), SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, adaptive", new NelderMead { Adaptive = true }, SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, no restarts", new NelderMead { MaxRestarts = 0 }, SolverProblem.Functions, 1e-9),
    ];
}
