using FsCheck;
using FsCheck.Fluent;
using OptiCore.Integration;
using OptiCore.Interpolation;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class SplineTests
{
    private static readonly Arbitrary<(double[] X, double[] Y)> Points = (
        from n in Gen.Choose(6, 30)
        from gaps in Gen.Choose(5, 200).ArrayOf(n)
        from y in Gen.Choose(-1000, 1000).ArrayOf(n)
        select (Sums(gaps), y.Select(v => v / 100.0).ToArray())).ToArbitrary();

    private static double[] Sums(int[] gaps)
    {
        double sum = -3;
        return [.. gaps.Select(g => sum += g / 100.0)];
    }

    private static Dictionary<string, PiecewisePolynomial> All(double[] x, double[] y) => new()
    {
        ["linear"] = Spline.Linear(x, y),
        ["not-a-knot"] = Spline.Cubic(x, y),
        ["natural"] = Spline.Cubic(x, y, SplineEnd.Natural, SplineEnd.Natural),
        ["clamped"] = Spline.Cubic(x, y, SplineEnd.FirstDerivative(0.3), SplineEnd.FirstDerivative(-1)),
        ["mixed"] = Spline.Cubic(x, y, SplineEnd.SecondDerivative(2), SplineEnd.NotAKnot),
        ["pchip"] = Spline.Pchip(x, y),
        ["akima"] = Spline.Akima(x, y),
        ["makima"] = Spline.Akima(x, y, AkimaWeights.Modified),
        ["quintic"] = BSpline.Interpolate(x, y, 5).ToPiecewisePolynomial(),
        ["quartic"] = BSpline.Interpolate(x, y, 4).ToPiecewisePolynomial(),
    };

    [Fact]
    public void EverySplineGoesThroughItsPoints() => Forall.Check(Prop.ForAll(Points, points =>
    {
        foreach ((string name, PiecewisePolynomial spline) in All(points.X, points.Y))
        {
            double tolerance = name.StartsWith('q') ? 1e-7 : 1e-11;
            for (int i = 0; i < points.X.Length; i++)
                Promises.Close(points.Y[i], spline.Value(points.X[i]), 0, tolerance, $"{name} at point {i}");
        }
    }));

    [Fact]
    public void DerivativeOfTheAntiderivativeIsTheFunctionAndItsDifferenceTheIntegral() => Check.One(Forall.Config.WithMaxTest(40), Prop.ForAll(Points, points =>
    {
        double a = points.X[0], b = points.X[^1];
        foreach ((string name, PiecewisePolynomial spline) in All(points.X, points.Y))
        {
            PiecewisePolynomial integral = spline.Antiderivative(), back = integral.Differentiate();
            double size = 0;
            for (int i = 0; i <= 50; i++)
                size = Math.Max(size, Math.Abs(spline.Value(a + ((b - a) * i / 50))));
            for (int i = 0; i <= 50; i++)
            {
                double x = a + ((b - a) * i / 50);
                Promises.Close(spline.Value(x), back.Value(x), 0, 1e-12 * size, name);
                Promises.Close(spline.Integral(a, x), integral.Value(x), 0, 1e-12 * size * (b - a), name);
                Promises.Close(spline.Derivative(x, 2), spline.Differentiate().Differentiate().Value(x), 1e-12, 1e-12, name);
            }

            Promises.Close(spline.Integral(a, b), spline.Integral(a, points.X[2]) - spline.Integral(b, points.X[2]), 1e-11, 1e-11 * size * (b - a), name);
        }
    }));

    [Fact]
    public void CubicSplinesAreTwiceContinuouslyDifferentiableAndFulfilTheirEnds() => Forall.Check(Prop.ForAll(Points, points =>
    {
        (double[] x, double[] y) = points;
        PiecewisePolynomial spline = Spline.Cubic(x, y, SplineEnd.FirstDerivative(0.7), SplineEnd.SecondDerivative(-2));
        Promises.Close(0.7, spline.Derivative(x[0]), 1e-12, 1e-9, "slope");
        Promises.Close(-2, spline.Derivative(x[^1], 2), 1e-8, 1e-8, "curvature");
        AssertSmooth(spline);
        double[] periodic = [.. y];
        periodic[^1] = periodic[0];
        PiecewisePolynomial closed = Spline.CubicPeriodic(x, periodic);
        AssertSmooth(closed);
        for (int order = 0; order <= 2; order++)
            Promises.Close(closed.Derivative(x[0], order), closed.Derivative(x[^1], order), 1e-8, 1e-7, $"period, order {order}");
        PiecewisePolynomial free = Spline.Cubic(x, y);
        double scale = Enumerable.Range(0, x.Length - 1).Max(i => Math.Abs(free.Coefficients[(4 * i) + 3]));
        Promises.Close(free.Coefficients[3], free.Coefficients[7], 0, 1e-9 * scale, "not a knot");

        static void AssertSmooth(PiecewisePolynomial s)
        {
            for (int order = 0; order <= 2; order++)
            {
                PiecewisePolynomial d = s.Differentiate(order);
                for (int i = 1; i < s.Pieces; i++)
                {
                    double at = s.Breaks[i], h = at - s.Breaks[i - 1], left = 0;
                    for (int k = d.Degree; k >= 0; k--)
                        left = (left * h) + d.Coefficients[((i - 1) * (d.Degree + 1)) + k];
                    Promises.Close(d.Value(at), left, 1e-9, 1e-7, $"order {order} at {at}");
                }
            }
        }
    }));

    [Fact]
    public void SplinesReproducePolynomialsOfTheirDegree() => Check.One(Forall.Config.WithMaxTest(40), Prop.ForAll(Points, points =>
    {
        double[] x = points.X, c = [.. points.Y.Take(6)];
        for (int degree = 1; degree <= 5; degree++)
        {
            double P(double t) => Enumerable.Range(0, degree + 1).Sum(k => c[k] * Math.Pow(t / 3, k));
            double[] y = [.. x.Select(P)];
            BSpline spline = BSpline.Interpolate(x, y, degree);
            PiecewisePolynomial pieces = spline.ToPiecewisePolynomial();
            double scale = 1e-14 + y.Max(Math.Abs);
            for (int i = 0; i <= 40; i++)
            {
                double at = x[0] + ((x[^1] - x[0]) * i / 40);
                Promises.Close(P(at), spline.Value(at), 0, 1e-8 * scale, $"degree {degree}");
                Promises.Close(spline.Value(at), pieces.Value(at), 0, 1e-9 * scale, $"degree {degree}, pieces");
                Promises.Close(spline.Differentiate().Value(at), pieces.Derivative(at), 1e-8, 1e-7 * scale, $"degree {degree}, slope");
                Promises.Close(spline.Antiderivative().Value(at), spline.Integral(x[0], at), 1e-9, 1e-9 * scale * (x[^1] - x[0]), $"degree {degree}, integral");
            }

            if (degree == 3)
                Promises.Close(P(x[0] + 0.01), Spline.Cubic(x, y).Value(x[0] + 0.01), 0, 1e-10 * scale, "not-a-knot");
        }
    }));

    [Fact]
    public void PchipKeepsTheMonotonyOfTheData() => Forall.Check(Prop.ForAll(Points, points =>
    {
        double[] y = [.. points.Y.Order()];
        PiecewisePolynomial spline = Spline.Pchip(points.X, y), slope = spline.Differentiate();
        for (int i = 0; i <= 300; i++)
            Assert.True(slope.Value(points.X[0] + ((points.X[^1] - points.X[0]) * i / 300)) >= -1e-9);
    }));

    [Fact]
    public void RootsAreAllCrossingsOfALevel() => Check.One(Forall.Config.WithMaxTest(60), Prop.ForAll(Points, points =>
    {
        PiecewisePolynomial spline = Spline.Cubic(points.X, points.Y);
        double[] roots = spline.Roots(0.37);
        foreach (double root in roots)
            Promises.Close(0.37, spline.Value(root), 0, 1e-9 * (1 + Math.Abs(spline.Derivative(root))), $"root {root}");
        int crossings = 0;
        double before = spline.Value(points.X[0]) - 0.37;
        for (int i = 1; i <= 4000; i++)
        {
            double now = spline.Value(points.X[0] + ((points.X[^1] - points.X[0]) * i / 4000)) - 0.37;
            crossings += before < 0 != now < 0 ? 1 : 0;
            before = now;
        }

        Assert.True(roots.Length >= crossings, $"{roots.Length} roots, {crossings} crossings");
        Assert.True(roots.Length - crossings <= 2, $"{roots.Length} roots, {crossings} crossings");
    }));

    [Fact]
    public void RootsOfKnownPolynomialsAreFoundOnce()
    {
        // (x - 1)(x - 2)^2 on [0, 3]: a crossing and a touch.
        var cubic = new PiecewisePolynomial([0, 3], [-4, 8, -5, 1], 3);
        double[] roots = cubic.Roots();
        Assert.Equal(2, roots.Length);
        Promises.Close(1, roots[0], 1e-14, 0, "crossing");
        Promises.Close(2, roots[1], 1e-7, 0, "touch");
        Assert.Equal([0.5, 1.0], Spline.Linear([0, 1, 2], [-1, 1, 3]).Roots().Append(Spline.Linear([0, 1, 2], [-1, 0, 3]).Roots().Single()));
        Assert.Empty(new PiecewisePolynomial([0, 1], [1, 0, 1], 2).Roots());
    }

    [Fact]
    public void OutsideOfTheBreaksTheRuleDecides()
    {
        PiecewisePolynomial spline = Spline.Cubic([0, 1, 2, 3], [0, 1, 8, 27]);
        Promises.Close(64, spline.Value(4), 1e-13, 0, "extended");
        Promises.Close(-1, spline.Value(-1), 1e-13, 0, "extended");
        Promises.Close(64, spline.Integral(0, 4), 1e-13, 0, "extended integral");
        Assert.True(double.IsNaN(spline.With(Extrapolation.NaN).Value(3.001)));
        Assert.True(double.IsNaN(spline.With(Extrapolation.NaN).Integral(0, 4)));
        PiecewisePolynomial clamped = spline.With(Extrapolation.Clamp);
        Promises.Close(27, clamped.Value(9), 1e-14, 0, "clamped");
        Assert.Equal(0, clamped.Derivative(9));
        Promises.Close(20.25 + (2 * 27), clamped.Integral(-5, 5), 1e-13, 0, "clamped integral");
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => spline.With(Extrapolation.Throw).Value(3.5));
        Assert.Contains("3.5", error.Message, StringComparison.Ordinal);
        Assert.True(double.IsNaN(spline.Value(double.NaN)));
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Contains("x[2]", Assert.Throws<ArgumentException>(() => Spline.Cubic([0, 1, 1], [0, 0, 0])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Spline.Linear([0], [0]));
        Assert.Throws<ArgumentException>(() => Spline.Pchip([0, 1], [0]));
        Assert.Throws<ArgumentException>(() => Spline.Akima([0, double.NaN], [0, 0]));
        Assert.Throws<ArgumentException>(() => Spline.CubicPeriodic([0, 1, 2], [0, 1, 2]));
        Assert.Throws<ArgumentException>(() => new PiecewisePolynomial([0, 1], [1, 2, 3], 1));
    }

    [Fact]
    public void FewPointsAreEnough()
    {
        Promises.Close(1.5, Spline.Cubic([0, 2], [1, 2]).Value(1), 1e-15, 0, "two points");
        Promises.Close(0.25, Spline.Cubic([0, 1, 2], [0, 1, 4]).Value(0.5), 1e-14, 0, "parabola");
        Promises.Close(1.5, Spline.Pchip([0, 2], [1, 2]).Value(1), 1e-15, 0, "pchip");
        Promises.Close(1.5, Spline.Akima([0, 2], [1, 2]).Value(1), 1e-15, 0, "akima");
        Assert.Equal(3, Spline.CubicPeriodic([0, 1], [3, 3]).Value(0.4));
        PiecewisePolynomial three = Spline.CubicPeriodic([0, 1, 3], [0, 1, 0]);
        Promises.Close(three.Derivative(0), three.Derivative(3), 1e-13, 1e-13, "periodic");
    }

    [Fact]
    public void LeastSquaresIsOrthogonalToTheSplines() => Forall.Check(Prop.ForAll(Points, points =>
    {
        (double[] x, double[] y) = points;
        double[] knots = [x[0], x[0], x[0], x[0], 0.5 * (x[0] + x[^1]), x[^1], x[^1], x[^1], x[^1]];
        if (x.Count(v => v < knots[4]) < 2 || x.Count(v => v > knots[4]) < 2)
            return;
        BSpline fit = BSpline.LeastSquares(x, y, knots, 3);
        double[] basis = new double[4], products = new double[5];
        for (int i = 0; i < x.Length; i++)
        {
            int span = fit.Basis(x[i], basis);
            Promises.Close(1, basis.Sum(), 1e-14, 0, "partition of unity");
            for (int j = 0; j < 4; j++)
                products[span - 3 + j] += basis[j] * (y[i] - fit.Value(x[i]));
        }

        Assert.All(products, p => Promises.Close(0, p, 0, 1e-8, "normal equation"));
    }));

    [Fact]
    public void SmoothingMinimisesItsObjective() => Check.One(Forall.Config.WithMaxTest(25), Prop.ForAll(Points, points =>
    {
        (double[] x, double[] y) = points;
        const double Lambda = 0.3;
        SmoothingResult fit = SmoothingSpline.Fit(x, y, Lambda);
        double[] values = [.. x.Select(fit.Spline.Value)];
        // The gradient by the values at the points vanishes: 2 (f - y) + lambda d/df of the roughness of the natural spline.
        double Objective(double[] v)
        {
            PiecewisePolynomial s = Spline.Cubic(x, v, SplineEnd.Natural, SplineEnd.Natural), second = s.Differentiate(2);
            double rough = 0;
            for (int i = 0; i + 1 < x.Length; i++)
            {
                double p = second.Value(x[i]), q = i + 2 < x.Length ? second.Value(x[i + 1]) : 0;
                rough += (x[i + 1] - x[i]) / 3 * ((p * p) + (p * q) + (q * q));
            }

            return x.Select((_, i) => (y[i] - v[i]) * (y[i] - v[i])).Sum() + (Lambda * rough);
        }

        double least = Objective(values);
        for (int i = 0; i < x.Length; i += 3)
        {
            double[] moved = [.. values];
            moved[i] += 1e-3;
            double up = Objective(moved);
            moved[i] -= 2e-3;
            double down = Objective(moved);
            Assert.True(up > least && down > least, $"point {i}");
            Promises.Close(0, (up - down) / (up + down - (2 * least)), 0, 1e-3, $"gradient {i}");
        }

        // The limits: interpolation and the straight line; the degrees of freedom fall from n to 2.
        Promises.Close(0, SmoothingSpline.Fit(x, y, 0).Residual, 0, 1e-18, "interpolation");
        Promises.Close(x.Length, SmoothingSpline.Fit(x, y, 0).DegreesOfFreedom, 1e-12, 0, "interpolation");
        Promises.Close(2, SmoothingSpline.Fit(x, y, 1e9).DegreesOfFreedom, 1e-4, 0, "line");
        double target = 0.5 * SmoothingSpline.Fit(x, y, 1e9).Residual;
        Promises.Close(target, SmoothingSpline.FitToResidual(x, y, target).Residual, 1e-9, 0, "target");
        SmoothingResult chosen = SmoothingSpline.FitByCrossValidation(x, y);
        Assert.True(chosen.Gcv <= fit.Gcv * (1 + 1e-9) && chosen.Gcv <= SmoothingSpline.Fit(x, y, 1e-4).Gcv * (1 + 1e-9), $"{chosen.Gcv} {fit.Gcv}");
    }));

    [Fact]
    public void BarycentricFormsReproducePolynomials() => Forall.Check(Prop.ForAll(Points, points =>
    {
        double[] x = [.. points.X.Take(8)], c = [.. points.Y.Take(6)];
        double P(double t, int degree) => Enumerable.Range(0, degree + 1).Sum(k => c[k] * Math.Pow(t / 3, k));
        double[] five = [.. x.Select(t => P(t, 5))], two = [.. points.X.Select(t => P(t, 2))];
        BarycentricInterpolant lagrange = BarycentricInterpolant.Lagrange(x, [.. five.Take(x.Length)]), rational = BarycentricInterpolant.FloaterHormann(points.X, two, 2);
        for (int i = 0; i <= 20; i++)
        {
            double at = x[0] + ((x[^1] - x[0]) * i / 20);
            Promises.Close(P(at, 5), lagrange.Value(at), 0, 1e-9 * (1 + five.Max(Math.Abs)), "Lagrange");
            Promises.Close(P(at, 2), rational.Value(at), 0, 1e-10 * (1 + two.Max(Math.Abs)), "Floater and Hormann");
        }
    }));

    [Fact]
    public void LongPolynomialsAndRationalsStayFinite()
    {
        double[] x = [.. Enumerable.Range(0, 2001).Select(i => Math.Cos(Math.PI * i / 2000))], y = [.. x.Select(t => 1 / (1 + (25 * t * t)))];
        Promises.Close(1 / (1 + (25 * 0.09)), BarycentricInterpolant.Lagrange(x, y).Value(0.3), 1e-12, 0, "Chebyshev points");
        double[] u = [.. Enumerable.Range(0, 201).Select(i => -1 + (i / 100.0))], v = [.. u.Select(t => 1 / (1 + (25 * t * t)))];
        Promises.Close(1 / (1 + (25 * 0.303 * 0.303)), BarycentricInterpolant.FloaterHormann(u, v, 5).Value(0.303), 1e-9, 0, "Runge on equidistant points");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void EvaluationAllocatesNothingAndHasTheSameBitsInAnyOrder()
    {
        double[] x = [.. Enumerable.Range(0, 100).Select(i => i + (0.3 * Math.Sin(i)))], y = [.. x.Select(Math.Cos)];
        PiecewisePolynomial spline = Spline.Cubic(x, y);
        double[] at = [.. Enumerable.Range(0, 1000).Select(i => 3 + (i * 0.09))], values = new double[1000], shuffled = new double[1000];
        Promises.AllocatesNothing(() => spline.Evaluate(at, values), "evaluation");
        double[] reversed = [.. at.Reverse()];
        spline.Evaluate(reversed, shuffled);
        shuffled.AsSpan().Reverse();
        Promises.SameBits(values, shuffled, "any order");
        for (int i = 0; i < at.Length; i++)
            Promises.Close(Math.Cos(at[i]), values[i], 0, 0.1, "cosine");
#if !SCRATCH
        Hardware.SameBitsEverywhere<double>(values, "spline");
#endif
    }
}
