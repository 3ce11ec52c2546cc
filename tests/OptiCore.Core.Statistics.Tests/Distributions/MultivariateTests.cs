using System.Text.Json;
using OptiCore.Distributions;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.Distributions;

public class MultivariateTests
{
    private const string File = "golden/02_distributions.json";

    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    private static readonly Dictionary<string, Func<JsonElement, IMultivariateDistribution>> FromReference = new()
    {
        ["multivariate_normal"] = p => new MultivariateNormal(p.Numbers("mean"), p.RowMajor("cov")),
        ["multivariate_t"] = p => new MultivariateStudentT(p.Number("df"), p.Numbers("loc"), p.RowMajor("shape")),
        ["dirichlet"] = p => new Dirichlet(p.Numbers("alpha")),
        ["wishart"] = p => new Wishart(p.Number("df"), p.RowMajor("scale"), p.GetProperty("scale").GetArrayLength()),
        ["inverse_wishart"] = p => new InverseWishart(p.Number("df"), p.RowMajor("scale"), p.GetProperty("scale").GetArrayLength()),
        ["multinomial"] = p => new Multinomial((int)p.Number("n"), p.Numbers("p")),
    };

    private static readonly double[] Covariance = [2, 0.6, -0.3, 0.6, 1, 0.2, -0.3, 0.2, 0.5];

    private static readonly Dictionary<string, IMultivariateDistribution> Instances = new()
    {
        ["normal"] = new MultivariateNormal([1, -2, 0.5], Covariance),
        ["t"] = new MultivariateStudentT(7, [1, -2, 0.5], Covariance),
        ["dirichlet"] = new Dirichlet(0.4, 2, 3.5),
        ["dirichlet, large"] = new Dirichlet(4, 2, 3.5),
        ["wishart"] = new Wishart(5.5, Covariance, 3),
        ["inverse wishart"] = new InverseWishart(9, Covariance, 3),
        ["lkj"] = new LkjCorrelation(4, 2.5),
        ["multinomial"] = new Multinomial(40, 0.1, 0.4, 0.25, 0.25),
        ["von mises-fisher"] = new VonMisesFisher([1, 2, -2, 0.5], 3),
        ["von mises-fisher, uniform"] = new VonMisesFisher([1, 0, 0], 0),
    };

    public static TheoryData<string> Cases => [.. Reference.Cases(File).Where(c => FromReference.ContainsKey(c.Value.GetProperty("distribution").GetString()!)).Select(c => c.Key)];

    public static TheoryData<string> Names => [.. Instances.Keys];

    public static TheoryData<string> AllCases => [.. Reference.Cases(File).Keys];

    [Theory]
    [MemberData(nameof(AllCases))]
    public void EveryCaseOfTheReferenceHasALaw(string id)
    {
        string name = Reference.Cases(File)[id].GetProperty("distribution").GetString()!;
        Assert.True(FromReference.ContainsKey(name) || Laws.FromReference.ContainsKey(name), $"{id}: no law for {name}.");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheReference(string id)
    {
        JsonElement reference = Reference.Cases(File)[id];
        IMultivariateDistribution law = FromReference[reference.GetProperty("distribution").GetString()!](reference.GetProperty("params"));
        JsonElement[] points = [.. reference.GetProperty("x").EnumerateArray()];
        double[] expected = reference.Numbers(reference.TryGetProperty("logpdf", out _) ? "logpdf" : "logpmf");
        for (int i = 0; i < points.Length; i++)
        {
            double[] x = points[i][0].ValueKind == JsonValueKind.Array ? [.. points[i].EnumerateArray().SelectMany(r => r.Numbers())] : points[i].Numbers();
            Promises.Close(expected[i], law.LogDensity(x), 1e-11, 1e-11, $"{id}: point {i}");
        }

        if (reference.TryGetProperty("entropy", out JsonElement entropy) && entropy.ValueKind != JsonValueKind.Null)
        {
            double actual = law switch
            {
                MultivariateNormal n => n.Entropy,
                Dirichlet d => d.Entropy,
                Wishart w => w.Entropy,
                Multinomial m => m.Entropy,
                _ => throw new InvalidOperationException($"{id}: an entropy that the law doesn't have."),
            };
            Promises.Close(entropy.Number(), actual, 1e-11, 1e-12, $"{id}: entropy");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DrawsHaveTheMomentsOfTheLaw(string name)
    {
        // 40,000 draws; each element's mean and each product's mean within 5 standard errors as estimated from the draws.
        IMultivariateDistribution law = Instances[name];
        const int N = 40_000;
        int n = law.Dimension;
        double[] x = new double[N * n];
        law.Fill(Key.Fold(name), x);
        for (int i = 0; i < n; i++)
        {
            Near(Enumerable.Range(0, N).Select(k => x[(k * n) + i]), Mean(i), $"{name}: mean of element {i}");
            for (int j = 0; j <= i && n <= 4; j++)
                Near(Enumerable.Range(0, N).Select(k => (x[(k * n) + i] - Mean(i)) * (x[(k * n) + j] - Mean(j))), CovarianceOf(i, j), $"{name}: covariance of elements {i} and {j}");
        }

        for (int k = 0; k < 100; k++)
            Assert.True(double.IsFinite(law.LogDensity(x.AsSpan(k * n, n))), $"{name}: draw {k} has no density.");

        double Mean(int i) => law switch
        {
            MultivariateNormal or MultivariateStudentT => new[] { 1, -2, 0.5 }[i],
            Dirichlet d => d.Mean(i),
            Wishart w => w.DegreesOfFreedom * Covariance[i],
            InverseWishart w => Covariance[i] / (w.DegreesOfFreedom - 4),
            LkjCorrelation => i % 5 == 0 ? 1 : 0,
            Multinomial m => m.Trials * m.Probabilities[i],
            VonMisesFisher f => f.MeanResultantLength * f.Direction[i],
            _ => double.NaN,
        };

        double CovarianceOf(int i, int j) => law switch
        {
            MultivariateNormal => Covariance[(i * 3) + j],
            MultivariateStudentT => Covariance[(i * 3) + j] * 7 / 5,
            Dirichlet d => d.Covariance(i, j),
            Multinomial m => m.Trials * ((i == j ? m.Probabilities[i] : 0) - (m.Probabilities[i] * m.Probabilities[j])),
            // E[x x'] = (r/kappa) I + (1 - n r/kappa) mu mu', with 1/n for r/kappa when kappa is 0.
            VonMisesFisher f => (i == j ? Share(f) : 0) + ((1 - (f.Dimension * Share(f)) - (f.MeanResultantLength * f.MeanResultantLength)) * f.Direction[i] * f.Direction[j]),
            _ => double.NaN,
        };

        static double Share(VonMisesFisher f) => f.Concentration == 0 ? 1.0 / f.Dimension : f.MeanResultantLength / f.Concentration;

        static void Near(IEnumerable<double> values, double expected, string what)
        {
            double[] v = [.. values];
            double mean = v.Average(), error = Math.Sqrt(v.Average(t => (t - mean) * (t - mean)) / v.Length);
            Assert.True(Math.Abs(mean - expected) <= (5 * error) + 1e-12, $"{what}: {mean:g6} ± {error:g2}, expected {expected:g6}.");
        }
    }

    [Fact]
    public void CorrelationsOfTheLkjLawHaveABetaLaw()
    {
        // Each correlation, whatever its place, is 2 B - 1 with B of the beta law of eta - 1 + n/2 twice.
        var law = new LkjCorrelation(4, 2.5);
        var marginal = new Beta(3.5, 3.5);
        const int N = 20_000;
        double[] x = new double[N * 16];
        law.Fill(Key, x);
        foreach (int element in new[] { 4, 8, 9, 12, 14 })
        {
            double[] v = [.. Enumerable.Range(0, N).Select(k => x[(k * 16) + element]).Order()];
            double distance = v.Select((r, i) => Math.Abs(marginal.Cdf(0.5 * (1 + r)) - ((i + 0.5) / N))).Max();
            Assert.True(distance < Math.Sqrt(0.5 * Math.Log(2e5) / N), $"element {element}: distance {distance:f4}.");
        }
    }

    [Fact]
    public void TheLkjDensityIntegratesToOne()
    {
        // In two dimensions there is one correlation; in three, Monte Carlo over the cube of the three.
        double sum = 0;
        for (int i = 0; i < 20000; i++)
        {
            double r = (i + 0.5) / 10000 - 1;
            sum += Math.Exp(new LkjCorrelation(2, 3).LogDensity([1, r, r, 1])) / 10000;
        }

        Promises.Close(1, sum, 1e-6, 0, "order 2");
        var sobol = new Sobol(3, Key);
        double[] points = new double[3 << 14];
        sobol.Fill(points);
        var law = new LkjCorrelation(3, 2);
        double total = 0;
        for (int i = 0; i < 1 << 14; i++)
        {
            double a = (2 * points[3 * i]) - 1, b = (2 * points[(3 * i) + 1]) - 1, c = (2 * points[(3 * i) + 2]) - 1;
            total += 8 * Math.Exp(law.LogDensity([1, a, b, a, 1, c, b, c, 1])) / (1 << 14);
        }

        Promises.Close(1, total, 5e-3, 0, "order 3");
    }

    [Fact]
    public void VonMisesFisherInThreeDimensionsHasTheClosedForm()
    {
        // c = kappa / (4 pi sinh kappa), mean resultant length coth kappa - 1/kappa.
        foreach (double kappa in new[] { 0.01, 1, 30.0 })
        {
            var law = new VonMisesFisher([0, 0, 2], kappa);
            Promises.Close(Math.Log(kappa / (4 * Math.PI * Math.Sinh(kappa))) + kappa, law.LogDensity([0, 0, 1]), 1e-12, 1e-12, $"kappa {kappa}");
            Promises.Close((1 / Math.Tanh(kappa)) - (1 / kappa), law.MeanResultantLength, 1e-9, 0, $"kappa {kappa}");
        }

        Promises.Close(-Math.Log(4 * Math.PI), new VonMisesFisher([0, 1, 0], 0).LogDensity([1, 0, 0]), 1e-14, 0, "uniform");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void DrawsDependOnKeyAndIndexOnlyAndAllocateNothing(string name)
    {
        IMultivariateDistribution law = Instances[name];
        int n = law.Dimension;
        double[] whole = new double[20 * n], piece = new double[5 * n];
        law.Fill(Key, whole);
        law.Fill(Key, piece, 7);
        Promises.SameBits(whole.AsSpan(7 * n, 5 * n), piece, name);
        double sink = 0;
        Promises.AllocatesNothing(
            () =>
            {
                law.Fill(Key, piece);
                sink += law.LogDensity(piece.AsSpan(0, n));
            },
            name);
        Assert.False(double.IsNaN(sink));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void GradientsEqualFiniteDifferences(string name)
    {
        // The formulas of the Dirichlet and the von Mises-Fisher law end where the sum or the length isn't 1: along directions that keep it.
        if (Instances[name] is not IDifferentiableMultivariateDistribution law || law is VonMisesFisher)
            return;
        int n = law.Dimension;
        double[] x = new double[n], gradient = new double[n];
        law.Fill(Key, x, 3);
        law.LogDensityGradient(x, gradient);
        for (int i = 0; i < n; i++)
        {
            int other = law is Dirichlet ? (i + 1) % n : -1;
            double h = 1e-5 * (law is Dirichlet ? Math.Min(x[i], x[other]) : 1);
            double difference = (At(h) - At(-h)) / (2 * h), expected = gradient[i] - (other >= 0 ? gradient[other] : 0);
            Promises.Close(difference, expected, 1e-6, 1e-6, $"{name}: element {i}");

            double At(double step)
            {
                double[] y = [.. x];
                y[i] += step;
                if (other >= 0)
                    y[other] -= step;
                return law.LogDensity(y);
            }
        }
    }

    [Fact]
    public void NonsenseIsRejected()
    {
        Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, 0], [1, 2, 2, 1]));
        Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, 0], [1, 0.5, 0, 1]));
        Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, double.NaN], [1, 0, 0, 1]));
        Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, 0], [1, 0, 1]));
        Assert.Throws<ArgumentException>(() => new Dirichlet(1));
        Assert.Throws<ArgumentException>(() => new Dirichlet(1, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Wishart(1.5, Covariance, 3));
        Assert.Throws<ArgumentException>(() => new Multinomial(3, 0.5, 0.6));
        Assert.Throws<ArgumentException>(() => new VonMisesFisher([0, 0], 1));
        Assert.Throws<ArgumentException>(() => new Categorical(0, 0));
        Assert.Equal(double.NegativeInfinity, new Wishart(5, Covariance, 3).LogDensity([1, 2, 0, 2, 1, 0, 0, 0, 1]));
        Assert.Equal(double.NegativeInfinity, new Multinomial(3, 0.5, 0.5).LogDensity([1, 1]));
        Assert.Equal(double.NegativeInfinity, new Dirichlet(2, 2).LogDensity([0.5, 0.6]));
    }
}
