using FsCheck;
using FsCheck.Fluent;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class DimensionTests
{
    /// <summary>
    /// Sprott and Rowlands (2001), Improved correlation dimension calculation: 1.220 +- 0.036 for Hénon's attractor, whose local slopes oscillate between 1.1 and 1.3; Grassberger and Procaccia (1983): 1.21.
    /// </summary>
    [Fact]
    public void HenonsCorrelationDimensionIsThePublishedOne()
    {
        double[] points = new double[2 * 5000];
        ChaoticMaps.Henon.Fill(points);
        LineFit line = new CorrelationDimension { MinRadius = 0.005, MaxRadius = 0.4, TheilerWindow = 5 }.LogSums(points, 2).Fit();
        Promises.Close(1.22, line.Slope, 0, 0.036, "Hénon");
    }

    /// <summary>
    /// Grassberger and Procaccia (1983), Measuring the strangeness of strange attractors, table 1: 1.95 +- 0.03 for the equation of Mackey and Glass with delay 17. Five standard errors, as the choice of radii isn't theirs.
    /// </summary>
    [Fact]
    public void MackeyAndGlasssCorrelationDimensionIsThePublishedOne()
    {
        const int Count = 8000, Delay = 10, Dimension = 6;
        double[] series = new double[Count + (Delay * Dimension)];
        new MackeyGlass().Fill(series, 1, transient: 1000);
        double[] points = [.. Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(0, Dimension).Select(j => series[i + (j * Delay)]))];
        LineFit line = new CorrelationDimension { MinRadius = 0.05, MaxRadius = 0.3, TheilerWindow = 100 }.LogSums(points, Dimension).Fit();
        Promises.Close(1.95, line.Slope, 0, 0.15, "Mackey-Glass");
    }

    [Fact]
    public void UniformPointsFillTheirSpace()
    {
        RandomStream stream = RandomKey.FromSeed(11).Stream();
        double[] square = [.. Enumerable.Range(0, 2 * 4000).Select(_ => stream.NextDouble())];
        var method = new CorrelationDimension { MinRadius = 0.01, MaxRadius = 0.05 };

        // The border takes a share of about r from the slope: 2 - 2 r / (1 - r).
        Promises.Close(2, method.LogSums(square, 2).Fit().Slope, 0, 0.1, "square");
        (double takens, double error) = method.Takens(square, 2);
        Promises.Close(2, takens, 0, 0.08 + (5 * error), "square, Takens");
        double[] circle = [.. Enumerable.Range(0, 2000).Select(_ => 2 * Math.PI * stream.NextDouble()).SelectMany(a => new[] { Math.Cos(a), Math.Sin(a) })];
        Promises.Close(1, method.LogSums(circle, 2).Fit().Slope, 0, 0.05, "circle");
    }

    /// <summary>Against the definition, all pairs.</summary>
    [Fact]
    public void SumsAreTheSharesOfClosePairs()
    {
        Prop.ForAll(Gen.Choose(-100, 100).Select(i => i / 97.0).ArrayOf(60).ToArbitrary(), Gen.Choose(0, 4).ToArbitrary(), (points, window) =>
        {
            var method = new CorrelationDimension { MinRadius = 0.05, MaxRadius = 1.5, Radii = 6, TheilerWindow = window };
            ScalingCurve curve = method.LogSums(points, 2);
            for (int r = 0; r < curve.X.Length; r++)
            {
                double radius = Math.Exp(curve.X[r]) * (1 + 1e-12);
                int close = 0, pairs = 0;
                for (int i = 0; i < 30; i++)
                {
                    for (int j = i + window + 1; j < 30; j++)
                    {
                        pairs++;
                        close += Math.Max(Math.Abs(points[2 * i] - points[2 * j]), Math.Abs(points[(2 * i) + 1] - points[(2 * j) + 1])) <= radius ? 1 : 0;
                    }
                }

                Promises.Close(Math.Log(close / (double)pairs), curve.Y[r], 1e-12, 1e-12, $"radius {radius}");
            }
        }).Check(Forall.Config);
    }

    [Fact]
    public void BoxesOfFractalsAreCountedExactly()
    {
        // The middle of every interval of Cantor's set of level 9, and of every triangle of Sierpinski's of level 8.
        double[] cantor = [.. Enumerable.Range(0, 512).Select(i => Enumerable.Range(0, 9).Sum(k => ((i >> k) & 1) * 2 * Math.Pow(3, k - 9)) + (0.5 * Math.Pow(3, -9)))];
        double[] thirds = [.. Enumerable.Range(1, 8).Select(k => Math.Pow(3, -k) * (1 + 1e-9))];
        Promises.Close(Math.Log(2) / Math.Log(3), new BoxCounting().Entropies([0, .. cantor], 1, thirds).Fit().Slope, 1e-9, 0, "Cantor");
        var sierpinski = new List<double>();
        for (int x = 0; x < 256; x++)
        {
            for (int y = 0; y < 256; y++)
            {
                if ((x & y) == 0)
                    sierpinski.AddRange([x / 256.0, y / 256.0]);
            }
        }

        double[] halves = [.. Enumerable.Range(1, 8).Select(k => Math.Pow(2, -k))];
        foreach (double q in new[] { 0, 0.5, 1, 2 })
            Promises.Close(Math.Log(3) / Math.Log(2), new BoxCounting { Order = q }.Entropies([.. sierpinski], 2, halves).Fit().Slope, 1e-12, 0, $"Sierpinski, q = {q}");
    }

    /// <summary>The binomial measure of weights 1/4 and 3/4: D(q) = log2(p^q + (1 - p)^q) / (1 - q), D(1) = -p log2 p - (1 - p) log2(1 - p).</summary>
    [Fact]
    public void AMultifractalHasItsDimensions()
    {
        var points = new List<double>();
        for (int i = 0; i < 64; i++)
        {
            for (int copies = (int)Math.Pow(3, int.PopCount(i)); copies > 0; copies--)
                points.Add(i / 64.0);
        }

        double[] edges = [.. Enumerable.Range(1, 6).Select(k => Math.Pow(2, -k))];
        foreach (double q in new[] { 0, 0.5, 1, 2, 5 })
        {
            double expected = q == 1
                ? -(0.25 * Math.Log2(0.25)) - (0.75 * Math.Log2(0.75))
                : Math.Log2(Math.Pow(0.25, q) + Math.Pow(0.75, q)) / (1 - q);
            Promises.Close(expected, new BoxCounting { Order = q }.Entropies([.. points], 1, edges).Fit().Slope, 1e-12, 0, $"q = {q}");
        }
    }

    /// <summary>Gottwald and Melbourne (2009): logistic maps of a period-8 and a chaotic parameter, and quasiperiodic motion.</summary>
    [Fact]
    public void TheTestIsZeroForOrderAndOneForChaos()
    {
        var test = new ZeroOneTest { Frequencies = 40 };
        double[] x = new double[1500];
        ChaoticMaps.Logistic.With("r", 3.97).Fill(x);
        Assert.InRange(test.Statistic(x), 0.95, 1.001);
        ChaoticMaps.Logistic.With("r", 3.55).Fill(x);
        Assert.InRange(test.Statistic(x), -0.1, 0.1);
        Assert.InRange(test.Statistic([.. Enumerable.Range(0, 1500).Select(i => Math.Sin(1.3 * i) + Math.Cos(Math.Sqrt(2) * i))]), -0.2, 0.2);
        Assert.Equal(test.Statistic(x), (test with { Frequencies = 40 }).Statistic(x));
        Assert.Throws<ArgumentException>(() => test.Statistic(new double[10]));
    }
}
