using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>Non-parametric Thompson sampling against closed forms and its parametric relatives.</summary>
public class NonParametricTests
{
    private const double Sigmas = 4.5;

    private static readonly RandomKey Key = RandomKey.FromSeed(131);

    [Fact]
    public void ChoicesHaveTheProbabilitiesOfDirichletMeans()
    {
        // The exact law on the grid of all rewards: Dirichlet weights of the numbers of rewards, and 1 more for the reward 1.
        double[] grid = [0, 0.3, 0.6, 0.8, 1];
        double[] alpha = [2, 3, 0, 1, 2, 1, 0, 4, 2, 1, 0, 5, 2, 0, 1];
        BanditState state = new NonParametricThompsonSampling().Start(3, Key);
        for (int arm = 0; arm < 3; arm++)
        {
            for (int m = 0; m < 5; m++)
            {
                for (int n = m == 4 ? 1 : 0; n < alpha[(arm * 5) + m]; n++)
                    state.Update(arm, grid[m]);
            }
        }

        double[] expected = new double[3], said = new double[3];
        DirichletMean.Probabilities(alpha, grid, new double[(3 * DirichletMean.Scratch) + 5], expected);
        state.Probabilities(said);
        const int count = 20_000;
        int[] chosen = new int[3];
        for (int round = 0; round < count; round++)
            chosen[state.Choose(round)]++;
        for (int arm = 0; arm < 3; arm++)
        {
            double p = expected[arm], variance = p * (1 - p);
            Promises.Close(p, chosen[arm] / (double)count, 0, (Sigmas * Math.Sqrt(variance / count)) + 1e-5, $"choices of arm {arm}");
            Promises.Close(p, said[arm], 0, (Sigmas * Math.Sqrt(variance / NonParametricThompsonSampling.ProbabilityDraws)) + 1e-5, $"probability of arm {arm}");
        }
    }

    [Fact]
    public void RewardsOfZeroAndOneGiveBetaDraws()
    {
        // One success and one failure against one failure: Beta(2, 1) exceeds Beta(1, 1) with probability 2/3. An arm without rewards draws 1 and is played before both.
        BanditState state = new NonParametricThompsonSampling().Start(3, Key);
        state.Update(0, 1);
        state.Update(0, 0);
        state.Update(1, 0);
        for (int round = 0; round < 100; round++)
            Assert.Equal(2, state.Choose(round));
        state.RemoveArm(2);
        const int count = 40_000;
        int zeros = 0;
        for (int round = 0; round < count; round++)
            zeros += state.Choose(round) == 0 ? 1 : 0;
        Assert.InRange(zeros / (double)count, (2 / 3.0) - (Sigmas * 0.00236), (2 / 3.0) + (Sigmas * 0.00236));

        // Nothing but rewards of 1 leaves no doubt either: such an arm ties with one that wasn't played.
        state.Restart(Key);
        state.Update(0, 1);
        double[] p = new double[2];
        state.Probabilities(p);
        Assert.InRange(p[0], 0.5 - (Sigmas * 0.0079), 0.5 + (Sigmas * 0.0079));
    }

    [Fact]
    public void HistoriesFollowTheirArmsAndOutgrowTheirStorage()
    {
        // 200 different rewards each; arm 1 goes, arm 2 keeps its own. The order in which rewards came doesn't matter, to the bit.
        BanditState state = new NonParametricThompsonSampling().Start(3, Key), reversed = new NonParametricThompsonSampling().Start(2, Key);
        for (int n = 0; n < 200; n++)
        {
            for (int arm = 0; arm < 3; arm++)
                state.Update(arm, Reward(arm, n));
            reversed.Update(0, Reward(0, 199 - n));
            reversed.Update(1, Reward(2, 199 - n));
        }

        state.RemoveArm(1);
        for (int round = 0; round < 200; round++)
            Assert.Equal(reversed.Choose(round), state.Choose(round));

        byte[] saved = StateArchive.Save(state);
        BanditState copy = new NonParametricThompsonSampling().Start(2, Key.Fold(1));
        StateArchive.Load(copy, saved);
        Assert.Equal(saved, StateArchive.Save(copy));
        for (int round = 0; round < 200; round++)
            Assert.Equal(state.Choose(round), copy.Choose(round));

        static double Reward(int arm, int n) => (0.05 * arm) + (0.9 * Key.Fold(arm).Fold(n).Stream().NextDouble());
    }

    [Fact]
    public void RewardsThatSpreadLittleAreLearntFasterThanByCoins()
    {
        // Uniform rewards of width 0.2: coins make them as uncertain as yes or no.
        RegretReport report = BanditSimulator.Run(
            [new NonParametricThompsonSampling(), new ThompsonSampling(), new MultinomialThompsonSampling { Steps = 20 }],
            new Narrow(0.5, 0.45, 0.4, 0.35),
            new SimulationOptions { Rounds = 1000, Replications = 12, Checkpoints = [500, 1000], Key = Key, Workers = Workers.Threads(2) });
        double own = report.Policies[0].MeanRegret[1];
        Assert.True(2 * own < report.Policies[1].MeanRegret[1], report.ToString());
        Assert.True(own < report.Policies[2].MeanRegret[1], report.ToString());
        Assert.True(own - report.Policies[0].MeanRegret[0] < 0.5 * report.Policies[0].MeanRegret[0], report.ToString());
    }

    /// <summary>Rewards uniform on an interval of width 0.2 around the mean.</summary>
    private sealed class Narrow(params double[] means) : IBanditEnvironment
    {
        public int Arms => means.Length;

        public double Mean(int arm, long round) => means[arm];

        public double Gap(int arm, long round) => means[0] - means[arm];

        public double Reward(in Pull pull) => means[pull.Arm] + (0.2 * (pull.Key.Stream().NextDouble() - 0.5));
    }
}
