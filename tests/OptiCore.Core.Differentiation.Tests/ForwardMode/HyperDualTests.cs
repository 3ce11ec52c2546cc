using System.Numerics;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Elementary;

namespace OptiCore.Core.Tests.Differentiation;

public class HyperDualTests
{
    private readonly struct Rosenbrock : IFormula
    {
        public T Value<T>(ReadOnlySpan<T> x)
            where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
                ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
        {
            T sum = T.Zero;
            for (int i = 0; i + 1 < x.Length; i++)
                sum += (T.CreateChecked(100) * Sq(x[i + 1] - Sq(x[i]))) + Sq(T.One - x[i]);
            return sum;
        }
    }

    [Fact]
    public void EveryOperationAgreesWithNestedDualNumbers()
    {
        (string Name, Func<HyperDual, HyperDual, HyperDual> Hyper, Func<Dual<Dual<double>>, Dual<Dual<double>>, Dual<Dual<double>>> Nested)[] operations =
        [
            ("x + y", (x, y) => x + y, (x, y) => x + y),
            ("x - y", (x, y) => x - y, (x, y) => x - y),
            ("x y", (x, y) => x * y, (x, y) => x * y),
            ("x / y", (x, y) => x / y, (x, y) => x / y),
            ("pow", Pow, Pow),
            ("atan2", Atan2, Atan2),
            ("max", Max, Max),
            ("min", Min, Min),
            ("hypot", Hypotenuse, Hypotenuse),
            ("chain", Chain, Chain),
        ];
        Forall.Check(Prop.ForAll(
            Gen.Choose(1, 1_000_000).ArrayOf(8).ToArbitrary(),
            u =>
            {
                double[] p = [.. u.Select(k => k / 2e5)];
                HyperDual x = new(p[0], p[1] - 2, p[2] - 2, p[3] - 2), y = new(p[4], p[5] - 2, p[6] - 2, p[7] - 2);
                foreach ((string name, Func<HyperDual, HyperDual, HyperDual> hyper, Func<Dual<Dual<double>>, Dual<Dual<double>>, Dual<Dual<double>>> nested) in operations)
                {
                    HyperDual actual = hyper(x, y);
                    Dual<Dual<double>> expected = nested(x.ToNested(), y.ToNested());
                    Promises.SameBits(
                        [expected.Value.Value, expected.Value.Derivative, expected.Derivative.Value, expected.Derivative.Derivative],
                        [actual.Value, actual.First, actual.Second, actual.Mixed],
                        name);
                }
            }));

        static T Hypotenuse<T>(T x, T y) where T : IRootFunctions<T> => T.Hypot(x, y);

        static T Chain<T>(T x, T y) where T : IExponentialFunctions<T>, ILogarithmicFunctions<T>, ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IRootFunctions<T> =>
            T.Log(T.Exp(T.Sin(x)) + T.Sqrt(y)) - T.Tanh(x * y) + T.Cbrt(y) + T.Atan(x);
    }

    [Fact]
    public void TheMixedPartIsTheSecondDerivative()
    {
        // f = x^3 y^2: f_xy = 6 x^2 y; f_xx = 6 x y^2.
        HyperDual x = new(2, 1, 0, 0), y = new(5, 0, 1, 0);
        HyperDual mixed = x * x * x * y * y;
        Assert.Equal((200, 300, 80, 120), (mixed.Value, mixed.First, mixed.Second, mixed.Mixed));
        HyperDual exponential = Exp(HyperDual.Variable(0.3) * 2);
        Promises.Close(4 * Math.Exp(0.6), exponential.Mixed, 1e-15, 0, "(e^2x)''");

        // Fike and Alonso's example: f = e^x / sqrt(sin^3 x + cos^3 x), its second derivative at 1.5 to 16 digits by mpmath.
        HyperDual t = HyperDual.Variable(1.5);
        HyperDual f = Exp(t) / Sqrt((Sin(t) * Sq(Sin(t))) + (Cos(t) * Sq(Cos(t))));
        Promises.Close(4.497780053946162, f.Value, 1e-15, 0, "f");
        Promises.Close(4.053427893898621, f.First, 1e-14, 0, "f'");
        Promises.Close(9.463073681596605, f.Mixed, 1e-14, 0, "f''");
    }

    [Fact]
    public void HessiansAreThoseKnown()
    {
        double[] x = [-1.2, 1, 0.7], gradient = new double[3], hessian = new double[9];
        double value = HyperDual.Hessian(new Rosenbrock(), x, gradient, hessian);
        double[] expected = new double[9];
        for (int i = 0; i < 2; i++)
        {
            expected[(i * 3) + i] += (1200 * x[i] * x[i]) - (400 * x[i + 1]) + 2;
            expected[((i + 1) * 3) + i + 1] += 200;
            expected[(i * 3) + i + 1] = expected[((i + 1) * 3) + i] = -400 * x[i];
        }

        for (int i = 0; i < 9; i++)
            Promises.Close(expected[i], hessian[i], 1e-14, 1e-12, $"hessian {i}");
        double[] known = new double[3];
        Promises.Close(Function.From(3, new Rosenbrock()).ValueAndGradient(x, known), value, 1e-15, 0, "value");
        for (int i = 0; i < 3; i++)
            Promises.Close(known[i], gradient[i], 1e-14, 1e-13, $"gradient {i}");
    }

    [Fact]
    public void HessiansOfDelegatesAreSymmetricAndFollowProducts()
    {
        double[] x = [0.3, -0.8, 1.1, 2], v = [1, -2, 0.5, 0.25], gradient = new double[4], hessian = new double[16], product = new double[4];
        Function.From(4, new Rosenbrock()).HessianProduct(x, v, product);
        HyperDual.Hessian(p => new Rosenbrock().Value(p), x, gradient, hessian);
        for (int i = 0; i < 4; i++)
        {
            double sum = 0;
            for (int j = 0; j < 4; j++)
            {
                sum += hessian[(i * 4) + j] * v[j];
                Assert.Equal(hessian[(i * 4) + j], hessian[(j * 4) + i]);
            }

            Promises.Close(product[i], sum, 1e-13, 1e-12, $"product {i}");
        }

        Promises.AllocatesNothing(() => HyperDual.Hessian(new Rosenbrock(), x, gradient, hessian), "Hessian");
        Assert.Throws<ArgumentException>(() => HyperDual.Hessian(new Rosenbrock(), x, gradient, new double[15]));
        Assert.Throws<ArgumentException>(() => HyperDual.Hessian(new Rosenbrock(), x, new double[3], hessian));
    }

    [Fact]
    public void EdgesFollowTheRulesOfDualNumbers()
    {
        HyperDual constant = Sqrt(HyperDual.Constant(0));
        Assert.Equal((0, 0, 0, 0), (constant.Value, constant.First, constant.Second, constant.Mixed));
        HyperDual power = Pow<HyperDual>(HyperDual.Variable(-3), 2.0);
        Assert.Equal((9, -6, -6, 2), (power.Value, power.First, power.Second, power.Mixed));
        Assert.True(double.IsNaN(Exp(HyperDual.Variable(double.NaN)).Value));
        Assert.Equal("(1; 2, 3; 4)", new HyperDual(1, 2, 3, 4).ToString());
        Assert.True(new HyperDual(1, 2, 3, 4) == new HyperDual(1, 0, 0, 0) && !new HyperDual(1, 2, 3, 4).Equals(1.0));
    }
}
