using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.SparseIdentification;

public class DerivativeTests
{
    [Theory, InlineData(2), InlineData(4), InlineData(6), InlineData(8), InlineData(12)]
    public void DifferencesAreExactForPolynomialsOfTheirOrder(int order) => Forall.Check(Prop.ForAll(Gen.Choose(0, 10000).ToArbitrary(), seed =>
    {
        double[] c = LinearMaps.Normals(order + 1, (ulong)seed), x = [.. Enumerable.Range(0, 20).Select(i => (i - 10) * 0.1)];
        double[] y = [.. x.Select(t => c.Reverse().Aggregate(0.0, (sum, v) => (sum * t) + v))], smooth = new double[20], slope = new double[20];
        new FiniteDifferences { Order = order }.Estimate(y, 0.1, smooth, slope);
        return Enumerable.Range(0, 20).All(i => Math.Abs(slope[i] - Enumerable.Range(1, order).Sum(k => k * c[k] * Math.Pow(x[i], k - 1))) < 1e-7);
    }));

    [Theory, InlineData(2), InlineData(4), InlineData(6)]
    public void TheErrorOfDifferencesFallsWithTheirOrder(int order)
    {
        double Error(int count)
        {
            double h = 1.0 / count;
            double[] y = [.. Enumerable.Range(0, count + 1).Select(i => Math.Exp(Math.Sin(3 * i * h)))], smooth = new double[count + 1], slope = new double[count + 1];
            new FiniteDifferences { Order = order }.Estimate(y, h, smooth, slope);
            return Enumerable.Range(0, count + 1).Max(i => Math.Abs(slope[i] - (3 * Math.Cos(3 * i * h) * y[i])));
        }

        Assert.InRange(Math.Log2(Error(60) / Error(120)), order - 0.35, order + 0.5);
    }

    [Fact]
    public void TheFilterHasThePublishedWeights()
    {
        // Savitzky and Golay (1964), tables I and III (quadratic and quartic, five and seven points): the impulse response at the centre.
        double[] impulse = new double[41], smooth = new double[41], slope = new double[41];
        impulse[20] = 1;
        new SavitzkyGolay { HalfWidth = 2, Degree = 2 }.Estimate(impulse, 1, smooth, slope);
        double[] five = [-3, 12, 17, 12, -3], fiveSlope = [2, 1, 0, -1, -2];
        for (int i = 0; i < 5; i++)
        {
            Promises.Close(five[i] / 35, smooth[18 + i], 0, 1e-14, "value of five points");
            Promises.Close(fiveSlope[i] / 10, slope[18 + i], 0, 1e-14, "slope of five points");
        }

        new SavitzkyGolay { HalfWidth = 3, Degree = 4 }.Estimate(impulse, 1, smooth, slope);
        double[] seven = [5, -30, 75, 131, 75, -30, 5];
        for (int i = 0; i < 7; i++)
            Promises.Close(seven[i] / 231, smooth[17 + i], 0, 1e-14, "value of seven points");
    }

    [Fact]
    public void TotalVariationFindsTheJumpOfTheDerivativeOfAnAbsoluteValue()
    {
        // Chartrand (2011), section 3: f = |x - 1/2| with noise of 0.05 at 100 points; the derivative is a step from -1 to 1.
        double[] noise = LinearMaps.Normals(100, 12), f = [.. Enumerable.Range(0, 100).Select(i => Math.Abs((i / 99.0) - 0.5) + (0.05 * noise[i]))], smooth = new double[100], slope = new double[100], plain = new double[100];
        new TotalVariation { Weight = 0.01, MaxIterations = 200 }.Estimate(f, 1 / 99.0, smooth, slope);
        new FiniteDifferences { Order = 2 }.Estimate(f, 1 / 99.0, new double[100], plain);
        double Error(double[] u) => Math.Sqrt(u.Select((v, i) => Math.Pow(v - Math.Sign(i - 49.5), 2)).Average());
        Assert.True(Error(slope) < 0.35, $"{Error(slope)}");
        Assert.True(Error(plain) > 2, $"{Error(plain)}");
        for (int i = 0; i < 100; i++)
        {
            if (Math.Abs(i - 49.5) > 8)
                Promises.Close(Math.Sign(i - 49.5), slope[i], 0, 0.35, $"derivative at {i}");
        }
    }

    [Fact]
    public void TotalVariationIsAMinimum()
    {
        // The functional with its smoothing, written anew: no small move of the result may lower it.
        int m = 40;
        double h = 0.05, alpha = 0.02, epsilon = 1e-4;
        double[] noise = LinearMaps.Normals(m, 3), f = [.. Enumerable.Range(0, m).Select(i => Math.Sin(i * h) + (0.02 * noise[i]))], smooth = new double[m], u = new double[m];
        new TotalVariation { Weight = alpha, Smoothing = epsilon, MaxIterations = 500, Tolerance = 1e-12 }.Estimate(f, h, smooth, u);
        double Functional(double[] v)
        {
            double value = 0;
            double[] rest = [.. f];
            for (int i = 1; i < m; i++)
            {
                for (int j = i; j < m; j++)
                    rest[j] -= 0.5 * h * (v[i - 1] + v[i]);

                // The lagged diffusivity is that of h alpha sqrt(u'^2 + epsilon) for one edge.
                value += alpha * h * Math.Sqrt(Math.Pow((v[i] - v[i - 1]) / h, 2) + epsilon);
            }

            return value + rest.Sum(e => 0.5 * Math.Pow(e - rest.Average(), 2));
        }

        double least = Functional(u);
        for (ulong draw = 0; draw < 40; draw++)
        {
            double[] move = LinearMaps.Normals(m, draw + 100);
            foreach (double size in new[] { 1e-2, 1e-3, -1e-3 })
                Assert.True(Functional([.. u.Select((v, i) => v + (size * move[i]))]) >= least - 1e-12);
        }
    }
}
