using OptiCore.Distributions;

namespace OptiCore.Samplers.Tests;

public class LeaveOneOutTests
{
    private const int Draws = 20_000;

    private static readonly double[] Observed = [1.2, -0.4, 0.8, 2.5, 0.1, -1.3, 0.9, 1.7, 0.3, -0.6, 1.1, 0.2, 0.7, -0.9, 1.5];

    /// <summary>y ~ N(mu, 1) with mu ~ N(0, 100): what is left out has a normal predictive density in closed form.</summary>
    [Fact]
    public void The_estimate_is_that_of_fitting_without_each_observation()
    {
        LeaveOneOutEstimate estimate = LeaveOneOut.Estimate(LogLikelihood(Observed), Observed.Length);
        double exact = 0;
        for (int i = 0; i < Observed.Length; i++)
        {
            (double mean, double variance) = Posterior([.. Observed.Where((_, j) => j != i)]);
            double term = new Normal(mean, Math.Sqrt(1 + variance)).LogDensity(Observed[i]);
            Assert.InRange(estimate.Pointwise[i], term - 0.02, term + 0.02);
            exact += term;
        }

        Assert.InRange(estimate.Elpd, exact - 0.05, exact + 0.05);
        Assert.InRange(estimate.EffectiveParameters, 0.7, 1.6);
        Assert.Equal(0, estimate.Untrusted);
        Assert.DoesNotContain("above", estimate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_outlier_is_named_as_not_to_be_trusted_and_costs_what_it_does()
    {
        double[] withOutlier = [.. Observed[..^1], 25];
        LeaveOneOutEstimate bad = LeaveOneOut.Estimate(LogLikelihood(withOutlier), withOutlier.Length);
        Assert.True(bad.Shapes[^1] > 0.7);
        Assert.Equal(bad.Shapes.Max(), bad.Shapes[^1]);
        Assert.Contains("of 15 observations have k above 0.7", bad.ToString(), StringComparison.Ordinal);
        LeaveOneOutEstimate good = LeaveOneOut.Estimate(LogLikelihood(Observed), Observed.Length);
        (double difference, double error) = good.Minus(bad);
        Assert.Equal(good.Elpd - bad.Elpd, difference, 1e-9);
        Assert.True(error > 0);
    }

    [Fact]
    public void Nonsense_is_named()
    {
        Assert.Throws<ArgumentException>(() => LeaveOneOut.Estimate([1, 2, 3], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => LeaveOneOut.Estimate([1, 2, 3], 0));
        Assert.Throws<ArgumentException>(() => LeaveOneOut.Estimate([1, double.NaN], 1));
    }

    private static (double Mean, double Variance) Posterior(double[] y)
    {
        double precision = 0.01 + y.Length;
        return (y.Sum() / precision, 1 / precision);
    }

    private static double[] LogLikelihood(double[] y)
    {
        (double mean, double variance) = Posterior(y);
        RandomStream stream = RandomKey.FromSeed(12).Stream();
        double[] values = new double[Draws * y.Length];
        for (int s = 0; s < Draws; s++)
        {
            var likelihood = new Normal(mean + (Math.Sqrt(variance) * stream.NextNormal()), 1);
            for (int i = 0; i < y.Length; i++)
                values[(s * y.Length) + i] = likelihood.LogDensity(y[i]);
        }

        return values;
    }
}
