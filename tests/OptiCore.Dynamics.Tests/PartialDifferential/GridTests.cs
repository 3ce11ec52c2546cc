using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class GridTests
{
    private static Arbitrary<double[]> Coefficients(int count) => Gen.Choose(-1000, 1000).Select(i => i / 1000.0).ArrayOf(count).ToArbitrary();

    /// <summary>Trigonometric polynomials of degree below n / 2 are differentiated exactly, to rounding that grows as the highest wave number to the order.</summary>
    [Fact]
    public void FouriersDerivativesAreExactOnTrigonometricPolynomials()
    {
        foreach (int n in new[] { 15, 16, 21 })
        {
            var grid = new PeriodicGrid(n, 3, -1);
            int degree = (n - 1) / 2;
            Prop.ForAll(Coefficients((2 * degree) + 1), c =>
            {
                for (int order = 1; order <= 4; order++)
                {
                    double[] u = [.. grid.Points.ToArray().Select(x => Polynomial(c, x, 0))], actual = new double[n];
                    grid.Derivative(u, order, actual);
                    for (int i = 0; i < n; i++)
                        Promises.Close(Polynomial(c, grid.Points[i], order), actual[i], 0, 1e-13 * n * Math.Pow(2 * Math.PI * degree / 3, order), $"n = {n}, derivative {order}");
                }

                Promises.Close(3 * c[0], grid.Integrate([.. grid.Points.ToArray().Select(x => Polynomial(c, x, 0))]), 0, 1e-13 * n, "integral");
            }).Check(Forall.Config.WithMaxTest(30));
        }

        static double Polynomial(double[] c, double x, int order)
        {
            double sum = order == 0 ? c[0] : 0;
            for (int m = 1; 2 * m < c.Length; m++)
            {
                double k = 2 * Math.PI * m / 3, phase = (k * x) + (order * Math.PI / 2);
                sum += Math.Pow(k, order) * ((c[(2 * m) - 1] * Math.Cos(phase)) + (c[2 * m] * Math.Sin(phase)));
            }

            return sum;
        }
    }

    [Fact]
    public void ChebyshevsDerivativesAreExactOnPolynomials()
    {
        foreach (int n in new[] { 8, 9, 12 })
        {
            var grid = new ChebyshevGrid(n, 0.5, 2.5);
            double[][] matrices = [.. Enumerable.Range(1, 3).Select(grid.Matrix)];
            Prop.ForAll(Coefficients(n + 1), c =>
            {
                double[] u = [.. grid.Points.ToArray().Select(x => Polynomial(c, x - 1.5, 0))], actual = new double[n + 1];
                for (int order = 1; order <= 3; order++)
                {
                    grid.Derivative(u, order, actual);
                    for (int i = 0; i <= n; i++)
                    {
                        double expected = Polynomial(c, grid.Points[i] - 1.5, order), product = 0;
                        for (int j = 0; j <= n; j++)
                            product += matrices[order - 1][(i * (n + 1)) + j] * u[j];
                        double tolerance = 1e-13 * Math.Pow(n, 2 * order);
                        Promises.Close(expected, actual[i], 0, tolerance, $"N = {n}, derivative {order} by the transform");
                        Promises.Close(expected, product, 0, tolerance, $"N = {n}, derivative {order} by the matrix");
                    }
                }

                Promises.Close(Enumerable.Range(0, n + 1).Sum(k => c[k] * (1 - Math.Pow(-1, k + 1)) / (k + 1)), grid.Integrate(u), 0, 1e-13, "integral");
            }).Check(Forall.Config.WithMaxTest(30));
        }

        static double Polynomial(double[] c, double x, int order)
        {
            double sum = 0;
            for (int k = order; k < c.Length; k++)
            {
                double factor = c[k];
                for (int m = 0; m < order; m++)
                    factor *= k - m;
                sum += factor * Math.Pow(x, k - order);
            }

            return sum;
        }
    }

    /// <summary>The matrices of Trefethen (2000), chapter 6, for N = 2; his points fall, so that signs and order are turned.</summary>
    [Fact]
    public void TheSmallestChebyshevMatrixIsThePublishedOne()
    {
        double[] expected = [-1.5, 2, -0.5, -0.5, 0, 0.5, 0.5, -2, 1.5], actual = new ChebyshevGrid(2).Matrix(1);
        for (int i = 0; i < 9; i++)
            Promises.Close(expected[i], actual[i], 0, 1e-15, $"element {i}");
        Promises.Close(1 / 3.0, new ChebyshevGrid(2).Integrate([1, 0, 0]), 1e-15, 0, "Simpson's rule");
    }

    /// <summary>Fornberg (1988), tables 1 and 3: central and one-sided weights.</summary>
    [Fact]
    public void WeightsAreThePublishedOnes()
    {
        Check([-2, -1, 0, 1, 2], 1, [1.0 / 12, -2.0 / 3, 0, 2.0 / 3, -1.0 / 12]);
        Check([-2, -1, 0, 1, 2], 2, [-1.0 / 12, 4.0 / 3, -5.0 / 2, 4.0 / 3, -1.0 / 12]);
        Check([-3, -2, -1, 0, 1, 2, 3], 2, [1.0 / 90, -3.0 / 20, 3.0 / 2, -49.0 / 18, 3.0 / 2, -3.0 / 20, 1.0 / 90]);
        Check([0, 1, 2, 3], 1, [-11.0 / 6, 3, -3.0 / 2, 1.0 / 3]);
        Check([0, 1, 2, 3, 4], 2, [35.0 / 12, -26.0 / 3, 19.0 / 2, -14.0 / 3, 11.0 / 12]);
        Check([-1, 2], 0, [2.0 / 3, 1.0 / 3]);

        static void Check(double[] points, int order, double[] expected)
        {
            double[] weights = new double[points.Length];
            FiniteDifferenceWeights.Fill(points, 0, order, weights);
            for (int j = 0; j < points.Length; j++)
                Promises.Close(expected[j], weights[j], 1e-13, 1e-14, $"weight {j} of derivative {order}");
        }
    }

    /// <summary>The error of a smooth function falls as the spacing to the stated order, ends included, and derivatives 1 to 4.</summary>
    [Theory]
    [InlineData(2), InlineData(4), InlineData(6)]
    public void DifferencesHaveTheirOrder(int order)
    {
        // Coarse enough that rounding, which grows as the spacing to the power of minus the derivative, stays below.
        int coarse = order == 6 ? 16 : 40;
        foreach (bool periodic in new[] { false, true })
        {
            for (int derivative = 1; derivative <= 4; derivative++)
            {
                double slope = Math.Log2(Error(coarse, derivative, periodic) / Error(2 * coarse, derivative, periodic));
                Assert.InRange(slope, order - 0.4, order + 1.5);
            }
        }

        double Error(int intervals, int derivative, bool periodic)
        {
            var grid = new FiniteDifferenceGrid(periodic ? intervals : intervals + 1, 0, periodic ? 2 * Math.PI : 2, order, periodic);
            double[] u = [.. grid.Points.ToArray().Select(x => Math.Sin(x + 0.3))], actual = new double[u.Length];
            grid.Derivative(u, derivative, actual);
            return Enumerable.Range(0, u.Length).Max(i => Math.Abs(actual[i] - Math.Sin(grid.Points[i] + 0.3 + (derivative * Math.PI / 2))));
        }
    }

    [Fact]
    public void ConditionsHoldAtTheEnds()
    {
        IBoundedGrid[] grids = [new ChebyshevGrid(12, -1, 2), new FiniteDifferenceGrid(20, -1, 2, 4)];
        foreach (IBoundedGrid grid in grids)
        {
            Prop.ForAll(Coefficients(grid.Count), u =>
            {
                var left = new BoundaryCondition(1, -0.3, 0.7);
                grid.ApplyBoundary(u, left, BoundaryCondition.Neumann(2));
                double[] slope = new double[grid.Count];
                grid.Derivative(u, 1, slope);
                Promises.Close(0.7, u[0] - (0.3 * slope[0]), 0, 1e-11, "left");
                Promises.Close(2, slope[^1], 0, 1e-11, "right");
                grid.ApplyBoundary(u, BoundaryCondition.Dirichlet(3), BoundaryCondition.Dirichlet(-4));
                Assert.Equal((3.0, -4.0), (u[0], u[^1]));
            }).Check(Forall.Config.WithMaxTest(30));
        }

        Assert.Throws<ArgumentException>(() => grids[0].ApplyBoundary(new double[13], new BoundaryCondition(0, 0, 1), BoundaryCondition.Dirichlet(0)));
        Assert.Throws<InvalidOperationException>(() => new FiniteDifferenceGrid(20, 0, 1, 2, isPeriodic: true).ApplyBoundary(new double[20], default, default));
    }

    /// <summary>With the rule of 2/3 the product of two kept functions has exactly the coefficients of the true product among those kept.</summary>
    [Fact]
    public void TheRuleOfTwoThirdsLeavesNoAliases()
    {
        var coarse = new PeriodicGrid(24);
        var fine = new PeriodicGrid(96);
        Prop.ForAll(Coefficients(24), u =>
        {
            var spectrum = new Complex[13];
            coarse.RealTransform.Forward(u, MemoryDoubles(spectrum));
            coarse.Dealias(spectrum);
            Assert.All(spectrum.Skip(8), c => Assert.Equal(Complex.Zero, c));
            Complex[] padded = [.. spectrum.Select(c => 4 * c), .. new Complex[49 - 13]];
            Complex[] exact = Square(fine, padded), actual = Square(coarse, spectrum);
            for (int k = 0; k < 8; k++)
                Assert.True(Complex.Abs(actual[k] - (exact[k] / 4)) < 1e-11, $"coefficient {k}: {actual[k]} instead of {exact[k] / 4}.");
        }).Check(Forall.Config.WithMaxTest(30));

        static Complex[] Square(PeriodicGrid grid, Complex[] spectrum)
        {
            double[] values = new double[grid.Count];
            grid.RealTransform.Inverse(MemoryDoubles(spectrum), values);
            for (int i = 0; i < values.Length; i++)
                values[i] *= values[i];
            var result = new Complex[spectrum.Length];
            grid.RealTransform.Forward(values, MemoryDoubles(result));
            return result;
        }

        static Span<double> MemoryDoubles(Complex[] values) => System.Runtime.InteropServices.MemoryMarshal.Cast<Complex, double>(values.AsSpan());
    }

    [Fact]
    public void TheFilterKeepsLowAndTakesHighFrequencies()
    {
        var grid = new PeriodicGrid(64);
        Complex[] spectrum = [.. Enumerable.Repeat(Complex.One, 33)];
        grid.Filter(spectrum);
        Assert.All(spectrum.Take(20), c => Assert.Equal(1, c.Real, 1e-6));
        Assert.InRange(spectrum[32].Real, 1e-17, 1e-15);
        Assert.Throws<ArgumentException>(() => grid.Filter(new Complex[5]));
    }

    [Fact]
    public void DerivativesAllocateNothing()
    {
        foreach (ISpatialGrid grid in new ISpatialGrid[] { new PeriodicGrid(64), new ChebyshevGrid(32), new FiniteDifferenceGrid(50, 0, 1, 6) })
        {
            double[] u = new double[grid.Count], derivative = new double[grid.Count];
            Promises.AllocatesNothing(() => grid.Derivative(u, 2, derivative), grid.GetType().Name);
        }
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeriodicGrid(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PeriodicGrid(8, 0));
        Assert.Throws<ArgumentException>(() => new ChebyshevGrid(8, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FiniteDifferenceGrid(50, 0, 1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FiniteDifferenceGrid(50, 0, 1).Derivative(new double[50], 5, new double[50]));
        Assert.Throws<ArgumentException>(() => FiniteDifferenceWeightsOfTooFew());

        static void FiniteDifferenceWeightsOfTooFew() => FiniteDifferenceWeights.Fill([0, 1], 0, 2, new double[2]);
    }
}
