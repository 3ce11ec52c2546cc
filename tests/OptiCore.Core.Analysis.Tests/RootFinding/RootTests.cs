using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.RootFinding;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class RootTests
{
    private static readonly Dictionary<string, Func<Func<double, double>, double, double, RootOptions?, RootResult>> Methods = new()
    {
        ["bisection"] = Roots.Bisection,
        ["Brent"] = Roots.Brent,
        ["Brent, hyperbolic"] = Roots.BrentHyperbolic,
        ["Ridders"] = Roots.Ridders,
        ["748"] = Roots.Toms748,
        ["Chandrupatla"] = Roots.Chandrupatla,
        ["Newton in a bracket"] = (f, a, b, options) => Roots.Newton(f, x => (f(Math.Min(b, x + 1e-7)) - f(Math.Max(a, x - 1e-7))) / (Math.Min(b, x + 1e-7) - Math.Max(a, x - 1e-7)), a, b, options),
    };

    [Fact]
    public void RootsStayInTheBracketAndInvertTheFunction() => Forall.Check(Prop.ForAll(
        (from target in Gen.Choose(-2900, 2900) from kind in Gen.Choose(0, 3) select (target / 1000.0, kind)).ToArbitrary(), t =>
        {
            Func<double, double> g = t.kind switch { 0 => Math.Sinh, 1 => x => (x * x * x) + (0.1 * x), 2 => Math.Atan, _ => x => Math.Exp(x) - 5 };
            double level = g(t.Item1);
            foreach ((string name, Func<Func<double, double>, double, double, RootOptions?, RootResult> method) in Methods)
            {
                RootResult result = method(
                    x =>
                    {
                        Assert.True(x is >= -3 and <= 3.5, $"{name} left the bracket: {x}");
                        return g(x) - level;
                    },
                    -3,
                    3.5,
                    null);
                Assert.True(result.Converged, $"{name}: {result}");
                // The derivative handed to Newton's method is a difference quotient, and so is its rate.
                double tolerance = name.StartsWith("Newton", StringComparison.Ordinal) ? 1e-7 : 1e-10;
                Promises.Close(t.Item1, result.Root, 0, tolerance, name);
                Promises.Close(result.Root, method(x => level - g(x), 3.5, -3, null).Root, 0, tolerance, $"{name}, mirrored");
            }
        }));

    [Fact]
    public void TroubleIsAStatusOrNamesBothValues()
    {
        foreach ((string name, Func<Func<double, double>, double, double, RootOptions?, RootResult> method) in Methods)
        {
            ArgumentException error = Assert.Throws<ArgumentException>(() => method(x => (x * x) + 2, -1, 2, null));
            Assert.Contains("3", error.Message, StringComparison.Ordinal);
            Assert.Contains("6", error.Message, StringComparison.Ordinal);
            Assert.Equal(RootStatus.NotANumber, method(x => x is > -1 and < 2 ? double.NaN : x, -1, 2, null).Status);
            Assert.Equal(-1, method(x => x + 1, -1, 2, null).Root);
            Assert.Equal(2, method(x => x - 2, -1, 2, null).Root);
            Assert.Equal(RootStatus.IterationLimit, method(x => Math.Exp(x) - 3, -1, 2, new RootOptions { MaxIterations = 1 }).Status);
            // A jump has a sign change without a zero; huge and tiny values must not disturb.
            Promises.Close(0.3, method(x => x < 0.3 ? -1e200 : 1e-200, 0, 1, null).Root, 0, 1e-11, $"{name}, jump");
            Assert.Throws<ArgumentOutOfRangeException>(() => method(x => x, double.NegativeInfinity, 1, null));
        }

        Assert.Equal(RootStatus.Stalled, Roots.Newton(x => (x * x) + 1, x => 2 * x, 0).Status);
        Assert.Equal(RootStatus.Stalled, Roots.Secant(x => (x * x) + 1, -1, 1).Status);
        Assert.Equal(RootStatus.IterationLimit, Roots.Newton(x => (x * x) + 1, x => 2 * x, 0.7, new RootOptions { MaxIterations = 20 }).Status);
        // log isn't defined where the first full step leads: the step is halved.
        Promises.Close(1, Roots.Newton(Math.Log, x => 1 / x, 3).Root, 1e-12, 0, "Newton on log");
        Assert.Throws<ArgumentException>(() => Roots.Secant(x => x, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RootOptions { RelativeTolerance = 1e-17 });
    }

    [Fact]
    public void ABracketIsFoundByExpansion()
    {
        RootBracket bracket = Roots.Expand(x => Math.Exp(x) - 1e6, 0, 1);
        Assert.True(bracket.Found);
        Assert.True(bracket.A <= Math.Log(1e6) && bracket.B >= Math.Log(1e6));
        Assert.True(bracket.ValueA < 0 && bracket.ValueB > 0);
        Promises.Close(Math.Log(1e6), Roots.Brent(x => Math.Exp(x) - 1e6, bracket.A, bracket.B).Root, 1e-12, 0, "root");
        Assert.True(Roots.Expand(x => x + 50, 0, 1).Found);
        Assert.False(Roots.Expand(x => (x * x) + 1, 0, 1).Found);
        Assert.False(Roots.Expand(x => x - 5, 0, 1, highest: 4, lowest: -1).Found);
        Assert.True(Roots.Expand(x => x - 5, 0, 1, highest: 6, lowest: 0).Found);
    }

    [Fact]
    public void MinimaAreFoundWhereTheyAre() => Forall.Check(Prop.ForAll(Gen.Choose(-2000, 2000).ToArbitrary(), i =>
    {
        double at = i / 500.0;
        foreach (Func<double, double> f in new Func<double, double>[] { x => Math.Cosh(x - at), x => Math.Abs(x - at), x => Math.Pow(x - at, 4) - 1 })
        {
            double tolerance = f(at) == -1 ? 1e-3 : 2e-7;
            MinimumBracket bracket = Minima.Bracket(f, at + 3, at + 2.5);
            Assert.True(bracket.Found, $"{bracket}");
            foreach (MinimumResult result in new[] { Minima.Bounded(f, -5, 6), Minima.Brent(f, bracket.A, bracket.B, bracket.C), Minima.GoldenSection(f, bracket.A, bracket.B, bracket.C) })
            {
                Assert.True(result.Converged, $"{result}");
                Promises.Close(at, result.X, 0, tolerance, "minimum");
            }
        }
    }));

    [Fact]
    public void TroubleWithMinimaIsTold()
    {
        Assert.Equal(MinimumStatus.NotANumber, Minima.Bounded(_ => double.NaN, 0, 1).Status);
        Assert.Equal(MinimumStatus.IterationLimit, Minima.Bounded(Math.Cosh, -3, 2, new MinimumOptions { MaxIterations = 2 }).Status);
        Assert.False(Minima.Bracket(x => -x, 0, 1).Found);
        Assert.Throws<ArgumentException>(() => Minima.Brent(x => x, 0, 1, 2));
        Assert.Throws<ArgumentException>(() => Minima.Bounded(x => x, 1, 1));
        Assert.Throws<ArgumentException>(() => Minima.GoldenSection(x => x, 1, 3, 2));
    }

    [Fact]
    public void PolynomialRootsReproduceThePolynomial() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 12) from c in Gen.Choose(-50, 50).ArrayOf(n + 1) select c.Select(v => (double)v).ToArray()).ToArbitrary(), c =>
        {
            if (c[^1] == 0)
                c[^1] = 1;
            Complex[] roots = new Complex[c.Length - 1];
            Assert.Equal(roots.Length, PolynomialRoots.All(c, roots));
            foreach (Complex z in roots)
            {
                Complex value = Complex.Zero;
                double size = 0;
                for (int k = c.Length - 1; k >= 0; k--)
                {
                    value = (value * z) + c[k];
                    size = (size * Complex.Abs(z)) + Math.Abs(c[k]);
                }

                Assert.True(Complex.Abs(value) <= 1e-13 * size, $"p({z}) = {value} for [{string.Join(", ", c)}]");
                Assert.Contains(Complex.Conjugate(z), roots);
            }

            Complex sum = roots.Aggregate(Complex.Zero, (s, z) => s + z);
            Promises.Close(-c[^2] / c[^1], sum.Real, 1e-6, 1e-6 * (1 + roots.Max(z => Complex.Abs(z))), "sum of the roots");
        }));

    [Fact]
    public void KnownPolynomialsHaveTheirRootsAndMultiplicities()
    {
        // Wilkinson's polynomial to 10, a fourfold root, wide spread of moduli.
        double[] wilkinson = [1];
        for (int i = 1; i <= 10; i++)
            wilkinson = Times(wilkinson, i);
        Complex[] roots = new Complex[10];
        Assert.Equal(10, PolynomialRoots.All(wilkinson, roots));
        for (int i = 0; i < 10; i++)
            Promises.Close(i + 1, roots[i].Real, 1e-8, 0, $"Wilkinson {i}");
        double[] multiple = Times(Times(Times(Times(Times([1], 2), 2), 2), 2), -1);
        PolynomialRoot[] groups = PolynomialRoots.WithMultiplicities(multiple);
        Assert.Equal([1, 4], groups.Select(g => g.Multiplicity));
        Promises.Close(2, groups[1].Value.Real, 1e-4, 0, "fourfold");
        Assert.True(groups[1].Radius < 0.05 && groups[1].Radius >= Complex.Abs(groups[1].Value - 2));
        double[] spread = Times(Times(Times([1], 1e-8), 1), 1e8);
        Assert.Equal(3, PolynomialRoots.All(spread, roots));
        Promises.Close(1e-8, roots[0].Real, 1e-14, 0, "small");
        Promises.Close(1, roots[1].Real, 1e-14, 0, "middle");
        Promises.Close(1e8, roots[2].Real, 1e-14, 0, "large");
        Assert.Equal(2, PolynomialRoots.All([0.0, 0, 3, 0], roots));
        Assert.Equal(-1, PolynomialRoots.All([0.0, 0], roots));
        Assert.Equal(0, PolynomialRoots.All([5.0], roots));
        Assert.Equal([2, 1], PolynomialRoots.WithMultiplicities([0, 0, -1, 1]).Select(g => g.Multiplicity));
        double[] unity = new double[201];
        (unity[0], unity[200]) = (-1, 1);
        Complex[] many = new Complex[200];
        Assert.Equal(200, PolynomialRoots.All(unity, many));
        Assert.All(many, z => Promises.Close(1, Complex.Abs(z), 1e-13, 0, "roots of unity"));
        Assert.Throws<ArgumentException>(() => PolynomialRoots.All([1.0, double.NaN], roots));

        static double[] Times(double[] p, double root)
        {
            double[] product = new double[p.Length + 1];
            for (int k = 0; k < p.Length; k++)
            {
                product[k + 1] += p[k];
                product[k] -= root * p[k];
            }

            return product;
        }
    }

    [Fact]
    public void ClosedFormsAreStable()
    {
        (Complex small, Complex large) = ClosedFormRoots.Quadratic(1, -1e8, 1);
        Promises.Close(1e-8, small.Real, 1e-15, 0, "small root");
        Promises.Close(1e8, large.Real, 1e-15, 0, "large root");
        // Kahan's example: nearly equal roots, where the plain discriminant is all rounding.
        (Complex first, Complex second) = ClosedFormRoots.Quadratic(94906265.625, -2 * 94906267.0, 94906268.375);
        Promises.Close(1, first.Real, 1e-15, 0, "first");
        Promises.Close(1.000000028975958, second.Real, 1e-15, 0, "second");
        (Complex lower, Complex upper) = ClosedFormRoots.Quadratic(1e300, -3e300, 2e300);
        Promises.Close(1, lower.Real, 1e-15, 0, "huge");
        Promises.Close(2, upper.Real, 1e-15, 0, "huge");
        Assert.Equal((new Complex(0, -1), new Complex(0, 1)), ClosedFormRoots.Quadratic(1, 0, 1));
        Assert.Equal((new Complex(-2, 0), double.PositiveInfinity), ClosedFormRoots.Quadratic(0, 1, 2));
        (Complex a, Complex b, Complex c) = ClosedFormRoots.Cubic(1, -6, 11, -6);
        Promises.Close(1, a.Real, 1e-14, 0, "cubic");
        Promises.Close(2, b.Real, 1e-14, 0, "cubic");
        Promises.Close(3, c.Real, 1e-14, 0, "cubic");
        (a, b, c) = ClosedFormRoots.Cubic(1, 0, 0, -8);
        Promises.Close(2, a.Real, 1e-15, 0, "cube root");
        Promises.Close(-1, b.Real, 1e-15, 0, "pair");
        Promises.Close(-Math.Sqrt(3), b.Imaginary, 1e-15, 0, "pair");
        (a, b, c) = ClosedFormRoots.Cubic(1, -1e5 - 1 - 1e-5, 1e5 + 1 + 1e-5, -1);
        Promises.Close(1e-5, a.Real, 1e-10, 0, "spread");
        Promises.Close(1e5, c.Real, 1e-12, 0, "spread");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void NothingIsAllocated()
    {
        Func<double, double> f = x => (x * x * x) - (2 * x) - 5;
        RootResult result = default;
        Promises.AllocatesNothing(() => result = Roots.Brent(f, 2, 3), "Brent");
        Promises.AllocatesNothing(() => result = Roots.Toms748(f, 2, 3), "748");
        Promises.Close(2.0945514815423265, result.Root, 1e-12, 0, "root");
#if !SCRATCH
        Hardware.SameBitsEverywhere<double>([result.Root, Roots.Chandrupatla(f, 2, 3).Root, Minima.Bounded(f, 0, 2).X], "roots");
#endif
    }
}
