using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Stochastic;

public class LevyAreaTests
{
    // Two-sided 5e-6 for each statistic.
    private const double Z = 4.56;

    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    [Theory]
    [InlineData("Davie")]
    [InlineData("Foster")]
    [InlineData("Fourier")]
    [InlineData("Refined")]
    public void AreasHaveTheirVarianceAndAreUncorrelatedWithTheIncrements(string name)
    {
        const int Paths = 2500;
        const double H = 0.7;
        double[] first = new double[Paths], second = new double[Paths], product = new double[Paths], withIncrement = new double[Paths];
        Sample(Kind(name), Paths, H, 3, (p, w, h, a) =>
        {
            first[p] = a[1] / (0.5 * H);
            second[p] = a[5] / (0.5 * H);
            product[p] = first[p] * second[p];
            withIncrement[p] = first[p] * w[2] / Math.Sqrt(H);
            for (int j = 0; j < 3; j++)
            {
                for (int k = 0; k < 3; k++)
                    Assert.Equal(a[(j * 3) + k], -a[(k * 3) + j]);
            }
        });

        // The refined area of 64 parts misses a 192nd of the variance; an area's fourth moment is 5, so that its square's variance is 4.
        double missing = name == "Refined" ? 1.0 / 192 : 0;
        Assert.InRange(Mean(first, v => v), -Z / Math.Sqrt(Paths), Z / Math.Sqrt(Paths));
        Assert.InRange(Mean(first, v => v * v) - 1 + missing, -Z * Math.Sqrt(4.0 / Paths), Z * Math.Sqrt(4.0 / Paths));
        Assert.InRange(Mean(second, v => v * v) - 1 + missing, -Z * Math.Sqrt(4.0 / Paths), Z * Math.Sqrt(4.0 / Paths));
        Assert.InRange(Mean(product, v => v), -Z * 1.5 / Math.Sqrt(Paths), Z * 1.5 / Math.Sqrt(Paths));
        Assert.InRange(Mean(withIncrement, v => v), -Z * 1.5 / Math.Sqrt(Paths), Z * 1.5 / Math.Sqrt(Paths));
    }

    [Theory]
    [InlineData("Fourier")]
    [InlineData("Refined")]
    public void TheCharacteristicFunctionIsLevys(string name)
    {
        // P. Lévy (1951): the mean of cos(x A) is 1 / cosh(x h / 2); given W, times exp(-|W|^2/(2h) (x h/2 coth(x h/2) - 1)) in place of the cosh's quotient.
        const int Paths = 2500;
        const double H = 0.7;
        foreach (double x in new[] { 1.0, 3.0, 6.0 })
        {
            double sum = 0;
            Sample(Kind(name), Paths, H, 2, (_, _, _, a) => sum += Math.Cos(x * a[1]));
            Assert.InRange((sum / Paths) - (1 / Math.Cosh(0.5 * x * H)), -Z / Math.Sqrt(Paths), Z / Math.Sqrt(Paths));
        }
    }

    [Fact]
    public void TheVarianceGivenIncrementAndAreaIsFosters()
    {
        const int Paths = 2500;
        const double H = 0.7;
        double[] difference = new double[Paths], weighted = new double[Paths];
        Sample(LevyArea.Refined(6), Paths, H, 2, (p, w, h, a) =>
        {
            double rest = a[1] - ((h[0] * w[1]) - (w[0] * h[1])), squares = (h[0] * h[0]) + (h[1] * h[1]);
            double variance = ((H * H / 20) + (H * squares / 5)) - (H * H / (12 * 64));
            difference[p] = ((rest * rest) - variance) / (H * H / 12);
            weighted[p] = difference[p] * squares / (H / 6);
        });
        AssertZero(difference);
        AssertZero(weighted);

        static void AssertZero(double[] x)
        {
            double mean = x.Average(), deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
            Assert.InRange(mean * Math.Sqrt(x.Length) / deviation, -Z, Z);
            Assert.True(deviation < 10);
        }
    }

    [Fact]
    public void RefinementConvergesAsStatedAlongThePath()
    {
        const double H = 0.5;
        const int Paths = 300;
        double[] w = new double[2], h = new double[2];
        double coarse = 0, mean = 0;
        for (int p = 0; p < Paths; p++)
        {
            BrownianReader reader = new BrownianPath(Key.Fold(p), 2, 0, 1, 1e-4).Reader();
            reader.Increment(0.2, 0.2 + H, w, h);
            double fine = Area(LevyArea.Refined(9)), errorCoarse = Area(LevyArea.Refined(3)) - fine, errorMean = Area(LevyArea.SpaceTime) - fine;
            coarse += errorCoarse * errorCoarse;
            mean += errorMean * errorMean;

            double Area(LevyArea kind)
            {
                var area = new LevyAreaReader(2);
                area.Compute(kind, reader, 0.2, 0.2 + H, w, h);
                return area.Area[1];
            }
        }

        // The quotient of a sum of 300 squares and its mean lies within 45 % of 1 with the significance above, also with the areas' heavier tails.
        Assert.InRange(mean / Paths / (H * H / 12 * (1 - (1.0 / 512))), 0.55, 1.45);
        Assert.InRange(coarse / Paths / (H * H / 12 * ((1.0 / 8) - (1.0 / 512))), 0.55, 1.45);
    }

    private static LevyArea Kind(string name) => name switch
    {
        "Davie" => LevyArea.Davie,
        "Foster" => LevyArea.Foster,
        "Fourier" => LevyArea.Fourier(4),
        _ => LevyArea.Refined(6),
    };

    private static double Mean(double[] x, Func<double, double> f) => x.Average(f);

    private delegate void Visit(int path, double[] w, double[] h, double[] area);

    private static void Sample(LevyArea kind, int paths, double length, int m, Visit visit)
    {
        double[] w = new double[m], h = new double[m];
        var area = new LevyAreaReader(m);
        for (int p = 0; p < paths; p++)
        {
            BrownianReader reader = new BrownianPath(Key.Fold(p), m, 0, length, length / 64).Reader();
            reader.Increment(0, length, w, h);
            area.Compute(kind, reader, 0, length, w, h);
            visit(p, w, h, area.Area.ToArray());
        }
    }
}
