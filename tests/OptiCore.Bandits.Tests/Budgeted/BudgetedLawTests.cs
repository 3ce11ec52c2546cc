using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The laws of every row of <see cref="BudgetedTable"/>.</summary>
public class BudgetedLawTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(111);

    public static TheoryData<string> Names => BudgetedTable.Names;

    [Fact]
    public void EveryBudgetedPolicyOfTheAssemblyHasARow()
    {
        Type[] algorithms = [.. typeof(IBudgetedPolicy).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.IsAssignableTo(typeof(IBudgetedPolicy)))];
        Assert.Equal(algorithms.ToHashSet(), BudgetedTable.Rows.Values.Select(r => r.Policy.GetType()).ToHashSet());
        Assert.NotEmpty(algorithms);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheRegretAgainstTheLinearProgramIsSublinear(string name)
    {
        // Budgets and time 16 times as large: the share of the bound that is lost falls at least by half (by 4 where regret grows as the square root).
        BudgetedRow row = BudgetedTable.Rows[name];
        BudgetedBernoulliBandit bandit = Bandit(row.Resources);
        (double small, double smallUniform) = Lost(1000);
        (double large, double largeUniform) = Lost(16_000);
        Assert.True(large < 0.5 * small, $"{name}: {small:f4} of the bound is lost with 1,000 rounds, {large:f4} with 16,000");
        Assert.True(large < 0.5 * largeUniform, $"{name}: {large:f4} is lost, by uniform plays {largeUniform:f4}");
        Assert.True(large > 0, $"{name}: {large:f4} of the bound is lost");
        Assert.InRange(smallUniform, 0.1, 1);

        (double Share, double Uniform) Lost(int rounds)
        {
            double[] budgets = [.. Enumerable.Repeat(0.2 * rounds, row.Resources)];
            double bound = bandit.LinearProgramBound(budgets, rounds);
            PolicyRegret regret = BanditSimulator.Run([row.Policy], bandit, budgets, new SimulationOptions
            {
                Rounds = rounds,
                Replications = 8,
                Checkpoints = [rounds],
                Key = Key,
                Workers = Workers.Threads(2),
            }).Policies[0];

            // Uniform plays in expectation: as many as the scarcest resource allows.
            double plays = rounds, mean = 0;
            for (int resource = 0; resource < row.Resources; resource++)
                plays = Math.Min(plays, budgets[resource] / Enumerable.Range(0, bandit.Arms).Average(arm => bandit.Cost(arm, resource)));
            for (int arm = 0; arm < bandit.Arms; arm++)
                mean += bandit.Mean(arm) / bandit.Arms;
            return (regret.MeanRegret[0] / bound, 1 - (plays * mean / bound));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RunsEndWithTheFirstPlayThatTakesTooMuch(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        BudgetedBernoulliBandit bandit = Bandit(row.Resources);
        double[] budgets = [.. Enumerable.Range(0, row.Resources).Select(i => 30.5 + i)], costs = new double[row.Resources];
        BudgetedState state = row.Policy.Start(4, budgets, 10_000, Key);
        double earned = 0, last = 0;
        for (int t = 0; !state.IsExhausted; t++)
        {
            int arm = state.Choose();
            last = bandit.Play(arm, Key.Fold(t), costs);
            Assert.True(state.Spent.ToArray().Zip(budgets).All(pair => pair.First <= pair.Second));
            state.Update(arm, last, costs);
            earned += last;
        }

        Assert.Contains(true, state.Spent.ToArray().Zip(budgets).Select(pair => pair.First > pair.Second));
        Assert.Equal(earned - last, state.TotalReward);
        byte[] before = StateArchive.Save(state);
        Assert.Contains("were spent, the budget was", Assert.Throws<InvalidOperationException>(() => state.Choose()).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => state.Update(0, 1, costs));
        Assert.Equal(before, StateArchive.Save(state));

        // Time ends a run too, and its last play counts.
        BudgetedState timed = row.Policy.Start(4, budgets, 5, Key);
        Array.Clear(costs);
        for (int t = 0; t < 5; t++)
            timed.Update(timed.Choose(), 1, costs);
        Assert.True(timed.IsExhausted);
        Assert.Equal(5, timed.TotalReward);
        Assert.Contains("all 5 rounds are played", Assert.Throws<InvalidOperationException>(() => timed.Choose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PermutingTheArmsPermutesTheChoices(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        int[] permutation = [2, 0, 3, 1];
        if (!row.IsRandomised)
        {
            // Costs and rewards of an arm's n-th play don't depend on when it comes; ties go to fewer plays, so that all arms have the same number when the first bound tells them apart.
            BudgetedState plain = Start(row, 4), permuted = Start(row, 4);
            long[] plays = new long[4], playsPermuted = new long[4];
            double[] costs = new double[row.Resources];
            for (int t = 0; t < 3000; t++)
            {
                int arm = plain.Choose(), other = permuted.Choose();
                plays[arm]++;
                playsPermuted[permutation[other]]++;
                plain.Update(arm, Draw(arm, plain.Pulls[arm], costs), costs);
                permuted.Update(other, Draw(permutation[other], permuted.Pulls[other], costs), costs);
            }

            // The order within a tie differs, so that prices, which follow plays, differ by a few plays.
            for (int arm = 0; arm < 4; arm++)
                Assert.InRange(Math.Abs(plays[arm] - playsPermuted[arm]), 0, 30);
            Assert.True(plays.Max() > 2 * plays.Min(), string.Join(' ', plays));
            return;
        }

        // Otherwise mean plays agree within 4.5 standard errors of the difference (probability 7e-6 each under equality).
        const int runs = 200;
        BudgetedBernoulliBandit bandit = Bandit(row.Resources);
        double[,] counts = new double[4, runs], countsPermuted = new double[4, runs];
        BudgetedState state = Start(row, 4);
        for (int run = 0; run < runs; run++)
        {
            Play(Key.Fold(run), arm => arm, counts, run);
            Play(Key.Fold(runs + run), arm => permutation[arm], countsPermuted, run);
        }

        for (int arm = 0; arm < 4; arm++)
        {
            double[] a = [.. Enumerable.Range(0, runs).Select(run => counts[arm, run])], b = [.. Enumerable.Range(0, runs).Select(run => countsPermuted[arm, run])];
            double error = Math.Sqrt((Variance(a) + Variance(b)) / runs);
            Assert.True(Math.Abs(a.Average() - b.Average()) <= 4.5 * error, $"{name}: arm {arm} is played {a.Average()} times, permuted {b.Average()}, error {error}");
        }

        void Play(RandomKey key, Func<int, int> original, double[,] into, int run)
        {
            double[] costs = new double[row.Resources];
            state.Restart(key);
            for (int t = 0; t < 200; t++)
            {
                int arm = state.Choose();
                double reward = bandit.Play(original(arm), key.Fold("play").Fold(t), costs);
                state.Update(arm, reward, costs);
                into[original(arm), run]++;
            }
        }

        static double Variance(double[] values) => values.Sum(v => (v - values.Average()) * (v - values.Average())) / (values.Length - 1);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAndContinuedEqualsUninterruptedAndRestartedEqualsNew(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        BudgetedState whole = Start(row, 4), continued = Start(row, 4);
        Continue(whole, 0, 137);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;
        continued.Restart(Key.Fold(1));
        Continue(continued, 50, 99);
        continued.Load(stream);
        Assert.Equal(whole.Key, continued.Key);
        Continue(whole, 137, 600);
        Continue(continued, 137, 600);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));
        continued.Restart(Key);
        Assert.Equal(StateArchive.Save(Start(row, 4)), StateArchive.Save(continued));
        Continue(continued, 0, 600);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));
        stream.Position = 0;
        Assert.Throws<CheckpointException>(() => row.Policy.Start(4, [.. Enumerable.Repeat(7.0, row.Resources)], 5000, Key).Load(stream));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingIsPureAndNothingAllocates(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        BudgetedState state = row.Policy.Start(4, [.. Enumerable.Repeat(1e9, row.Resources)], 2_000_000_000, Key);
        for (int t = 0; t < 60; t++)
        {
            byte[] before = StateArchive.Save(state);
            int arm = state.Choose();
            Assert.Equal(arm, state.Choose());
            Assert.Equal(arm, state.Choose(state.Updates));
            Assert.Equal(before, StateArchive.Save(state));
            Continue(state, t, t + 1);
        }

        double[] costs = new double[row.Resources];
        int turn = 0;
        Promises.AllocatesNothing(() => { int arm = state.Choose(); state.Update(arm, Draw(arm, turn++, costs), costs); }, name);
        RandomKey key = Key;
        Promises.AllocatesNothing(() => state.Restart(key = key.Fold(1)), name + " restart");

        // Choices in flight at the beginning try every arm.
        Assert.Equal(4, Enumerable.Range(0, 40).Select(round => Start(row, 4).Choose(round)).Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BadPlaysThrowAndChangeNothing(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        BudgetedState state = Start(row, 2);
        double[] good = [.. Enumerable.Repeat(0.5, row.Resources)];
        state.Update(1, 0.5, good);
        byte[] before = StateArchive.Save(state);
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity, -0.1, 1.5])
        {
            Assert.Contains("reward", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, bad, good)).Message, StringComparison.Ordinal);
            Assert.Contains("costs", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(0, 0.5, [.. good[1..], bad])).Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => state.Update(0, 0.5, [.. good, 0.5]));
        Assert.Contains("arm is 2 but must be one of 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(2, 0.5, good)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(-1, 0.5, good));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Choose(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.MeanReward(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.MeanCost(0, row.Resources));
        Assert.Equal(before, StateArchive.Save(state));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.Policy.Start(0, good, 10, Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.Policy.Start(2, good, 0, Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.Policy.Start(2, [.. good[1..], 0], 10, Key));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSameKeyGivesTheSameBitsForAnyNumberOfWorkers(string name)
    {
        BudgetedRow row = BudgetedTable.Rows[name];
        var options = new SimulationOptions { Rounds = 200, Replications = 30, Key = Key };
        PolicyRegret one = Run(options), three = Run(options with { Workers = Workers.Threads(3) });
        Promises.SameBits(one.MeanRegret, three.MeanRegret, name);
        Promises.SameBits(one.StandardErrors, three.StandardErrors, name);
        Promises.SameBits(one.MeanPulls, three.MeanPulls, name);

        PolicyRegret Run(SimulationOptions o) => BanditSimulator.Run([row.Policy], Bandit(row.Resources), [.. Enumerable.Repeat(30.0, row.Resources)], o).Policies[0];
    }

    /// <summary>Four arms; with one resource the dearest has the best reward and the cheapest the best ratio, with two the best mixture takes two arms.</summary>
    private static BudgetedBernoulliBandit Bandit(int resources) => resources == 1
        ? new([0.8, 0.5, 0.4, 0.6], [0.9, 0.5, 0.2, 0.8])
        : new([0.8, 0.7, 0.5, 0.3], [0.9, 0.0, 0.0, 0.8, 0.5, 0.5, 0.4, 0.4]);

    private static BudgetedState Start(BudgetedRow row, int arms) => row.Policy.Start(arms, [.. Enumerable.Repeat(4000.0, row.Resources)], 5000, Key);

    private static void Continue(BudgetedState state, int from, int to)
    {
        double[] costs = new double[state.Resources];
        for (int t = from; t < to; t++)
        {
            int arm = state.Choose();
            double reward = Draw(arm, t, costs);
            state.Update(arm, reward, costs);
        }
    }

    private static double Draw(int arm, long turn, Span<double> costs)
    {
        RandomStream stream = Key.Fold("draw").Fold((turn * 64) + arm).Stream();
        foreach (ref double cost in costs)
            cost = (0.2 * (3 - arm)) + (0.3 * stream.NextDouble());
        return (0.1 * arm) + (0.5 * stream.NextDouble());
    }
}
