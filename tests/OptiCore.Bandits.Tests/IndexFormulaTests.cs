using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Indices against values computed from their formulas at 40 digits, and robust means against plain computations from all rewards.</summary>
public class IndexFormulaTests
{
    // n, successes, t with 5 arms; MOSS-anytime with alpha 1.35; KL-UCB++ with T = 100,000; minus IMED beside a best mean of 0.9; quantile 1 - 1/t of Beta(1 + s, 1 + n - s);
    // quantile 1 - 1/(t (ln t)^2) of Beta(1/2 + s, 1/2 + n - s).
    private static readonly (int N, int Successes, int T, double Moss, double KlUcb, double Imed, double Bayes, double BayesWithC)[] Values =
    [
        (3, 0, 17, 0.2214096452061631, 0.98759225353245703, -8.0063675676502467, 0.50752093949454767, 0.66565711863452425),
        (57, 11, 63, 0.19298245614035088, 0.46802947679317726, -83.161361190507828, 0.32598416986347027, 0.38489427669763319),
        (4, 3, 2689, 1.9498855205487289, 0.99999971317611932, -1.7556204226121818, 0.99386416817400351, 0.99989357529111094),
        (20, 13, 400, 0.93538534250341865, 0.9639802749472453, -7.5345818473714035, 0.87624905717492942, 0.93367234912738331),
        (150, 149, 4000, 1.1078445353893393, 0.999999259921507, double.NaN, 0.99985031552294487, 0.99999809141263374),
        (600, 301, 9000, 0.54805038218524475, 0.57254599880670539, -310.69841267698054, 0.57648802219375807, 0.59652668631024025),
    ];

    public static TheoryData<int> Rows => [.. Enumerable.Range(0, Values.Length)];

    [Theory]
    [MemberData(nameof(Rows))]
    public void IndicesAgreeWithTheirFormulas(int row)
    {
        (int n, int successes, int t, double moss, double klUcb, double imed, double bayes, double bayesWithC) = Values[row];
        Check(moss, new AnytimeMoss(), 0, "MOSS-anytime");
        Check(klUcb, new KlUcbPlusPlus { Horizon = 100_000 }, 0, "KL-UCB++");
        Check(bayes, new BayesUcb(), 0, "Bayes-UCB");
        Check(bayesWithC, new BayesUcb { C = 2, Alpha = 0.5, Beta = 0.5 }, 0, "Bayes-UCB, c = 2");
        if (!double.IsNaN(imed))
            Check(imed, new Imed(), 10, "IMED");

        void Check(double expected, IBanditPolicy policy, int others, string what)
        {
            BanditState state = policy.Start(5, RandomKey.FromSeed(1));
            for (int i = 0; i < n; i++)
                state.Update(2, i < successes ? 1 : 0);
            for (int i = 0; i < others; i++)
                state.Update(0, i < 9 ? 1 : 0);
            for (int i = n + others; i < t; i++)
                state.Update(4, 0);
            double[] scores = new double[5];
            state.Scores(scores);
            Promises.Close(expected, scores[2], 1e-12, 0, $"{what}: n = {n}, sum = {successes}, t = {t}");
        }
    }

    [Theory]
    [InlineData(1.0, 1.0, 0.0, 3000)]
    [InlineData(0.5, 0.5, 2.0, 300)]
    [InlineData(3.5, 1.25, 5.0, 3000)]
    public void BayesUcbPlaysTheLargestQuantile(double alpha, double beta, double c, int rounds)
    {
        // Choices rest on bounds of the quantiles, scores are the quantiles: small, middling and large means, equal arms, rewards between 0 and 1.
        double[][] problems = [[0.002, 0.01, 0.004], [0.3, 0.5, 0.45, 0.5], [0.9, 0.999, 0.99], [0.5, 0.5]];
        foreach (double[] means in problems)
        {
            for (int fractions = 0; fractions < 2; fractions++)
            {
                BanditState state = new BayesUcb { Alpha = alpha, Beta = beta, C = c }.Start(means.Length, RandomKey.FromSeed(1));
                RandomStream stream = RandomKey.FromSeed(75).Fold(fractions).Stream();
                double[] scores = new double[means.Length];
                for (int t = 0; t < rounds; t++)
                {
                    int arm = state.Choose();
                    state.Scores(scores);
                    Assert.True(arm == Array.IndexOf(scores, scores.Max()), $"arm {arm} of {string.Join(", ", scores)} after {t} rewards, {fractions}");
                    bool isFraction = fractions == 1 && t % 7 == 0;
                    state.Update(arm, isFraction ? means[arm] : stream.NextDouble() < means[arm] ? 1 : 0);
                }
            }
        }
    }

    [Fact]
    public void BoundsOfBetaQuantilesHoldTheQuantile()
    {
        // From an aim at one tail, through up to 60 rewards, for tails from 1e-1 to 1e-9.
        RandomStream stream = RandomKey.FromSeed(76).Stream();
        double narrowest = double.PositiveInfinity;
        for (int i = 0; i < 400; i++)
        {
            double a = Math.Floor(Math.Exp(8 * stream.NextDouble())), b = Math.Floor(Math.Exp(8 * stream.NextDouble())), aimed = 20 * stream.NextDouble();
            var bounds = default(BetaQuantileBounds);
            bounds.Aim(a, b, aimed);
            bounds.Aim(a, b, aimed);
            for (int n = 0; n < 60 && bounds.IsAimed; n++)
            {
                double budget = n % 3 == 0 ? aimed : 2 + (19 * stream.NextDouble()), tail = Math.Exp(-budget), quantile = SpecialFunctions.BetaIncComplementInv(a, b, tail);
                Assert.InRange(quantile, bounds.Lower(tail), bounds.Upper(budget));
                narrowest = Math.Min(narrowest, bounds.Upper(budget) - bounds.Lower(tail));
                double reward = stream.NextDouble() < a / (a + b) ? 1 : 0;
                bounds.Update(reward);
                a += reward;
                b += 1 - reward;
            }
        }

        Assert.True(narrowest < 1e-6, "No pair of bounds was narrow.");
    }

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.5, 3.0)]
    public void TheTruncatedMeanIsThatOfAllRewards(double excess, double bound)
    {
        // Rewards with a tail of index 2.2 on both sides; at every tenth round the estimate is computed again from the definition, for the round to come.
        BanditState state = new TruncatedMeanUcb { MomentExcess = excess, MomentBound = bound, Alpha = 1 }.Start(3, RandomKey.FromSeed(1));
        var rewards = new List<double>[] { [], [], [] };
        RandomStream stream = RandomKey.FromSeed(71).Stream();
        double[] scores = new double[3];
        int dropped = 0;
        for (int t = 1; t <= 3000; t++)
        {
            int arm = t <= 3 ? t - 1 : (int)(stream.NextDouble() * 3);
            double reward = 0.3 * Math.Pow(stream.NextOpenDouble(), -1 / 2.2) * (stream.NextDouble() < 0.6 ? 1 : -1);
            rewards[arm].Add(reward);
            state.Update(arm, reward);
            if (t < 3 || t % 10 != 0)
                continue;
            state.Scores(scores);
            for (int k = 0; k < 3; k++)
            {
                double sum = 0;
                int n = rewards[k].Count;
                for (int s = 1; s <= n; s++)
                {
                    bool isKept = Math.Pow(Math.Abs(rewards[k][s - 1]), 1 + excess) <= bound * s / (2 * Math.Log(t + 1));
                    sum += isKept ? rewards[k][s - 1] : 0;
                    dropped += isKept ? 0 : 1;
                }

                double width = 4 * Math.Pow(bound, 1 / (1 + excess)) * Math.Pow(2 * Math.Log(t + 1) / n, excess / (1 + excess));
                Promises.Close((sum / n) + width, scores[k], 1e-12, 1e-12, $"arm {k} after {t} rewards");
            }
        }

        Assert.True(dropped > 1000, "Truncation was not put to the test.");
    }

    [Fact]
    public void TheMedianOfMeansIsThatOfItsBlocks()
    {
        // ln(e^(1/8) 10^2) = 0.125 + 2 ln 10, of which 8 are 37.84: k = 37. Blocks of 2^j rewards, between 37 and 73 of them.
        BanditState state = new MedianOfMeansUcb { Horizon = 10, CentralMomentBound = 2 }.Start(1, RandomKey.FromSeed(1));
        var rewards = new List<double>();
        RandomStream stream = RandomKey.FromSeed(72).Stream();
        double[] score = new double[1];
        for (int n = 1; n <= 2000; n++)
        {
            rewards.Add(stream.NextNormal() / stream.NextOpenDouble());
            state.Update(0, rewards[^1]);
            int length = 1;
            while (n / length >= 74)
                length *= 2;
            double[] means = [.. Enumerable.Range(0, n / length).Select(b => rewards.Skip(b * length).Take(length).Average()).Order()];
            double median = 0.5 * (means[(means.Length - 1) / 2] + means[means.Length / 2]);
            double width = Math.Sqrt(24) * Math.Sqrt(16 * (0.125 + (2 * Math.Log(10))) / n);
            state.Scores(score);
            Promises.Close(median + width, score[0], 1e-12, 1e-12, $"after {n} rewards");
        }
    }

    [Fact]
    public void RobustUcbResolvesArmsUnderHeavyTails()
    {
        // Means 1 and 0.4, noise symmetric with a tail of index 2.1, so that its variance is 21 scale^2 = 0.21 and little more is finite.
        RandomKey key = RandomKey.FromSeed(73);
        IBanditPolicy[] policies = [new MedianOfMeansUcb { Horizon = 4000, CentralMomentBound = 0.21, Alpha = 0.2 }, new TruncatedMeanUcb { MomentBound = 1.3, Alpha = 0.2 }];
        foreach (IBanditPolicy policy in policies)
        {
            BanditState state = policy.Start(2, key);
            for (int run = 0; run < 20; run++)
            {
                state.Restart(key.Fold(run));
                RandomStream noise = key.Fold("noise").Fold(run).Stream();
                for (int t = 0; t < 4000; t++)
                {
                    int arm = state.Choose();
                    double tail = 0.1 * Math.Pow(noise.NextOpenDouble(), -1 / 2.1);
                    state.Update(arm, (arm == 0 ? 1 : 0.4) + (noise.NextDouble() < 0.5 ? tail : -tail));
                }

                Assert.True(state.Pulls[0] > 3000, $"{policy}: run {run} played the better arm {state.Pulls[0]} of 4000 times");
            }
        }
    }

    [Fact]
    public void ExploreThenCommitStaysWithItsDecision()
    {
        BanditState state = new ExploreThenCommit { PlaysPerArm = 3 }.Start(2, RandomKey.FromSeed(1));
        for (int t = 0; t < 6; t++)
        {
            int arm = state.Choose();
            state.Update(arm, arm == 1 ? 1 : 0.5);
        }

        Assert.Equal([3L, 3L], state.Pulls.ToArray());
        for (int t = 0; t < 50; t++)
        {
            Assert.Equal(1, state.Choose());
            state.Update(1, 0);
        }

        Assert.True(state.Means[0] > state.Means[1]);
    }

    [Theory]
    [InlineData(typeof(KlUcb))]
    [InlineData(typeof(KlUcbPlusPlus))]
    [InlineData(typeof(Imed))]
    [InlineData(typeof(BayesUcb))]
    [InlineData(typeof(MultinomialThompsonSampling))]
    public void RegretGrowsByTheLawOfLaiAndRobbins(Type type)
    {
        // From 4,000 to 16,000 rounds the regret grows by about c ln 4, c being the constant of the lower bound: between a half and one and a half of it. KL-UCB++ explores less
        // towards its horizon.
        IBanditPolicy policy = type == typeof(KlUcb) ? new KlUcb() : type == typeof(Imed) ? new Imed() : type == typeof(BayesUcb) ? new BayesUcb()
            : type == typeof(KlUcbPlusPlus) ? new KlUcbPlusPlus { Horizon = 16_000 } : new MultinomialThompsonSampling { Steps = 1 };
        var bandit = new BernoulliBandit(0.8, 0.6, 0.5);
        PolicyRegret regret = BanditSimulator.Run([policy], bandit, new SimulationOptions
        {
            Rounds = 16_000,
            Replications = 120,
            Checkpoints = [4000, 16_000],
            Key = RandomKey.FromSeed(74),
            Workers = Workers.Threads(2),
        }).Policies[0];
        double slope = (regret.MeanRegret[1] - regret.MeanRegret[0]) / (bandit.LaiRobbinsConstant * Math.Log(4));
        Assert.InRange(slope, type == typeof(KlUcbPlusPlus) ? 0 : 0.5, 1.5);
        Assert.InRange(regret.MeanRegret[1] / (bandit.LaiRobbinsConstant * Math.Log(16_000)), 0.4, 1.2);
    }
}
