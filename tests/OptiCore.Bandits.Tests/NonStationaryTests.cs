using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Policies and environments of rewards whose laws change: definitions by plain sums, detection delays, regret beside policies that expect no change.</summary>
public class NonStationaryTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(47);

    /// <summary>Three arms; the best one changes every 1,000 rounds.</summary>
    private static readonly PiecewiseConstantBandit Switching = new(
        [0, 1000, 2000, 3000, 4000],
        [0.8, 0.5, 0.2, 0.2, 0.5, 0.8, 0.2, 0.9, 0.4, 0.8, 0.3, 0.1, 0.1, 0.2, 0.6]);

    [Fact]
    public void DiscountedUcbIsItsFormula()
    {
        var policy = new DiscountedUcb { Discount = 0.9, Xi = 0.7, RewardWidth = 2 };
        BanditState state = policy.Start(3, Key);
        (int[] arms, double[] rewards) = History(60);
        for (int t = 0; t < 60; t++)
            state.Update(arms[t], rewards[t]);
        double[] counts = new double[3], sums = new double[3], scores = new double[3];
        for (int t = 0; t < 60; t++)
        {
            counts[arms[t]] += Math.Pow(0.9, 59 - t);
            sums[arms[t]] += Math.Pow(0.9, 59 - t) * rewards[t];
        }

        state.Scores(scores);
        for (int arm = 0; arm < 3; arm++)
            Promises.Close((sums[arm] / counts[arm]) + (4 * Math.Sqrt(0.7 * Math.Log(counts.Sum()) / counts[arm])), scores[arm], 1e-12, 0, $"index {arm}");
    }

    [Fact]
    public void SlidingWindowUcbIsItsFormula()
    {
        BanditState state = new SlidingWindowUcb { Window = 17, Xi = 0.7, RewardWidth = 2 }.Start(3, Key);
        (int[] arms, double[] rewards) = History(200);
        double[] scores = new double[3];
        for (int t = 0; t < 200; t++)
        {
            state.Update(arms[t], rewards[t]);
            state.Scores(scores);
            int from = Math.Max(0, t - 16);
            for (int arm = 0; arm < 3; arm++)
            {
                double count = 0, sum = 0;
                for (int s = from; s <= t; s++)
                {
                    count += arms[s] == arm ? 1 : 0;
                    sum += arms[s] == arm ? rewards[s] : 0;
                }

                double expected = count == 0 ? double.PositiveInfinity : (sum / count) + (2 * Math.Sqrt(0.7 * Math.Log(Math.Min(t + 1, 17)) / count));
                Promises.Close(expected, scores[arm], 1e-12, 0, $"index {arm} after {t + 1} rounds");
            }
        }
    }

    [Fact]
    public void AWindowForgetsAnArmThatWasTakenAway()
    {
        BanditState state = new SlidingWindowUcb { Window = 10, Xi = 0 }.Start(3, Key);
        for (int t = 0; t < 9; t++)
            state.Update(t % 3, t % 3);
        state.RemoveArm(0);
        double[] scores = new double[2];
        state.Scores(scores);
        Assert.Equal([1, 2], scores);

        // The plays of the lost arm leave the window as time passes, and nobody's sums with them.
        for (int t = 0; t < 10; t++)
        {
            state.Update(0, 5);
            state.Scores(scores);
            Assert.Equal(t < 9 ? 2 : double.PositiveInfinity, scores[1], 1e-14);
        }

        Assert.Equal(5, scores[0], 1e-14);
        Assert.Equal(2, state.AddArm());
        Assert.Equal(0, state.Pulls[2]);
        Assert.Equal(2, state.Choose());
    }

    [Fact]
    public void ThompsonPosteriorsAreDiscountedAndWindowedSums()
    {
        (int[] arms, double[] rewards) = History(90);
        BanditState discounted = new DiscountedThompsonSampling { Discount = 0.95, Alpha = 2, Beta = 3 }.Start(3, Key);
        BanditState windowed = new SlidingWindowThompsonSampling { Window = 20, Alpha = 2, Beta = 3 }.Start(3, Key);
        for (int t = 0; t < 90; t++)
        {
            double click = rewards[t] > 0.4 ? 1 : 0;
            discounted.Update(arms[t], click);
            windowed.Update(arms[t], click);
        }

        double[] ofDiscounted = new double[3], ofWindowed = new double[3];
        discounted.Scores(ofDiscounted);
        windowed.Scores(ofWindowed);
        for (int arm = 0; arm < 3; arm++)
        {
            double s = 2, f = 3, sw = 2, fw = 3;
            for (int t = 0; t < 90; t++)
            {
                if (arms[t] != arm)
                    continue;
                double weight = Math.Pow(0.95, 89 - t), inside = t >= 70 ? 1 : 0, click = rewards[t] > 0.4 ? 1 : 0;
                s += weight * click;
                f += weight * (1 - click);
                sw += inside * click;
                fw += inside * (1 - click);
            }

            Promises.Close(s / (s + f), ofDiscounted[arm], 1e-12, 0, "discounted posterior mean");
            Promises.Close(sw / (sw + fw), ofWindowed[arm], 1e-14, 0, "windowed posterior mean");
        }
    }

    [Fact]
    public void CusumRaisesItsAlarmAtTheRoundOfTheFormula()
    {
        // Baseline 0.5 of ten rewards, then ones: g+ grows by 1 - 0.5 - 0.1 = 0.4 a reward and reaches 3 at the eighth.
        ChangeDetectingState state = new CusumUcb { BaselineLength = 10, Drift = 0.1, Threshold = 3 }.Start(2, Key);
        for (int t = 0; t < 10; t++)
            state.Update(0, t % 2);
        for (int t = 0; t < 7; t++)
            state.Update(0, 1);
        Assert.Equal(0, state.Alarms[0]);
        state.Update(0, 1);
        Assert.Equal([1L, 0L], state.Alarms.ToArray());
        Assert.Equal([18L, 0L], state.LastAlarms.ToArray());

        // Downwards as well, from the new baseline of ten ones: 1 - 0 - 0.1 = 0.9 a reward, 3.6 at the fourth.
        for (int t = 0; t < 10; t++)
            state.Update(0, 1);
        for (int t = 0; t < 3; t++)
            state.Update(0, 0);
        Assert.Equal(1, state.Alarms[0]);
        state.Update(0, 0);
        Assert.Equal(2, state.Alarms[0]);
    }

    [Fact]
    public void GlrRaisesItsAlarmWhenTheRatioReachesTheThreshold()
    {
        ChangeDetectingState state = new GlrKlUcb { FalseAlarmProbability = 0.1, TestEvery = 1 }.Start(2, Key);
        var seen = new List<double>();
        RandomStream stream = Key.Fold("glr").Stream();
        for (int t = 0; state.Alarms[0] == 0; t++)
        {
            Assert.True(t < 1000, "no alarm");
            double reward = stream.NextDouble() < (t < 150 ? 0.2 : 0.8) ? 1 : 0;
            seen.Add(reward);
            state.Update(0, reward);
            double n = seen.Count, mean = seen.Average(), largest = 0;
            for (int s = 1; s < seen.Count; s++)
            {
                double first = seen.Take(s).Average(), second = seen.Skip(s).Average();
                largest = Math.Max(largest, (s * Kl(first, mean)) + ((n - s) * Kl(second, mean)));
            }

            // The threshold with J by its definition and a bisection for the inverse of u - ln u.
            double x = Math.Log(3 * Math.Pow(n, 1.5) / 0.1) / 2;
            double threshold = (2 * PlainJ(x)) + (6 * Math.Log(1 + Math.Log(n)));
            Assert.Equal(largest >= threshold, state.Alarms[0] == 1);
        }

        Assert.InRange(seen.Count, 160, 400);
        Assert.Equal(seen.Count, state.LastAlarms[0]);

        static double Kl(double p, double q) => (p > 0 ? p * Math.Log(p / q) : 0) + (p < 1 ? (1 - p) * Math.Log((1 - p) / (1 - q)) : 0);
    }

    [Fact]
    public void MixtureThresholdIsItsDefinition()
    {
        for (double x = 0.37; x < 60; x += 0.37)
            Promises.Close(PlainJ(x), MixtureThreshold.J(x), 1e-12, 0, $"J({x})");

        // The paper's approximation for x >= 5, whose accuracy it doesn't state: the largest error is 9.6 %, at 5.
        for (double x = 5; x < 200; x *= 1.3)
            Promises.Close(x + (4 * Math.Log(1 + x + Math.Sqrt(2 * x))), MixtureThreshold.J(x), 0.1, 0, $"J({x})");
    }

    [Fact]
    public void FalseAlarmsAreRarerThanAllowed()
    {
        // 2,000 rewards without a change, 300 runs, delta = 0.1: fewer than 30 + 4.5 standard deviations; in truth the threshold is conservative.
        ChangeDetectingState state = new GlrKlUcb { FalseAlarmProbability = 0.1, TestEvery = 1, SplitPoints = 64 }.Start(1, Key);
        int alarms = 0;
        for (int run = 0; run < 300; run++)
        {
            state.Restart(Key);
            RandomStream stream = Key.Fold("no change").Fold(run).Stream();
            for (int t = 0; t < 2000; t++)
                state.Update(0, stream.NextDouble() < 0.3 ? 1 : 0);
            alarms += state.Alarms[0] > 0 ? 1 : 0;
        }

        Assert.True(alarms < 30 + (4.5 * Math.Sqrt(300 * 0.1 * 0.9)), $"{alarms} false alarms in 300 runs");
    }

    [Fact]
    public void ThinnedSplitPointsStillFindTheChange()
    {
        // 6,000 rewards into 15 split points: strides of 512 and more. The change comes at 3,000.
        ChangeDetectingState state = new GlrKlUcb { SplitPoints = 15 }.Start(1, Key);
        RandomStream stream = Key.Fold("thin").Stream();
        for (int t = 0; t < 6000; t++)
            state.Update(0, stream.NextDouble() < (t < 3000 ? 0.3 : 0.6) ? 1 : 0);
        Assert.Equal(1, state.Alarms[0]);
        Assert.InRange(state.LastAlarms[0], 3010, 3600);
    }

    [Fact]
    public void PoliciesForChangesLoseLessThanThoseWithoutOnASwitchingBandit()
    {
        IBanditPolicy[] policies =
        [
            new ThompsonSampling(), new KlUcb(),
            new DiscountedUcb { Discount = 0.99, Xi = 0.1 }, new SlidingWindowUcb { Window = 300 }, new DiscountedThompsonSampling(),
            new SlidingWindowThompsonSampling { Window = 300 }, new CusumUcb { BaselineLength = 30, Threshold = 10 }, new GlrKlUcb(), new GlrKlUcb { Scope = RestartScope.Local },
        ];
        RegretReport report = BanditSimulator.Run(policies, Switching, new SimulationOptions { Rounds = 5000, Replications = 100, Key = Key, Workers = Workers.Threads(2) });
        AllLoseLessThanTheFirstTwo(report);
    }

    [Fact]
    public void PoliciesForDriftLoseLessThanThoseWithoutOnADriftingBandit()
    {
        var bandit = new DriftingBandit([0.2, 0.4, 0.6, 0.8], 0.01, 20_000, Key);
        IBanditPolicy[] policies =
            [new ThompsonSampling(), new KlUcb(), new SlidingWindowUcb { Window = 400 }, new DiscountedThompsonSampling(), new SlidingWindowThompsonSampling()];
        RegretReport report = BanditSimulator.Run(policies, bandit, new SimulationOptions { Rounds = 20_000, Replications = 40, Key = Key, Workers = Workers.Threads(2) });
        AllLoseLessThanTheFirstTwo(report);
    }

    [Fact]
    public void PoliciesForRottingLoseLessThanThoseWithoutOnARottingBandit()
    {
        // One arm drops after a quarter of the rounds (figure 1 of the paper on FEWA has two arms, one of which drops at T/4).
        const int Rounds = 10_000;
        var bandit = new RottingBandit(2, Rounds, (arm, plays) => arm == 0 ? 0 : plays < Rounds / 4 ? 1 : -1, 1);
        IBanditPolicy[] policies = [new Ucb1(), new GaussianThompsonSampling(), new RawUcb(), new Fewa(), new SlidingWindowAverage { Horizon = Rounds }];
        RegretReport report = BanditSimulator.Run(policies, bandit, new SimulationOptions { Rounds = Rounds, Replications = 40, Key = Key, Workers = Workers.Threads(2) });
        AllLoseLessThanTheFirstTwo(report);
    }

    [Fact]
    public void RottingWindowsAreMeansOfLastRewards()
    {
        // Window h ends at the last multiple of h/2 plays.
        BanditState state = new RawUcb { Alpha = 2, StandardDeviation = 0.7 }.Start(1, Key);
        double[] rewards = new double[200], score = new double[1];
        RandomStream stream = Key.Fold("rotting").Stream();
        for (int t = 1; t <= rewards.Length; t++)
        {
            state.Update(0, rewards[t - 1] = stream.NextNormal() - (0.1 * t));
            state.Scores(score);
            double expected = double.PositiveInfinity;
            for (int h = 1; h <= t; h *= 2)
            {
                int end = t / Math.Max(1, h / 2) * Math.Max(1, h / 2);
                expected = Math.Min(expected, rewards[(end - h)..end].Average() + Math.Sqrt(2 * 0.49 * 2 * Math.Log(t + 1) / h));
            }

            Promises.Close(expected, score[0], 1e-12, 1e-12, $"RAW-UCB index after {t} plays");
        }
    }

    [Fact]
    public void TheOracleOfARottingBanditHasNoRegret()
    {
        var bandit = new RottingBandit(3, 300, (arm, plays) => (1 + arm) / (1.0 + (plays / 10)), 0);
        IBanditEnvironment environment = bandit;
        long[] plays = new long[3];
        double regret = 0;
        for (int round = 0; round < 300; round++)
        {
            int best = 0;
            for (int arm = 1; arm < 3; arm++)
            {
                if (bandit.MeanAfter(arm, plays[arm]) > bandit.MeanAfter(best, plays[best]))
                    best = arm;
            }

            var pull = new Pull { Arm = best, Round = round, EarlierPlays = plays[best]++, Key = Key };
            Assert.Equal(bandit.MeanAfter(best, pull.EarlierPlays), environment.Reward(pull));
            regret += environment.Gap(pull);
        }

        Promises.Close(0, regret, 0, 1e-12, "regret of the oracle");
    }

    [Fact]
    public void ADriftingPathIsAFunctionOfItsKey()
    {
        var bandit = new DriftingBandit([0.1, 0.9], 0.05, 5000, Key);
        var again = new DriftingBandit([0.1, 0.9], 0.05, 5000, Key);
        double squares = 0;
        int inside = 0;
        for (int round = 0; round < 5000; round++)
        {
            double mean = bandit.Mean(0, round), best = Math.Max(mean, bandit.Mean(1, round));
            Assert.InRange(mean, 0, 1);
            Assert.Equal(mean, again.Mean(0, round));
            Assert.Equal(best - mean, bandit.Gap(0, round));
            if (round == 0 || bandit.Mean(0, round - 1) is < 0.3 or > 0.7)
                continue;
            double step = mean - bandit.Mean(0, round - 1);
            squares += step * step;
            inside++;
        }

        // Steps far from the ends are normal of deviation 0.05: their mean square within 4.5 standard errors.
        Promises.Close(0.0025, squares / inside, 4.5 * Math.Sqrt(2.0 / inside), 0, "mean square step");
        Assert.Throws<ArgumentOutOfRangeException>(() => bandit.Mean(0, 5000));
    }

    [Fact]
    public void SegmentsBeginWhereTheyAreSaidTo()
    {
        Assert.Equal(0.8, Switching.Mean(0, 999));
        Assert.Equal(0.2, Switching.Mean(0, 1000));
        Assert.Equal(0.6, Switching.Mean(2, 1_000_000));
        Assert.Equal(0.6, Switching.Gap(0, 1500), 1e-14);
        Assert.Equal(3, Switching.Arms);
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names("Discount", () => new DiscountedUcb { Discount = 1 });
        Names("Xi", () => new SlidingWindowUcb { Xi = -1 });
        Names("Window", () => new SlidingWindowUcb { Window = 0 });
        Names("Discount", () => new DiscountedThompsonSampling { Discount = 0 });
        Names("Alpha", () => new SlidingWindowThompsonSampling { Alpha = 0 });
        Names("Exploration", () => new CusumUcb { Exploration = 1.5 });
        Names("Threshold", () => new CusumUcb { Threshold = 0 });
        Names("BaselineLength", () => new CusumUcb { BaselineLength = 0 });
        Names("FalseAlarmProbability", () => new GlrKlUcb { FalseAlarmProbability = 1 });
        Names("SplitPoints", () => new GlrKlUcb { SplitPoints = 1 });
        Names("Scope", () => new GlrKlUcb { Scope = (RestartScope)7 });
        Names("Alpha", () => new RawUcb { Alpha = 0 });
        Names("StandardDeviation", () => new Fewa { StandardDeviation = double.NaN });
        Names("Horizon", () => new SlidingWindowAverage { Horizon = 0 });
        Names("starts", () => new PiecewiseConstantBandit([], []));
        Names("starts[1] is 0", () => new PiecewiseConstantBandit([0, 0], [0.5, 0.5]));
        Names("means", () => new PiecewiseConstantBandit([0, 5], [0.5, 0.5, 0.5]));
        Names("means", () => new PiecewiseConstantBandit([0], [1.5]));
        Names("step", () => new DriftingBandit([0.5], -1, 5, Key));
        Names("rounds", () => new DriftingBandit([0.5], 1, 0, Key));
        Names("mean of arm 1 rises", () => new RottingBandit(2, 5, (arm, plays) => arm * plays, 1));
        Names("mean", () => new RottingBandit(2, 5, (_, _) => double.NaN, 1));

        static void Names(string text, Func<object> make) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(make).Message, StringComparison.Ordinal);
    }

    /// <summary>By 4.5 standard errors of the difference of the means.</summary>
    private static void AllLoseLessThanTheFirstTwo(RegretReport report)
    {
        for (int i = 2; i < report.Policies.Count; i++)
        {
            for (int j = 0; j < 2; j++)
            {
                double error = Math.Sqrt(Math.Pow(report.Policies[i].StandardErrors[^1], 2) + Math.Pow(report.Policies[j].StandardErrors[^1], 2));
                Assert.True(report.Policies[i].MeanRegret[^1] + (4.5 * error) < report.Policies[j].MeanRegret[^1], report.ToString());
            }
        }
    }

    private static (int[] Arms, double[] Rewards) History(int rounds)
    {
        RandomStream stream = Key.Fold("history").Stream();
        int[] arms = new int[rounds];
        double[] rewards = new double[rounds];
        for (int t = 0; t < rounds; t++)
        {
            arms[t] = t < 3 ? t : (int)(3 * stream.NextDouble());
            rewards[t] = stream.NextDouble();
        }

        return (arms, rewards);
    }

    private static double PlainJ(double x)
    {
        double y = (Inverse(1 + x) + Math.Log(Math.PI * Math.PI / 3)) / 2;
        double corner = 1 / Math.Log(1.5);
        return 2 * (y >= corner - Math.Log(corner) ? Math.Exp(1 / Inverse(y)) * Inverse(y) : 1.5 * (y - Math.Log(Math.Log(1.5))));

        static double Inverse(double value)
        {
            double low = 1, high = 2 * (value + 2);
            for (int i = 0; i < 200; i++)
            {
                double middle = 0.5 * (low + high);
                if (middle - Math.Log(middle) > value)
                    high = middle;
                else
                    low = middle;
            }

            return low;
        }
    }
}
