using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Stochastic;

public class BrownianPathTests
{
    // Two-sided 5e-6 for each statistic: with some dozens of them a fixed key that fails says something is wrong.
    private const double Z = 4.56;

    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    [Fact]
    public void IncrementsAndAreasAddUp()
    {
        BrownianReader reader = new BrownianPath(Key, 3, -1, 2, 1e-4).Reader();
        double[] w1 = new double[3], h1 = new double[3], w2 = new double[3], h2 = new double[3], w = new double[3], h = new double[3];
        Gen<double[]> times = Gen.Choose(0, 3_000_000).Select(i => -1 + (i * 1e-6)).ArrayOf(3);
        Forall.Check(Prop.ForAll(Arb.From(times), raw =>
        {
            double[] t = [.. raw.Order()];
            reader.Increment(t[0], t[1], w1, h1);
            reader.Increment(t[1], t[2], w2, h2);
            reader.Increment(t[0], t[2], w, h);
            double a = t[1] - t[0], b = t[2] - t[1];
            for (int i = 0; i < 3; i++)
            {
                Assert.Equal(w[i], w1[i] + w2[i], 1e-13);
                Assert.Equal((a + b) * h[i], (a * h1[i]) + (b * h2[i]) + (0.5 * ((b * w1[i]) - (a * w2[i]))), 1e-12);
            }
        }));
    }

    [Fact]
    public void NumbersDependOnTheTimesAloneNotOnWhatWasReadBefore()
    {
        var path = new BrownianPath(Key, 2, 0, 1, 1e-3);
        BrownianReader used = path.Reader();
        double[] w = new double[2], h = new double[2], expectedW = new double[2], expectedH = new double[2];
        Forall.Check(Prop.ForAll(Arb.From(Gen.Choose(0, 5000).Two()), pair =>
        {
            double s = Math.Min(pair.Item1, pair.Item2) / 5000.0, t = Math.Max(pair.Item1, pair.Item2) / 5000.0;
            used.Increment(s, t, w, h);
            path.Reader().Increment(s, t, expectedW, expectedH);
            Promises.SameBits(expectedW, w, "W");
            Promises.SameBits(expectedH, h, "H");

            // On from there, as solvers go, and to the same end from elsewhere.
            foreach ((double from, double to) in new[] { (t, 0.5 * (1 + t)), (t, 1), (s, t), (t, Math.Min(1, t + 1e-4)) })
            {
                used.Increment(from, to, w, h);
                path.Reader().Increment(from, to, expectedW, expectedH);
                Promises.SameBits(expectedW, w, "W on from there");
                Promises.SameBits(expectedH, h, "H on from there");
            }
        }));
    }

    [Fact]
    public void TheAreaIsTheIntegralOfThePath()
    {
        BrownianReader reader = new BrownianPath(Key, 1, 0, 2, 1e-5).Reader();
        const double S = 0.3, T = 1.7;
        const int Parts = 20_000;
        double[] w = new double[1], h = new double[1], whole = new double[1];
        reader.Increment(S, T, whole, h);
        double sum = 0, value = 0;
        for (int i = 1; i <= Parts; i++)
        {
            reader.Increment(S + ((T - S) * (i - 1) / Parts), S + ((T - S) * i / Parts), w);
            sum += value + (0.5 * w[0]);
            value += w[0];
        }

        // The trapezoidal rule misses sum of H over the parts: standard deviation sqrt((T - S) / 12) / Parts.
        Assert.Equal(whole[0], value, 1e-11);
        Assert.Equal(h[0], (sum / Parts) - (0.5 * value), Z * Math.Sqrt((T - S) / 12) / Parts);
    }

    [Theory]
    [InlineData(0.0, 1.0)]
    [InlineData(0.25, 0.5)]
    [InlineData(0.1, 0.7)]
    [InlineData(0.61, 0.611)]
    public void MomentsAreThoseOfBrownianMotion(double s, double t)
    {
        const int Paths = 3000;
        double[] w = new double[2], h = new double[2], later = new double[2], laterH = new double[2];
        double length = t - s;
        var x = new double[6][];
        for (int i = 0; i < x.Length; i++)
            x[i] = new double[Paths];
        for (int p = 0; p < Paths; p++)
        {
            BrownianReader reader = new BrownianPath(Key.Fold(p), 2, 0, 2, 1e-3).Reader();
            reader.Increment(s, t, w, h);
            reader.Increment(t, 2, later, laterH);
            double[] unit =
            [
                w[0] / Math.Sqrt(length), w[1] / Math.Sqrt(length), h[0] / Math.Sqrt(length / 12), h[1] / Math.Sqrt(length / 12),
                later[0] / Math.Sqrt(2 - t), laterH[0] / Math.Sqrt((2 - t) / 12),
            ];
            for (int i = 0; i < unit.Length; i++)
                x[i][p] = unit[i];
        }

        for (int i = 0; i < x.Length; i++)
        {
            Assert.InRange(x[i].Average() * Math.Sqrt(Paths), -Z, Z);
            Assert.InRange((x[i].Average(v => v * v) - 1) * Math.Sqrt(Paths / 2.0), -Z, Z);
            Assert.InRange((x[i].Average(v => v * v * v * v) - 3) * Math.Sqrt(Paths / 96.0), -Z, Z);
            for (int j = 0; j < i; j++)
                Assert.InRange(x[i].Zip(x[j], (a, b) => a * b).Average() * Math.Sqrt(Paths), -Z, Z);
        }
    }

    [Fact]
    public void ReadingAllocatesNothing()
    {
        BrownianReader reader = new BrownianPath(Key, 4, 0, 1, 1e-6).Reader();
        double[] w = new double[4], h = new double[4];
        int i = 0;
        Promises.AllocatesNothing(() =>
        {
            double s = (++i * 0.6180339887) % 1;
            reader.Increment(s * 0.9, s, w, h);
        }, "reading");
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Invalid("dimension", () => new BrownianPath(Key, 0, 0, 1, 0.1));
        Invalid("start", () => new BrownianPath(Key, 1, double.NaN, 1, 0.1));
        Invalid("end", () => new BrownianPath(Key, 1, 1, 1, 0.1));
        Invalid("resolution", () => new BrownianPath(Key, 1, 0, 1, 0));
        BrownianReader reader = new BrownianPath(Key, 2, 0, 1, 0.1).Reader();
        Invalid("s", () => reader.Increment(-0.1, 0.5, new double[2]));
        Invalid("t", () => reader.Increment(0.5, 0.4, new double[2]));
        Invalid("t", () => reader.Increment(0.5, double.NaN, new double[2]));
        Invalid("w", () => reader.Increment(0, 1, new double[3]));
        Invalid("h", () => reader.Increment(0, 1, new double[2], new double[1]));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }
}
