using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.Distributions;

/// <summary>What every law on the real line obeys.</summary>
public class LawTests
{
    private static readonly double[] Probabilities = [1e-8, 1e-3, 0.05, 0.3, 0.5, 0.8, 0.99, 1 - 1e-6];

    private static readonly RandomKey Key = RandomKey.FromSeed(7);

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void QuantilesInvertTheDistributionFunctions(string name)
    {
        IDistribution law = Laws.Make(name);
        foreach (double p in Probabilities)
        {
            double x = law.Quantile(p), y = law.SurvivalQuantile(p);
            if (law is IDiscreteDistribution)
            {
                Assert.True(law.Cdf(x) >= p * (1 - 1e-13) && (x == law.Support.Low || law.Cdf(x - 1) < p), $"{name}: quantile {x} of {p}.");
                Assert.True(law.Survival(y) <= p * (1 + 1e-13) && (y == law.Support.Low || law.Survival(y - 1) > p), $"{name}: upper quantile {y} of {p}.");
                Assert.Equal(x, law.Quantile(law.Cdf(x)));
            }
            else
            {
                // Besides the method's own error, what the rounding of x alone does to the probability.
                Promises.Close(p, law.Cdf(x), 1e-12, 1e-15 * Math.Abs(x) * law.Density(x), $"{name}: cdf of the quantile of {p}");
                Promises.Close(p, law.Survival(y), 1e-12, 1e-15 * Math.Abs(y) * law.Density(y), $"{name}: survival of the upper quantile of {p}");
            }

            Promises.Close(1, law.Cdf(x) + law.Survival(x), 1e-14, 0, $"{name}: cdf and survival at {x}");
        }

        Assert.Equal(law.Support.Low, law.Quantile(0));
        Assert.Equal(law.Support.High, law.Quantile(1));
        foreach (double bad in new[] { -0.1, 1.1, double.NaN })
        {
            Assert.True(double.IsNaN(law.Quantile(bad)), $"{name}: quantile of {bad}");
            Assert.True(double.IsNaN(law.SurvivalQuantile(bad)), $"{name}: upper quantile of {bad}");
        }
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void TheSupportIsWhereTheDensityIs(string name)
    {
        IDistribution law = Laws.Make(name);
        (double low, double high) = law.Support;
        Assert.True(double.IsNaN(law.LogDensity(double.NaN)), name);
        if (double.IsFinite(low))
        {
            // A von Mises density is periodic.
            if (law is not VonMises)
                Assert.Equal(double.NegativeInfinity, law.LogDensity(low - 1));
            Assert.Equal(0, law.Cdf(low - 1));
            Assert.Equal(1, law.Survival(low - 1));
        }

        if (double.IsFinite(high))
        {
            Assert.Equal(1, law.Cdf(high + 1));
            Assert.Equal(0, law.Survival(high + 1));
        }
        else
        {
            Assert.Equal(double.NegativeInfinity, law.LogDensity(double.PositiveInfinity));
            Assert.Equal(1, law.Cdf(double.PositiveInfinity));
            Assert.Equal(0, law.Survival(double.PositiveInfinity));
        }

        if (law is IDiscreteDistribution)
            Assert.Equal(double.NegativeInfinity, law.LogDensity(Math.Max(low, -100) + 0.5));
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void GradientsEqualFiniteDifferences(string name)
    {
        (double[] parameters, Func<double[], IDistribution> make) = Laws.Instances[name];
        IDistribution law = make(parameters);
        double[] gradient = new double[law.ParameterNames.Length];
        Assert.Equal(parameters.Length, gradient.Length);
        foreach (double p in new[] { 0.02, 0.3, 0.6, 0.97 })
        {
            double x = law.Quantile(p);
            law.LogDensityGradient(x, gradient);
            for (int j = 0; j < gradient.Length; j++)
            {
                double difference = Difference(double.PositiveInfinity, t => make([.. parameters.Select((v, k) => k == j ? t : v)]).LogDensity(x), parameters[j]);
                Promises.Close(difference, gradient[j], 1e-5, 1e-6, $"{name}: derivative at {x} for {law.ParameterNames[j]}");
            }

            if (law is IContinuousDistribution continuous)
            {
                double room = Math.Min(x - law.Support.Low, law.Support.High - x);
                Promises.Close(Difference(room, law.LogDensity, x), continuous.LogDensityDerivative(x), 1e-5, 1e-6, $"{name}: derivative at {x}");
                Promises.Close(Difference(room, law.Cdf, x), law.Density(x), 1e-5, 1e-7, $"{name}: density at {x} is the slope of the distribution function");
            }
        }

        Assert.Throws<ArgumentException>(() => law.LogDensityGradient(1, new double[gradient.Length + 1]));

        // Central differences of fourth order.
        static double Difference(double room, Func<double, double> f, double at)
        {
            double h = 1e-3 * Math.Min(room, Math.Max(1e-2, Math.Abs(at)));
            return ((8 * (f(at + h) - f(at - h))) - (f(at + (2 * h)) - f(at - (2 * h)))) / (12 * h);
        }
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void DrawsFollowTheLaw(string name)
    {
        // 100,000 draws. Kolmogorov-Smirnov, and chi-square for counts, with critical values of significance 1e-5 at fixed keys.
        IDistribution law = Laws.Make(name);
        double[] x = new double[100_000];
        law.Fill(Key.Fold(name), x);
        Assert.All(x, v => Assert.InRange(v, law.Support.Low, law.Support.High));
        if (law is IDiscreteDistribution)
        {
            Assert.All(x, v => Assert.Equal(Math.Floor(v), v));
            double chi = 0;
            int cells = 0;
            Dictionary<double, int> counts = x.GroupBy(v => v).ToDictionary(g => g.Key, g => g.Count());
            double from = law.Quantile(1e-3), to = law.SurvivalQuantile(1e-3);
            Cell(x.Count(v => v <= from), law.Cdf(from));
            Cell(x.Count(v => v > to), law.Survival(to));
            for (double k = from + 1; k <= to; k++)
                Cell(counts.GetValueOrDefault(k), law.Density(k));
            double critical = new ChiSquared(Math.Max(1, cells - 1)).SurvivalQuantile(1e-5);
            Assert.True(chi < critical, $"{name}: chi-square {chi:f1} of {cells} cells, critical {critical:f1}.");

            void Cell(int observed, double probability)
            {
                double expected = probability * x.Length;
                if (expected < 5)
                    return;
                chi += (observed - expected) * (observed - expected) / expected;
                cells++;
            }
        }
        else
        {
            Array.Sort(x);
            double distance = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double f = law.Cdf(x[i]);
                distance = Math.Max(distance, Math.Max(f - ((double)i / x.Length), ((i + 1.0) / x.Length) - f));
            }

            // 2 exp(-2 n d^2) = 1e-5.
            double critical = Math.Sqrt(0.5 * Math.Log(2e5) / x.Length);
            Assert.True(distance < critical, $"{name}: distance {distance:f5}, critical {critical:f5}.");
        }
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void DrawsDependOnKeyAndIndexOnly(string name)
    {
        IDistribution law = Laws.Make(name);
        double[] whole = new double[40_000], workers = new double[40_000], piece = new double[700];
        law.Fill(Key, whole);
        law.Fill(Key, workers, 0, Workers.Threads(3));
        Promises.SameBits(whole, workers, $"{name} with workers");
        foreach (int from in new[] { 1, 511, 20_001 })
        {
            law.Fill(Key, piece, (ulong)from);
            Promises.SameBits(whole.AsSpan(from, piece.Length), piece, $"{name} from {from}");
        }
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void MomentsAreThoseOfTheDensity(string name)
    {
        // Integrals over u of functions of the quantile, by the midpoint rule; heavy tails converge slowly and are left out by their missing moments.
        IDistribution law = Laws.Make(name);
        if (!double.IsFinite(law.ExcessKurtosis) || name is "F" or "inverse gamma" or "pareto" or "student t")
            return;
        const int N = 20_000;
        double mean = 0, second = 0, third = 0, fourth = 0;
        for (int i = 0; i < N; i++)
        {
            // Tails are stretched: u = t^3 (10 - 15 t + 6 t^2) has a weight that vanishes at both ends.
            double t = (i + 0.5) / N, u = t * t * t * (10 - (15 * t) + (6 * t * t)), weight = 30 * t * t * (1 - t) * (1 - t) / N;
            double z = ((u < 0.5 ? law.Quantile(u) : law.SurvivalQuantile((1 - t) * (1 - t) * (1 - t) * (1 + (3 * t) + (6 * t * t)))) - law.Mean) / Math.Sqrt(law.Variance);
            mean += weight * z;
            second += weight * z * z;
            third += weight * z * z * z;
            fourth += weight * z * z * z * z;
        }

        Promises.Close(0, mean, 0, 2e-3, $"{name}: mean");
        Promises.Close(1, second, 3e-3, 0, $"{name}: variance");
        Promises.Close(law.Skewness, third, 0.01, 0.01, $"{name}: skewness");
        Promises.Close(law.ExcessKurtosis, fourth - 3, 0.02, 0.02, $"{name}: kurtosis");
    }

    [Theory]
    [MemberData(nameof(Laws.Names), MemberType = typeof(Laws))]
    public void FillsAllocateNothing(string name)
    {
        IDistribution law = Laws.Make(name);
        double[] x = new double[600];
        double[] gradient = new double[law.ParameterNames.Length];
        double sink = 0;
        Promises.AllocatesNothing(
            () =>
            {
                law.Fill(Key, x, 3);
                sink += law.LogDensity(x[0]) + law.Cdf(x[1]) + law.Quantile(0.3) + law.Entropy;
                law.LogDensityGradient(x[2], gradient);
            },
            name,
            warmUp: 20,
            measured: 5);
        Assert.False(double.IsNaN(sink));
    }

    [Fact]
    public void NonsenseIsRejected()
    {
        foreach (double bad in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Equal("standardDeviation", Assert.Throws<ArgumentOutOfRangeException>(() => new Normal(0, bad)).ParamName);
            Assert.Equal("shape", Assert.Throws<ArgumentOutOfRangeException>(() => new Gamma(bad, 1)).ParamName);
            Assert.Equal("rate", Assert.Throws<ArgumentOutOfRangeException>(() => new Poisson(bad)).ParamName);
        }

        foreach (double bad in new[] { -0.1, 1.1, double.NaN })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new Binomial(3, bad));
            Assert.Throws<ArgumentOutOfRangeException>(() => new Geometric(bad));
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => new Geometric(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Uniform(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Hypergeometric(10, 11, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Normal(double.NaN, 1));
        Assert.Equal(new Normal(0, 1), new Normal());
        Assert.Equal(new Gamma(2, 0.25), Gamma.FromRate(2, 4));
    }
}
