using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Sequences of losses that somebody chose.</summary>
public class AdversarialEnvironmentTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(141);

    [Fact]
    public void RegretIsAgainstTheBestFixedArmInHindsight() => Forall.Check(Prop.ForAll(
        Gen.Choose(0, 1_000_000).ToArbitrary(),
        seed =>
        {
            RandomStream stream = Key.Fold(seed).Stream();
            int arms = 1 + (int)(5 * stream.NextDouble()), rounds = 1 + (int)(40 * stream.NextDouble());
            double[] losses = new double[arms * rounds], sums = new double[arms];
            foreach (ref double loss in losses.AsSpan())
                loss = stream.NextDouble();
            for (int i = 0; i < losses.Length; i++)
                sums[i % arms] += losses[i];
            var bandit = new LossSequenceBandit(arms, losses);
            Assert.Equal(rounds, bandit.Rounds);
            Assert.Equal(Array.IndexOf(sums, sums.Min()), bandit.BestArm);

            // Play at random: the sum of the gaps is own loss minus that of the best arm, and the rewards are 1 - loss.
            double regret = 0, own = 0;
            for (int round = 0; round < rounds; round++)
            {
                int arm = (int)(arms * stream.NextDouble());
                own += bandit.Loss(arm, round);
                regret += bandit.Gap(arm, round);
                Assert.Equal(1 - losses[(round * arms) + arm], bandit.Reward(new Pull { Arm = arm, Round = round, Key = Key }));
            }

            Promises.Close(own - sums.Min(), regret, 0, 1e-12, "regret");
        }));

    [Fact]
    public void PoliciesWithoutRandomnessAreRuinedAndTheOthersKeepTheirBounds()
    {
        // The losses are made against UCB1: it loses every round. The same losses cost EXP3 and Tsallis-INF no more than their bounds say.
        const int arms = 4, rounds = 5000;
        LossSequenceBandit bandit = LossSequenceBandit.Against(new Ucb1(), arms, rounds);
        var options = new SimulationOptions { Rounds = rounds, Replications = 10, Checkpoints = [rounds], Key = Key, Workers = Workers.Threads(2) };
        RegretReport report = BanditSimulator.Run([new Ucb1(), new Exp3 { Horizon = rounds }, new TsallisInf()], bandit, options);
        double ucb = report.Policies[0].MeanRegret[0];
        Assert.True(ucb >= rounds * (1 - (1.0 / arms)), report.ToString());
        Assert.Equal(0, report.Policies[0].StandardErrors[0]);
        Assert.InRange(report.Policies[1].MeanRegret[0], double.MinValue, 2.63 * Math.Sqrt(rounds * arms * Math.Log(arms)));
        Assert.InRange(report.Policies[2].MeanRegret[0], double.MinValue, (4 * Math.Sqrt(arms * rounds)) + 1);
        Assert.Contains("depend on its key", Assert.Throws<ArgumentException>(() => LossSequenceBandit.Against(new ThompsonSampling(), arms, rounds)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheConstrainedAdversaryHasItsPhases()
    {
        // Factor 2: the rounds t of phase n are those with 2^n <= t + 1 < 2^(n + 1).
        var bandit = new ConstrainedAdversary(3, 0.25, best: 2, factor: 2);
        for (int round = 0; round < 1000; round++)
        {
            int phase = 0;
            for (int t = round + 1; t > 1; t /= 2)
                phase++;
            double[] expected = phase % 2 == 1 ? [0.75, 0.75, 1] : [0, 0, 0.25];
            for (int arm = 0; arm < 3; arm++)
            {
                // At powers of two the logarithms may round to either side.
                if (((round + 1) & round) != 0)
                    Assert.Equal(expected[arm], bandit.Mean(arm, round));
                Assert.Equal(arm == 2 ? 0 : 0.25, bandit.Gap(arm, round));
                double reward = bandit.Reward(new Pull { Arm = arm, Round = round, Key = Key.Fold(round) });
                Assert.True(reward is 0 or 1);
                if (expected[arm] is 0 or 1 && ((round + 1) & round) != 0)
                    Assert.Equal(expected[arm], reward);
            }
        }

        Assert.Equal(2, bandit.BestArm);
    }

    [Fact]
    public void BadArgumentsThrow()
    {
        Assert.Contains("losses", Assert.Throws<ArgumentOutOfRangeException>(() => new LossSequenceBandit(1, [0.5, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new LossSequenceBandit(1, [1.5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LossSequenceBandit(0, [0.5]));
        Assert.Throws<ArgumentException>(() => new LossSequenceBandit(2, [0.5, 0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => new LossSequenceBandit(2, []));
        var bandit = new LossSequenceBandit(1, [0.5, 0.25]);
        Assert.Contains("the sequence has rounds 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => bandit.Mean(0, 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => bandit.Gap(0, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => LossSequenceBandit.Against(new Ucb1(), 1, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstrainedAdversary(0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstrainedAdversary(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstrainedAdversary(2, 0.5, best: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstrainedAdversary(2, 0.5, factor: 1));
    }
}
