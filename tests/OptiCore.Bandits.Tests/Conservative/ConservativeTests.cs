using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Conservative exploration: the constraint in every round, its price, and the paper's steps.</summary>
public class ConservativeTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(121);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ExpectedRewardsNeverFallBelowTheShareOfTheBaseline(bool isKnown)
    {
        // 60 runs of 4,000 rounds. The constraint may fail in each with probability 0.05; UCB1 on the same arms breaks it in nearly all.
        double[] means = [0.5, 0.1, 0.2, 0.8, 0.3];
        int broken = 0, brokenByUcb = 0, explored = 0;
        BanditState state = new ConservativeUcb { BaselineMean = isKnown ? 0.5 : null, NoiseScale = 0.5 }.Start(5, Key), ucb = new Ucb1().Start(5, Key);
        for (int run = 0; run < 60; run++)
        {
            broken += Breaks(state, Key.Fold(run)) ? 1 : 0;
            brokenByUcb += Breaks(ucb, Key.Fold(run)) ? 1 : 0;
            explored += state.Pulls[1] > 0 && state.Pulls[2] > 0 && state.Pulls[3] > 0 && state.Pulls[4] > 0 ? 1 : 0;
        }

        // More than 9 of 60 with probability 0.05 each: 0.1 %.
        Assert.InRange(broken, 0, 9);
        Assert.InRange(brokenByUcb, 50, 60);
        Assert.Equal(60, explored);

        bool Breaks(BanditState player, RandomKey key)
        {
            player.Restart(key);
            double expected = 0;
            bool isBroken = false;
            for (int t = 1; t <= 4000; t++)
            {
                int arm = player.Choose();
                expected += means[arm];
                isBroken |= expected < 0.9 * 0.5 * t;
                player.Update(arm, key.Fold("rewards").Fold(t).Stream().NextDouble() < means[arm] ? 1 : 0);
            }

            return isBroken;
        }
    }

    [Fact]
    public void TheBestArmIsFoundAtThePriceOfTheConstraint()
    {
        // The baseline is a poor arm: regret grows by less and less, and less freedom costs more.
        var bandit = new BernoulliBandit(0.5, 0.2, 0.9);
        var options = new SimulationOptions { Rounds = 20_000, Replications = 12, Checkpoints = [10_000, 20_000], Key = Key, Workers = Workers.Threads(2) };
        RegretReport report = BanditSimulator.Run(
            [
                new ConservativeUcb { Alpha = 0.05, BaselineMean = 0.5, NoiseScale = 0.5 },
                new ConservativeUcb { Alpha = 0.2, BaselineMean = 0.5, NoiseScale = 0.5 },
                new ConservativeUcb { Alpha = 0.2, NoiseScale = 0.5 },
                new ConservativeUcb { Alpha = 0.9, BaselineMean = 0.5, NoiseScale = 0.5 },
            ],
            bandit,
            options);
        foreach (PolicyRegret policy in report.Policies)
            Assert.True(policy.MeanRegret[1] - policy.MeanRegret[0] < 0.5 * policy.MeanRegret[0], report.ToString());
        Assert.True(report.Policies[0].MeanRegret[1] > 1.5 * report.Policies[1].MeanRegret[1], report.ToString());
        Assert.True(report.Policies[1].MeanRegret[1] > report.Policies[3].MeanRegret[1], report.ToString());

        // The order of the paper's bound: K ln / gap and, for every round that exploration may lose, 1 / (alpha mean_0) plays of the baseline.
        Assert.True(report.Policies[0].MeanRegret[1] < 0.4 * 20_000, report.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ChoicesFollowAlgorithmOne(bool isKnown)
    {
        // The condition of the paper, written out, on a run with a baseline in the middle.
        double[] means = [0.3, 0.6, 0.8];
        const double alpha = 0.3, delta = 0.1, scale = 0.4;
        BanditState state = new ConservativeUcb { Baseline = 1, BaselineMean = isKnown ? 0.6 : null, Alpha = alpha, Delta = delta, NoiseScale = scale }.Start(3, Key);
        int baselines = 0, others = 0;
        double[] scores = new double[3];
        for (int t = 1; t <= 1500; t++)
        {
            double[] lower = new double[3], upper = new double[3];
            for (int arm = 0; arm < 3; arm++)
            {
                double n = state.Pulls[arm], psi = 2 * scale * scale * Math.Log(3 * Math.Pow(n, 3) / delta);
                (lower[arm], upper[arm]) = n == 0 ? (0, double.PositiveInfinity) : (Math.Max(0, state.Means[arm] - Math.Sqrt(psi / n)), state.Means[arm] + Math.Sqrt(psi / n));
            }

            if (isKnown)
                lower[1] = upper[1] = 0.6;
            int j = Array.IndexOf(upper, upper.Max());
            double budget = (state.Pulls[0] * lower[0]) + (state.Pulls[2] * lower[2]) + lower[j] + (state.Pulls[1] * upper[1]) - ((1 - alpha) * t * upper[1]);
            int expected = budget >= 0 ? j : 1;
            Assert.Equal(expected, state.Choose());
            state.Scores(scores);
            for (int arm = 0; arm < 3; arm++)
                Promises.Close(upper[arm], scores[arm], 1e-12, 0, "score");
            baselines += expected == 1 && j != 1 ? 1 : 0;
            others += expected != 1 ? 1 : 0;
            state.Update(expected, Key.Fold(t).Stream().NextDouble() < means[expected] ? 1 : 0);
        }

        Assert.True(baselines > 20 && others > 20, $"{baselines} forced plays of the baseline, {others} others");
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        Names(nameof(ConservativeUcb.Baseline), () => new ConservativeUcb { Baseline = -1 });
        Names(nameof(ConservativeUcb.BaselineMean), () => new ConservativeUcb { BaselineMean = 1.5 });
        Names(nameof(ConservativeUcb.BaselineMean), () => new ConservativeUcb { BaselineMean = double.NaN });
        Names(nameof(ConservativeUcb.Alpha), () => new ConservativeUcb { Alpha = 0 });
        Names(nameof(ConservativeUcb.Delta), () => new ConservativeUcb { Delta = 1 });
        Names(nameof(ConservativeUcb.NoiseScale), () => new ConservativeUcb { NoiseScale = -1 });
        Names("baseline is arm 3", () => new ConservativeUcb { Baseline = 3 }.Start(3, Key));

        static void Names(string member, Func<object> make) =>
            Assert.Contains(member, Assert.Throws<ArgumentOutOfRangeException>(make).Message, StringComparison.Ordinal);
    }
}
