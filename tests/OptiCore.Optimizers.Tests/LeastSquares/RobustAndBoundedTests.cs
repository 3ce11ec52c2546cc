using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.LeastSquares;

public class RobustAndBoundedTests
{
    private static readonly JsonElement File = Reference.Json("golden/04_least_squares_roots.json");

    public static TheoryData<string> Robust => [.. Ids("robust/")];

    public static TheoryData<string> Bounded => [.. Ids("bounded/")];

    public static TheoryData<string> Linear => [.. Ids("lsq_linear/")];

    public static TheoryData<string> Sets => [.. NistStrd.Names];

    /// <summary>SciPy's robust fits of a curve with outliers, by every method that takes a loss.</summary>
    [Theory]
    [MemberData(nameof(Robust))]
    public void RobustFitsAreThoseOfSciPy(string id)
    {
        JsonElement golden = Case(id);
        string[] parts = id.Split('/');
        RobustLoss loss = Loss(parts[1], double.Parse(parts[2]));
        IDifferentiableResidualFunction<double> curve = OutlierCurve();
        ISolver<double, IDifferentiableResidualFunction<double>>[] methods = [new TrustRegionReflective { Loss = loss }, new PowellDogleg { Loss = loss }, new GaussNewton { Loss = loss }];
        foreach (ISolver<double, IDifferentiableResidualFunction<double>> method in methods)
        {
            SolverResult<double> result = Minimize.Run(method, curve, [1, 1, 0]).EnsureConverged();
            Promises.Close(golden.Number("cost"), result.Value, 1e-12, 0, $"{method}: {result}");
            double[] x = golden.Numbers("x");
            for (int j = 0; j < 3; j++)
                Promises.Close(x[j], result.Point[j], 1e-6, 0, $"{method}, parameter {j}");
        }
    }

    [Theory]
    [MemberData(nameof(Bounded))]
    public void BoundedFitsAreThoseOfSciPy(string id)
    {
        JsonElement golden = Case(id);
        var solver = new TrustRegionReflective { Bounds = new Bounds(golden.Numbers("lower"), golden.Numbers("upper")) };
        double[] start = [1, 0.5, 0.8], x = golden.Numbers("x_dogbox");
        SolverRun<double> run = Minimize.Start(solver, OutlierCurve(), start);
        while (run.TryAsk(out Query<double>? query))
        {
            Assert.True(solver.Bounds!.Contain<double>(query.Point()));
            OutlierCurve().ResidualsAndJacobian(query.Point(), query.Residuals(), query.Needs.HasFlag(Oracle.Jacobian) ? query.Jacobian : new double[75]);
            run.Tell();
        }

        SolverResult<double> result = run.Result.EnsureConverged();
        Promises.Close(golden.Number("cost"), result.Value, 1e-10, 0, result.ToString());
        for (int j = 0; j < 3; j++)
            Promises.Close(x[j], result.Point[j], 1e-6, 0, $"parameter {j}");
    }

    /// <summary>Linear problems whose solutions lie in corners and on faces of the box.</summary>
    [Theory]
    [MemberData(nameof(Linear))]
    public void BoundedLinearProblemsAreThoseOfSciPy(string id)
    {
        JsonElement golden = Case(id);
        double[] a = golden.RowMajor("A"), b = golden.Numbers("b"), lower = golden.Numbers("lower"), upper = golden.Numbers("upper"), x = golden.Numbers("x");
        int n = lower.Length;
        IDifferentiableResidualFunction<double> problem = Function.WithJacobian(
            n,
            b.Length,
            (p, r) => Residuals(p, r),
            (p, r, jacobian) =>
            {
                Residuals(p, r);
                a.CopyTo(jacobian);
            });
        SolverResult<double> result = Minimize.Run(new TrustRegionReflective { Bounds = new Bounds(lower, upper) }, problem, [.. lower.Zip(upper, (l, u) => 0.5 * (l + u))]).EnsureConverged();
        Promises.Close(golden.Number("cost"), result.Value, 1e-9, 0, result.ToString());
        for (int j = 0; j < n; j++)
            Promises.Close(x[j], result.Point[j], 1e-6, 1e-7, $"variable {j}");

        void Residuals(ReadOnlySpan<double> p, Span<double> r)
        {
            for (int i = 0; i < b.Length; i++)
            {
                r[i] = -b[i];
                for (int j = 0; j < n; j++)
                    r[i] += a[(i * n) + j] * p[j];
            }
        }
    }

    [Fact]
    public void CovarianceOfACurveIsThatOfSciPy()
    {
        JsonElement golden = Case("curve_fit/exp");
        IDifferentiableResidualFunction<double> curve = Curve(golden.Numbers("t"), golden.Numbers("y"));
        LeastSquaresFit fit = LeastSquaresFit.Of(curve, Minimize.Run(new TrustRegionReflective(), curve, [1, 1, 0]).EnsureConverged());
        double[] x = golden.Numbers("x"), covariance = golden.RowMajor("covariance");
        for (int i = 0; i < 3; i++)
        {
            Promises.Close(x[i], fit.Parameters[i], 1e-7, 0, $"parameter {i}");
            for (int j = 0; j < 3; j++)
                Promises.Close(covariance[(3 * i) + j], fit.Covariance(i, j), 1e-5, 0, $"covariance {i}, {j}");

            // 22 degrees of freedom: the table's 2.0739 for 95 percent, 2.8188 for 99.
            (double lower, double upper) = fit.ConfidenceInterval(i);
            Promises.Close(2.073873, (upper - lower) / (2 * fit.StandardDeviations[i]), 1e-6, 0, "95 percent");
            Promises.Close(fit.Parameters[i], 0.5 * (lower + upper), 1e-12, 0, "middle");
            (lower, upper) = fit.ConfidenceInterval(i, 0.99);
            Promises.Close(2.818756, (upper - lower) / (2 * fit.StandardDeviations[i]), 1e-6, 0, "99 percent");
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => fit.ConfidenceInterval(3));
        Assert.Equal("level", Assert.Throws<ArgumentOutOfRangeException>(() => fit.ConfidenceInterval(0, 1)).ParamName);
    }

    /// <summary>From both official starting points.</summary>
    [Theory]
    [MemberData(nameof(Sets))]
    public void TrustRegionMethodsMeetTheCertifiedValuesOfNist(string name)
    {
        NistProblem problem = NistStrd.Load(name);
        foreach (double[] start in new[] { problem.Start1, problem.Start2 })
        {
            foreach (ISolver<double, IDifferentiableResidualFunction<double>> solver in new ISolver<double, IDifferentiableResidualFunction<double>>[] { new TrustRegionReflective(), new PowellDogleg() })
            {
                SolverResult<double> result = Minimize.Run(solver, problem.Residuals, start).EnsureConverged();

                // From the far start the dogleg path leads into other minima: the flat valley of MGH09 that leads to infinity, and a local one of MGH17.
                if (solver is PowellDogleg && (name is "MGH09" or "MGH17") && ReferenceEquals(start, problem.Start1) && problem.Digits(result.Point) < 1)
                {
                    Assert.True(2 * result.Value > 2 * problem.ResidualSumOfSquares, $"{name}: {result}");
                    continue;
                }

                LeastSquaresFit fit = LeastSquaresFit.Of(problem.Residuals, result);
                Assert.True(problem.Digits(result.Point) >= 8, $"{solver.GetType().Name} on {name}: {problem.Digits(result.Point):f1} digits. {result}");
                Assert.True(name == "Lanczos1" || problem.StandardDeviationDigits(fit.StandardDeviations) >= 6, $"{solver.GetType().Name} on {name}: {problem.StandardDeviationDigits(fit.StandardDeviations):f1} digits of the deviations.");
            }
        }
    }

    /// <summary>Residuals and Jacobians together, over all sets and both starting points.</summary>
    [Theory]
    [InlineData("lm")]
    [InlineData("trf")]
    public void EvaluationsAreNotMoreThanThoseOfSciPy(string method)
    {
        ISolver<double, IDifferentiableResidualFunction<double>> solver = method == "lm" ? new LevenbergMarquardt() : new TrustRegionReflective();
        var ratios = new List<double>();
        foreach (JsonElement golden in Reference.Json("nist-evaluations/scipy.json").GetProperty("cases").EnumerateArray())
        {
            if (golden.GetProperty("method").GetString() != method || golden.Number("digits") < 4)
                continue;
            NistProblem problem = NistStrd.Load(golden.GetProperty("set").GetString()!);
            SolverResult<double> result = Minimize.Run(solver, problem.Residuals, golden.Number("start") == 1 ? problem.Start1 : problem.Start2).EnsureConverged();
            ratios.Add(result.Evaluations.Points / (golden.Number("residuals") + golden.Number("jacobians")));
        }

        Assert.True(ratios.Count >= 35);
        ratios.Sort();
        Assert.True(ratios[ratios.Count / 2] <= 1.2, $"the median ratio is {ratios[ratios.Count / 2]:f2}");
    }

    /// <summary>rho, rho' and rho'' agree, rho(0) = 0, rho'(0) = 1, and the corrected problem has the gradient of the robust one.</summary>
    [Fact]
    public void LossesAndTheirDerivativesAgree() => Forall.Check(Prop.ForAll(Gen.Choose(0, 1_000_000).ToArbitrary(), seed =>
    {
        foreach (string name in new[] { "linear", "huber", "soft_l1", "cauchy", "arctan", "tukey", "welsch" })
        {
            RobustLoss loss = Loss(name, 1.7);
            Assert.Equal((0, 1), (loss.Evaluate(0).Value, loss.Evaluate(0).First));
            double z = 4.0 * (seed + 0.37) / 1_000_001, h = 1e-6;
            if (Math.Abs(z - 1) > 1e-3)
            {
                Promises.Close(loss.Evaluate(z).First, (loss.Evaluate(z + h).Value - loss.Evaluate(Math.Max(0, z - h)).Value) / (z < h ? z + h : 2 * h), 1e-5, 1e-7, $"{name}: rho'({z:r})");
                Promises.Close(loss.Evaluate(z).Second, (loss.Evaluate(z + h).First - loss.Evaluate(Math.Max(0, z - h)).First) / (z < h ? z + h : 2 * h), 1e-4, 1e-5, $"{name}: rho''({z:r})");
            }

            double r = 1.7 * Math.Sqrt(z), slope = 0.6;
            double[] residual = [r], jacobian = [slope];
            loss.Correct(residual, jacobian);
            Promises.Close(loss.Evaluate(z).First * r * slope, residual[0] * jacobian[0], 1e-12, 1e-15, $"{name}: gradient");
            Promises.Close(0.5 * 1.7 * 1.7 * loss.Evaluate(z).Value, loss.Objective([r]), 1e-12, 1e-15, $"{name}: objective");
        }
    }));

    [Fact]
    public void SmallResidualsKeepTheirDigits()
    {
        foreach (RobustLoss loss in new[] { RobustLoss.Huber(), RobustLoss.SoftL1(), RobustLoss.Cauchy(), RobustLoss.Arctan(), RobustLoss.Tukey(), RobustLoss.Welsch() })
            Promises.Close(1e-14, loss.Evaluate(1e-14).Value, 1e-12, 0, loss.Name);
    }

    [Fact]
    public void FixedVariablesStayAndStartsOnABoundAreTaken()
    {
        LeastSquaresProblem rosenbrock = MoreGarbowHillstrom.Problem(1);
        var solver = new TrustRegionReflective { Bounds = new Bounds([0.5, double.NegativeInfinity], [0.5, 3]) };
        SolverResult<double> result = Minimize.Run(solver, rosenbrock.Residuals, [0.5, 3]).EnsureConverged();
        Assert.Equal(0.5, result.Point[0]);
        Promises.Close(0.25, result.Point[1], 1e-9, 0, "the free variable");
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
        ISolver<double, IDifferentiableResidualFunction<double>>[] methods = [new TrustRegionReflective(), new PowellDogleg(), new GaussNewton()];
        foreach (ISolver<double, IDifferentiableResidualFunction<double>> method in methods)
        {
            SolverResult<double> result = Minimize.Run(method, wrong, [3, 4]);
            Assert.True(result.Status == SolverStatus.Failed, $"{method.GetType().Name}: {result}");
            Assert.Contains("Jacobian may not match", result.Message);
        }

        static void Residuals(ReadOnlySpan<double> x, Span<double> r) => (r[0], r[1], r[2]) = (x[0] - 1, x[1] - 1, x[0] + x[1]);
    }

    private static IEnumerable<string> Ids(string prefix) =>
        Reference.Cases("golden/04_least_squares_roots.json").Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal));

    private static JsonElement Case(string id) => Reference.Cases("golden/04_least_squares_roots.json")[id];

    private static RobustLoss Loss(string name, double scale) => name switch
    {
        "linear" => RobustLoss.Squares,
        "huber" => RobustLoss.Huber(scale),
        "soft_l1" => RobustLoss.SoftL1(scale),
        "cauchy" => RobustLoss.Cauchy(scale),
        "arctan" => RobustLoss.Arctan(scale),
        "tukey" => RobustLoss.Tukey(scale),
        "welsch" => RobustLoss.Welsch(scale),
        _ => throw new FormatException($"There is no loss '{name}'."),
    };

    private static IDifferentiableResidualFunction<double> OutlierCurve()
    {
        JsonElement data = File.GetProperty("problems").GetProperty("exp_fit_outliers").GetProperty("data");
        return Curve(data.Numbers("t"), data.Numbers("y"));
    }

    /// <summary>x1 exp(-x2 t) + x3 - y.</summary>
    private static IDifferentiableResidualFunction<double> Curve(double[] t, double[] y) => Function.WithJacobian(
        3,
        t.Length,
        (x, r) =>
        {
            for (int i = 0; i < t.Length; i++)
                r[i] = (x[0] * Math.Exp(-x[1] * t[i])) + x[2] - y[i];
        },
        (x, r, jacobian) =>
        {
            for (int i = 0; i < t.Length; i++)
            {
                double e = Math.Exp(-x[1] * t[i]);
                r[i] = (x[0] * e) + x[2] - y[i];
                (jacobian[3 * i], jacobian[(3 * i) + 1], jacobian[(3 * i) + 2]) = (e, -x[0] * t[i] * e, 1);
            }
        });
}
