using OptiCore.Distributions;
using OptiCore.Problems;
using MultivariateNormal = OptiCore.Problems.MultivariateNormal;

namespace OptiCore.Samplers.Tests;

public class CheesHmcTests
{
    /// <summary>
    /// A normal whose longest axis is twenty times its shortest, along no coordinate: HMC with the trajectory that suits the shortest draws far less from a gradient than ChEES-HMC, which finds the length.
    /// </summary>
    [Fact]
    public void Finds_a_trajectory_length_that_beats_a_badly_chosen_one()
    {
        MultivariateNormal density = MultivariateNormal.Autoregressive(16, 0.9);
        var options = new SamplingOptions { Chains = 16, WarmUp = 600, Draws = 300, Key = RandomKey.FromSeed(3) };
        double tuned = EffectiveDrawsPerGradient(Sample.Run(new CheesHmc(), density, options));
        double shortest = EffectiveDrawsPerGradient(Sample.Run(new Hmc { TrajectoryLength = 0.4 }, density, options));
        double longest = EffectiveDrawsPerGradient(Sample.Run(new Hmc { TrajectoryLength = 30 }, density, options));
        Assert.True(tuned > 3 * shortest, $"{tuned:f4} effective draws per gradient, with a length of 0.4 {shortest:f4}.");
        Assert.True(tuned > 3 * longest, $"{tuned:f4} effective draws per gradient, with a length of 30 {longest:f4}.");
    }

    [Fact]
    public void Chains_share_step_size_metric_and_number_of_steps()
    {
        double[] scales = [0.1, 1, 30];
        IDifferentiableFunction<double> density = Function.WithGradient<double>(3, (x, g) =>
        {
            double sum = 0;
            for (int i = 0; i < 3; i++)
            {
                g[i] = -x[i] / (scales[i] * scales[i]);
                sum += 0.5 * x[i] * g[i];
            }

            return sum;
        });
        SamplingResult result = Sample.Run(new CheesHmc(), density, new SamplingOptions { Chains = 20, WarmUp = 500, Draws = 400, Key = RandomKey.FromSeed(1) });
        ChainResult first = result.Chains[0];
        foreach (ChainResult chain in result.Chains)
        {
            Assert.Equal(first.StepSize, chain.StepSize);
            for (int i = 0; i < chain.Count; i++)
                Assert.Equal(first.Statistics[i].LeapfrogSteps, chain.Statistics[i].LeapfrogSteps);
        }

        // 20 chains x 250 draws of the last window: a few per cent.
        for (int i = 0; i < 3; i++)
            Assert.InRange(first.InverseMetric[i] / (scales[i] * scales[i]), 0.7, 1.4);

        // Halton's numbers: the lengths of any 2^k successive trajectories are spread evenly over (0, T).
        int[] steps = [.. first.Statistics.ToArray().Select(s => s.LeapfrogSteps)];
        Assert.True(steps.Max() >= 3, $"The longest trajectory has {steps.Max()} steps.");
        Assert.InRange(steps.Average() / (steps.Max() + 1), 0.4, 0.65);

        // After 250 transitions in the last metric dual averaging still swings: the harmonic mean is concave in the step, so that the average of the iterates lies on the safe side.
        Assert.InRange(HarmonicAcceptance(result), 0.651 - 0.05, 0.651 + 0.1);
    }

    /// <summary>After a thousand transitions in the last metric, the harmonic mean of the acceptance probabilities meets the target.</summary>
    [Theory]
    [InlineData("correlated normal", 0.651)]
    [InlineData("standard normal", 0.651)]
    [InlineData("standard normal", 0.8)]
    [InlineData("logistic regression", 0.651)]
    public void The_harmonic_mean_of_the_acceptance_probabilities_meets_its_target(string target, double wanted)
    {
        IDifferentiableFunction<double> density = target switch
        {
            "correlated normal" => MultivariateNormal.Autoregressive(30, 0.9),
            "standard normal" => new StandardNormal(100),
            _ => LogisticRegression(25, 150),
        };
        SamplingResult result = Sample.Run(new CheesHmc { TargetAcceptance = wanted }, density, new SamplingOptions { Chains = 20, WarmUp = 2000, Draws = 256, Key = RandomKey.FromSeed(2) });
        double harmonic = HarmonicAcceptance(result);
        TestContext.Current.TestOutputHelper?.WriteLine($"{harmonic:f4}");
        Assert.InRange(harmonic, wanted - 0.03, wanted + 0.03);
    }

    [Fact]
    public void Without_warm_up_the_configured_step_size_and_length_hold()
    {
        SamplingResult result = Sample.Run(new CheesHmc { StepSize = 0.25, TrajectoryLength = 2 }, new StandardNormal(2), new SamplingOptions { Chains = 1, WarmUp = 0, Draws = 64 });
        int[] steps = [.. result.Chains[0].Statistics.ToArray().Select(s => s.LeapfrogSteps)];
        Assert.All(result.Chains[0].Statistics.ToArray(), s => Assert.Equal(0.25, s.StepSize));
        Assert.Equal([4, 2, 6, 1, 5, 3, 7], steps[..7]);
        Assert.Equal(8, steps.Max());
    }

    /// <summary>Simulation-based calibration as in <see cref="CalibrationTests"/>: y ~ N(mu, 1), mu ~ N(0, 1); chi-square at significance 1e-5.</summary>
    [Fact]
    public void Ranks_of_the_truth_among_the_draws_are_uniform()
    {
        const int Replications = 300, Ranks = 16, Thinning = 4;
        int[] counts = new int[Ranks];
        for (int r = 0; r < Replications; r++)
        {
            RandomKey key = RandomKey.FromSeed(55).Fold(r);
            RandomStream stream = key.Stream();
            double mu = stream.NextNormal(), y = mu + stream.NextNormal();
            IDifferentiableFunction<double> posterior = Function.WithGradient<double>(1, (x, g) =>
            {
                g[0] = y - (2 * x[0]);
                return (y * x[0]) - (x[0] * x[0]);
            });
            SamplingResult result = Sample.Run(new CheesHmc(), posterior, new SamplingOptions { Chains = 8, WarmUp = 100, Draws = (Ranks - 1) * Thinning, Key = key.Fold("chain") });
            int rank = 0;
            for (int i = 0; i < Ranks - 1; i++)
                rank += result.Chains[5].Draw((i * Thinning) + Thinning - 1)[0] < mu ? 1 : 0;
            counts[rank]++;
        }

        const double Expected = (double)Replications / Ranks;
        double chiSquare = counts.Sum(c => (c - Expected) * (c - Expected) / Expected), limit = new ChiSquared(Ranks - 1).SurvivalQuantile(1e-5);
        Assert.True(chiSquare < limit, $"chi-square {chiSquare:f1}, limit {limit:f1}.");
    }

    [Fact]
    public void One_chain_cannot_tune_and_invalid_options_name_the_member()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Sample.Run(new CheesHmc(), new StandardNormal(2), new SamplingOptions { Chains = 1 }));
        Assert.Equal("TargetAcceptance", Assert.Throws<ArgumentOutOfRangeException>(() => new CheesHmc { TargetAcceptance = 1 }).ParamName);
        Assert.Equal("LearningRate", Assert.Throws<ArgumentOutOfRangeException>(() => new CheesHmc { LearningRate = 0 }).ParamName);
        Assert.Equal("MaxSteps", Assert.Throws<ArgumentOutOfRangeException>(() => new CheesHmc { MaxSteps = 0 }).ParamName);
    }

    /// <summary>The mean over transitions of the harmonic means over chains.</summary>
    private static double HarmonicAcceptance(SamplingResult result)
    {
        double sum = 0;
        for (int i = 0; i < result.Draws; i++)
            sum += result.Chains.Count / result.Chains.Sum(c => 1 / c.Statistics[i].AcceptStatistic);
        return sum / result.Draws;
    }

    /// <summary>Standard normal coefficients and observations, and responses of a logistic model.</summary>
    private static IDifferentiableFunction<double> LogisticRegression(int coefficients, int observations)
    {
        RandomStream stream = RandomKey.FromSeed(91).Stream();
        double[] x = new double[observations * coefficients], signs = new double[observations];
        for (int i = 0; i < observations; i++)
        {
            double sum = 0;
            for (int j = 0; j < coefficients; j++)
            {
                x[(i * coefficients) + j] = stream.NextNormal();
                sum += x[(i * coefficients) + j] * ((j % 3) - 1) / 2;
            }

            signs[i] = stream.NextDouble() < 1 / (1 + Math.Exp(-sum)) ? 1 : -1;
        }

        return Function.WithGradient<double>(coefficients, (beta, g) =>
        {
            double value = 0;
            for (int j = 0; j < coefficients; j++)
            {
                g[j] = -beta[j];
                value -= 0.5 * beta[j] * beta[j];
            }

            for (int i = 0; i < observations; i++)
            {
                double margin = 0;
                for (int j = 0; j < coefficients; j++)
                    margin += signs[i] * x[(i * coefficients) + j] * beta[j];
                value -= margin > 0 ? Math.Log(1 + Math.Exp(-margin)) : Math.Log(1 + Math.Exp(margin)) - margin;
                double slope = signs[i] / (1 + Math.Exp(margin));
                for (int j = 0; j < coefficients; j++)
                    g[j] += slope * x[(i * coefficients) + j];
            }

            return value;
        });
    }

    /// <summary>The least effective size of the coordinates' squares, which are what too short and too long trajectories spoil, per gradient after warm-up.</summary>
    private static double EffectiveDrawsPerGradient(SamplingResult result)
    {
        double least = double.PositiveInfinity;
        for (int p = 0; p < result.ParameterNames.Count; p++)
            least = Math.Min(least, Math.Min(Diagnostics.EssMean(result.Values(p), result.Chains.Count), Diagnostics.EssSd(result.Values(p), result.Chains.Count)));
        return least / result.Chains.Sum(c => c.Statistics.ToArray().Sum(s => (double)s.LeapfrogSteps));
    }
}
