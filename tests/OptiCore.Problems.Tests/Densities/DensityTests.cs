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
        ["linear regression, Student priors"] = new LinearRegressionPosterior([1, 0.5, 1, -2, 1, 3, 1, 0.1], [1, 0, 2, 0.7], [RegressionPrior.Normal(1, 2), RegressionPrior.StudentT(3, 8, 10)], RegressionPrior.StudentT(4, 0, 2)),
        ["linear regression, fewer observations than coefficients"] = new LinearRegressionPosterior([1, 0.5, -2, 1, 3, 0.1], [1, 0], [RegressionPrior.Normal(0, 1)], RegressionPrior.Normal(0, 1)),
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
        ILogDensity[] rows = [.. Table.Values, .. PosteriorDb.Names.Select(PosteriorDb.Load)];
        Assert.All(densities, t => Assert.Contains(rows, d => d.GetType() == t));
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
