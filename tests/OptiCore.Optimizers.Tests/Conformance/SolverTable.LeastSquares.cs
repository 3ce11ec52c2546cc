using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear least squares.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> LeastSquares =>
    [
        new("Levenberg-Marquardt", new LevenbergMarquardt(), SolverProblem.Residuals, 1e-9),
        new("Levenberg-Marquardt, geodesic", new LevenbergMarquardt { GeodesicAcceleration = true }, SolverProblem.Residuals, 1e-9),
        new("Trust-region reflective", new TrustRegionReflective(), SolverProblem.Residuals, 1e-9),
        new("Trust-region reflective, bounds", new TrustRegionReflective { Bounds = Bounds.All(-1.5, 0.8) }, [BoundedRosenbrock], 1e-9),
        new("Dogleg", new Dogleg(), SolverProblem.Residuals, 1e-9),
        new("Gauss-Newton", new GaussNewton(), [SolverProblem.Residuals[0] with { Start = [-30, 20] }, .. SolverProblem.Residuals.Where(p => p.Name.Contains("Bard", StringComparison.Ordinal))], 1e-9),
    ];

    /// <summary>Rosenbrock's valley up to x = 0.8: the minimum lies at (0.8, 0.64).</summary>
    private static SolverProblem BoundedRosenbrock => SolverProblem.Residuals[0] with { Minima = [0.5 * 0.2 * 0.2] };
}
