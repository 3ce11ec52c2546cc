using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The laws of every row of <see cref="PolicyTable"/>.</summary>
public class PolicyLawTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(31);

    public static TheoryData<string> Names => PolicyTable.Names;

    [Fact]
    public void EveryPolicyOfTheAssemblyHasARow()
    {
        var rows = PolicyTable.Rows.Values.Select(r => r.Policy.GetType()).ToHashSet();
        Type[] algorithms = [.. typeof(IBanditPolicy).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.IsAssignableTo(typeof(IBanditPolicy)))];
        Assert.NotEmpty(algorithms);
        Assert.All(algorithms, type => Assert.Contains(type, rows));
        Assert.All(rows, type => Assert.Contains(type, algorithms));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RegretGrowsAtTheRateOfTheFamily(string name)
    {
        // Gaps of 0.3 and 0.5 are resolved within the first 1,000 rounds. Uniform play would lose as much in the second 1,000 as in the first;
        // regret of the order sqrt(T) grows by a factor 1.41. 100 replications leave a standard error below 6 % of the regret.
        PolicyRow row = PolicyTable.Rows[name];
        var bandit = new BernoulliBandit(0.9, 0.6, 0.4);
        PolicyRegret regret = BanditSimulator.Run([row.Policy], bandit, new SimulationOptions
        {
            Rounds = 2000,
            Replications = 100,
            Checkpoints = [1000, 2000],
            Key = Key,
            Workers = Workers.Threads(2),
        }).Policies[0];

        double first = regret.MeanRegret[0], second = regret.MeanRegret[1] - first;
        if (row.Growth == Growth.Sublinear)
        {
            Assert.True(second < 0.5 * first, $"{name}: regret {first:f2} in the first half, {second:f2} in the second");
        }
        else if (row.Growth == Growth.Linear)
        {
            Assert.InRange(second, 0.8 * 1000 * row.RegretPerRound, 1.2 * 1000 * row.RegretPerRound);
        }
        else if (row.Growth == Growth.Forgetful)
        {
            // Half of what uniform play loses in 1,000 rounds.
            Assert.True(second < 0.5 * 266.7, $"{name}: regret {first:f2} in the first half, {second:f2} in the second");
        }
        else
        {
            Assert.InRange(regret.MeanRegret[1], 0, 2.63 * Math.Sqrt(2000 * 3 * Math.Log(3)));
        }

        // A policy that doesn't know the means pays for finding out: a fifth of the asymptotic bound of Lai and Robbins, which at this horizon is
        // approached from below (the reference simulations lie at 0.47 and above on instances with such gaps). Peeking would cost nothing.
        Assert.True(regret.MeanRegret[1] > 0.2 * bandit.LaiRobbinsConstant * Math.Log(2000), $"{name}: regret {regret.MeanRegret[1]:f2} is too good to be true");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PermutingTheArmsPermutesTheChoices(string name)
    {
        PolicyRow row = PolicyTable.Rows[name];
        int[] permutation = [2, 0, 3, 1];
        if (!row.IsRandomised && !row.DependsOnOrder)
        {
            // Reward n of an arm doesn't depend on when it comes, and no two statistics are equal: from the end of the first round on, the states
            // are permutations of each other.
            BanditState plain = row.Policy.Start(4, Key), permuted = (row.Permuted ?? row.Policy).Start(4, Key);
            for (int t = 0; t < 400; t++)
            {
                int arm = plain.Choose(), other = permuted.Choose();
                if (t >= 4)
                    Assert.Equal(arm, permutation[other]);
                plain.Update(arm, Continuous(arm, plain.Pulls[arm]));
                permuted.Update(other, Continuous(permutation[other], permuted.Pulls[other]));
            }

            return;
        }

        // Otherwise mean pulls agree within 4.5 standard errors of the difference (probability 7e-6 each under equality).
        const int runs = 200;
        double[] means = [0.2, 0.5, 0.6, 0.8];
        double[,] pulls = new double[4, runs], pullsPermuted = new double[4, runs];
        BanditState state = row.Policy.Start(4, Key), moved = (row.Permuted ?? row.Policy).Start(4, Key);
        for (int run = 0; run < runs; run++)
        {
            Play(state, Key.Fold(run), arm => means[arm]);
            for (int arm = 0; arm < 4; arm++)
                pulls[arm, run] = state.Pulls[arm];
            Play(moved, Key.Fold(runs + run), arm => means[permutation[arm]]);
            for (int arm = 0; arm < 4; arm++)
                pullsPermuted[permutation[arm], run] = moved.Pulls[arm];
        }

        for (int arm = 0; arm < 4; arm++)
        {
            (double a, double sa) = Summary(pulls, arm);
            (double b, double sb) = Summary(pullsPermuted, arm);
            Assert.True(Math.Abs(a - b) <= 4.5 * Math.Sqrt((sa * sa) + (sb * sb)), $"{name}: arm {arm} is pulled {a} +- {sa} times, permuted {b} +- {sb}");
        }

        static void Play(BanditState state, RandomKey key, Func<int, double> mean)
        {
            state.Restart(key.Fold("policy"));
            RandomStream rewards = key.Fold("rewards").Stream();
            for (int t = 0; t < 300; t++)
            {
                int arm = state.Choose();
                state.Update(arm, rewards.NextDouble() < mean(arm) ? 1 : 0);
            }
        }

        static (double Mean, double Error) Summary(double[,] values, int arm)
        {
            double mean = 0, squares = 0;
            for (int i = 0; i < runs; i++)
                mean += values[arm, i] / runs;
            for (int i = 0; i < runs; i++)
                squares += (values[arm, i] - mean) * (values[arm, i] - mean);
            return (mean, Math.Sqrt(squares / (runs - 1) / runs));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoicesHaveTheProbabilitiesThatAreSaid(string name)
    {
        BanditState state = PolicyTable.Rows[name].Policy.Start(4, Key);
        for (int t = 0; t < 24; t++)
            state.Update(t % 4, Continuous(t % 4, t));
        double[] probabilities = new double[4];
        state.Probabilities(probabilities);
        Assert.Equal(1, probabilities.Sum(), 12);
        if (probabilities.Max() == 1)
        {
            // No draws: every choice in flight is certain too.
            for (int round = 0; round < 60; round++)
            {
                state.Probabilities(state.Updates + round, probabilities);
                Assert.Equal(1, probabilities[state.Choose(state.Updates + round)]);
                Assert.Equal(1, probabilities.Sum());
            }
        }

        const int Choices = 4000;
        int[] counts = new int[4];
        for (int round = 0; round < Choices; round++)
            counts[state.Choose(state.Updates + round)]++;
        for (int arm = 0; arm < 4 && probabilities.Max() < 1; arm++)
        {
            // 4.5 standard errors, probability 7e-6 each.
            double p = probabilities[arm], draws = PolicyTable.Rows[name].ProbabilityDraws, error = Math.Sqrt(p * (1 - p) * ((1.0 / Choices) + (draws == 0 ? 0 : 1 / draws)));
            Assert.True(Math.Abs((counts[arm] / (double)Choices) - p) <= (4.5 * error) + 1e-12, $"{name}: arm {arm} was chosen {counts[arm]} times of {Choices}, its probability is said to be {p}");
        }

        int chosen = state.Choose(default, state.Updates + 7, out double propensity);
        state.Probabilities(state.Updates + 7, probabilities);
        Assert.Equal(state.Choose(state.Updates + 7), chosen);
        Assert.Equal(probabilities[chosen], propensity);
        Assert.Throws<ArgumentException>(() => state.Probabilities(new double[3]));
        Promises.AllocatesNothing(() => state.Probabilities(probabilities), name + " probabilities");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ArmsComeAndGo(string name)
    {
        // A state from which an arm was taken away is that of a run without it, as far as it is used later.
        BanditState state = PolicyTable.Rows[name].Policy.Start(3, Key);
        if (!state.CanChangeArms)
        {
            Assert.Throws<NotSupportedException>(() => state.AddArm());
            Assert.Throws<NotSupportedException>(() => state.RemoveArm(0));
            return;
        }

        for (int t = 0; t < 30; t++)
            state.Update(t % 3, Continuous(t % 3, t));
        double[] means = state.Means.ToArray();
        Assert.Equal(3, state.AddArm());
        Assert.Equal(4, state.Arms);
        Assert.Equal(0, state.Pulls[3]);
        state.RemoveArm(1);
        Assert.Equal([means[0], means[2], 0], state.Means.ToArray());
        Assert.Equal([10L, 10L, 0L], state.Pulls.ToArray());
        double[] scores = new double[3];
        state.Scores(scores);
        Assert.All(scores, score => Assert.False(double.IsNaN(score)));

        // The new arm is the best by far: it is found.
        int played = 0;
        for (int t = 0; t < 600; t++)
        {
            int arm = state.Choose();
            played += arm == 2 ? 1 : 0;
            state.Update(arm, arm == 2 ? 0.95 + (0.05 * Continuous(0, t)) : 0.3 * Continuous(1, t));
        }

        Assert.True(played > 200, $"{name}: the new arm was played {played} times of 600");
        Assert.Throws<ArgumentOutOfRangeException>(() => state.RemoveArm(3));
        state.RemoveArm(0);
        state.RemoveArm(1);
        Assert.Equal(0, state.Choose());
        Assert.Throws<ArgumentOutOfRangeException>(() => state.RemoveArm(0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void MergedEqualsSequential(string name)
    {
        IBanditPolicy policy = PolicyTable.Rows[name].Policy;
        BanditState all = policy.Start(3, Key), first = policy.Start(3, Key), second = policy.Start(3, Key.Fold(1));
        if (!all.CanMerge)
        {
            Assert.Throws<NotSupportedException>(() => first.Merge(second));
            return;
        }

        for (int t = 0; t < 90; t++)
        {
            // Rewards of 0 and 1, so that no policy draws coins for them; the second state never plays arm 0.
            int arm = t < 50 ? t % 3 : 1 + (t % 2);
            double reward = Continuous(arm, t) > 0.3 ? 1 : 0;
            all.Update(arm, reward);
            (t < 50 ? first : second).Update(arm, reward);
        }

        first.Merge(second);
        Assert.Equal(all.Updates, first.Updates);
        Assert.Equal(all.Pulls.ToArray(), first.Pulls.ToArray());
        double[] expected = new double[3], actual = new double[3];
        all.Scores(expected);
        first.Scores(actual);
        for (int arm = 0; arm < 3; arm++)
        {
            Promises.Close(all.Means[arm], first.Means[arm], 1e-12, 1e-12, $"{name}: mean {arm}");
            Promises.Close(all.SquaredDeviations[arm], first.SquaredDeviations[arm], 1e-12, 1e-12, $"{name}: squared deviations {arm}");
            Promises.Close(expected[arm], actual[arm], 1e-10, 1e-10, $"{name}: score {arm}");
        }

        Assert.Throws<ArgumentException>(() => first.Merge(policy.Start(4, Key)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAndContinuedEqualsUninterrupted(string name)
    {
        IBanditPolicy policy = PolicyTable.Rows[name].Policy;
        BanditState whole = policy.Start(5, Key);
        Play(whole, 0, 137);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;

        // Another key and another history: the checkpoint replaces both.
        BanditState continued = policy.Start(5, Key.Fold(1));
        Play(continued, 50, 99);
        continued.Load(stream);
        Assert.Equal(whole.Key, continued.Key);

        Play(whole, 137, 400);
        Play(continued, 137, 400);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));

        static void Play(BanditState state, int from, int to)
        {
            for (int t = from; t < to; t++)
            {
                int arm = state.Choose();
                state.Update(arm, Continuous(arm, t));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RestartedEqualsNew(string name)
    {
        IBanditPolicy policy = PolicyTable.Rows[name].Policy;
        BanditState used = policy.Start(3, Key.Fold(9));
        for (int t = 0; t < 50; t++)
            used.Update(t % 3, Continuous(t % 3, t));
        used.Restart(Key);
        Assert.Equal(StateArchive.Save(policy.Start(3, Key)), StateArchive.Save(used));
        Assert.Equal(0, used.Updates);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingAndUpdatingAllocateNothing(string name)
    {
        BanditState state = PolicyTable.Rows[name].Policy.Start(4, Key);
        double[] scores = new double[4];
        int t = 0;
        Promises.AllocatesNothing(
            () =>
            {
                int arm = state.Choose();
                state.Update(arm, 0.25 * (1 + (t++ % 3)));
                state.Scores(scores);
            },
            name);
        RandomKey key = Key;
        Promises.AllocatesNothing(() => state.Restart(key = key.Fold(1)), name + " restart");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingTwiceGivesTheSameArm(string name)
    {
        BanditState state = PolicyTable.Rows[name].Policy.Start(4, Key);
        for (int t = 0; t < 100; t++)
        {
            byte[] before = StateArchive.Save(state);
            int arm = state.Choose();
            Assert.Equal(arm, state.Choose());
            Assert.Equal(arm, state.Choose(state.Updates));
            Assert.Equal(before, StateArchive.Save(state));
            state.Update(arm, Continuous(arm, t));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSameKeyGivesTheSameBitsForAnyNumberOfWorkers(string name)
    {
        IBanditPolicy policy = PolicyTable.Rows[name].Policy;
        var options = new SimulationOptions { Rounds = 200, Replications = 30, Key = Key };
        PolicyRegret one = Run(options), three = Run(options with { Workers = Workers.Threads(3) });
        Promises.SameBits(one.MeanRegret, three.MeanRegret, name);
        Promises.SameBits(one.StandardErrors, three.StandardErrors, name);
        Promises.SameBits(one.MeanPulls, three.MeanPulls, name);

        PolicyRegret Run(SimulationOptions o) => BanditSimulator.Run([policy], new BernoulliBandit(0.3, 0.5, 0.6), o).Policies[0];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BadRewardsAndArmsThrowAndChangeNothing(string name)
    {
        BanditState state = PolicyTable.Rows[name].Policy.Start(2, Key);
        state.Update(1, 0.5);
        byte[] before = StateArchive.Save(state);
        foreach (double reward in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, reward));
            Assert.Contains($"reward is {reward} but must", exception.Message, StringComparison.Ordinal);
        }

        if (state.Rewards == RewardRange.Unit)
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, 1.5));
            Assert.Contains("reward is 1.5 but must lie in [0, 1]", exception.Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, -0.1));
        }

        foreach (int arm in (int[])[-1, 2])
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(arm, 0.5));
            Assert.Contains($"arm is {arm} but must be one of 0 to 1", exception.Message, StringComparison.Ordinal);
        }

        foreach (double propensity in (double[])[0, 1.1, -0.5, double.NaN])
            Assert.Contains("propensity", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, 0.5, propensity)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Choose(-1));
        Assert.Throws<ArgumentException>(() => state.Scores(new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => PolicyTable.Rows[name].Policy.Start(0, Key));
        Assert.Equal(before, StateArchive.Save(state));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoicesInFlightDiffer(string name)
    {
        // Sixteen choices before any reward arrives: policies that begin with every arm once hand out each arm equally often;
        // those that choose at random draw afresh. A baseline is played alone until it has earned something.
        BanditState state = PolicyTable.Rows[name].Policy.Start(4, Key);
        double[] probabilities = new double[4];
        state.Probabilities(probabilities);
        int[] counts = new int[4];
        for (int round = 0; round < 16; round++)
            counts[state.Choose(round)]++;
        if (PolicyTable.Rows[name].Permuted is not null)
            Assert.Equal(16, counts[0]);
        else if (probabilities.Max() < 1)
            Assert.True(counts.Count(c => c > 0) >= 3, name);
        else
            Assert.Equal(new[] { 4, 4, 4, 4 }, counts);
    }

    /// <summary>A number of (0, 1) that no other arm and turn share.</summary>
    private static double Continuous(int arm, long turn)
    {
        RandomStream stream = Key.Fold("continuous").Fold((turn * 64) + arm).Stream();
        return (0.15 * arm) + (0.3 * stream.NextOpenDouble());
    }
}
