using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

/// <summary>Results as they are printed, in a culture with decimal commas.</summary>
public class SummaryTests
{
    [Fact]
    public void OfASmoothFunction() => WithCommas(() =>
    {
        SolverResult<double> result = Minimize.Run(new Lbfgs(), new Rosenbrock(20), new double[20]);
        string text = result.Summary().ToString();
        Assert.StartsWith("Converged (GradientTolerance). The largest gradient component, ", text);
        Assert.Contains("\n  method         Lbfgs\n", text);
        Assert.Contains("\n  point          [1, 1, 1, 1, 1, 1, ..., 1] (20 elements)\n", text);
        Assert.Contains($"\n  evaluations    {result.Evaluations.Points} points ({result.Evaluations.Gradients} gradients)\n", text);
        Assert.DoesNotContain("multipliers", text);
        Assert.DoesNotContain("violation", text);
        Assert.DoesNotContain('\n', result.ToString());
    });

    [Fact]
    public void OfAFunctionWithConstraints() => WithCommas(() =>
    {
        SolverResult<double> result = Minimize.Run(new Slsqp { Bounds = Bounds.All(-5, 5) }, HockSchittkowski.Problem(7).Function, [2, 2]);
        string text = result.Summary().ToString();
        Assert.Contains("\n  value          -1.732050808\n", text);
        Assert.Contains("\n  violation      ", text);
        Assert.Matches(@"\n  multipliers    \[-?0\.\d+\]\n", text);
        Assert.Contains("constraint Jacobians)", text);
    });

    [Fact]
    public void OfAMultiStart() => Assert.Equal("MultiStart", Minimize.Run(MultiStart.Over(new Lbfgs()) with { Starts = 2, StartBox = Bounds.All(0, 1) }, new Rosenbrock(2), [0, 0]).Method);

    [Fact]
    public void OfAFit() => WithCommas(() =>
    {
        // NIST certifies 2.3894212918E+02 with the standard deviation 2.7070075241E+00.
        NistProblem problem = NistStrd.Load("Misra1a");
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), problem.Residuals, problem.Start1);
        string text = LeastSquaresFit.Of(problem.Residuals, result).Summary().ToString();
        Assert.Contains("\n  x[0]         238.9421 ± 2.71  (95%: 233.04 to 244.84)\n", text);
        Assert.Contains("12 degrees of freedom", text);
        Assert.Contains("\n  iterations   ", text);
        Assert.StartsWith("Least-squares fit.\n  x[0]       238.9421 ± 2.71", LeastSquaresFit.At(problem.Residuals, problem.Certified).Summary().ToString());
    });

    [Fact]
    public void OfAProgram() => WithCommas(() =>
    {
        LinearProgram plan = LinearProgram.FromDense([-3, -5], [1, 0, 0, 2, 3, 2], [4, 12, 18], [], []);
        string text = new HomogeneousInteriorPoint().Solve(plan).Summary().ToString();
        Assert.Contains("\n  method         HomogeneousInteriorPoint\n", text);
        Assert.Contains("\n  point          [2, 6]\n", text);
        Assert.Contains("\n  dual residual  ", text);
        var quadratic = new QuadraticProgram(CsrMatrix<double>.Identity(2), plan);
        Assert.Contains("\n  method         DualActiveSet\n", new DualActiveSet().Solve(quadratic).Summary().ToString());
    });

    [Fact]
    public void ProgressIsALine() => WithCommas(() =>
    {
        Assert.Equal("iteration 3, 7 evaluations, 1.5 s: value 2.5, best 2.25, gradient 0.12", new RunProgress(3, 7, 2.5, 2.25, 0.123, 1, TimeSpan.FromSeconds(1.5)).ToString());
        Assert.Equal("iteration 1, 2 evaluations, 0.0 s: value 1, best 1, violation 0.5", new RunProgress(1, 2, 1, 1, double.NaN, double.NaN, TimeSpan.Zero, 0.5).ToString());
    });

    [Fact]
    public void ProgramsReportProgress()
    {
        var reports = new List<RunProgress>();
        LinearProgram plan = LinearProgram.FromDense([-3, -5], [1, 0, 0, 2, 3, 2], [4, 12, 18], [], []);
        var options = new RunOptions { Progress = new Collector(reports), ProgressInterval = TimeSpan.Zero };
        ProgramResult result = new HomogeneousInteriorPoint().Solve(plan, options);
        Assert.Equal(Enumerable.Range(1, (int)result.Iterations), reports.Select(r => (int)r.Iteration).Distinct());
        Assert.Equal(result.Value, reports[^1].Value);
        Assert.Equal(result.PrimalResidual, reports[^1].ConstraintViolation);
        reports.Clear();
        new PrimalDualHybridGradient().Solve(plan, options with { ProgressInterval = TimeSpan.FromHours(1) });
        Assert.Equal(2, reports.Count);
    }

    /// <summary>Huber's proposal on the stack loss data: coefficients and standard errors as statsmodels documents them for RLM with HuberT and the covariance H1.</summary>
    [Fact]
    public void RobustStandardErrorsAreThoseOfStatsmodels()
    {
        // Brownlee (1965): air flow, cooling water temperature, acid concentration; stack loss.
        double[] air = [80, 80, 75, 62, 62, 62, 62, 62, 58, 58, 58, 58, 58, 58, 50, 50, 50, 50, 50, 56, 70];
        double[] water = [27, 27, 25, 24, 22, 23, 24, 24, 23, 18, 18, 17, 18, 19, 18, 18, 19, 19, 20, 20, 20];
        double[] acid = [89, 88, 90, 87, 87, 87, 93, 93, 87, 80, 89, 88, 82, 93, 89, 86, 72, 79, 80, 82, 91];
        double[] loss = [42, 37, 37, 28, 18, 18, 19, 20, 15, 14, 14, 13, 11, 12, 8, 7, 8, 8, 9, 15, 15];
        double[] coefficients = [-41.02649835, 0.82938433, 0.92606597, -0.12784672], errors = [9.79189854, 0.11100521, 0.30293016, 0.12864961];
        IDifferentiableResidualFunction<double> residuals = Function.FromResiduals(4, 21, (p, r) =>
        {
            for (int i = 0; i < 21; i++)
                r[i] = p[0] + (p[1] * air[i]) + (p[2] * water[i]) + (p[3] * acid[i]) - loss[i];
        });

        // The scale is the median absolute residual over the normal quantile 0.6745; Huber's constant is 1.345.
        double[] r = new double[21];
        residuals.Residuals(coefficients, r);
        double scale = r.Select(Math.Abs).Order().ElementAt(10) / 0.6744897501960817;
        RobustLoss huber = RobustLoss.Huber(1.345 * scale);
        SolverResult<double> result = Minimize.Run(new TrustRegionReflective { Loss = huber }, residuals, [-40, 0.7, 1.3, -0.15]).EnsureConverged();
        LeastSquaresFit fit = LeastSquaresFit.Of(residuals, result, huber);
        for (int j = 0; j < 4; j++)
        {
            Promises.Close(coefficients[j], fit.Parameters[j], 1e-5, 0, $"coefficient {j}");
            Promises.Close(errors[j], fit.StandardDeviations[j], 1e-5, 0, $"standard error {j}");
        }
    }

    private static void WithCommas(Action check)
    {
        CultureInfo before = CultureInfo.CurrentCulture, commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (commas.NumberFormat.NumberDecimalSeparator, commas.NumberFormat.NegativeSign) = (",", "minus");
        try
        {
            CultureInfo.CurrentCulture = commas;
            check();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private sealed class Collector(List<RunProgress> reports) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => reports.Add(value);
    }
}
