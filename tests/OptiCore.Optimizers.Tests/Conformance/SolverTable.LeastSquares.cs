using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear least squares.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> LeastSquares =>
    [
        new("Levenberg-Marquardt", new LevenbergMarquardt(), SolverProblem.Residuals, 1e-9),
        new("Levenberg-Marquardt, geodesic", new LevenbergMarquardt { GeodesicAcceleration = true }, SolverProblem.Residuals, 1e-9),
    ];
}
