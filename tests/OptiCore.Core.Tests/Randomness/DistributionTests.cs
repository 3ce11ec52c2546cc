using MathNet.Numerics;
using MathNet.Numerics.Distributions;
using OptiCore.Randomness;

namespace OptiCore.Core.Tests.Randomness;

/// <summary>
/// Goodness of fit with fixed keys. Kolmogorov-Smirnov at the significance 0.001 (critical value 1.949 / sqrt(n)), chi-square at 0.001, moments
/// within 4 standard errors.
/// </summary>
public class DistributionTests
{
    private const int Draws = 200_000;
    private const double Critical = 1.949;

    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    [Fact]
    public void UniformNumbersAreUniform()
    {
        double[] x = new double[Draws];
        RandomFill.Uniform(Key.Fold("uniform"), x);
        Fits(x, static v => v, 0.5, 1.0 / 12);
        RandomFill.UniformOpen(Key.Fold("open"), x);
        Fits(x, static v => v, 0.5, 1.0 / 12);
        float[] y = new float[Draws];
        RandomFill.Uniform(Key.Fold("uniform32"), y);
        Fits(Widen(y), static v => v, 0.5, 1.0 / 12);
        RandomFill.UniformOpen(Key.Fold("open32"), y);
        Fits(Widen(y), static v => v, 0.5, 1.0 / 12);
        Assert.All(y, static v => Assert.InRange(v, 1e-8f, 1 - 5e-8f));
    }

    [Fact]
    public void NormalNumbersAreNormalAlsoInTheTails()
    {
        double[] x = new double[Draws];
        RandomFill.Normal(Key.Fold("normal"), x);
        Fits(x, static v => Normal.CDF(0, 1, v), 0, 1);
        FourthMoment(x);
        TailsFit(x);
        float[] y = new float[Draws];
        RandomFill.Normal(Key.Fold("normal32"), y);
        Fits(Widen(y), static v => Normal.CDF(0, 1, v), 0, 1);
        FourthMoment(Widen(y));
        TailsFit(Widen(y));
        RandomStream stream = Key.Fold("scalar").Stream();
        for (int i = 0; i < x.Length; i++)
            x[i] = stream.NextNormal();
        Fits(x, static v => Normal.CDF(0, 1, v), 0, 1);

        // The variance of x^4 is 96.
        static void FourthMoment(double[] x) => Assert.Equal(3, x.Average(static v => v * v * v * v), 4 * Math.Sqrt(96.0 / x.Length));

        static void TailsFit(double[] x)
        {
            double expected = 2 * Normal.CDF(0, 1, -3) * x.Length;
            Assert.Equal(expected, x.Count(static v => Math.Abs(v) > 3), 4 * Math.Sqrt(expected));
        }
    }

    [Fact]
    public void NeighbouringNormalNumbersAreUncorrelated()
    {
        double[] x = new double[Draws];
        RandomFill.Normal(Key.Fold("pairs"), x);
        for (int lag = 1; lag <= 4; lag++)
        {
            double products = 0, squares = 0;
            for (int i = 0; i + lag < x.Length; i++)
            {
                products += x[i] * x[i + lag];
                squares += ((x[i] * x[i]) - 1) * ((x[i + lag] * x[i + lag]) - 1);
            }

            Assert.Equal(0, products / Draws, 4 / Math.Sqrt(Draws));
            Assert.Equal(0, squares / Draws, 8 / Math.Sqrt(Draws));
        }
    }

    [Fact]
    public void ExponentialAndGumbelNumbersFit()
    {
        double[] x = new double[Draws];
        float[] y = new float[Draws];
        RandomFill.Exponential(Key.Fold("exponential"), x);
        Fits(x, static v => 1 - Math.Exp(-v), 1, 1);
        RandomFill.Exponential(Key.Fold("exponential32"), y);
        Fits(Widen(y), static v => 1 - Math.Exp(-v), 1, 1);
        RandomFill.Gumbel(Key.Fold("gumbel"), x);
        Fits(x, static v => Math.Exp(-Math.Exp(-v)), Constants.EulerMascheroni, Math.PI * Math.PI / 6);
        RandomFill.Gumbel(Key.Fold("gumbel32"), y);
        Fits(Widen(y), static v => Math.Exp(-Math.Exp(-v)), Constants.EulerMascheroni, Math.PI * Math.PI / 6);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(3.7)]
    [InlineData(250)]
    public void GammaNumbersFit(double shape)
    {
        double[] x = new double[20_000];
        RandomFill.Gamma(Key.Fold("gamma"), shape, x);
        Fits(x, v => Gamma.CDF(shape, 1, v), shape, shape);
    }

    [Theory]
    [InlineData(0.3, 0.3)]
    [InlineData(1, 1)]
    [InlineData(2, 0.5)]
    [InlineData(4.5, 30)]
    public void BetaNumbersFit(double alpha, double beta)
    {
        double[] x = new double[20_000];
        RandomFill.Beta(Key.Fold("beta"), alpha, beta, x);
        double sum = alpha + beta;
        Fits(x, v => Beta.CDF(alpha, beta, v), alpha / sum, alpha * beta / (sum * sum * (sum + 1)));
    }

    [Fact]
    public void BetaNumbersOfTinyShapesStayBetweenZeroAndOne()
    {
        double[] x = new double[4000];
        RandomFill.Beta(Key, 1e-300, 1e-300, x);
        Assert.All(x, static v => Assert.InRange(v, 0, 1));
        Assert.Equal(0.5, x.Average(), 4 * Math.Sqrt(0.25 / x.Length));
        RandomFill.Gamma(Key, 1e-300, x);
        Assert.All(x, static v => Assert.True(v >= 0 && double.IsFinite(v)));
        RandomFill.Beta(Key, 1e300, 1e300, x);
        Assert.All(x, static v => Assert.InRange(v, 0.499999, 0.500001));
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(2u)]
    [InlineData(7u)]
    [InlineData(100u)]
    public void SmallIntegersAreEquallyFrequent(uint bound)
    {
        uint[] x = new uint[Draws];
        RandomFill.Integers(Key.Fold("integers"), bound, x);
        double[] expected = [.. Enumerable.Repeat((double)Draws / bound, (int)bound)];
        ChiSquareFits(expected, Count(x.Select(static v => (int)v), expected.Length));
        RandomStream stream = Key.Fold("long").Stream();
        ChiSquareFits(expected, Count(Enumerable.Range(0, Draws).Select(_ => (int)stream.NextUInt64(bound)), expected.Length));
    }

    /// <summary>
    /// With the bound 3 * 2^30 a plain product would favour every third result: 2^32 words fall on 3 * 2^30 results, so a third of them get two words.
    /// </summary>
    [Fact]
    public void LargeBoundsAreUnbiased()
    {
        const uint Bound = 3u << 30;
        uint[] x = new uint[Draws];
        RandomFill.Integers(Key.Fold("large"), Bound, x);
        Assert.All(x, static v => Assert.True(v < Bound));
        double[] thirds = [Draws / 3.0, Draws / 3.0, Draws / 3.0];
        ChiSquareFits(thirds, Count(x.Select(static v => (int)(v % 3)), 3));
        RandomStream stream = Key.Fold("large").Stream();
        ChiSquareFits(thirds, Count(Enumerable.Range(0, Draws).Select(_ => (int)(stream.NextUInt32(Bound) % 3)), 3));
        ChiSquareFits(thirds, Count(Enumerable.Range(0, Draws).Select(_ => (int)(stream.NextUInt64(3UL << 62) % 3)), 3));
        ChiSquareFits(thirds, Count(Enumerable.Range(0, Draws).Select(_ => (int)(((long)stream.NextInt32(int.MinValue, (1 << 30) - 1) - int.MinValue) / (1 << 30)) % 3), 3));
        RandomFill.Integers(Key, uint.MaxValue, x);
        Assert.All(x, static v => Assert.NotEqual(uint.MaxValue, v));
    }

    [Fact]
    public void AliasTablesHoldTheWeightsExactlyAndDrawThem()
    {
        double[] weights = [5, 0, 1e-3, 12.5, 3, 0, 0.25, 7, 7, 1e-12];
        var table = new AliasTable(weights);
        double sum = weights.Sum();
        for (int i = 0; i < weights.Length; i++)
            Assert.Equal(weights[i] / sum, table.Probability(i), 4e-16);
        Assert.Equal(0, table.Probability(1));

        int[] x = new int[Draws];
        table.Fill(Key.Fold("alias"), x);
        double[] counts = Count(x, weights.Length);
        Assert.Equal(0, counts[1] + counts[5] + counts[9]);
        int[] likely = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] >= 1e-3)];
        ChiSquareFits([.. likely.Select(i => Draws * weights[i] / sum)], [.. likely.Select(i => counts[i])]);

        RandomStream stream = Key.Fold("alias").Stream();
        foreach (int drawn in x.AsSpan(0, 1000))
            Assert.Equal(drawn, table.Draw(ref stream));
        int[] tail = new int[100];
        table.Fill(Key.Fold("alias"), tail, 17);
        Assert.Equal(x.AsSpan(17, 100).ToArray(), tail);
    }

    [Fact]
    public void AliasTablesOfExtremeWeightsDoNotOverflow()
    {
        Assert.Equal(0.5, new AliasTable([double.MaxValue, double.MaxValue]).Probability(0));
        Assert.Equal(1, new AliasTable([0, double.Epsilon]).Probability(1));
        double[] random = new double[1000];
        RandomFill.Gamma(Key, 0.2, random);
        var table = new AliasTable(random);
        double sum = random.Sum();
        for (int i = 0; i < random.Length; i++)
            Assert.Equal(random[i] / sum, table.Probability(i), 2e-15);
    }

    [Fact]
    public void AllOrdersOfFourElementsAreEquallyFrequent()
    {
        int[] order = new int[4];
        double[] counts = new double[256];
        for (int i = 0; i < 24_000; i++)
        {
            RandomOrder.Permutation(Key.Fold(i), order);
            counts[order[0] + (4 * order[1]) + (16 * order[2]) + (64 * order[3])]++;
        }

        double[] seen = [.. counts.Where(static c => c > 0)];
        Assert.Equal(24, seen.Length);
        ChiSquareFits([.. Enumerable.Repeat(1000.0, 24)], seen);
        string[] words = ["a", "b", "c", "d"];
        RandomOrder.Shuffle(Key.Fold(3), words.AsSpan());
        RandomOrder.Permutation(Key.Fold(3), order);
        Assert.Equal(order.Select(static i => "abcd"[i].ToString()), words);
        RandomOrder.Permutation(Key, []);
    }

    [Fact]
    public void MeaninglessParametersAreRefusedByName()
    {
        foreach (double bad in (double[])[0, -1, double.NaN, double.PositiveInfinity])
        {
            Assert.Equal("shape", Assert.Throws<ArgumentOutOfRangeException>(() => RandomFill.Gamma(Key, bad, new double[1])).ParamName);
            Assert.Equal("alpha", Assert.Throws<ArgumentOutOfRangeException>(() => RandomFill.Beta(Key, bad, 1, new double[1])).ParamName);
            Assert.Equal("beta", Assert.Throws<ArgumentOutOfRangeException>(() => RandomFill.Beta(Key, 1, bad, new double[1])).ParamName);
            Assert.Equal("shape", Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextGamma(bad)).ParamName);
            Assert.Equal("beta", Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextBeta(1, bad)).ParamName);
        }

        foreach (double bad in (double[])[-1, double.NaN, double.PositiveInfinity])
            Assert.Equal("weights", Assert.Throws<ArgumentOutOfRangeException>(() => new AliasTable([1, bad])).ParamName);
        Assert.Throws<ArgumentException>(() => new AliasTable([]));
        Assert.Throws<ArgumentException>(() => new AliasTable([0, 0]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomFill.Integers(Key, 0u, new uint[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RandomFill.Integers(Key, -5, new int[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextUInt32(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextUInt64(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextInt32(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Key.Stream().NextInt32(3, 3));
    }

    private static double[] Widen(float[] x) => [.. x.Select(static v => (double)v)];

    private static double[] Count(IEnumerable<int> draws, int bins)
    {
        double[] counts = new double[bins];
        foreach (int draw in draws)
            counts[draw]++;
        return counts;
    }

    private static void ChiSquareFits(double[] expected, double[] counts)
    {
        if (expected.Length == 1)
        {
            Assert.Equal(expected, counts);
            return;
        }

        double statistic = expected.Zip(counts, static (e, c) => (c - e) * (c - e) / e).Sum();
        double p = 1 - ChiSquared.CDF(expected.Length - 1, statistic);
        Assert.True(p > 0.001, $"chi-square {statistic:f2} with {expected.Length - 1} degrees of freedom, p = {p:g3}");
    }

    private static void Fits(double[] x, Func<double, double> cdf, double mean, double variance)
    {
        int n = x.Length;
        double[] sorted = [.. x.Order()];
        double distance = 0;
        for (int i = 0; i < n; i++)
        {
            double f = cdf(sorted[i]);
            distance = Math.Max(distance, Math.Max(f - ((double)i / n), ((i + 1.0) / n) - f));
        }

        Assert.True(distance * Math.Sqrt(n) < Critical, $"Kolmogorov-Smirnov {distance * Math.Sqrt(n):f3}, critical {Critical}");
        Assert.Equal(mean, x.Average(), 4 * Math.Sqrt(variance / n));

        // The standard error of the variance from the sample's own fourth moment.
        double fourth = x.Average(v => Math.Pow(v - mean, 4));
        Assert.Equal(variance, x.Average(v => (v - mean) * (v - mean)), 4 * Math.Sqrt((fourth - (variance * variance)) / n));
    }
}
