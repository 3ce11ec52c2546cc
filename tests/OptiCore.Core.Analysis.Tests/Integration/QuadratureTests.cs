using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Integration;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class QuadratureTests
{
    private static readonly QuadratureOptions Tight = new() { AbsoluteTolerance = 1e-12, RelativeTolerance = 1e-12 };

    private readonly struct Square : IScalarFunction
    {
        public double Evaluate(double x) => x * x;
    }

    [Fact]
    public void GaussRulesMeetValuesOfFiftyDigits()
    {
        int count = 0;
        foreach (JsonElement golden in Reference.Json("gauss-rules/gauss_rules.json").GetProperty("cases").EnumerateArray())
        {
            string id = golden.GetProperty("id").GetString()!;
            int n = golden.GetProperty("n").GetInt32();
            double alpha = golden.Number("alpha"), beta = golden.Number("beta");
            GaussRule rule = golden.GetProperty("family").GetString() switch
            {
                "legendre" => GaussRule.Legendre(n),
                "hermite" => GaussRule.Hermite(n),
                "laguerre" => GaussRule.Laguerre(n, alpha),
                "jacobi" => GaussRule.Jacobi(n, alpha, beta),
                var other => throw new NotSupportedException(other),
            };
            double[] nodes = golden.Numbers("nodes"), weights = golden.Numbers("weights");
            for (int i = 0; i < n; i++)
            {
                Promises.Close(nodes[i], rule.Nodes[i], 3e-16, 1e-17, $"{id} node {i}");
                Promises.Close(weights[i], rule.Weights[i], alpha == 0 && beta == 0 ? 4e-16 : 5e-15, 1e-300, $"{id} weight {i}");
            }

            count++;
        }

        Assert.Equal(40, count);
    }

    [Fact]
    public void GaussRulesAreExactForPolynomialsOfTheirDegree()
    {
        for (int n = 1; n <= 12; n++)
        {
            foreach ((string name, GaussRule rule, int degree) in new[]
            {
                ("Legendre", GaussRule.Legendre(n), (2 * n) - 1),
                ("Radau", GaussRule.Radau(n), (2 * n) - 2),
                ("Lobatto", n > 1 ? GaussRule.Lobatto(n) : GaussRule.Legendre(1), n > 1 ? (2 * n) - 3 : 1),
                ("Jacobi(0, 0)", GaussRule.Jacobi(n, 0, 0), (2 * n) - 1),
            })
            {
                for (int d = 0; d <= degree; d++)
                    Promises.Close(d % 2 == 0 ? 2.0 / (d + 1) : 0, rule.Integrate(x => Math.Pow(x, d)), 0, 4e-15, $"{name}, n = {n}, x^{d}");
                Promises.Close(1.0 / (degree + 1), rule.Integrate(x => Math.Pow(x, degree), 0, 1), 0, 4e-15, $"{name}, n = {n} on [0, 1]");
            }

            if (n > 1)
            {
                Promises.Close(-1, GaussRule.Radau(n).Nodes[0], 1e-15, 0, "Radau");
                Promises.Close(-1, GaussRule.Lobatto(n).Nodes[0], 1e-15, 0, "Lobatto");
                Promises.Close(1, GaussRule.Lobatto(n).Nodes[^1], 1e-15, 0, "Lobatto");
            }

            for (int d = 0; d < 2 * n; d += 2)
            {
                // Moments of the Chebyshev weights: pi (d-1)!! / d!! and that over d + 2.
                double moment = Math.PI;
                for (int k = 2; k <= d; k += 2)
                    moment *= (k - 1.0) / k;
                Promises.Close(moment, GaussRule.ChebyshevFirst(n).Integrate(x => Math.Pow(x, d)), 0, 1e-14, $"Chebyshev 1, n = {n}, x^{d}");
                Promises.Close(moment / (d + 2), GaussRule.ChebyshevSecond(n).Integrate(x => Math.Pow(x, d)), 0, 1e-14, $"Chebyshev 2, n = {n}, x^{d}");
                Promises.Close(moment, GaussRule.Jacobi(n, -0.5, -0.5).Integrate(x => Math.Pow(x, d)), 0, 1e-14, $"Jacobi, n = {n}, x^{d}");
            }
        }
    }

    [Fact]
    public void LargeGaussRulesStayAccurate()
    {
        GaussRule rule = GaussRule.Legendre(1000);
        double sum = 0;
        foreach (double w in rule.Weights)
            sum += w;
        Promises.Close(2, sum, 1e-14, 0, "weights");
        for (int i = 1; i < 1000; i++)
            Assert.True(rule.Nodes[i] > rule.Nodes[i - 1]);
        Promises.Close(2.0 / 1999, rule.Integrate(x => Math.Pow(x, 1998)), 1e-13, 0, "degree 1998");
        Promises.Close(Math.Sqrt(Math.PI) / 2, GaussRule.Hermite(300).Integrate(x => x * x), 1e-13, 0, "Hermite");
        Promises.Close(2, GaussRule.Laguerre(300).Integrate(x => x * x), 1e-13, 0, "Laguerre");
        Promises.Close(Math.Sqrt(Math.PI), GaussRule.FromRecurrence([0, 0, 0], [Math.Sqrt(Math.PI), 0.5, 1]).Integrate(_ => 1), 1e-15, 0, "recurrence");
    }

    public static TheoryData<KronrodRule> Rules => [.. Enum.GetValues<KronrodRule>()];

    [Theory]
    [MemberData(nameof(Rules))]
    public void KronrodRulesAreExactForPolynomials(KronrodRule rule)
    {
        int n = ((int)rule - 1) / 2;
        var options = new QuadratureOptions { AbsoluteTolerance = 10, Rule = rule };
        for (int degree = 0; degree <= (3 * n) + 1; degree++)
        {
            QuadratureResult result = Quadrature.Adaptive(x => (degree + 1) * Math.Pow(x, degree), 0, 1, options);
            Promises.Close(1, result.Value, 0, 5e-15, $"x^{degree}");
            Assert.Equal((int)rule, result.Evaluations);
        }
    }

    [Fact]
    public void EveryMethodMeetsKnownIntegrals()
    {
        (string Name, Func<double, double> F, double A, double B, double Value)[] smooth =
        [
            ("exp", Math.Exp, 0, 1, Math.E - 1),
            ("1/(1+x^2)", x => 1 / (1 + (x * x)), -4, 5, Math.Atan(5) + Math.Atan(4)),
            ("cos 20 x", x => Math.Cos(20 * x), 0, 2, Math.Sin(40) / 20),
        ];
        foreach ((string name, Func<double, double> f, double a, double b, double value) in smooth)
        {
            foreach ((string method, QuadratureResult result) in new[]
            {
                ("integrate", Quadrature.Integrate(f, a, b, Tight)),
                ("adaptive", Quadrature.Adaptive(f, a, b, Tight)),
                ("61 points", Quadrature.Adaptive(f, a, b, Tight with { Rule = KronrodRule.Points61 })),
                ("tanh-sinh", Quadrature.TanhSinh(f, a, b, Tight)),
                ("Clenshaw-Curtis", Quadrature.ClenshawCurtis(f, a, b, Tight)),
                ("Romberg", Quadrature.Romberg(f, a, b, Tight)),
                ("backwards", Quadrature.Integrate(f, b, a, Tight).Negate()),
                ("break points", Quadrature.Integrate(f, a, b, [a + 0.3, a - 1, b, a + 0.9], Tight)),
            })
            {
                Assert.True(result.Converged, $"{name}, {method}: {result}");
                Promises.Close(value, result.Value, 2e-12, 2e-12, $"{name}, {method}");
                Assert.True(result.ErrorEstimate <= 1e-11, $"{name}, {method}: {result}");
            }
        }

        Check("x^-0.9", Quadrature.TanhSinh(x => Math.Pow(x, -0.9), 0, 1, Tight), 10, 1e-10);
        Check("log^2", Quadrature.TanhSinh(x => Math.Log(x) * Math.Log(x), 0, 1, Tight), 2, 1e-12);
        Check("half line", Quadrature.TanhSinh(x => Math.Exp(-x) / Math.Sqrt(x), 0, double.PositiveInfinity, Tight), Math.Sqrt(Math.PI), 1e-11);
        Check("left half line", Quadrature.TanhSinh(Math.Exp, double.NegativeInfinity, 1, Tight), Math.E, 1e-11);
        Check("whole line", Quadrature.TanhSinh(x => 1 / (1 + (x * x)), double.NegativeInfinity, double.PositiveInfinity, Tight), Math.PI, 1e-11);
        Check("left half line, adaptive", Quadrature.Integrate(Math.Exp, double.NegativeInfinity, 1, Tight), Math.E, 1e-12);
        Check("singular inside", Quadrature.Integrate(x => 1 / Math.Sqrt(Math.Abs(x - 0.3)), 0, 1, [0.3], Tight), 2 * (Math.Sqrt(0.3) + Math.Sqrt(0.7)), 1e-11);
        Check("batch", Quadrature.Integrate((x, y) => System.Numerics.Tensors.TensorPrimitives.Exp(x, y), 0, 1, Tight), Math.E - 1, 1e-14);
        Check("struct", Quadrature.Integrate(default(Square), 0, 3, Tight), 9, 1e-14);

        static void Check(string name, QuadratureResult result, double value, double tolerance)
        {
            Assert.True(result.Converged, $"{name}: {result}");
            Promises.Close(value, result.Value, tolerance, 0, name);
        }
    }

    [Fact]
    public void TroubleIsAStatus()
    {
        Assert.NotEqual(QuadratureStatus.Converged, Quadrature.Integrate(x => 1 / x, 0, 1, Tight).Status);
        Assert.NotEqual(QuadratureStatus.Converged, Quadrature.Integrate(Math.Sin, 0, double.PositiveInfinity, Tight).Status);
        Assert.Equal(QuadratureStatus.NotFinite, Quadrature.Integrate(_ => double.NaN, 0, 1).Status);
        Assert.Equal(QuadratureStatus.NotFinite, Quadrature.Adaptive(_ => double.PositiveInfinity, 0, 1).Status);
        Assert.Equal(QuadratureStatus.NotFinite, Quadrature.TanhSinh(_ => double.NaN, 0, 1).Status);
        Assert.Equal(QuadratureStatus.NotFinite, Quadrature.ClenshawCurtis(x => 1 / x, 0, 1).Status);
        Assert.Equal(QuadratureStatus.NotFinite, Quadrature.Romberg(x => 1 / x, 0, 1).Status);
        Assert.Equal(QuadratureStatus.LimitReached, Quadrature.Adaptive(x => Math.Sin(1 / x), 1e-6, 1, Tight with { MaxSubintervals = 5 }).Status);
        Assert.Equal(0, Quadrature.Integrate(Math.Exp, 2, 2).Value);
        Assert.Throws<ArgumentOutOfRangeException>(() => Quadrature.Integrate(Math.Exp, double.NaN, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Quadrature.Adaptive(Math.Exp, 0, double.PositiveInfinity));
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussRule.Legendre(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new QuadratureOptions { AbsoluteTolerance = -1 });
        Assert.Throws<ArgumentException>(() => SampledIntegral.Romberg([1, 2, 3, 4], 1));
    }

    [Fact]
    public void IntegralsAreLinearAndAdditive() => Forall.Check(Prop.ForAll(
        (from a in Gen.Choose(-30, 30) from b in Gen.Choose(-30, 30) from c in Gen.Choose(-30, 30) from s in Gen.Choose(-9, 9) select (a / 10.0, b / 10.0, c / 10.0, (double)s)).ToArbitrary(), t =>
        {
            (double a, double b, double c, double s) = t;
            double F(double x) => Math.Exp(-x * x) + (s * Math.Sin(3 * x));
            double whole = Quadrature.Integrate(F, a, c, Tight).Value;
            Promises.Close(whole, Quadrature.Integrate(F, a, b, Tight).Value + Quadrature.Integrate(F, b, c, Tight).Value, 1e-11, 1e-11, "additive");
            double parts = Quadrature.Adaptive(x => Math.Exp(-x * x), a, c, Tight).Value + (s * (Math.Cos(3 * a) - Math.Cos(3 * c)) / 3);
            Promises.Close(whole, parts, 1e-11, 1e-11, "linear");
        }));

    [Fact]
    public void CubatureIsExactToDegreeSevenAndAdapts()
    {
        for (int n = 2; n <= 5; n++)
        {
            double[] lower = new double[n], upper = [.. Enumerable.Repeat(1.0, n)];
            QuadratureResult result = Cubature.Integrate(x => Math.Pow(x[0], 4) * Math.Pow(x[1], 3), lower, upper, new QuadratureOptions { AbsoluteTolerance = 10 });
            Promises.Close(1 / 20.0, result.Value, 1e-13, 0, $"degree 7 in {n} dimensions");
            QuadratureResult smooth = Cubature.Integrate(
                x =>
                {
                    double sum = 0;
                    foreach (double v in x)
                        sum += v;
                    return Math.Exp(sum);
                },
                lower,
                upper,
                new QuadratureOptions { AbsoluteTolerance = 0, RelativeTolerance = 1e-6, MaxSubintervals = 2000 });
            Assert.True(smooth.Converged, $"{smooth}");
            Promises.Close(Math.Pow(Math.E - 1, n), smooth.Value, 1e-6, 0, $"exp in {n} dimensions");
        }

        QuadratureResult peak = Cubature.Integrate(x => Math.Exp(-((x[0] * x[0]) + (x[1] * x[1])) * 200), [-1, -1], [1, 1], new QuadratureOptions { AbsoluteTolerance = 1e-9, RelativeTolerance = 1e-9 });
        Assert.True(peak.Converged, $"{peak}");
        Promises.Close(Math.PI / 200, peak.Value, 1e-7, 0, "peak");
        Promises.Close(1 / 3.0, Cubature.Integrate(x => x[0] * x[0], [0], [1]).Value, 1e-14, 0, "one dimension");
        Assert.Equal(QuadratureStatus.LimitReached, Cubature.Integrate(x => Math.Sin(1000 * x[0] * x[1]), [0, 0], [1, 1], new QuadratureOptions { MaxSubintervals = 1, AbsoluteTolerance = 1e-12 }).Status);
        Assert.Throws<ArgumentException>(() => Cubature.Integrate(_ => 1, [0, 0], [1]));
    }

    [Fact]
    public void SamplesAreIntegratedToTheirOrder()
    {
        double[] x = [0, 0.3, 1, 1.4, 2, 3.1], y = [.. x.Select(t => (2 * t * t) - t + 1)], sums = new double[6];
        Promises.Close((2 * 29.791 / 3) - (9.61 / 2) + 3.1, SampledIntegral.Simpson(x, y), 1e-14, 0, "parabola on six points");
        Promises.Close((2 * 8 / 3.0) - 2 + 2, SampledIntegral.Simpson(x.AsSpan(0, 5), y.AsSpan(0, 5)), 1e-14, 0, "parabola on five points");
        SampledIntegral.CumulativeTrapezoid(x, y, sums);
        Promises.Close(SampledIntegral.Trapezoid(x, y), sums[5], 1e-15, 0, "cumulative");
        double[] equal = [.. Enumerable.Range(0, 6).Select(i => (double)(i * i))];
        Promises.Close(125 / 3.0, SampledIntegral.Simpson(equal, 1.0), 1e-14, 0, "even number of samples");
        Assert.Equal(0, SampledIntegral.Simpson([5], 1.0));
        Assert.Throws<ArgumentException>(() => SampledIntegral.Simpson([0, 1, 1], [0.0, 0, 0]));
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void IntegrationAllocatesNothing()
    {
        double value = 0;
        Promises.AllocatesNothing(() => value = Quadrature.Integrate(default(Square), 0, 3).Value, "smooth integral");
        Promises.Close(9, value, 1e-14, 0, "value");
        Func<double, double> root = Math.Sqrt;
        Promises.AllocatesNothing(() => value = Quadrature.Integrate(root, 0, 1, Tight).Value, "singular integral");
        Promises.Close(2 / 3.0, value, 1e-14, 0, "value");
        Promises.AllocatesNothing(() => value = Quadrature.TanhSinh(root, 0, 1, Tight).Value, "tanh-sinh");
#if !SCRATCH
        double[] everywhere = [Quadrature.Integrate(root, 0, 1, Tight).Value, .. GaussRule.Legendre(64).Weights, .. GaussRule.Laguerre(30).Nodes];
        Hardware.SameBitsEverywhere<double>(everywhere, "integrals and rules");
#endif
    }
}
