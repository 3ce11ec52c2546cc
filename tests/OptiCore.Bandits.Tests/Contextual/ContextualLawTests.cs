using System.Reflection;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The laws of every row of <see cref="ContextualPolicyTable"/>.</summary>
public class ContextualLawTests
{
    private const int Features = 4;

    private static readonly RandomKey Key = RandomKey.FromSeed(47);

    public static TheoryData<string> Names => ContextualPolicyTable.Names;

    [Fact]
    public void EveryContextualAlgorithmOfTheAssemblyHasARow()
    {
        var rows = ContextualPolicyTable.Rows.Values.Select(r => r.Policy.GetType()).ToHashSet();
        Type[] algorithms = [.. typeof(IContextualPolicy).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>() is not null && t.IsAssignableTo(typeof(IContextualPolicy)))];
        Assert.NotEmpty(algorithms);
        Assert.All(algorithms, type => Assert.Contains(type, rows));
        Assert.All(rows, type => Assert.Contains(type, algorithms));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void PermutingTheArmsPermutesScoresAndProbabilities(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        int[] permutation = [2, 0, 3, 1];
        ContextualState plain = row.Policy.Start(4, Features, Key), permuted = (row.Permuted ?? row.Policy).Start(4, Features, Key);
        for (int t = 0; t < 60; t++)
        {
            double[] context = Context(row, plain, t);
            int arm = t % 4;
            plain.Update(context, arm, Reward(arm, t));
            permuted.Update(Permute(plain, context), Array.IndexOf(permutation, arm), Reward(arm, t));
        }

        double[] scores = new double[4], others = new double[4], p = new double[4], q = new double[4];
        for (int t = 100; t < 110; t++)
        {
            double[] context = Context(row, plain, t);
            plain.Scores(context, scores);
            permuted.Scores(Permute(plain, context), others);
            plain.Probabilities(context, t, p);
            permuted.Probabilities(Permute(plain, context), t, q);
            for (int arm = 0; arm < 4; arm++)
            {
                Promises.Close(scores[permutation[arm]], others[arm], 1e-9, 1e-9, $"{name}: score {arm}");
                double expected = p[permutation[arm]], error = row.ProbabilityDraws == 0 ? 0 : 4.5 * Math.Sqrt(2 * expected * (1 - expected) / row.ProbabilityDraws);
                Promises.Close(expected, q[arm], 0, 1e-9 + error, $"{name}: probability {arm}");
            }
        }

        double[] Permute(ContextualState state, double[] context) =>
            state.HasActionFeatures ? [.. permutation.SelectMany(arm => context.Skip(arm * state.Features).Take(state.Features))] : context;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoicesHaveTheProbabilitiesThatAreSaid(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState state = row.Policy.Start(4, Features, Key);
        Play(row, state, 0, 24);
        const int Choices = 4000;
        double[] probabilities = new double[4];
        for (int trial = 0; trial < 3; trial++)
        {
            double[] context = Context(row, state, 1000 + trial);
            state.Probabilities(context, state.Updates, probabilities);
            Assert.Equal(1, probabilities.Sum(), 12);
            int[] counts = new int[4];
            for (int round = 0; round < Choices; round++)
                counts[state.Choose(context, state.Updates + round)]++;
            for (int arm = 0; arm < 4; arm++)
            {
                // 4.5 standard errors, probability 7e-6 each; a certain choice is certain. Where probabilities are frequencies themselves, that of the difference, with at least one draw.
                double p = probabilities[arm], draws = row.ProbabilityDraws;
                double error = draws == 0 ? 4.5 * Math.Sqrt(p * (1 - p) / Choices) : 4.5 * Math.Sqrt(Math.Max(p * (1 - p), 1 / draws) * ((1.0 / Choices) + (1 / draws)));
                Assert.True(Math.Abs((counts[arm] / (double)Choices) - p) <= error + 1e-12, $"{name}: arm {arm} was chosen {counts[arm]} times of {Choices}, its probability is said to be {p}");
            }
        }

        double[] last = Context(row, state, 2000);
        Assert.Throws<ArgumentException>(() => state.Probabilities(last, 0, new double[3]));
        Promises.AllocatesNothing(() => state.Probabilities(last, state.Updates, probabilities), name + " probabilities", warmUp: 40, measured: 5);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ArmsComeAndGo(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState state = row.Policy.Start(3, Features, Key);
        if (!state.CanChangeArms)
        {
            Assert.Throws<NotSupportedException>(() => state.AddArm());
            Assert.Throws<NotSupportedException>(() => state.RemoveArm(0));
            return;
        }

        Play(row, state, 0, 60);
        long[] pulls = state.Pulls.ToArray();
        double[] context = Context(row, state, 500), before = new double[3];
        state.Scores(context, before);
        Assert.Equal(3, state.AddArm());
        Assert.Equal(4, state.Arms);
        double[] grown = Context(row, state, 500), scores = new double[4];
        state.Scores(grown, scores);
        if (!row.IsAdvice && !row.CountsArms)
            Assert.Equal(before, scores[..3]);
        Assert.All(scores, score => Assert.False(double.IsNaN(score)));
        state.RemoveArm(1);
        Assert.Equal([pulls[0], pulls[2], 0L], state.Pulls.ToArray());

        // What remains works on: the new arm is played and learnt like the others.
        Play(row, state, 60, 400);
        Assert.Equal(pulls[0] + pulls[2] + 340, state.Pulls[0] + state.Pulls[1] + state.Pulls[2]);
        Assert.True(state.Pulls[2] > 0, $"{name}: the new arm is never played");
        Assert.Throws<ArgumentOutOfRangeException>(() => state.RemoveArm(3));
        state.RemoveArm(0);
        state.RemoveArm(1);
        Assert.Equal(0, state.Choose(Context(row, state, 501)));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.RemoveArm(0));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void MergedEqualsSequential(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState all = row.Policy.Start(3, Features, Key), first = row.Policy.Start(3, Features, Key), second = row.Policy.Start(3, Features, Key.Fold(1));
        if (!all.CanMerge)
        {
            Assert.Throws<NotSupportedException>(() => first.Merge(second));
            return;
        }

        for (int t = 0; t < 200; t++)
        {
            // The second state never plays arm 0.
            int arm = t < 110 ? t % 3 : 1 + (t % 2);
            double[] context = Context(row, all, t);
            all.Update(context, arm, Reward(arm, t));
            (t < 110 ? first : second).Update(context, arm, Reward(arm, t));
        }

        first.Merge(second);
        Assert.Equal(all.Updates, first.Updates);
        Assert.Equal(all.Pulls.ToArray(), first.Pulls.ToArray());
        double[] expected = new double[3], actual = new double[3];
        for (int t = 300; t < 310; t++)
        {
            double[] context = Context(row, all, t);
            all.Scores(context, expected);
            first.Scores(context, actual);
            for (int arm = 0; arm < 3; arm++)
                Promises.Close(expected[arm], actual[arm], 1e-10, 1e-10, $"{name}: score {arm}");
        }

        Play(row, first, 400, 420);
        Assert.Throws<ArgumentException>(() => first.Merge(row.Policy.Start(4, Features, Key)));
        Assert.Throws<ArgumentException>(() => first.Merge(row.Policy.Start(3, Features + 1, Key)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAndContinuedEqualsUninterrupted(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState whole = row.Policy.Start(3, Features, Key);
        Play(row, whole, 0, 150);
        using var stream = new MemoryStream();
        whole.Save(stream);
        stream.Position = 0;

        // Another key and another history: the checkpoint replaces both.
        ContextualState continued = row.Policy.Start(3, Features, Key.Fold(1));
        Play(row, continued, 50, 99);
        continued.Load(stream);
        Assert.Equal(whole.Key, continued.Key);

        Play(row, whole, 150, 350);
        Play(row, continued, 150, 350);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(continued));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void RestartedEqualsNew(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState used = row.Policy.Start(3, Features, Key.Fold(9));
        Play(row, used, 0, 90);
        used.Restart(Key);
        ContextualState fresh = row.Policy.Start(3, Features, Key);
        Assert.Equal(StateArchive.Save(fresh), StateArchive.Save(used));
        Assert.Equal(0, used.Updates);
        Play(row, used, 0, 50);
        Play(row, fresh, 0, 50);
        Assert.Equal(StateArchive.Save(fresh), StateArchive.Save(used));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingAndUpdatingAllocateNothing(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState state = row.Policy.Start(4, Features, Key);
        double[][] contexts = [.. Enumerable.Range(0, 7).Select(t => Context(row, state, t))];
        double[] scores = new double[4];
        int t = 0;
        Promises.AllocatesNothing(
            () =>
            {
                double[] context = contexts[t++ % contexts.Length];
                int arm = state.Choose(context);
                state.Update(context, arm, 0.25 * (1 + (t % 3)));
                state.Scores(context, scores);
            },
            name);
        RandomKey key = Key;
        Promises.AllocatesNothing(() => state.Restart(key = key.Fold(1)), name + " restart");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ChoosingTwiceGivesTheSameArm(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState state = row.Policy.Start(4, Features, Key);
        double[] probabilities = new double[4];
        for (int t = 0; t < 100; t++)
        {
            byte[] before = StateArchive.Save(state);
            double[] context = Context(row, state, t);
            int arm = state.Choose(context);
            state.Probabilities(context, t, probabilities);
            state.Scores(context, probabilities);
            Assert.Equal(arm, state.Choose(context));
            Assert.Equal(arm, state.Choose(context, state.Updates));
            Assert.Equal(before, StateArchive.Save(state));
            state.Update(context, arm, Reward(arm, t));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void TheSameKeyGivesTheSameBitsForAnyNumberOfWorkers(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        if (row.IsAdvice)
            return;
        ContextualState probe = row.Policy.Start(3, Features, Key);
        ModelSharing sharing = probe.HasActionFeatures ? ModelSharing.Shared : ModelSharing.Disjoint;
        double[] coefficients = [.. Enumerable.Range(0, sharing == ModelSharing.Shared ? Features : 3 * Features).Select(i => Math.Sin(i))];
        var bandit = new NonlinearContextualBandit(RewardFunction.Logistic, sharing, 3, Features, coefficients, 0);
        var options = new SimulationOptions { Rounds = 60, Replications = 20, Key = Key };
        PolicyRegret one = Run(options), three = Run(options with { Workers = Workers.Threads(3) });
        Promises.SameBits(one.MeanRegret, three.MeanRegret, name);
        Promises.SameBits(one.StandardErrors, three.StandardErrors, name);
        Promises.SameBits(one.MeanPulls, three.MeanPulls, name);

        PolicyRegret Run(SimulationOptions o) => BanditSimulator.Run([row.Policy], bandit, o).Policies[0];
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void BadContextsRewardsAndArmsThrowAndChangeNothing(string name)
    {
        ContextualRow row = ContextualPolicyTable.Rows[name];
        ContextualState state = row.Policy.Start(2, Features, Key);
        double[] good = Context(row, state, 0);
        state.Update(good, 1, 0.5);
        byte[] before = StateArchive.Save(state);
        foreach (double reward in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            Assert.Contains($"reward is {reward} but must", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(good, 0, reward)).Message, StringComparison.Ordinal);
        if (state.Rewards == RewardRange.Unit)
            Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(good, 0, 1.5));
        foreach (int arm in (int[])[-1, 2])
            Assert.Contains($"arm is {arm} but must be one of 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => state.Update(good, arm, 0.5)).Message, StringComparison.Ordinal);

        double[] scores = new double[2];
        foreach (double bad in (double[])[double.NaN, double.PositiveInfinity])
        {
            double[] context = [.. good];
            context[^1] = bad;
            foreach (Action use in (Action[])[() => state.Choose(context), () => state.Update(context, 0, 0.5), () => state.Scores(context, scores), () => state.Probabilities(context, 1, scores)])
                Assert.Contains($"context[{context.Length - 1}] is {bad} but must be finite", Assert.Throws<ArgumentException>(use).Message, StringComparison.Ordinal);
        }

        double[] huge = [.. good];
        huge[^1] = 1e200;
        Assert.Throws<ArgumentException>(() => state.Update(huge, 0, 0.5));
        Assert.Contains($"context has {good.Length - 1} numbers", Assert.Throws<ArgumentException>(() => state.Choose(good.AsSpan(1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => state.Update(good.AsSpan(1), 0, 0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => state.Choose(good, -1));
        Assert.Throws<ArgumentException>(() => state.Scores(good, new double[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.Policy.Start(0, Features, Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.Policy.Start(2, 0, Key));
        Assert.Equal(before, StateArchive.Save(state));
    }

    private static void Play(ContextualRow row, ContextualState state, int from, int to)
    {
        for (int t = from; t < to; t++)
        {
            double[] context = Context(row, state, t);
            int arm = state.Choose(context);
            state.Update(context, arm, Reward(arm, t));
        }
    }

    /// <summary>A context that depends on the turn and, for features of arms, on the arm alone.</summary>
    private static double[] Context(ContextualRow row, ContextualState state, int turn)
    {
        double[] context = new double[state.ContextLength];
        for (int block = 0; block < context.Length / state.Features; block++)
        {
            RandomStream stream = Key.Fold("contexts").Fold(turn).Fold(block).Stream();
            for (int i = 0; i < state.Features; i++)
                context[(block * state.Features) + i] = row.IsAdvice ? stream.NextOpenDouble() : (2 * stream.NextOpenDouble()) - 1;
        }

        for (int expert = 0; row.IsAdvice && expert < state.Features; expert++)
        {
            double sum = 0;
            for (int arm = 0; arm < state.Arms; arm++)
                sum += context[(arm * state.Features) + expert];
            for (int arm = 0; arm < state.Arms; arm++)
                context[(arm * state.Features) + expert] /= sum;
        }

        return context;
    }

    /// <summary>A number of (0, 1) that no other arm and turn share.</summary>
    private static double Reward(int arm, int turn)
    {
        RandomStream stream = Key.Fold("rewards").Fold((turn * 64) + arm).Stream();
        return (0.1 * arm) + (0.6 * stream.NextOpenDouble());
    }
}
