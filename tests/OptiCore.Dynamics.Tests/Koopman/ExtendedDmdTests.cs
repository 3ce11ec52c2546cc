using System.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Koopman;

public class ExtendedDmdTests
{
    [Fact]
    public void ProductsOfEigenvaluesOfALinearMapAreEigenvalues()
    {
        // Williams, Kevrekidis and Rowley (2015), section 4.1: J = [0.9 -0.1; 0 0.8], so the spectrum is 0.9^i 0.8^j.
        double[] x = LinearMaps.Normals(200, 1), y = new double[200];
        for (int i = 0; i < 100; i++)
            (y[2 * i], y[(2 * i) + 1]) = ((0.9 * x[2 * i]) - (0.1 * x[(2 * i) + 1]), 0.8 * x[(2 * i) + 1]);
        TimeSeries data = TimeSeries.FromPairs(x, y, 2);
        Complex[] expected = [.. from i in Enumerable.Range(0, 5) from j in Enumerable.Range(0, 5 - i) select new Complex(Math.Pow(0.9, i) * Math.Pow(0.8, j), 0)];
        foreach (FeatureLibrary library in new FeatureLibrary[] { new HermiteFeatures { Degree = 4 }, new MonomialFeatures { Degree = 4 } })
        {
            KoopmanModel model = new ExtendedDmd { Library = library }.Fit(data);
            Assert.True(LinearMaps.Distance(expected, model.Eigenvalues.ToArray()) < 1e-9);
            Assert.Equal(15, model.Accepted(1e-9).Length);

            // The eigenfunction of 0.8 is y, that of 0.9 is x - y (by hand: (x - y) goes to 0.9 x - 0.9 y), and an eigenfunction is multiplied by its eigenvalue.
            int slow = Enumerable.Range(0, 15).MinBy(j => Complex.Abs(model.Eigenvalues[j] - 0.9)), fast = Enumerable.Range(0, 15).MinBy(j => Complex.Abs(model.Eigenvalues[j] - 0.8));
            Complex one = model.Eigenfunction(slow, [1, 0]);
            Promises.Close(0, Complex.Abs(model.Eigenfunction(slow, [2, 2])), 0, 1e-8, "x - y at (2, 2)");
            Promises.Close(0, Complex.Abs(model.Eigenfunction(fast, [2, 0])), 0, 1e-8, "y at (2, 0)");
            Assert.True(Complex.Abs(model.Eigenfunction(slow, [0.9, 0]) - (0.9 * one)) < 1e-9);
            double[] forecast = new double[20];
            model.Forecast([1, -2], forecast);
            Promises.Close(Math.Pow(0.8, 10) * -2, forecast[19], 0, 1e-9, "y after ten steps");
        }
    }

    [Fact]
    public void AQuadraticSystemWithAFiniteInvariantSubspaceIsExact()
    {
        // Brunton, Brunton, Proctor and Kutz (2016): x1+ = l x1, x2+ = m x2 + (l^2 - m) x1^2 has the eigenvalues l, m, l^2 with eigenfunctions x1, x2 - x1^2, x1^2.
        double[] x = LinearMaps.Normals(120, 2), y = new double[120];
        for (int i = 0; i < 60; i++)
            (y[2 * i], y[(2 * i) + 1]) = (0.9 * x[2 * i], (0.5 * x[(2 * i) + 1]) + ((0.81 - 0.5) * x[2 * i] * x[2 * i]));
        var library = new CustomFeatures(new("x1", s => s[0]), new("x2", s => s[1]), new("x1^2", s => s[0] * s[0]));
        KoopmanModel model = new ExtendedDmd { Library = library }.Fit(TimeSeries.FromPairs(x, y, 2));
        Assert.True(LinearMaps.Distance([0.9, 0.5, 0.81], model.Eigenvalues.ToArray()) < 1e-10);
        double[] forecast = new double[2 * 25];
        model.Forecast([1.5, -1], forecast);
        (double a, double b) = (1.5, -1.0);
        for (int k = 0; k < 25; k++)
            (a, b) = (0.9 * a, (0.5 * b) + (0.31 * a * a));
        Promises.Close(b, forecast[49], 0, 1e-10, "x2");
    }

    [Fact]
    public void AKernelGivesTheOperatorOfItsMonomials()
    {
        double[] x = LinearMaps.Normals(80, 3), y = new double[80];
        for (int i = 0; i < 40; i++)
            (y[2 * i], y[(2 * i) + 1]) = ((0.9 * x[2 * i]) - (0.1 * x[(2 * i) + 1]), 0.8 * x[(2 * i) + 1]);
        TimeSeries data = TimeSeries.FromPairs(x, y, 2);
        KoopmanModel kernel = new KernelDmd { Kernel = new PolynomialStateKernel { Degree = 3 } }.Fit(data);
        KoopmanModel features = new ExtendedDmd { Library = new MonomialFeatures { Degree = 3 } }.Fit(data);
        Assert.Equal(10, kernel.Rank);
        Assert.True(LinearMaps.Distance(features.Eigenvalues.ToArray(), kernel.Eigenvalues.ToArray()) < 1e-7);

        // A Gaussian kernel of 40 states on 40 states fits anything; on other states its residuals speak.
        double[] fresh = LinearMaps.Normals(400, 9), next = new double[400];
        for (int i = 0; i < 200; i++)
            (next[2 * i], next[(2 * i) + 1]) = ((0.9 * fresh[2 * i]) - (0.1 * fresh[(2 * i) + 1]), 0.8 * fresh[(2 * i) + 1]);
        KoopmanModel same = new KernelDmd().Fit(data), other = new KernelDmd().Fit(data, TimeSeries.FromPairs(fresh, next, 2));
        KoopmanModel smooth = new KernelDmd { Kernel = new GaussianStateKernel { LengthScale = 3 }, Rank = 20 }.Fit(data, TimeSeries.FromPairs(fresh, next, 2));
        Assert.True(same.Residuals.ToArray().Max() < 1e-3);
        Assert.True(other.Residuals.ToArray().Max() > 0.01, $"{other.Residuals.ToArray().Max()}");
        int first = Enumerable.Range(0, 20).MinBy(j => smooth.Residuals[j]);
        Promises.Close(1, smooth.Eigenvalues[first].Real, 0, 0.01, "the constant's eigenvalue, the best resolved one");
    }

    [Fact]
    public void ResidualsAreThoseOfTheDefinition()
    {
        double[] x = LinearMaps.Normals(300, 5), y = [.. x.Select(v => (0.7 * v) - (0.2 * v * v))], weights = [.. Enumerable.Range(0, 300).Select(i => 1.0 + (i % 3))];
        KoopmanModel model = new ExtendedDmd { Library = new MonomialFeatures { Degree = 3 } }.Fit(TimeSeries.FromPairs(x, y, 1), weights);
        for (int j = 0; j < model.Rank; j++)
        {
            double defect = 0, size = 0;
            for (int i = 0; i < 300; i++)
            {
                Complex here = model.Eigenfunction(j, [x[i]]), there = model.Eigenfunction(j, [y[i]]);
                defect += weights[i] * Math.Pow(Complex.Abs(there - (model.Eigenvalues[j] * here)), 2);
                size += weights[i] * Math.Pow(Complex.Abs(here), 2);
            }

            Promises.Close(Math.Sqrt(defect / size), model.Residuals[j], 1e-7, 1e-10, $"residual {j}");
            Assert.True(model.SmallestResidual(model.Eigenvalues[j]) <= model.Residuals[j] * (1 + 1e-9) + 1e-12);
        }
    }

    [Fact]
    public void ThePseudospectrumHasTheSameBitsForAnyNumberOfWorkers()
    {
        double[] x = LinearMaps.Normals(100, 6), y = [.. x.Select(v => 0.6 * v)];
        KoopmanModel model = new ExtendedDmd { Library = new MonomialFeatures { Degree = 5 } }.Fit(TimeSeries.FromPairs(x, y, 1));
        Complex[] grid = [.. Enumerable.Range(0, 30).Select(i => new Complex(i % 6 / 5.0, i / 6 / 4.0))];
        double[] one = new double[30], four = new double[30];
        model.Pseudospectrum(grid, one);
        model.Pseudospectrum(grid, four, Workers.Threads(4));
        Promises.SameBits(one, four, "pseudospectrum");
    }
}
