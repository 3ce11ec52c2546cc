using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear least squares.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> LeastSquares =>
    [
        new("Levenberg-Marquardt", new LevenbergMarquardt(), SolverProblem.Residuals, 1e-9),
        new("Levenberg-Marquardt, geodesic", new LevenbergMarquardt { GeodesicAcceleration = true }, SolverProblem.Residuals, 1e-9),
        new("Trust-region reflective", new TrustRegionReflective(), CurvedFirst, 1e-9),
        new("Trust-region reflective, bounds", new TrustRegionReflective { Bounds = Bounds.All(-1.2, 3.5) }, [PowellSingular], 1e-9),
        new("Powell's dogleg", new PowellDogleg(), CurvedFirst, 1e-9),
        new("Gauss-Newton", new GaussNewton(), [Oscillating], 1e-9),
    ];

    /// <summary>The problem of Freudenstein and Roth first, whose valley takes more evaluations than the laws of limits need.</summary>
    private static IReadOnlyList<SolverProblem> CurvedFirst => [SolverProblem.Residuals[1], .. SolverProblem.Residuals.Where((_, i) => i != 1)];

    /// <summary>Its Jacobian is singular at the minimum, so that steps only halve the error.</summary>
    private static SolverProblem PowellSingular => new("Powell singular", MoreGarbowHillstrom.Problem(13).Residuals, [3, -1, 0, 1], [0]);

    /// <summary>
    /// Residuals x + 1 and -0.7 x^2 + x - 1, on which Gauss-Newton's error changes sign and shrinks by 0.7 from step to step (Fletcher 1987, Practical methods of optimization, section 6.1), and
    /// y - 2.
    /// </summary>
    private static SolverProblem Oscillating => new(
        "oscillating",
        Function.WithJacobian(
            2,
            3,
            (x, r) => (r[0], r[1], r[2]) = (x[0] + 1, (-0.7 * x[0] * x[0]) + x[0] - 1, x[1] - 2),
            (x, r, jacobian) =>
            {
                (r[0], r[1], r[2]) = (x[0] + 1, (-0.7 * x[0] * x[0]) + x[0] - 1, x[1] - 2);
                jacobian.Clear();
                (jacobian[0], jacobian[2], jacobian[5]) = (1, 1 - (1.4 * x[0]), 1);
            }),
        [0.5, 0],
        [1]);
}
