using FsCheck;
using FsCheck.Fluent;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class PermutationEntropyTests
{
    private static Arbitrary<double[]> Series(int length) => Gen.Choose(-100_000, 100_000).Select(i => i / 1000.0).ArrayOf(length).ToArbitrary();

    private static double[] Map(ChaoticMap map, int length)
    {
        double[] states = new double[length * map.Dimension];
        map.Fill(states);
        return [.. Enumerable.Range(0, length).Select(i => states[i * map.Dimension])];
    }

    private static double[] Noise(int length, int seed = 5)
    {
        RandomStream stream = RandomKey.FromSeed(3).Fold(seed).Stream();
        return [.. Enumerable.Range(0, length).Select(_ => stream.NextNormal())];
    }

    [Fact]
    public void PatternsAreNumberedFromRisingToFalling()
    {
        Assert.Equal(0, OrdinalPatterns.Of([1, 2, 3, 4], 4, 1));
        Assert.Equal(23, OrdinalPatterns.Of([4, 3, 2, 1], 4, 1));
        Assert.Equal(0, OrdinalPatterns.Of([1, 1, 1], 3, 1));
        Assert.Equal(5, OrdinalPatterns.Of([3, 9, 2, -1, 1], 3, 2));
        Assert.Equal([6, 24, 120, 362_880], new[] { 3, 4, 5, 9 }.Select(OrdinalPatterns.Number));

        // Each permutation has its own number.
        foreach (int order in new[] { 2, 3, 4, 5, 6 })
        {
            var seen = new HashSet<int>();
            Permute([.. Enumerable.Range(0, order).Select(i => (double)i)], 0, p => seen.Add(OrdinalPatterns.Of(p, order, 1)));
            Assert.Equal(Enumerable.Range(0, OrdinalPatterns.Number(order)), seen.Order());
        }

        static void Permute(double[] p, int from, Action<double[]> visit)
        {
            if (from == p.Length)
                visit(p);
            for (int i = from; i < p.Length; i++)
            {
                (p[from], p[i]) = (p[i], p[from]);
                Permute(p, from + 1, visit);
                (p[from], p[i]) = (p[i], p[from]);
            }
        }
    }

    /// <summary>
    /// The logistic map at r = 4 is the tent map in the angle, whose measure is uniform: the patterns of order 3 have the lengths of the intervals between 0, 1/3, 2/5, 2/3, 4/5 and 1, and the falling one never
    /// occurs. Five standard errors, with room for the correlation of neighbours.
    /// </summary>
    [Fact]
    public void TheLogisticMapHasItsExactPatterns()
    {
        const int Length = 200_000;
        double[] counts = new double[6], expected = [1.0 / 3, 1.0 / 15, 4.0 / 15, 2.0 / 15, 1.0 / 5, 0];
        int number = OrdinalPatterns.Count(Map(ChaoticMaps.Logistic, Length), 3, 1, counts);
        Assert.Equal(Length - 2, number);
        Assert.Equal(0, counts[5]);
        double[] shares = [.. counts.Select(c => c / number).Order()], sorted = [.. expected.Order()];
        for (int i = 0; i < 6; i++)
            Promises.Close(sorted[i], shares[i], 0, 5 / Math.Sqrt(Length), $"share {i}");
    }

    /// <summary>Rosso, Larrondo, Martin, Plastino and Fuentes (2007): order 6 and 2^15 samples, to two decimals.</summary>
    [Fact]
    public void TheLogisticMapLiesWhereItWasPublished()
    {
        ComplexityPoint point = new PermutationEntropy { Order = 6 }.Of(Map(ChaoticMaps.Logistic, 1 << 15));
        Assert.Equal(0.63, Math.Round(point.Entropy, 2));
        Assert.Equal(0.48, Math.Round(point.Complexity, 2));
        foreach (ChaoticMap map in new[] { ChaoticMaps.Logistic, ChaoticMaps.Henon })
        {
            ComplexityPoint chaos = new PermutationEntropy { Order = 6 }.Of(Map(map, 1 << 15));
            Assert.InRange(chaos.Entropy, 0.4, 0.8);
            Assert.True(chaos.Complexity > 0.9 * ComplexityEntropy.Maximum(chaos.Entropy, 720), $"{map}: {chaos}.");
        }
    }

    [Fact]
    public void WhiteNoiseHasEntropyAndNoComplexity()
    {
        ComplexityPoint point = new PermutationEntropy().Of(Noise(60_000));
        Assert.True(point.Entropy > 0.998 && point.Complexity < 0.005, $"{point}");

        // Means of noise are noise.
        foreach (ComplexityPoint scaled in new PermutationEntropy { Order = 4 }.Multiscale(Noise(60_000), 4))
            Assert.True(scaled.Entropy > 0.997, $"{scaled}");
    }

    /// <summary>A sine shows at most 2 (2 d - 3) patterns while a pattern is shorter than half a period.</summary>
    [Fact]
    public void ASineStaysWithinThePeriodicBounds()
    {
        foreach (int order in new[] { 3, 4, 5, 6 })
        {
            var scale = new OrdinalTimescale { Order = order, PatternShare = 0.36 };
            double[] sine = [.. Enumerable.Range(0, 20_000).Select(i => Math.Sin(0.0314159 * i))];
            Promises.Close(200, OrdinalTimescale.NaturalTimescale(sine), 0.01, 0, "natural timescale");
            double[] counts = new double[OrdinalPatterns.Number(order)];
            ComplexityPoint point = scale.Of(sine, out int delay);
            Assert.Equal((int)Math.Round(0.36 * 200 / (order - 1)), delay);
            OrdinalPatterns.Count(sine, order, delay, counts);
            Assert.InRange(counts.Count(c => c > 0), 3, 2 * ((2 * order) - 3));
            Assert.InRange(point.Entropy, scale.LeastPeriodicEntropy, scale.LargestPeriodicEntropy);

            // So short that nearly all patterns rise or fall.
            Promises.Close(scale.LeastPeriodicEntropy, new PermutationEntropy { Order = order }.Of(sine).Entropy, 0, 0.15, "entropy of short patterns");
        }
    }

    /// <summary>Hyman, Daniel and Schaffner (2025): a double pendulum is regular at low and complex at high energy. Both start at rest in the shape of the slow mode.</summary>
    [Fact]
    public void ADoublePendulumBecomesComplexAsItsEnergyRises()
    {
        var pendulum = new DoublePendulum();
        var points = new List<ComplexityPoint>();
        foreach (double angle in new[] { 0.1, 1.8 })
        {
            double[] times = [.. Enumerable.Range(0, 6000).Select(i => i / 64.0)];
            OdeResult orbit = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-8 }, pendulum.Derivative, (0, times[^1]), [angle, Math.Sqrt(2) * angle, 0, 0], times).EnsureCompleted();
            double[] x = [.. Enumerable.Range(0, times.Length).Select(i => Math.Sin(orbit.State(i)[0]) + Math.Sin(orbit.State(i)[1]))];
            points.Add(new OrdinalTimescale().Of(x, out _));
        }

        // Regular is what stays below the largest entropy of periodic motion; complex what lies above, and far from noise near the upper border.
        double border = new OrdinalTimescale().LargestPeriodicEntropy;
        Assert.True(points[0].Entropy < border && points[1].Entropy > border + 0.05, $"{points[0]} and {points[1]} with the border {border}.");
        Assert.True(points[1].Complexity > 0.75 * ComplexityEntropy.Maximum(points[1].Entropy, 120), $"{points[1]}");
    }

    [Fact]
    public void RisingFunctionsChangeNothingAtAll()
    {
        Prop.ForAll(Series(300), s =>
        {
            var method = new PermutationEntropy { Order = 4, Delay = 2 };
            ComplexityPoint point = method.Of(s);
            Assert.Equal(point, method.Of([.. s.Select(x => Math.Exp(x / 50))]));
            Assert.Equal(point, method.Of([.. s.Select(x => (x * x * x) + x)]));

            // The weighted entropy keeps under scaling by powers of two, which is exact; shifts to rounding.
            var weighted = new PermutationEntropy { Order = 4, ByVariance = true };
            Assert.Equal(weighted.Of(s), weighted.Of([.. s.Select(x => 8 * x)]));
            Promises.Close(weighted.Of(s).Entropy, weighted.Of([.. s.Select(x => x + 1000)]).Entropy, 1e-9, 0, "shifted");
        }).Check(Forall.Config);
    }

    [Fact]
    public void DistributionsLieBetweenTheEnvelopes()
    {
        Prop.ForAll(Gen.Choose(0, 1000).Select(i => i * i / 1000.0).ArrayOf(24).Where(w => w.Sum() > 0).ToArbitrary(), w =>
        {
            ComplexityPoint point = ComplexityEntropy.Of(w);
            Assert.InRange(point.Entropy, 0, 1);
            Assert.InRange(point.Complexity, ComplexityEntropy.Minimum(point.Entropy, 24) - 1e-9, ComplexityEntropy.Maximum(point.Entropy, 24) + 1e-9);
        }).Check(Forall.Config);

        // Distributions on the borders, by Martin, Plastino and Rosso (2006).
        foreach (int outcomes in new[] { 2, 6, 24, 120 })
        {
            foreach (double p in new[] { 0.05, 0.3, 0.8, 0.99 })
            {
                double least = (1.0 / outcomes) + (p * (1 - (1.0 / outcomes)));
                ComplexityPoint low = ComplexityEntropy.Of([least, .. Enumerable.Repeat((1 - least) / (outcomes - 1), outcomes - 1)]);
                Promises.Close(low.Complexity, ComplexityEntropy.Minimum(low.Entropy, outcomes), 1e-9, 1e-12, $"minimum, N = {outcomes}");
                int possible = (outcomes + 2) / 2;
                double smallest = p / possible;
                double[] w = new double[outcomes];
                w.AsSpan(0, possible - 1).Fill((1 - smallest) / (possible - 1));
                w[possible - 1] = smallest;
                ComplexityPoint high = ComplexityEntropy.Of(w);
                Promises.Close(high.Complexity, ComplexityEntropy.Maximum(high.Entropy, outcomes), 1e-9, 1e-12, $"maximum, N = {outcomes}");
            }

            Assert.Equal(0, ComplexityEntropy.Minimum(0, outcomes), 1e-12);
            Assert.Equal(0, ComplexityEntropy.Minimum(1, outcomes), 1e-12);
            Assert.Equal(0, ComplexityEntropy.Maximum(1, outcomes), 1e-12);
        }

        Assert.Equal(new ComplexityPoint(0, 0), ComplexityEntropy.Of([0, 7, 0]));
        Promises.Close(1, ComplexityEntropy.Of([1, 1, 1, 1]).Entropy, 1e-15, 0, "uniform");
        Assert.Equal(0, ComplexityEntropy.Of([1, 1, 1, 1]).Complexity, 1e-15);
    }

    [Fact]
    public void CountingAllocatesNothing()
    {
        double[] s = Noise(200), counts = new double[120];
        Promises.AllocatesNothing(() => OrdinalPatterns.Count(s, 5, 2, counts), "counting patterns");
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PermutationEntropy { Order = 10 });
        Assert.Throws<ArgumentException>(() => new PermutationEntropy().Of([1, 2, 3]));
        Assert.Throws<ArgumentException>(() => new PermutationEntropy { Order = 2 }.Of([1, double.NaN]));
        Assert.Throws<ArgumentException>(() => ComplexityEntropy.Of([0, 0]));
        Assert.Throws<ArgumentException>(() => ComplexityEntropy.Of([1, -1]));
        Assert.Throws<ArgumentException>(() => new OrdinalTimescale { MinDuration = 1e6 }.Of(Noise(100), out _));
    }
}
