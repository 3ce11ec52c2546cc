using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests.Densities;

/// <summary>What holds for every target density: one row in the table, every law for every row.</summary>
public class DensityTests
{
    private static readonly Dictionary<string, ILogDensity> Table = new()
    {
        ["standard normal"] = new StandardNormal(6),
        ["multivariate normal"] = new MultivariateNormal([1, -2, 0.5], [2, 0.3, -0.5, 0.3, 1, 0.2, -0.5, 0.2, 0.7]),
        ["autoregressive normal"] = MultivariateNormal.Autoregressive(5, 0.9),
        ["funnel"] = new NealFunnel(5),
        ["funnel, non-centred"] = new NealFunnelNonCentered(5),
        ["banana"] = new Banana(0.1, 2),
        ["independent gamma"] = new IndependentGamma(0.5, 2, 7),
        ["eight schools, centred"] = new EightSchoolsCentered(),
        ["eight schools, non-centred"] = new EightSchoolsNonCentered(),
        ["logistic regression"] = new LogisticRegressionPosterior([1, 0.5, 1, -2, 1, 3, 1, 0.1], [1, 0, 1, 0], priorScale: 2),
        ["linear regression, flat"] = new LinearRegressionPosterior([1, 0.5, 1, -2, 1, 3, 1, 0.1], [1, 0, 2, 0.7]),
        ["linear regression, priors"] = new LinearRegressionPosterior([1, 0.5, 1, -2, 1, 3, 1, 0.1], [1, 0, 2, 0.7], 10, 2.5),
        ["autoregression"] = LinearRegressionPosterior.Autoregression([1, 2, 0.5, -1, 0.7, 1.5], order: 2),
    };

    public static TheoryData<string> Densities => [.. Table.Keys];

    [Fact]
    public void Every_public_density_has_a_row()
    {
        IEnumerable<Type> densities = typeof(StandardNormal).Assembly.GetExportedTypes().Where(t => t.IsClass && t.IsAssignableTo(typeof(ILogDensity)));
        Assert.All(densities, t => Assert.Contains(Table.Values, d => d.GetType() == t));
    }

    [Theory]
    [MemberData(nameof(Densities))]
    public void The_gradient_is_that_of_the_value(string name)
    {
        ILogDensity density = Table[name];
        int n = density.Dimension;
        double[] x = new double[n], gradient = new double[n];
        for (int trial = 0; trial < 50; trial++)
        {
            RandomStream stream = RandomKey.FromSeed(7).Fold(trial).Stream();
            for (int i = 0; i < n; i++)
                x[i] = 1.5 * stream.NextNormal();
            gradient.AsSpan().Fill(double.NaN);
            double value = density.ValueAndGradient(x, gradient);
            Promises.Close(value, density.Value(x), 1e-13, 1e-13, $"{name}: value");
            for (int i = 0; i < n; i++)
                Promises.Close(Slope(density, x, i, value), gradient[i], 1e-6, 1e-6, $"{name}: derivative {i}");
        }
    }

    [Theory]
    [MemberData(nameof(Densities))]
    public void Names_are_unique_and_all_parameters_are_written(string name)
    {
        ILogDensity density = Table[name];
        Assert.Equal(density.ParameterCount, density.ParameterNames.Count);
        Assert.Equal(density.ParameterCount, density.ParameterNames.Distinct().Count());
        double[] parameters = new double[density.ParameterCount];
        parameters.AsSpan().Fill(double.NaN);
        density.Constrain(new double[density.Dimension], parameters);
        Assert.All(parameters, p => Assert.True(double.IsFinite(p)));
    }

    [Theory]
    [MemberData(nameof(Densities))]
    public void Evaluation_allocates_nothing(string name)
    {
        ILogDensity density = Table[name];
        double[] x = new double[density.Dimension], gradient = new double[density.Dimension], parameters = new double[density.ParameterCount];
        Promises.AllocatesNothing(
            () =>
            {
                density.ValueAndGradient(x, gradient);
                density.Value(x);
                density.Constrain(x, parameters);
            },
            name);
    }

    /// <summary>
    /// The identities E[d log p / d u] = 0 and E[(u - E u) d log p / d u] = -1 on the gold-standard draws, in unconstrained coordinates: they fail for a wrong term,
    /// a missing Jacobian or wrong data. |z| &lt; 4.5.
    /// </summary>
    [Theory]
    [InlineData("eight_schools-eight_schools_noncentered")]
    [InlineData("kidiq-kidscore_interaction")]
    [InlineData("earnings-logearn_height_male")]
    [InlineData("arK-arK")]
    public void Gold_standard_draws_have_the_gradients_of_the_density(string posterior)
    {
        (ILogDensity density, Func<Dictionary<string, double>, double[]> coordinates) = Posterior(posterior);
        int n = density.Dimension;
        string[] lines = [.. Reference.GzipLines($"posteriordb/{posterior}/draws-thinned.csv.gz")];
        string[] header = lines[0].Split(',');
        double[][] points = [.. lines.Skip(1).Where(l => l.Length > 0).Select(l => coordinates(header.Zip(l.Split(',')).Where(p => p.First is not ("chain" or "draw")).ToDictionary(p => p.First, p => double.Parse(p.Second))))];
        Assert.Equal(2000, points.Length);
        double[][] gradients = [.. points.Select(u =>
        {
            double[] g = new double[n];
            Assert.True(double.IsFinite(density.ValueAndGradient(u, g)));
            return g;
        })];
        for (int i = 0; i < n; i++)
        {
            double mean = points.Average(u => u[i]);
            CheckMean([.. gradients.Select(g => g[i])], 0, $"{posterior}: E g[{i}]");
            CheckMean([.. points.Zip(gradients, (u, g) => (u[i] - mean) * g[i])], -1, $"{posterior}: E u g[{i}]");
        }
    }

    [Fact]
    public void Wrong_data_are_refused_by_name()
    {
        Assert.Contains("symmetric", Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, 0], [1, 0.5, 0.4, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("positive definite", Assert.Throws<ArgumentException>(() => new MultivariateNormal([0, 0], [1, 2, 2, 1])).Message, StringComparison.Ordinal);
        Assert.Equal("labels", Assert.Throws<ArgumentException>(() => new LogisticRegressionPosterior([1, 2], [0, 2])).ParamName);
        Assert.Equal("design", Assert.Throws<ArgumentException>(() => new LinearRegressionPosterior([1, 2, 3], [0, 2])).ParamName);
        Assert.Equal("noiseScale", Assert.Throws<ArgumentOutOfRangeException>(() => new LinearRegressionPosterior([1, 2], [0, 2], noiseScale: -1)).ParamName);
        Assert.Equal("scale", Assert.Throws<ArgumentOutOfRangeException>(() => new NealFunnel(scale: 0)).ParamName);
        Assert.Equal("dimension", Assert.Throws<ArgumentOutOfRangeException>(() => new NealFunnel(dimension: 1)).ParamName);
        Assert.Equal("dimension", Assert.Throws<ArgumentOutOfRangeException>(() => new StandardNormal(0)).ParamName);
        Assert.Equal("shapes", Assert.Throws<ArgumentOutOfRangeException>(() => new IndependentGamma(1, -1)).ParamName);
    }

    private static (ILogDensity, Func<Dictionary<string, double>, double[]>) Posterior(string name)
    {
        JsonElement data = Reference.Json($"posteriordb/{name}/data.json");
        switch (name)
        {
            case "eight_schools-eight_schools_noncentered":
                return (new EightSchoolsNonCentered(), d => [.. Enumerable.Range(1, 8).Select(j => (d[$"theta[{j}]"] - d["mu"]) / d["tau"]), d["mu"], Math.Log(d["tau"])]);
            case "kidiq-kidscore_interaction":
                double[] hs = data.Numbers("mom_hs"), iq = data.Numbers("mom_iq");
                double[] design = [.. hs.Zip(iq, (h, q) => new double[] { 1, h, q, h * q }).SelectMany(r => r)];
                return (new LinearRegressionPosterior(design, data.Numbers("kid_score"), noiseScale: 2.5), d => Coordinates(d, 4));
            case "earnings-logearn_height_male":
                design = [.. data.Numbers("height").Zip(data.Numbers("male"), (h, m) => new double[] { 1, h, m }).SelectMany(r => r)];
                return (new LinearRegressionPosterior(design, [.. data.Numbers("earn").Select(e => Math.Log(e))]), d => Coordinates(d, 3));
            default:
                return (LinearRegressionPosterior.Autoregression(data.Numbers("y"), order: 5), d => [d["alpha"], .. Coordinates(d, 5)]);
        }

        static double[] Coordinates(Dictionary<string, double> d, int count) =>
            [.. Enumerable.Range(1, count).Select(k => d[$"beta[{k}]"]), Math.Log(d["sigma"])];
    }

    private static void CheckMean(double[] values, double expected, string what)
    {
        double mean = values.Average(), sd = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
        double z = (mean - expected) / (sd / Math.Sqrt(values.Length));
        Assert.True(Math.Abs(z) < 4.5, $"{what} is {mean:g4}, expected {expected}: z = {z:f1}.");
    }

    /// <summary>The central difference of Richardson, of error h^4, relative to the size of the value.</summary>
    private static double Slope(ILogDensity density, double[] x, int i, double value)
    {
        double h = 1e-3 / Math.Max(1, Math.Sqrt(Math.Sqrt(Math.Abs(value))));
        return ((4 * Central(h / 2)) - Central(h)) / 3;

        double Central(double step)
        {
            double[] moved = [.. x];
            moved[i] = x[i] + step;
            double up = density.Value(moved);
            moved[i] = x[i] - step;
            return (up - density.Value(moved)) / (2 * step);
        }
    }
}
