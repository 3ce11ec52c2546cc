using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Environments whose rewards aren't coins or normal, and those that come late.</summary>
public class RewardLawTests
{
    private const int Draws = 100_000;

    [Fact]
    public void BetaRewardsHaveTheirMeanAndVariance()
    {
        var bandit = new BetaBandit([0.2, 0.7], 3);
        for (int arm = 0; arm < 2; arm++)
        {
            double[] rewards = Rewards(bandit, arm);
            double mean = bandit.Means[arm], variance = mean * (1 - mean) / 4;
            Assert.All(rewards, r => Assert.InRange(r, 0, 1));
            Assert.InRange((rewards.Average() - mean) / Math.Sqrt(variance / Draws), -4.5, 4.5);
            Assert.InRange(rewards.Average(r => (r - mean) * (r - mean)) / variance, 0.97, 1.03);
        }

        Assert.Equal(0.5, bandit.Gap(0, 0), 12);
    }

    [Fact]
    public void StudentRewardsHaveTheQuantilesOfTheirLaw()
    {
        var bandit = new StudentBandit([1, -2], 2.5, 0.5);
        var law = new StudentT(2.5, 1, 0.5);
        double[] rewards = Rewards(bandit, 0);
        foreach (double p in (double[])[0.01, 0.1, 0.5, 0.9, 0.99])
        {
            double quantile = law.Quantile(p), below = rewards.Count(r => r <= quantile) / (double)Draws;
            Assert.InRange((below - p) / Math.Sqrt(p * (1 - p) / Draws), -4.5, 4.5);
        }

        Assert.Equal(3, bandit.Gap(1, 0));
    }

    [Fact]
    public void DelaysHaveTheirMeanAndSomeRewardsNeverCome()
    {
        var bandit = new DelayedBandit(new BernoulliBandit([0.5]), 20, least: 5, lost: 0.25);
        long[] delays = [.. Enumerable.Range(0, Draws).Select(i => bandit.Delay(RandomKey.FromSeed(3).Fold(i)))];
        long[] come = [.. delays.Where(d => d >= 0)];
        Assert.All(come, d => Assert.True(d >= 5));
        Assert.InRange((come.Average() - 20) / Math.Sqrt(15.0 * 16 / come.Length), -4.5, 4.5);
        Assert.InRange(((come.Length / (double)Draws) - 0.75) / Math.Sqrt(0.25 * 0.75 / Draws), -4.5, 4.5);
        Assert.Equal(7, new DelayedBandit(new BernoulliBandit([0.5]), 7, least: 7).Delay(RandomKey.FromSeed(1)));
    }

    [Fact]
    public void WithoutDelaysItIsTheBanditItself()
    {
        var coins = new BernoulliBandit([0.3, 0.5, 0.6]);
        var options = new SimulationOptions { Rounds = 500, Replications = 20, Key = RandomKey.FromSeed(4) };
        RegretReport prompt = BanditSimulator.Run([new Ucb1(), new KlUcb()], coins, options), late = BanditSimulator.Run([new Ucb1(), new KlUcb()], new DelayedBandit(coins, 0), options);
        for (int i = 0; i < 2; i++)
            Promises.SameBits(prompt.Policies[i].MeanRegret, late.Policies[i].MeanRegret, "regret");
    }

    [Fact]
    public void DelaysCostWhatRandomPoliciesPayLeastOf()
    {
        var coins = new BernoulliBandit([0.3, 0.5, 0.6]);
        var options = new SimulationOptions { Rounds = 3000, Replications = 60, Key = RandomKey.FromSeed(5) };
        IBanditPolicy[] policies = [new Ucb1(), new ThompsonSampling()];
        RegretReport prompt = BanditSimulator.Run(policies, coins, options), late = BanditSimulator.Run(policies, new DelayedBandit(coins, 200), options);
        RegretReport threads = BanditSimulator.Run(policies, new DelayedBandit(coins, 200), options with { Workers = Workers.Threads(3) });
        double[] added = new double[2];
        for (int i = 0; i < 2; i++)
        {
            added[i] = late.Policies[i].MeanRegret[^1] - prompt.Policies[i].MeanRegret[^1];
            Assert.True(added[i] > 0);
            Promises.SameBits(late.Policies[i].MeanRegret, threads.Policies[i].MeanRegret, "three workers");
        }

        // Joulani et al.: what is added is of the order of the gaps times the delay, whatever the horizon.
        Assert.All(added, a => Assert.InRange(a, 1, 0.4 * 2 * 200));
    }

    [Fact]
    public void NonsenseIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new BetaBandit([0, 0.5], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BetaBandit([0.5], 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StudentBandit([0.5], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DelayedBandit(new BernoulliBandit([0.5]), 3, least: 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DelayedBandit(new BernoulliBandit([0.5]), 3, lost: 1));
    }

    private static double[] Rewards(IBanditEnvironment bandit, int arm)
    {
        double[] rewards = new double[Draws];
        for (int i = 0; i < Draws; i++)
            rewards[i] = bandit.Reward(new Pull { Arm = arm, Round = i, Key = RandomKey.FromSeed(2).Fold(i) });
        return rewards;
    }
}
