using System.Text.Json;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

public class LevenbergMarquardtTests
{
    private static readonly Dictionary<string, LeastSquaresProblem> GoldenProblems = new()
    {
        ["rosenbrock"] = MoreGarbowHillstrom.Problem(1),
        ["freudenstein_roth"] = MoreGarbowHillstrom.Problem(2),
        ["powell_badly_scaled"] = MoreGarbowHillstrom.Problem(3),
        ["jennrich_sampson"] = MoreGarbowHillstrom.Problem(6),
        ["helical_valley"] = MoreGarbowHillstrom.Problem(7),
        ["bard"] = MoreGarbowHillstrom.Problem(8),
        ["gaussian"] = MoreGarbowHillstrom.Problem(9),
        ["meyer"] = MoreGarbowHillstrom.Problem(10),
        ["box3d"] = MoreGarbowHillstrom.Problem(12),
        ["powell_singular"] = MoreGarbowHillstrom.Problem(13),
        ["kowalik_osborne"] = MoreGarbowHillstrom.Problem(15),
        ["brown_dennis"] = MoreGarbowHillstrom.Problem(16),
        ["osborne1"] = MoreGarbowHillstrom.Problem(17),
        ["watson_6"] = MoreGarbowHillstrom.Problem(20),
        ["linear_full_rank"] = MoreGarbowHillstrom.Problem(32, 5, 8),
        ["trigonometric_5"] = MoreGarbowHillstrom.Problem(26, 5),
        ["broyden_tridiagonal_8"] = MoreGarbowHillstrom.Problem(30, 8),
        ["broyden_banded_6"] = MoreGarbowHillstrom.Problem(31, 6),
        ["discrete_boundary_8"] = MoreGarbowHillstrom.Problem(28, 8),
        ["chebyquad_5"] = MoreGarbowHillstrom.Problem(35, 5),
        ["chebyquad_7"] = MoreGarbowHillstrom.Problem(35, 7),
    };

    public static TheoryData<string> Sets => [.. NistStrd.Names];

    public static TheoryData<string> Golden => [.. GoldenProblems.Keys];

    /// <summary>From both official starting points. Six digits are the usual demand; the default options give ten or more.</summary>
    [Theory]
    [MemberData(nameof(Sets))]
    public void MeetsTheCertifiedValuesOfNist(string name)
    {
        NistProblem problem = NistStrd.Load(name);
        foreach (double[] start in new[] { problem.Start1, problem.Start2 })
        {
            foreach (bool geodesic in new[] { false, true })
            {
                SolverResult<double> result = Minimize.Run(new LevenbergMarquardt { GeodesicAcceleration = geodesic }, problem.Residuals, start).EnsureConverged();
                LeastSquaresFit fit = LeastSquaresFit.Of(problem.Residuals, result);
                double parameters = problem.Digits(result.Point), deviations = problem.StandardDeviationDigits(fit.StandardDeviations);
                Assert.True(parameters >= (geodesic ? 6 : 10), $"{name}: {parameters:f1} digits of the parameters. {result}");

                // The residuals of Lanczos1 are the rounding errors of its data: the sum of squares has no certified digits in double precision.
                Assert.True(deviations >= (geodesic ? 6 : 9) || name == "Lanczos1", $"{name}: {deviations:f1} digits of the standard deviations.");
                Assert.Equal(problem.DegreesOfFreedom, fit.DegreesOfFreedom);
                if (name == "Lanczos1")
                    Assert.True(fit.ResidualSumOfSquares <= 1e-20);
                else
                    Promises.Close(problem.ResidualStandardDeviation, fit.ResidualStandardDeviation, 1e-9, 0, name);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void SolvesWhatSciPySolves(string name)
    {
        JsonElement golden = Reference.Json("golden/04_least_squares_roots.json").GetProperty("problems").GetProperty(name);
        LeastSquaresProblem problem = GoldenProblems[name];
        double[] x0 = golden.Numbers("x0"), expected = golden.Numbers("residuals_at_x0"), r = new double[expected.Length];
        problem.Residuals.Residuals(x0, r);
        for (int i = 0; i < r.Length; i++)
            Promises.Close(expected[i], r[i], 1e-12, 1e-14, $"{name}, residual {i}");

        double target = golden.GetProperty("sum_of_squares_star").ValueKind == JsonValueKind.Null
            ? Reference.Cases("golden/04_least_squares_roots.json")[$"least_squares/{name}/lm"].Number("sum_of_squares")
            : golden.Number("sum_of_squares_star");
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), problem.Residuals, x0);
        Assert.True(2 * result.Value <= (target * (1 + 1e-9)) + 1e-18, $"{name}: {2 * result.Value:r}, to be met {target:r}. {result}");
        Assert.Equal(SolverStatus.Converged, result.Status);
    }

    [Fact]
    public void AJacobianThatDoesNotMatchIsAFailureAndNotASuccess()
    {
        IDifferentiableResidualFunction<double> wrong = Function.WithJacobian(
            2,
            3,
            Residuals,
            (x, r, jacobian) =>
            {
                Residuals(x, r);
                jacobian.Clear();
                (jacobian[0], jacobian[3], jacobian[4]) = (-1, -1, 0.5);
            });
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), wrong, [3, 4]);
        Assert.Equal(SolverStatus.Failed, result.Status);
        Assert.Equal(StopReason.NoProgress, result.Reason);
        Assert.Contains("Jacobian may not match", result.Message);

        static void Residuals(ReadOnlySpan<double> x, Span<double> r) => (r[0], r[1], r[2]) = (x[0] - 1, x[1] - 1, x[0] + x[1]);
    }

    [Fact]
    public void FewerResidualsThanVariablesAreAllowed()
    {
        IDifferentiableResidualFunction<double> line = Function.WithJacobian(
            3,
            1,
            (x, r) => r[0] = x[0] + (2 * x[1]) - x[2] - 4,
            (x, r, jacobian) =>
            {
                r[0] = x[0] + (2 * x[1]) - x[2] - 4;
                (jacobian[0], jacobian[1], jacobian[2]) = (1, 2, -1);
            });
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), line, [0, 0, 0]).EnsureConverged();
        Assert.True(result.Value < 1e-28, result.ToString());
    }

    [Fact]
    public void SingularJacobianStillLeadsDownhill()
    {
        // Two parameters that only occur as their sum.
        IDifferentiableResidualFunction<double> sum = Function.WithJacobian(
            2,
            2,
            (x, r) => (r[0], r[1]) = (x[0] + x[1] - 2, Math.Exp(x[0] + x[1]) - Math.Exp(2)),
            (x, r, jacobian) =>
            {
                double e = Math.Exp(x[0] + x[1]);
                (r[0], r[1]) = (x[0] + x[1] - 2, e - Math.Exp(2));
                (jacobian[0], jacobian[1], jacobian[2], jacobian[3]) = (1, 1, e, e);
            });
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), sum, [5, -4.5]).EnsureConverged();
        Promises.Close(2, result.Point[0] + result.Point[1], 1e-12, 0, "the sum");
        LeastSquaresFit fit = LeastSquaresFit.Of(sum, result);
        Assert.Equal(1, fit.Rank);
        Assert.All(fit.StandardDeviations, d => Assert.True(double.IsNaN(d)));
    }

    [Fact]
    public void CovarianceOfAStraightLineIsTheTextbooks()
    {
        // y = a + b t: var(b) = s^2 / sum (t - mean)^2, var(a) = s^2 (1/m + mean^2 / sum (t - mean)^2), cov(a, b) = -mean var(b).
        double[] t = [1, 2, 4, 7, 8], y = [2.1, 2.9, 5.2, 7.8, 9.1];
        IDifferentiableResidualFunction<double> line = Function.WithJacobian(
            2,
            5,
            (x, r) => Fill(x, r, []),
            (x, r, jacobian) => Fill(x, r, jacobian));
        LeastSquaresFit fit = LeastSquaresFit.Of(line, Minimize.Run(new LevenbergMarquardt(), line, [0, 0]).EnsureConverged());
        double mean = t.Average(), spread = t.Sum(v => (v - mean) * (v - mean)), s2 = fit.ResidualSumOfSquares / 3;
        Promises.Close(Math.Sqrt(s2 / spread), fit.StandardDeviations[1], 1e-12, 0, "slope");
        Promises.Close(Math.Sqrt(s2 * (0.2 + (mean * mean / spread))), fit.StandardDeviations[0], 1e-12, 0, "intercept");
        Promises.Close(-mean * s2 / spread, fit.Covariance(0, 1), 1e-12, 0, "covariance");
        Promises.Close(-mean / Math.Sqrt((spread / 5) + (mean * mean)), fit.Correlation(1, 0), 1e-12, 0, "correlation");

        void Fill(ReadOnlySpan<double> x, Span<double> r, Span<double> jacobian)
        {
            for (int i = 0; i < 5; i++)
            {
                r[i] = x[0] + (x[1] * t[i]) - y[i];
                if (!jacobian.IsEmpty)
                    (jacobian[2 * i], jacobian[(2 * i) + 1]) = (1, t[i]);
            }
        }
    }

    [Fact]
    public void ResultKnowsItsGradient()
    {
        LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(8);
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), problem.Residuals, problem.Start);
        double[] gradient = new double[3];
        problem.SumOfSquares.ValueAndGradient(result.Point, gradient);
        Promises.Close(gradient.Max(Math.Abs) / 2, result.GradientNorm, 1e-3, 1e-14, "J^T r");
    }
}
