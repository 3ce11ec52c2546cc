using OptiCore.Distributions;

namespace OptiCore.Samplers.Tests;

public class CalibrationTests
{
    private const int Replications = 400;
    private const int Ranks = 20;

    /// <summary>Every exact kernel on continuous coordinates. Those on discrete ones are compared with sums over all states instead: ranks among few values tie.</summary>
    public static TheoryData<string> Kernels => [.. ConformanceTests.Table.Where(row => row.Value.IsExact && !row.Value.IsBinary).Select(row => row.Key)];

    /// <summary>
    /// Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari, Gelman 2018): parameters drawn from the prior have uniform ranks among
    /// posterior draws. Model: mu ~ N(0, 1), y ~ N(mu, 1); lambda ~ Gamma(2, 1), t ~ Exponential(lambda). Chi-square at significance 1e-5.
    /// </summary>
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Ranks_of_the_truth_among_the_draws_are_uniform(string kernel)
    {
        KernelRow row = ConformanceTests.Table[kernel];
        int thinning = Math.Max(5, row.Length), warmUp = row.Length == 1 ? 100 : 200;
        int[] ofMu = new int[Ranks], ofLambda = new int[Ranks];
        for (int r = 0; r < Replications; r++)
        {
            RandomKey key = RandomKey.FromSeed(33).Fold(r);
            RandomStream stream = key.Stream();
            double mu = stream.NextNormal(), y = mu + stream.NextNormal();
            double lambda = stream.NextGamma(2), t = stream.NextExponential() / lambda;
            IDifferentiableFunction<double> posterior = Function.WithGradient<double>(2, (x, g) =>
            {
                double rate = Math.Exp(x[1]) * (1 + t);
                g[0] = y - (2 * x[0]);
                g[1] = 3 - rate;
                return (y * x[0]) - (x[0] * x[0]) + (3 * x[1]) - rate;
            });
            SamplingResult result = Sample.Run(row.Sampler, posterior, new SamplingOptions { Chains = 1, WarmUp = warmUp, Draws = (Ranks - 1) * thinning, Key = key.Fold("chain") });
            int rankOfMu = 0, rankOfLambda = 0;
            for (int i = 0; i < Ranks - 1; i++)
            {
                ReadOnlySpan<double> draw = result.Chains[0].Draw((i * thinning) + thinning - 1);
                rankOfMu += draw[0] < mu ? 1 : 0;
                rankOfLambda += draw[1] < Math.Log(lambda) ? 1 : 0;
            }

            ofMu[rankOfMu]++;
            ofLambda[rankOfLambda]++;
        }

        double limit = new ChiSquared(Ranks - 1).SurvivalQuantile(1e-5);
        Assert.True(ChiSquare(ofMu) < limit, $"mu: chi-square {ChiSquare(ofMu):f1}, limit {limit:f1}.");
        Assert.True(ChiSquare(ofLambda) < limit, $"lambda: chi-square {ChiSquare(ofLambda):f1}, limit {limit:f1}.");
    }

    private static double ChiSquare(int[] counts)
    {
        const double Expected = (double)Replications / Ranks;
        return counts.Sum(c => (c - Expected) * (c - Expected) / Expected);
    }
}
