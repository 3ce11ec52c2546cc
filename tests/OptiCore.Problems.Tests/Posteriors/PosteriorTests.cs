using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Problems.Tests.Posteriors;

/// <summary>What holds for every posterior with known answers: the identities of its density on the gold-standard draws, gradients, names, threads, memory.</summary>
public sealed class PosteriorTests
{
    // Two-sided 4.75: with the 1250 identities tested here, an accident has a chance of 0.3%.
    private const double LargestZ = 4.75;

    private static readonly string[] WithoutDraws = ["german_credit_numeric-logistic_regression", "irt_2pl", "low_dim_corr_gauss"];

    public static TheoryData<string> All => [.. PosteriorDb.Names];

    public static TheoryData<string> WithDraws => [.. PosteriorDb.Names.Except(WithoutDraws)];

    [Fact]
    public void There_are_twenty() => Assert.Equal((20, 17), (PosteriorDb.Names.Count, WithDraws.Count));

    [Fact]
    public void An_unknown_name_is_explained() => Assert.Contains("garch-garch11", Assert.Throws<ArgumentException>(() => PosteriorDb.Load("garch")).Message, StringComparison.Ordinal);

    /// <summary>
    /// E[d log p / d u] = 0 and E[u d log p / d u'] = -I over the posterior's draws, Jacobian included, in coordinates u that are whitened by the draws: they fail for a wrong term, a missing
    /// Jacobian or wrong data.
    /// </summary>
    [Theory]
    [MemberData(nameof(WithDraws))]
    public void The_draws_have_the_gradients_of_the_density(string name)
    {
        ILogDensity density = PosteriorDb.Load(name);
        double[][] points = ReferenceDraws.Of(name, density);
        int n = density.Dimension, count = points.Length;
        double[] means = new double[n], factor = new double[n * n];
        foreach (double[] u in points)
        {
            for (int i = 0; i < n; i++)
                means[i] += u[i] / count;
        }

        foreach (double[] u in points)
        {
            for (int i = 0; i < n * n; i++)
                factor[i] += (u[i / n] - means[i / n]) * (u[i % n] - means[i % n]) / (count - 1);
        }

        Assert.True(Cholesky.TryFactor<double>(factor, n));
        double[] gradient = new double[n];
        double[,] sums = new double[n + 1, n], squares = new double[n + 1, n];
        foreach (double[] u in points)
        {
            Assert.True(double.IsFinite(density.ValueAndGradient(u, gradient)));
            double[] white = [.. u.Zip(means, (a, b) => a - b)];
            Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, n, factor, n, white);
            for (int j = 0; j < n; j++)
            {
                double g = 0;
                for (int i = j; i < n; i++)
                    g += factor[(i * n) + j] * gradient[i];
                for (int i = 0; i <= n; i++)
                {
                    double value = i == n ? g : (white[i] * g) + (i == j ? 1 : 0);
                    sums[i, j] += value;
                    squares[i, j] += value * value;
                }
            }
        }

        for (int i = 0; i <= n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double mean = sums[i, j] / count, variance = (squares[i, j] / count) - (mean * mean), z = mean / Math.Sqrt(variance / count);
                Assert.True(Math.Abs(z) < LargestZ, $"{name}: identity {(i == n ? "E g" : $"E u[{i}] g")}[{j}] is off by {mean:g4}, z = {z:f1}.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void The_gradient_is_that_of_the_value(string name)
    {
        ILogDensity density = Precise(name);
        int n = density.Dimension;
        double[][] points = Points(name, density);
        double[] gradient = new double[n], scales = new double[n];
        foreach (double[] u in points)
        {
            density.ValueAndGradient(u, gradient);
            for (int i = 0; i < n; i++)
                scales[i] += gradient[i] * gradient[i] / points.Length;
        }

        // The root mean square of a gradient is about one over the width of the density along its coordinate: the step is a fiftieth of that width. Through the factor of a covariance of
        // condition 1e11, which rho and alpha change, values carry more rounding, and the step is half the width.
        int rough = name == "gp_pois_regr-gp_pois_regr" ? 2 : 0;
        foreach (double[] u in points.Take(6))
        {
            gradient.AsSpan().Fill(double.NaN);
            double value = density.ValueAndGradient(u, gradient);
            Promises.Close(value, density.Value(u), 1e-12, 1e-12, $"{name}: value");
            for (int i = 0; i < n; i++)
            {
                double scale = Math.Sqrt(scales[i]), h = (i < rough ? 0.5 : 0.02) / Math.Max(1, scale);
                double slope = ((4 * Central(u, i, h / 2)) - Central(u, i, h)) / 3;
                Promises.Close(slope, gradient[i], 2e-6, 2e-6 * Math.Max(1, scale), $"{name}: derivative {i}");
            }
        }

        double Central(double[] u, int i, double h)
        {
            double[] moved = [.. u];
            moved[i] = u[i] + h;
            double up = density.Value(moved);
            moved[i] = u[i] - h;
            return (up - density.Value(moved)) / (2 * h);
        }
    }

    [Theory]
    [InlineData("hudson_lynx_hare-lotka_volterra")]
    [InlineData("one_comp_mm_elim_abs-one_comp_mm_elim_abs")]
    public void The_integrations_tolerance_keeps_the_posterior(string name)
    {
        ILogDensity density = PosteriorDb.Load(name), precise = Precise(name);
        double[] gradient = new double[density.Dimension], expected = new double[density.Dimension];
        foreach (double[] u in Points(name, density).Take(200))
        {
            // The width of a density is where it falls by about 1: these errors are nothing beside it.
            Promises.Close(precise.ValueAndGradient(u, expected), density.ValueAndGradient(u, gradient), 0, 2e-4, $"{name}: value");
            for (int i = 0; i < gradient.Length; i++)
                Promises.Close(expected[i], gradient[i], 1e-4, 5e-3, $"{name}: derivative {i}");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Names_are_unique_and_parameters_come_back(string name)
    {
        ILogDensity density = PosteriorDb.Load(name);
        Assert.Equal(density.ParameterCount, density.ParameterNames.Distinct().Count());
        double[] parameters = new double[density.ParameterCount];
        foreach (double[] u in Points(name, density).Take(20))
        {
            parameters.AsSpan().Fill(double.NaN);
            density.Constrain(u, parameters);
            Assert.All(parameters, p => Assert.True(double.IsFinite(p)));
            if (density is ConstrainedLogDensity { Parameters: var space })
            {
                double[] back = new double[density.Dimension];
                space.Unconstrain(parameters.AsSpan(0, space.ElementCount), back);
                for (int i = 0; i < back.Length; i++)
                    Promises.Close(u[i], back[i], 1e-9, 1e-9, $"{name}: coordinate {i}");
            }
        }

        if (!WithoutDraws.Contains(name))
        {
            foreach (string reported in Reference.Json($"posteriordb/{name}/reference.json").GetProperty("summary").EnumerateObject().Select(p => p.Name))
                Assert.Contains(reported, density.ParameterNames);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Several_threads_get_the_same_bits_and_nothing_is_allocated(string name)
    {
        ILogDensity density = PosteriorDb.Load(name);
        int n = density.Dimension;
        double[][] points = [.. Points(name, density).Take(24)];
        double[][] expected = [.. points.Select(u => Evaluate(density, u))];
        Parallel.For(0, 4, worker =>
        {
            for (int t = worker; t < points.Length; t++)
                Promises.SameBits(expected[t], Evaluate(density, points[t]), name);
        });
        double[] gradient = new double[n], parameters = new double[density.ParameterCount];
        Promises.AllocatesNothing(
            () =>
            {
                density.ValueAndGradient(points[0], gradient);
                density.Value(points[1]);
                density.Constrain(points[2], parameters);
            },
            name,
            warmUp: 50,
            measured: 10);
    }

    /// <summary>Points of the posterior: its draws, or where there are none, points near those that fit.</summary>
    private static double[][] Points(string name, ILogDensity density) => WithoutDraws.Contains(name)
        ? [.. Enumerable.Range(0, 30).Select(t => Enumerable.Range(0, density.Dimension).Select(i => 0.4 * Math.Sin(1 + t + (7.3 * i))).ToArray())]
        : ReferenceDraws.Of(name, density);

    private static double[] Evaluate(ILogDensity density, double[] u)
    {
        double[] result = new double[u.Length + 1];
        result[^1] = density.ValueAndGradient(u, result.AsSpan(0, u.Length));
        return result;
    }

    /// <summary>The density, where an equation is solved, with a tolerance whose errors are below those of differences.</summary>
    private static ILogDensity Precise(string name)
    {
        if (name == "hudson_lynx_hare-lotka_volterra")
        {
            var data = Reference.Json($"posteriordb/{name}/data.json");
            return new LotkaVolterraPosterior(data.Numbers("ts"), data.Numbers("y_init"), [.. data.GetProperty("y").EnumerateArray().SelectMany(r => r.Numbers())], 1e-11);
        }

        if (name == "one_comp_mm_elim_abs-one_comp_mm_elim_abs")
        {
            var data = Reference.Json($"posteriordb/{name}/data.json");
            return new MichaelisMentenPosterior(data.Number("D"), data.Number("V"), data.Number("t0"), data.Numbers("times"), data.Numbers("C_hat"), 1e-11);
        }

        return PosteriorDb.Load(name);
    }
}
