using OptiCore.Differentiation;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;
using static OptiCore.LogProbability;

namespace OptiCore.Problems.Tests.Posteriors;

/// <summary>Models as a user writes them, traced: against the densities that are written by hand, and against differences.</summary>
public sealed class TracedModelTests
{
    [Fact]
    public void Logistic_regression_of_a_thousand_credits()
    {
        (double[] design, double[] labels) = Credits();
        int m = labels.Length, n = design.Length / m;
        Variable x = Variable.Constant<double>(design, [m, n]), y = Variable.Constant<double>(labels, [m]);
        ILogDensity traced = LogDensity.Trace(new ParameterSpace().Vector("w", n), p => Normal(p["w"], 0, 1) + BernoulliLogit(y, MatMul(x, p["w"])));
        Same(PosteriorDb.Load("german_credit_numeric-logistic_regression"), traced);
    }

    [Fact]
    public void Item_responses()
    {
        const int items = 20, persons = 100;
        double[] answers = [.. Reference.Json("stan-benchmarks/irt_2pl.data.json").GetProperty("y").EnumerateArray().SelectMany(r => r.Numbers())];
        Variable y = Variable.Constant<double>(answers, [items, persons]);
        ParameterSpace space = new ParameterSpace().Positive("sigma_theta").Vector("theta", persons).Positive("sigma_a").Positive("a", items).Real("mu_b").Positive("sigma_b").Vector("b", items);
        ILogDensity traced = LogDensity.Trace(space, p =>
            HalfCauchy(p["sigma_theta"], 2) + HalfCauchy(p["sigma_a"], 2) + HalfCauchy(p["sigma_b"], 2)
            + Normal(p["theta"], 0, p["sigma_theta"]) + LogNormal(p["a"], 0, p["sigma_a"]) + Normal(p["mu_b"], 0, 5) + Normal(p["b"], p["mu_b"], p["sigma_b"])
            + BernoulliLogit(y, ExpandAxis(p["a"], 1) * (p["theta"] - ExpandAxis(p["b"], 1))));
        Same(PosteriorDb.Load("irt_2pl"), traced);
    }

    [Fact]
    public void Mixture_of_two_normal_laws()
    {
        double[] values = Reference.Json("posteriordb/low_dim_gauss_mix-low_dim_gauss_mix/data.json").Numbers("y");
        Variable y = Variable.Constant<double>(values, [values.Length]);
        ILogDensity traced = LogDensity.Trace(new ParameterSpace().Ordered("mu", 2).Positive("sigma", 2).Probability("theta"), p =>
            Normal(p["mu"], 0, 2) + HalfNormal(p["sigma"], 2) + Beta(p["theta"], 5, 5)
            + Sum(LogMix(p["theta"], NormalEach(y, p["mu"][0], p["sigma"][0]), NormalEach(y, p["mu"][1], p["sigma"][1]))));
        Same(PosteriorDb.Load("low_dim_gauss_mix-low_dim_gauss_mix"), traced);
    }

    [Fact]
    public void Correlated_normal_law_in_the_plane() =>
        Same(PosteriorDb.Load("low_dim_corr_gauss"), new MultivariateNormal([0, 3], [1, 1, 1, 4]));

    /// <summary>Intercepts and slopes that vary over groups, correlated: y ~ N(a[g] + b[g] x, sd sigma) with (a, b)[g] ~ N(mu, covariance), non-centred, in two ways of the covariance.</summary>
    [Fact]
    public void Varying_intercepts_and_slopes_with_a_correlation()
    {
        const int groups = 12, observations = 240;
        RandomStream stream = RandomKey.FromSeed(5).Stream();
        double[] group = new double[observations], covariate = new double[observations], response = new double[observations];
        for (int i = 0; i < observations; i++)
        {
            group[i] = i % groups;
            covariate[i] = stream.NextNormal();
            response[i] = 1 + (0.3 * group[i] / groups) + (0.5 * covariate[i]) + (0.7 * stream.NextNormal());
        }

        Variable g = Variable.Constant<double>(group, [observations]), x = Variable.Constant<double>(covariate, [observations]), y = Variable.Constant<double>(response, [observations]);
        ParameterSpace space = new ParameterSpace().Vector("mu", 2).Positive("tau", 2).CorrelationCholesky("L", 2).Matrix("z", groups, 2).Positive("sigma");
        TracedLogDensity density = LogDensity.Trace(space, p =>
        {
            Variable effects = p.Report("effects", p["mu"] + MatMul(p["z"], Transpose(ScaleRows(p["tau"], p["L"]))));
            p.Report("rho", p["L"][1][0]);
            Variable own = Transpose(Take(effects, g));
            return Normal(p["mu"], 0, 2) + HalfCauchy(p["tau"], 1) + LkjCholesky(p["L"], 2) + Normal(p["z"], 0, 1) + HalfNormal(p["sigma"], 1)
                + Normal(y, own[0] + (own[1] * x), p["sigma"]);
        });
        Assert.Equal(2 + 2 + 1 + (2 * groups) + 1, density.Dimension);
        Assert.Equal(["effects[12,1]", "effects[12,2]", "rho"], density.ParameterNames.TakeLast(3));
        for (int trial = 0; trial < 5; trial++)
        {
            double[] u = [.. Enumerable.Range(0, density.Dimension).Select(i => 0.5 * Math.Sin((3 * trial) + (1.3 * i)))];
            Assert.True(DerivativeCheck.Gradient(density, u).IsCorrect);
        }

        double[] at = new double[density.Dimension], reported = new double[density.ParameterNames.Count];
        at[4] = 0.8;
        density.Constrain(at, reported);
        Promises.Close(Math.Tanh(0.8), reported[^1], 1e-14, 0, "the correlation");
    }

    /// <summary>Stochastic volatility: log variances h follow an autoregression; y[t] ~ N(0, sd exp(h[t] / 2)).</summary>
    [Fact]
    public void Stochastic_volatility()
    {
        const int length = 300;
        RandomStream stream = RandomKey.FromSeed(9).Stream();
        double[] series = new double[length];
        for (int t = 0; t < length; t++)
            series[t] = Math.Exp(0.5 * Math.Sin(0.1 * t)) * stream.NextNormal();
        Variable y = Variable.Constant<double>(series, [length]);
        ParameterSpace space = new ParameterSpace().Real("mu").Interval("phi", -1, 1).Positive("sigma").Vector("h", length);
        ILogDensity density = LogDensity.Trace(space, p =>
        {
            Variable h = p["h"], rest = h - p["mu"];
            return Cauchy(p["mu"], 0, 10) + HalfCauchy(p["sigma"], 5) + Normal(rest[0], 0, p["sigma"] / Sqrt(1 - Square(p["phi"])))
                + Normal(rest[1..], p["phi"] * rest[..^1], p["sigma"]) - (0.5 * Sum(h + (Square(y) * Exp(-h))));
        });
        double[] u = [.. Enumerable.Range(0, density.Dimension).Select(i => 0.3 * Math.Sin(1.3 * i))];
        Assert.True(DerivativeCheck.Gradient(density, u).IsCorrect);
    }

    /// <summary>Two densities are equal up to a constant, with their gradients.</summary>
    private static void Same(ILogDensity expected, ILogDensity actual)
    {
        int n = expected.Dimension;
        Assert.Equal(n, actual.Dimension);
        double[] u = new double[n], gradient = new double[n], other = new double[n];
        double shift = actual.Value(u) - expected.Value(u);
        for (int trial = 0; trial < 10; trial++)
        {
            RandomStream stream = RandomKey.FromSeed(11).Fold(trial).Stream();
            for (int i = 0; i < n; i++)
                u[i] = 0.7 * stream.NextNormal();
            double value = expected.ValueAndGradient(u, gradient), size = gradient.Max(Math.Abs);
            Promises.Close(value + shift, actual.ValueAndGradient(u, other), 1e-11, 1e-11, "value");
            for (int i = 0; i < n; i++)
                Promises.Close(gradient[i], other[i], 1e-10, 1e-11 * size, $"derivative {i}");
        }
    }

    internal static (double[] Design, double[] Labels) Credits()
    {
        double[][] rows = [.. File.ReadAllLines(Reference.PathOf("inference-gym/german-credit-numeric.csv")).Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',').Select(c => double.Parse(c)).ToArray())];
        const int features = 24, columns = 25;
        double[] design = new double[rows.Length * columns], labels = [.. rows.Select(r => r[features] == 2 ? 1.0 : 0)];
        for (int k = 0; k < features; k++)
        {
            double mean = rows.Average(r => r[k]), sd = Math.Sqrt(rows.Average(r => (r[k] - mean) * (r[k] - mean)));
            for (int i = 0; i < rows.Length; i++)
                design[(i * columns) + k] = (rows[i][k] - mean) / sd;
        }

        for (int i = 0; i < rows.Length; i++)
            design[(i * columns) + features] = 1;
        return (design, labels);
    }
}
