using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The laws of every row of <see cref="DuelingTable"/>.</summary>
public class DuelingLawTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(101);

    public static TheoryData<string> Names => DuelingTable.Names;

    [Fact]
    public void EveryDuelingPolicyOfTheAssemblyHasARow()
    {
        Type[] algorithms = [.. typeof(IDuelingPolicy).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.IsAssignableTo(typeof(IDuelingPolicy)))];
        Assert.Equal(algorithms.ToHashSet(), DuelingTable.Rows.Values.Select(r => r.Policy.GetType()).ToHashSet());
        Assert.NotEmpty(algorithms);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RegretIsSublinearWhereAnArmBeatsEveryOther(string name)
    {
        // In order by strength, and with a circle below the best arm. Uniform pairs lose the mean gap a round.
        PreferenceMatrix[] bandits =
        [
            PreferenceMatrix.BradleyTerry(3, 1, 0.8, 0.5, 0.3),
            new(4, [0.5, 0.7, 0.7, 0.7, 0.3, 0.5, 0.9, 0.1, 0.3, 0.1, 0.5, 0.9, 0.3, 0.9, 0.1, 0.5]),
        ];
        foreach (PreferenceMatrix bandit in bandits)
        {
            Assert.Equal(0, bandit.CondorcetWinner);
            PolicyRegret regret = Simulate(name, bandit, 4000);
            double first = regret.MeanRegret[0], second = regret.MeanRegret[1] - first, uniform = Enumerable.Range(0, bandit.Arms).Average(bandit.Gap);
            Assert.True(second < 0.5 * first, $"{name}: regret {first:f2} in the first half, {second:f2} in the second");
            Assert.True(regret.MeanRegret[1] < 0.25 * 4000 * uniform, $"{name}: regret {regret.MeanRegret[1]:f2}, uniform pairs lose {4000 * uniform:f2}");

            // Whoever doesn't know the preferences pays for finding out.
            Assert.True(regret.MeanRegret[1] > 0.2 * bandit.LowerBoundConstant * Math.Log(4000), $"{name}: regret {regret.MeanRegret[1]:f2} is too good to be true");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void WithoutAnArmThatBeatsEveryOtherOnlyTheCopelandWinnersAreFound(string name)
    {
        // Arms 0, 1, 2 in a circle, each beaten by one of the others and beating arms 3 and 4.
        PreferenceMatrix bandit = new(
            5,
            [
                0.5, 0.7, 0.3, 0.8, 0.8,
                0.3, 0.5, 0.7, 0.8, 0.8,
                0.7, 0.3, 0.5, 0.8, 0.8,
                0.2, 0.2, 0.2, 0.5, 0.6,
                0.2, 0.2, 0.2, 0.4, 0.5,
            ]);
        Assert.Equal(DuelBenchmark.Copeland, bandit.Benchmark);
        PolicyRegret regret = Simulate(name, bandit, 4000);
        double first = regret.MeanRegret[0], second = regret.MeanRegret[1] - first;
        if (DuelingTable.Rows[name].LearnsCopeland)
            Assert.True(second < 0.5 * first, $"{name}: regret {first:f2} in the first half, {second:f2} in the second");
        else
            Assert.True(second > 0.8 * first, $"{name}: regret {first:f2} in the first half, {second:f2} in the second: the documentation says that it fails here");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PermutingTheArmsPermutesTheChoices(string name)
    {
        // Mean appearances agree within 4.5 standard errors of the difference (probability 7e-6 each under equality).
        const int runs = 200, rounds = 300;
        int[] permutation = [2, 0, 3, 1];
        double[] strengths = [0.3, 1, 1.5, 4];
        PreferenceMatrix plain = PreferenceMatrix.BradleyTerry(strengths), permuted = PreferenceMatrix.BradleyTerry([.. permutation.Select(i => strengths[i])]);
        double[,] counts = new double[4, runs], countsPermuted = new double[4, runs];
        DuelingState state = DuelingTable.Rows[name].Policy.Start(4, Key);
        for (int run = 0; run < runs; run++)
        {
            Play(state, Key.Fold(run), plain, rounds);
            for (int arm = 0; arm < 4; arm++)
                counts[arm, run] = state.Appearances[arm];
            Play(state, Key.Fold(runs + run), permuted, rounds);
            for (int arm = 0; arm < 4; arm++)
                countsPermuted[permutation[arm], run] = state.Appearances[arm];
        }

        for (int arm = 0; arm < 4; arm++)
        {
            (double a, double sa) = Summary(counts, arm);
            (double b, double sb) = Summary(countsPermuted, arm);
            Assert.True(Math.Abs(a - b) <= 4.5 * Math.Sqrt((sa * sa) + (sb * sb)), $"{name}: arm {arm} appears {a} +- {sa} times, permuted {b} +- {sb}");
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
    public void SavedAndContinuedEqualsUninterrupted(string name)
    {
        IDuelingPolicy policy = DuelingTable.Rows[name].Policy;
        PreferenceMatrix bandit = PreferenceMatrix.BradleyTerry(2, 1.8, 1, 0.9, 0.5);
        DuelingState whole = policy.Start(5, Key), continued = policy.Start(5, Key.Fold(1));
        Continue(whole, bandit, 0, 137);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;

        // Another key and another history: the checkpoint replaces both.
        Continue(continued, bandit, 50, 99);
        continued.Load(stream);
        Assert.Equal(whole.Key, continued.Key);
        for (int round = 0; round < 40; round++)
            Assert.Equal(whole.Choose(137 + round), continued.Choose(137 + round));
        Continue(whole, bandit, 137, 500);
        Continue(continued, bandit, 137, 500);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));
        Assert.Equal(0, whole.Champion);
        stream.Position = 0;
        Assert.Throws<CheckpointException>(() => policy.Start(4, Key).Load(stream));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RestartedEqualsNewAndMergedEqualsSequential(string name)
    {
        IDuelingPolicy policy = DuelingTable.Rows[name].Policy;
        PreferenceMatrix bandit = PreferenceMatrix.BradleyTerry(3, 1, 0.5);
        DuelingState used = policy.Start(3, Key.Fold(9)), fresh = policy.Start(3, Key);
        Continue(used, bandit, 0, 80);
        used.Restart(Key);
        Assert.Equal(StateArchive.Save(fresh), StateArchive.Save(used));
        Continue(fresh, bandit, 0, 100);
        Continue(used, bandit, 0, 100);
        Assert.Equal(StateArchive.Save(fresh), StateArchive.Save(used));

        // The same duels in one state and in two. Arm 0 wins nearly all, so that it alone is left at the end whatever the order.
        DuelingState all = policy.Start(3, Key), first = policy.Start(3, Key), second = policy.Start(3, Key.Fold(1));
        for (int t = 0; t < 300; t++)
        {
            var duel = new Duel(t % 3, (t + 1) % 3);
            int winner = t % 10 != 0 && (duel.First == 0 || duel.Second == 0) ? 0 : duel.First;
            all.Update(duel, winner);
            (t < 200 ? first : second).Update(duel, winner);
        }

        first.Merge(second);
        Assert.Equal(all.Updates, first.Updates);
        Assert.Equal(all.Appearances.ToArray(), first.Appearances.ToArray());
        for (int round = 0; round < 50; round++)
            Assert.Equal(all.Choose(300 + round), first.Choose(300 + round));
        Assert.Throws<ArgumentException>(() => first.Merge(policy.Start(4, Key)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingIsPureAndNothingAllocates(string name)
    {
        PreferenceMatrix bandit = PreferenceMatrix.BradleyTerry(2, 1.5, 1, 0.5);
        DuelingState state = DuelingTable.Rows[name].Policy.Start(4, Key);
        for (int t = 0; t < 100; t++)
        {
            byte[] before = StateArchive.Save(state);
            Duel duel = state.Choose();
            Assert.Equal(duel, state.Choose());
            Assert.Equal(duel, state.Choose(state.Updates));
            Assert.Equal(before, StateArchive.Save(state));
            state.Update(duel, bandit.Winner(duel, Key.Fold(t)));
        }

        int round = 0;
        Promises.AllocatesNothing(
            () =>
            {
                Duel duel = state.Choose();
                state.Update(duel, bandit.Winner(duel, Key.Fold(round++)));
            },
            name);
        RandomKey key = Key;
        Promises.AllocatesNothing(() => state.Restart(key = key.Fold(1)), name + " restart");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoicesInFlightDiffer(string name)
    {
        DuelingState state = DuelingTable.Rows[name].Policy.Start(4, Key);
        Assert.True(Enumerable.Range(0, 16).Select(round => state.Choose(round)).Distinct().Count() >= 4);
        Assert.Equal(new Duel(0, 0), DuelingTable.Rows[name].Policy.Start(1, Key).Choose());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BadDuelsThrowAndChangeNothing(string name)
    {
        DuelingState state = DuelingTable.Rows[name].Policy.Start(3, Key);
        state.Update(new Duel(0, 1), 1);
        byte[] before = StateArchive.Save(state);
        Assert.Contains("duel has arm 3 but arms must be one of 0 to 2", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(new Duel(0, 3), 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(new Duel(-1, 2), 2));
        Assert.Contains("winner is 2 but must be one of the pair, 0 or 1", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(new Duel(0, 1), 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(new Duel(0, 1), -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Choose(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Wins(0, 3));
        Assert.Throws<ArgumentNullException>(() => state.Merge(null!));
        Assert.Throws<ArgumentOutOfRangeException>(() => DuelingTable.Rows[name].Policy.Start(0, Key));
        Assert.Equal(before, StateArchive.Save(state));
        Assert.Equal([1L, 1L, 0L], state.Appearances.ToArray());
        Assert.Equal(1, state.Wins(1, 0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSameKeyGivesTheSameBitsForAnyNumberOfWorkers(string name)
    {
        IDuelingPolicy policy = DuelingTable.Rows[name].Policy;
        var options = new SimulationOptions { Rounds = 200, Replications = 30, Key = Key };
        PolicyRegret one = Run(options), three = Run(options with { Workers = Workers.Threads(3) });
        Promises.SameBits(one.MeanRegret, three.MeanRegret, name);
        Promises.SameBits(one.StandardErrors, three.StandardErrors, name);
        Promises.SameBits(one.MeanPulls, three.MeanPulls, name);
        Assert.Equal(400, one.MeanPulls.ToArray().Sum(), 9);

        PolicyRegret Run(SimulationOptions o) => BanditSimulator.Run([policy], PreferenceMatrix.BradleyTerry(2, 1, 0.5), DuelRegret.Strong, o).Policies[0];
    }

    internal static void Play(DuelingState state, RandomKey key, PreferenceMatrix bandit, int rounds)
    {
        state.Restart(key.Fold("policy"));
        for (int t = 0; t < rounds; t++)
        {
            Duel duel = state.Choose();
            state.Update(duel, bandit.Winner(duel, key.Fold("winners").Fold(t)));
        }
    }

    private static PolicyRegret Simulate(string name, PreferenceMatrix bandit, int rounds) => BanditSimulator.Run([DuelingTable.Rows[name].Policy], bandit, options: new SimulationOptions
    {
        Rounds = rounds,
        Replications = 20,
        Checkpoints = [rounds / 2, rounds],
        Key = Key,
        Workers = Workers.Threads(2),
    }).Policies[0];

    private static void Continue(DuelingState state, PreferenceMatrix bandit, int from, int to)
    {
        for (int t = from; t < to; t++)
        {
            Duel duel = state.Choose();
            state.Update(duel, bandit.Winner(duel, Key.Fold("continued").Fold(t)));
        }
    }
}
