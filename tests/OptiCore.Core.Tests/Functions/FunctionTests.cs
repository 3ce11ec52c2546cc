using System.Numerics;
using System.Text.Json;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Functions;

public class FunctionTests
{
    private readonly struct Rosenbrock : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T hundred = T.CreateChecked(100), sum = T.Zero;
            for (int i = 0; i + 1 < x.Length; i++)
                sum += (hundred * Sq(x[i + 1] - Sq(x[i]))) + Sq(T.One - x[i]);
            return sum;
        }
    }

    private readonly struct Wood : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T a = T.CreateChecked(100), b = T.CreateChecked(90), c = T.CreateChecked(10.1), d = T.CreateChecked(19.8);
            return (a * Sq(x[1] - Sq(x[0]))) + Sq(T.One - x[0]) + (b * Sq(x[3] - Sq(x[2]))) + Sq(T.One - x[2])
                + (c * (Sq(x[1] - T.One) + Sq(x[3] - T.One))) + (d * (x[1] - T.One) * (x[3] - T.One));
        }
    }

    private readonly struct BrownDennis : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T sum = T.Zero;
            for (int i = 1; i <= 20; i++)
            {
                T t = T.CreateChecked(i / 5.0);
                sum += Sq(Sq(x[0] + (t * x[1]) - Exp(t)) + Sq(x[2] + (x[3] * Sin(t)) - Cos(t)));
            }

            return sum;
        }
    }

    private readonly struct HelicalValley : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T theta = Atan2(x[1], x[0]) / T.Tau;
            return (T.CreateChecked(100) * (Sq(x[2] - (T.CreateChecked(10) * theta)) + Sq(Sqrt(Sq(x[0]) + Sq(x[1])) - T.One))) + Sq(x[2]);
        }
    }

    private readonly struct Trigonometric : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T sum = T.Zero, rest = T.CreateChecked(x.Length);
            foreach (T xi in x)
                rest -= Cos(xi);
            for (int i = 0; i < x.Length; i++)
                sum += Sq(rest + (T.CreateChecked(i + 1) * (T.One - Cos(x[i]))) - Sin(x[i]));
            return sum;
        }
    }

    private readonly struct ExpQuadratic : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool> =>
            Exp(x[0]) + Exp(-x[0]) + Sq(x[1] - x[0]) + Exp(Sq(x[2]) / T.CreateChecked(2)) + x[2];
    }

    public static TheoryData<string> Problems => ["rosenbrock_2", "rosenbrock_5", "rosenbrock_10", "wood", "brown_dennis", "helical_valley", "trigonometric_5", "exp_quadratic_3"];

    [Theory]
    [MemberData(nameof(Problems))]
    public void FormulasHaveTheExactValuesGradientsAndHessiansOfTheReference(string name)
    {
        JsonElement problem = Reference.Json("golden/04_minimize.json").GetProperty("problems").GetProperty(name);
        double[] x = problem.Numbers("x0"), gradient = new double[x.Length], product = new double[x.Length], unit = new double[x.Length];
        int n = x.Length;
        ITwiceDifferentiableFunction<double> function = name switch
        {
            "wood" => Function.From(n, new Wood()),
            "brown_dennis" => Function.From(n, new BrownDennis()),
            "helical_valley" => Function.From(n, new HelicalValley()),
            "trigonometric_5" => Function.From(n, new Trigonometric()),
            "exp_quadratic_3" => Function.From(n, new ExpQuadratic()),
            _ => Function.From(n, new Rosenbrock()),
        };
        Promises.Close(problem.Number("f0"), function.Value(x), 1e-13, 1e-13, "value");
        Promises.Close(problem.Number("f0"), function.ValueAndGradient(x, gradient), 1e-13, 1e-13, "value");
        AssertClose(problem.Numbers("grad0"), gradient, 1e-13, "gradient");
        double[] hessian = problem.RowMajor("hess0"), columns = new double[n * n];
        for (int j = 0; j < n; j++)
        {
            unit.AsSpan().Clear();
            unit[j] = 1;
            function.HessianProduct(x, unit, product);
            for (int i = 0; i < n; i++)
                columns[(i * n) + j] = product[i];
        }

        AssertClose(hessian, columns, 1e-13, "Hessian");
        DerivativeCheck.Gradient(function, x).EnsureCorrect();
        DerivativeCheck.HessianProduct(function, x).EnsureCorrect();
    }

    [Fact]
    public void LambdasHaveTheGradientsOfTheReference()
    {
        IDifferentiableFunction<double> rosenbrock = Function.From(2, x => (100 * Sq(x[1] - (x[0] * x[0]))) + Sq(1 - x[0]));
        JsonElement[] problems = [.. Reference.Json("mgh/more-garbow-hillstrom.json").GetProperty("problems").EnumerateArray()];
        JsonElement problem = problems.Single(p => p.GetProperty("number").GetInt32() == 1);
        foreach (JsonElement evaluation in problem.GetProperty("reference_evaluations").EnumerateArray())
        {
            double[] gradient = new double[2];
            Promises.Close(evaluation.Number("f"), rosenbrock.ValueAndGradient(evaluation.Numbers("x"), gradient), 1e-14, 0, "f");
            Promises.Close(evaluation.Number("f"), rosenbrock.Value(evaluation.Numbers("x")), 1e-14, 0, "f");
            AssertClose(evaluation.Numbers("gradient"), gradient, 1e-14, "gradient");
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(14)]
    public void ResidualsHaveTheJacobiansOfTheReference(int number)
    {
        JsonElement problem = Reference.Json("mgh/more-garbow-hillstrom.json").GetProperty("problems").EnumerateArray().Single(p => p.GetProperty("number").GetInt32() == number);
        int n = problem.GetProperty("n").GetInt32(), m = problem.GetProperty("m").GetInt32();
        IDifferentiableResidualFunction<double> function = Function.FromResiduals(n, m, number switch
        {
            2 => static (x, r) =>
            {
                r[0] = -13 + x[0] + ((((5 - x[1]) * x[1]) - 2) * x[1]);
                r[1] = -29 + x[0] + ((((x[1] + 1) * x[1]) - 14) * x[1]);
            }
            ,
            7 => static (x, r) =>
            {
                Dual4 theta = (Atan(x[1] / x[0]) / (2 * Math.PI)) + (x[0] > 0 ? 0 : 0.5);
                r[0] = 10 * (x[2] - (10 * theta));
                r[1] = 10 * (Sqrt(Sq(x[0]) + Sq(x[1])) - 1);
                r[2] = x[2];
            }
            ,
            _ => static (x, r) =>
            {
                r[0] = 10 * (x[1] - Sq(x[0]));
                r[1] = 1 - x[0];
                r[2] = Math.Sqrt(90) * (x[3] - Sq(x[2]));
                r[3] = 1 - x[2];
                r[4] = Math.Sqrt(10) * (x[1] + x[3] - 2);
                r[5] = (x[1] - x[3]) / Math.Sqrt(10);
            }
            ,
        });
        foreach (JsonElement evaluation in problem.GetProperty("reference_evaluations").EnumerateArray())
        {
            double[] x = evaluation.Numbers("x"), r = new double[m], again = new double[m], jacobian = new double[m * n], gradient = new double[n];
            function.ResidualsAndJacobian(x, r, jacobian);
            function.Residuals(x, again);
            Promises.SameBits(r, again, "residuals");
            Promises.Close(evaluation.Number("f"), r.Sum(v => v * v), 1e-13, 0, "f");
            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < m; i++)
                    gradient[j] += 2 * r[i] * jacobian[(i * n) + j];
            }

            AssertClose(evaluation.Numbers("gradient"), gradient, 1e-12, "gradient");
            DerivativeCheck.Jacobian(function, x).EnsureCorrect();
        }
    }

    [Fact]
    public void AValueCostsOneSweepAndAGradientOneForFourVariables()
    {
        int calls = 0;
        IDifferentiableFunction<double> function = Function.From(10, x =>
        {
            calls++;
            Dual4 sum = 0;
            foreach (Dual4 xi in x)
                sum += xi * xi;
            return sum;
        });
        double[] x = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], gradient = new double[10];
        Assert.Equal(385, function.Value(x));
        Assert.Equal(1, calls);
        Assert.Equal(385, function.ValueAndGradient(x, gradient));
        Assert.Equal(4, calls);
        Assert.Equal(x.Select(v => 2 * v), gradient);
    }

    [Fact]
    public void EvaluationAllocatesNothing()
    {
        double[] x = [-1.2, 1, 0.5, 2, 1], g = new double[5], r = new double[2], j = new double[10];
        ITwiceDifferentiableFunction<double> formula = Function.From(5, new Rosenbrock());
        IDifferentiableFunction<double> lambda = Function.From(5, static x => Sq(x[0]) + (x[1] * x[4]));
        IDifferentiableResidualFunction<double> residuals = Function.FromResiduals(5, 2, static (x, r) =>
        {
            r[0] = x[0] * x[1];
            r[1] = Exp(x[4]);
        });
        IDifferentiableFunction<double> differences = Function.BlackBox(5, static x => x[0] * x[3]).WithFiniteDifferences();
        ITwiceDifferentiableFunction<double> products = lambda.WithHessianByDifferences();
        Promises.AllocatesNothing(
            () =>
            {
                formula.ValueAndGradient(x, g);
                formula.HessianProduct(x, x, g);
                lambda.Value(x);
                lambda.ValueAndGradient(x, g);
                residuals.ResidualsAndJacobian(x, r, j);
                differences.ValueAndGradient(x, g);
                products.HessianProduct(x, x, g);
            },
            "Evaluation");
    }

    [Fact]
    public void ThreadsMayShareAFunction()
    {
        ITwiceDifferentiableFunction<double> function = Function.From(5, new Rosenbrock());
        double[][] gradients = [.. Enumerable.Range(0, 64).Select(_ => new double[5])];
        Workers.Threads(4).ForEach(64, i => function.ValueAndGradient([i, 1, 2, -i, 0.5], gradients[i]));
        for (int i = 0; i < 64; i++)
        {
            double[] expected = new double[5];
            function.ValueAndGradient([i, 1, 2, -i, 0.5], expected);
            Promises.SameBits(expected, gradients[i], $"gradient {i}");
        }
    }

    [Theory]
    [InlineData(FiniteDifference.Forward, 1e-6)]
    [InlineData(FiniteDifference.Central, 1e-9)]
    public void FiniteDifferencesApproximateExactDerivatives(FiniteDifference scheme, double tolerance)
    {
        ITwiceDifferentiableFunction<double> exact = Function.From(4, new Wood());
        double[] x = [-1.5, 0.7, 2, 1e4 / 9999], expected = new double[4], actual = new double[4], v = [1, -2, 0.5, 3];
        double value = Function.BlackBox(4, exact.Value).WithFiniteDifferences(scheme).ValueAndGradient(x, actual);
        Assert.Equal(exact.ValueAndGradient(x, expected), value);
        AssertClose(expected, actual, tolerance, "gradient");
        exact.HessianProduct(x, v, expected);
        exact.WithHessianByDifferences(scheme).HessianProduct(x, v, actual);
        AssertClose(expected, actual, tolerance * 10, "Hessian product");
        exact.WithHessianByDifferences(scheme).HessianProduct(x, new double[4], actual);
        Assert.All(actual, p => Assert.Equal(0, p));

        IDifferentiableResidualFunction<double> residuals = Function.FromResiduals(2, 3, static (x, r) =>
        {
            r[0] = Exp(x[0]) * x[1];
            r[1] = Sin(x[1]);
            r[2] = x[0] * x[0];
        });
        double[] r0 = new double[3], r1 = new double[3], j0 = new double[6], j1 = new double[6];
        residuals.ResidualsAndJacobian([0.4, -1.1], r0, j0);
        Function.BlackBoxResiduals(2, 3, residuals.Residuals).WithFiniteDifferences(scheme).ResidualsAndJacobian([0.4, -1.1], r1, j1);
        Promises.SameBits(r0, r1, "residuals");
        AssertClose(j0, j1, tolerance, "Jacobian");
    }

    [Fact]
    public void DelegatesAreWrappedAsTheyAre()
    {
        IDifferentiableFunction<float> function = Function.WithGradient<float>(2, (x, g) =>
        {
            (g[0], g[1]) = (x[1], x[0]);
            return x[0] * x[1];
        });
        float[] gradient = new float[2];
        Assert.Equal(6, function.Value([2, 3]));
        Assert.Equal(6, function.ValueAndGradient([2, 3], gradient));
        Assert.Equal([3, 2], gradient);
        Assert.Equal(2, function.Dimension);
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("dimension", () => Function.From(0, x => x[0]));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => Function.FromResiduals(2, 0, (x, r) => { }));
        Assert.ThrowsAny<ArgumentNullException>(() => Function.From(1, null!));
        Assert.ThrowsAny<ArgumentNullException>(() => Function.BlackBox(1, null!));
        IDifferentiableFunction<double> function = Function.From(2, x => x[0]);
        Assert.Throws<ArgumentException>("x", () => function.Value([1]));
        Assert.Throws<ArgumentException>("gradient", () => function.ValueAndGradient([1, 2], new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>("scheme", () => function.WithHessianByDifferences((FiniteDifference)5));
    }

    private static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double relative, string what)
    {
        double norm = 0;
        foreach (double e in expected)
            norm = Math.Max(norm, Math.Abs(e));
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 0, relative * norm, $"{what}[{i}]");
    }
}
