using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Distributions of choices against closed forms.</summary>
public class RandomisedPolicyTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(81);

    [Fact]
    public void TopTwoHasTheDistributionOfItsPaper()
    {
        // Draws of Beta(a, 1) come first with probabilities a / sum a.
        BanditState state = new TopTwoThompsonSampling().Start(3, Key);
        int[] successes = [1, 4, 2];
        double[] p = [2.0 / 10, 5.0 / 10, 3.0 / 10];
        for (int arm = 0; arm < 3; arm++)
        {
            for (int i = 0; i < successes[arm]; i++)
                state.Update(arm, 1);
        }

        double[] actual = new double[3];
        state.Probabilities(actual);
        for (int j = 0; j < 3; j++)
        {
            double expected = 0.5 * p[j];
            for (int i = 0; i < 3; i++)
                expected += i == j ? 0 : 0.5 * p[i] * p[j] / (1 - p[i]);
            Promises.Close(expected, actual[j], 1e-9, 0, $"arm {j}");
        }
    }

    [Fact]
    public void TopTwoDrawsTheSecondArmExactlyWhenTheFirstIsClear()
    {
        // Beta(400, 1) against Beta(2, 1) and Beta(4, 1): the second arm is one of the last two with probabilities 1/3 and 2/3, nearly always by the exact distribution.
        BanditState state = new TopTwoThompsonSampling().Start(3, Key);
        for (int i = 0; i < 399; i++)
            state.Update(0, 1);
        state.Update(1, 1);
        for (int i = 0; i < 3; i++)
            state.Update(2, 1);
        double[] p = new double[3];
        state.Probabilities(p);
        const int count = 3000;
        int[] chosen = new int[3];
        for (int round = 0; round < count; round++)
            chosen[state.Choose(round)]++;
        for (int arm = 0; arm < 3; arm++)
            Assert.InRange(chosen[arm] / (double)count, p[arm] - (4.5 * Math.Sqrt(p[arm] * (1 - p[arm]) / count)), p[arm] + (4.5 * Math.Sqrt(p[arm] * (1 - p[arm]) / count)));
        Promises.Close(2, p[2] / p[1], 0.02, 0, "ratio of the others");
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names(nameof(UcbV.Zeta), () => new UcbV { Zeta = 0 });
        Names(nameof(UcbV.C), () => new UcbV { C = -1 });
        Names(nameof(UcbV.LargestReward), () => new UcbV { LargestReward = double.NaN });
        Names(nameof(AnytimeMoss.Alpha), () => new AnytimeMoss { Alpha = -1 });
        Names(nameof(KlUcbPlusPlus.Horizon), () => new KlUcbPlusPlus { Horizon = 0 });
        Names(nameof(BayesUcb.C), () => new BayesUcb { C = -1 });
        Names(nameof(BayesUcb.Alpha), () => new BayesUcb { Alpha = 0 });
        Names(nameof(TruncatedMeanUcb.MomentExcess), () => new TruncatedMeanUcb { MomentExcess = 0 });
        Names(nameof(TruncatedMeanUcb.MomentBound), () => new TruncatedMeanUcb { MomentBound = 0 });
        Names(nameof(MedianOfMeansUcb.CentralMomentBound), () => new MedianOfMeansUcb { Horizon = 5, CentralMomentBound = -1 });
        Names(nameof(ExploreThenCommit.PlaysPerArm), () => new ExploreThenCommit { PlaysPerArm = 0 });
        Names(nameof(Softmax.Temperature), () => new Softmax { Temperature = 0 });
        Names(nameof(Softmax.Power), () => new Softmax { Power = -1 });
        Names(nameof(BoltzmannGumbel.C), () => new BoltzmannGumbel { C = 0 });
        Names(nameof(GammaPoissonThompsonSampling.PriorRate), () => new GammaPoissonThompsonSampling { PriorRate = 0 });
        Names(nameof(MultinomialThompsonSampling.Steps), () => new MultinomialThompsonSampling { Steps = 0 });
        Names(nameof(TopTwoThompsonSampling.Share), () => new TopTwoThompsonSampling { Share = 0 });
        Names(nameof(InformationDirectedSampling.GridPoints), () => new InformationDirectedSampling { GridPoints = 3 });
        Names(nameof(InformationDirectedSampling.Gain), () => new InformationDirectedSampling { Gain = (InformationGain)7 });
        Names(nameof(PerturbedHistory.Scale), () => new PerturbedHistory { Scale = 0 });
        Names(nameof(Exp3.Gamma), () => new Exp3 { Gamma = 1.5 });
        Names(nameof(Exp3Ix.Horizon), () => new Exp3Ix { Horizon = 0 });
        Names(nameof(Exp3P.Delta), () => new Exp3P { Horizon = 5, Delta = 1 });
        Names(nameof(TsallisInf.Estimator), () => new TsallisInf { Estimator = (LossEstimator)7 });
        Names(nameof(LogBarrier.LearningRate), () => new LogBarrier { LearningRate = 0 });

        static void Names(string member, Func<object> make) =>
            Assert.Contains(member, Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GammaChoicesHaveTheirClosedFormProbabilities()
    {
        // Exponential posteriors of rates 2 and 5: the first is larger with probability 5/7.
        BanditState state = new GammaPoissonThompsonSampling().Start(2, Key);
        state.Update(0, 0);
        for (int i = 0; i < 4; i++)
            state.Update(1, 0);
        double[] p = new double[2];
        state.Probabilities(p);
        Promises.Close(5.0 / 7, p[0], 1e-10, 0, "first arm");
        GammaPosterior posterior = ((GammaPosteriorState)state).Posterior(1);
        Assert.Equal(new GammaPosterior(1, 5), posterior);
    }

    [Fact]
    public void MeansOfDirichletWeightsHaveTheirClosedFormLaws()
    {
        // Dirichlet(1, 1, 1) on 0, 1/2, 1: twice the area of a triangle cut by a line, the tent on [0, 1].
        double[] alpha = [1, 1, 1], x = [0, 0.5, 1];
        foreach (double y in (double[])[0.1, 0.25, 0.4, 0.6, 0.9])
        {
            (double cdf, double density) = DirichletMean.At(y, alpha, x);
            Promises.Close(y <= 0.5 ? 2 * y * y : 1 - (2 * (1 - y) * (1 - y)), cdf, 0, 1e-6, $"P(mean <= {y})");
            Promises.Close(y <= 0.5 ? 4 * y : 4 * (1 - y), density, 0, 1e-5, $"density at {y}");
        }

        // Two points: the Beta law.
        var beta = new OptiCore.Distributions.Beta(7, 4);
        foreach (double y in (double[])[0.2, 0.5, 0.65, 0.9])
        {
            (double cdf, double density) = DirichletMean.At(y, [4, 7], [0, 1]);
            Promises.Close(beta.Cdf(y), cdf, 0, 1e-9, $"Beta: P(mean <= {y})");
            Promises.Close(Math.Exp(beta.LogDensity(y)), density, 0, 1e-8, $"Beta: density at {y}");
        }
    }

    [Fact]
    public void MultinomialOnTwoPointsIsThompsonSampling()
    {
        BanditState two = new MultinomialThompsonSampling { Steps = 1 }.Start(3, Key), beta = new ThompsonSampling().Start(3, Key);
        int[] successes = [3, 5, 1], failures = [2, 6, 4];
        for (int arm = 0; arm < 3; arm++)
        {
            for (int i = 0; i < successes[arm] + failures[arm]; i++)
            {
                two.Update(arm, i < successes[arm] ? 1 : 0);
                beta.Update(arm, i < successes[arm] ? 1 : 0);
            }
        }

        double[] expected = new double[3], actual = new double[3];
        beta.Probabilities(expected);
        two.Probabilities(actual);
        for (int arm = 0; arm < 3; arm++)
            Promises.Close(expected[arm], actual[arm], 0, 1e-7, $"arm {arm}");
    }

    [Fact]
    public void RewardsBetweenGridPointsKeepTheirMean()
    {
        var state = (DirichletPosteriorState)((IBanditPolicy)new MultinomialThompsonSampling { Steps = 4 }).Start(1, Key);
        for (int i = 0; i < 10_000; i++)
            state.Update(0, 0.3);
        double[] counts = state.Posterior(0).ToArray();
        Assert.Equal([1.0, 1.0], [counts[0], counts[3]]);

        // 0.3 = 0.25 + 0.2 * 0.25: the upper point with probability 0.2; 4.5 standard errors.
        Assert.InRange(counts[2] / 10_000, 0.2 - 0.018, 0.2 + 0.018);
    }

    [Theory]
    [InlineData(InformationGain.Entropy)]
    [InlineData(InformationGain.Variance)]
    public void InformationDirectedSamplingMinimisesItsRatio(InformationGain gain)
    {
        // Beta(2, 1) against Beta(1, 1): P(first is best) = int 2x x dx = 2/3, and from the same integrals M(1|1) = 3/4, M(2|1) = 3/8, M(1|2) = 1/2, M(2|2) = 3/4.
        BanditState state = new InformationDirectedSampling { Gain = gain, GridPoints = 4000 }.Start(2, Key);
        state.Update(0, 1);
        double[] best = [2.0 / 3, 1.0 / 3];
        double[][] given = [[0.75, 0.375], [0.5, 0.75]];
        double[] mean = [2.0 / 3, 0.5], regret = new double[2], information = new double[2];
        for (int k = 0; k < 2; k++)
        {
            regret[k] = (best[0] * given[0][0]) + (best[1] * given[1][1]) - mean[k];
            for (int a = 0; a < 2; a++)
            {
                information[k] += best[a] * (gain == InformationGain.Variance
                    ? Math.Pow(given[a][k] - mean[k], 2)
                    : RewardFamily.Bernoulli.Divergence(given[a][k], mean[k]));
            }
        }

        double smallest = double.PositiveInfinity;
        for (int i = 0; i <= 100_000; i++)
            smallest = Math.Min(smallest, Ratio(i / 100_000.0));
        double[] p = new double[2];
        state.Probabilities(p);
        Promises.Close(smallest, Ratio(p[0]), 1e-5, 0, $"ratio of {p[0]}");

        double Ratio(double q)
        {
            double loss = (q * regret[0]) + ((1 - q) * regret[1]);
            return loss * loss / ((q * information[0]) + ((1 - q) * information[1]));
        }
    }

    [Fact]
    public void InformationDirectedSamplingLosesLessThanThompsonSampling()
    {
        // Five arms with means drawn from the prior, 500 rounds, 60 instances, both policies on the same rewards.
        double[] regret = new double[2];
        for (int instance = 0; instance < 60; instance++)
        {
            RandomStream prior = Key.Fold("prior").Fold(instance).Stream();
            double[] means = [.. Enumerable.Range(0, 5).Select(_ => prior.NextDouble())];
            RegretReport report = BanditSimulator.Run([new InformationDirectedSampling { GridPoints = 200 }, new ThompsonSampling()], new BernoulliBandit(means), new SimulationOptions
            {
                Rounds = 500,
                Replications = 1,
                Key = Key.Fold(instance),
            });
            for (int i = 0; i < 2; i++)
                regret[i] += report.Policies[i].MeanRegret[^1] / 60;
        }

        Assert.True(regret[0] < 0.85 * regret[1], $"information-directed {regret[0]:f2}, Thompson {regret[1]:f2}");
    }
}
