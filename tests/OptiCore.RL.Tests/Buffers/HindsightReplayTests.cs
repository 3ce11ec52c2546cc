using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class HindsightReplayTests
{
    // Of a History's observation the first number is the achieved goal and the second the desired one.
    private static readonly HindsightOptions Layout = new() { AchievedGoal = 0, DesiredGoal = 1, GoalLength = 1 };

    // Twelve steps of two environments in a ring of ten: episodes that ended by either flag, one that lost its beginning, two that run.
    private static readonly int[] Fates = [5, 5, 5, 5, 5, 0, 5, 5, 5, 5, 1, 5, 5, 5, 5, 2, 5, 5, 5, 5, 0, 5, 5, 5];

    [Theory]
    [InlineData(HindsightStrategy.Future)]
    [InlineData(HindsightStrategy.Final)]
    [InlineData(HindsightStrategy.Episode)]
    [InlineData(HindsightStrategy.Random)]
    public void Goals_are_drawn_as_the_strategy_says(HindsightStrategy strategy)
    {
        HindsightReplay<float, int> replay = Create(Layout with { Strategy = strategy, GoalsPerTransition = 9 }, out History history, out _);
        int oldest = history.Count - replay.Buffer.Count;
        var expected = new Dictionary<(int, int), double>();
        for (int number = oldest; number < history.Count; number++)
        {
            int[] goals = strategy switch
            {
                HindsightStrategy.Future => [.. history.Rest(number).Select(e => e.Number)],
                HindsightStrategy.Final => [history.Rest(number)[^1].Number],
                HindsightStrategy.Episode => [.. history.Before(number).Concat(history.Rest(number)).Select(e => e.Number).Where(k => k >= oldest)],
                _ => [.. Enumerable.Range(oldest, replay.Buffer.Count)],
            };
            foreach (int goal in goals)
                expected[(number, goal)] = 900.0 * 100 / replay.Buffer.Count / goals.Length;
        }

        var counts = new Dictionary<(int, int), int>();
        var batch = new ReplayBatch<float, int>(1000, 2, 1);
        for (int k = 0; k < 100; k++)
        {
            replay.Sample(RandomKey.FromSeed(7).Fold(k), batch);
            for (int b = 0; b < 900; b++)
            {
                // The goal of step m is 2 m + 1/2.
                Assert.Equal(batch.Observations[(2 * b) + 1], batch.NextObservations[(2 * b) + 1]);
                (int, int) pair = (batch.Actions[b], (int)(batch.Observations[(2 * b) + 1] / 2));
                counts[pair] = counts.GetValueOrDefault(pair) + 1;
            }
        }

        Assert.Empty(counts.Keys.Except(expected.Keys));
        double statistic = expected.Sum(e => (counts.GetValueOrDefault(e.Key) - e.Value) * (counts.GetValueOrDefault(e.Key) - e.Value) / e.Value);
        Assert.True(statistic < new ChiSquared(expected.Count - 1).SurvivalQuantile(1e-5), $"chi-square {statistic:f1} with {expected.Count - 1} degrees of freedom");
    }

    [Fact]
    public void Relabelled_rows_are_judged_anew_and_the_others_are_left_alone()
    {
        HindsightReplay<float, int> replay = Create(Layout, out History history, out Distance reward);
        var batch = new ReplayBatch<float, int>(64, 2, 1);
        replay.Sample(RandomKey.FromSeed(1), batch);
        Assert.Equal(51, replay.Relabelled(64));
        Assert.Equal((1, 51), (reward.Calls, reward.Rows));
        for (int b = 0; b < 64; b++)
        {
            History.Entry entry = history[batch.Actions[b]];
            Assert.Equal(entry.Observation[0], batch.Observations[2 * b]);
            Assert.Equal(entry.Next[0], batch.NextObservations[2 * b]);
            if (b >= 51)
            {
                Assert.Equal(entry.Observation[1], batch.Observations[(2 * b) + 1]);
                Assert.Equal(entry.Next[1], batch.NextObservations[(2 * b) + 1]);
                Assert.Equal((entry.Reward, entry.Terminated ? 0 : 0.75f), (batch.Rewards[b], batch.Discounts[b]));
                continue;
            }

            // The end of the old goal counts no more; reaching the new one does.
            float distance = MathF.Abs(batch.NextObservations[2 * b] - batch.NextObservations[(2 * b) + 1]);
            Assert.Equal((-distance, distance == 0 ? 0 : 0.75f), (batch.Rewards[b], batch.Discounts[b]));
        }

        Assert.Contains(batch.Rewards[..51], r => r == 0);
        Assert.Contains(batch.Rewards[..51], r => r < 0);
    }

    [Fact]
    public void Without_relabelling_it_is_the_memory_below()
    {
        HindsightReplay<float, int> replay = Create(Layout with { GoalsPerTransition = 0 }, out _, out Distance reward);
        var batch = new ReplayBatch<float, int>(64, 2, 1);
        var expected = new ReplayBatch<float, int>(64, 2, 1);
        replay.Sample(RandomKey.FromSeed(1), batch);
        batch.Slots.CopyTo(expected.Slots, 0);
        replay.Buffer.Gather(expected);
        Assert.Equal(expected.Observations, batch.Observations);
        Assert.Equal(expected.Rewards, batch.Rewards);
        Assert.Equal(0, reward.Calls);
    }

    [Fact]
    public void Priorities_go_to_the_memory_below()
    {
        var buffer = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 20 }, 2, 1);
        var prioritized = new PrioritizedReplay<float, int>(new PrioritizedReplayOptions(), buffer);
        var replay = new HindsightReplay<float, int>(Layout, new Distance(), prioritized);
        new History(1).Play([.. Enumerable.Repeat(5, 20)], replay.Add);
        double before = prioritized.Probability(3);
        replay.UpdatePriorities([3], [1000]);
        Assert.True(prioritized.Probability(3) > 10 * before);
        var batch = new ReplayBatch<float, int>(64, 2, 1);
        replay.Sample(RandomKey.FromSeed(1), batch);
        Assert.Contains(batch.Weights, w => w < 1);
    }

    [Fact]
    public void The_same_key_gives_the_same_bits_also_after_loading()
    {
        HindsightReplay<float, int> whole = Create(Layout, out History history, out _), resumed = Create(Layout, out _, out _);
        new History(2).Play([5, 0, 5, 5], resumed.Add);
        StateArchive.Load(resumed, StateArchive.Save(whole));
        history.Play([5, 5, 1, 5], whole.Add);
        history.Add(Fates.Length, 2, resumed.Add);
        history.Add(Fates.Length + 2, 2, resumed.Add);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));
        var expected = new ReplayBatch<float, int>(64, 2, 1);
        var actual = new ReplayBatch<float, int>(64, 2, 1);
        whole.Sample(RandomKey.FromSeed(1), expected);
        resumed.Sample(RandomKey.FromSeed(1), actual);
        Promises.SameBits(expected.Observations, actual.Observations, "observations");
        Promises.SameBits(expected.Rewards, actual.Rewards, "rewards");
        resumed.Sample(RandomKey.FromSeed(2), actual);
        Assert.NotEqual(expected.Observations, actual.Observations);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        HindsightReplay<float, int> replay = Create(Layout, out _, out _);
        var batch = new ReplayBatch<float, int>(64, 2, 1);
        float[] observations = new float[4];
        int[] actions = new int[2];
        double[] rewards = new double[2];
        bool[] flags = [true, false];
        Promises.AllocatesNothing(
            () =>
            {
                replay.Add(new Transition<float, int> { Observations = observations, Actions = actions, Rewards = rewards, Terminated = flags, Truncated = flags, NextObservations = observations });
                replay.Sample(RandomKey.FromSeed(1), batch);
            },
            "hindsight replay");
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Equal("AchievedGoal", Assert.Throws<ArgumentOutOfRangeException>(() => Layout with { AchievedGoal = -1 }).ParamName);
        Assert.Equal("DesiredGoal", Assert.Throws<ArgumentOutOfRangeException>(() => Layout with { DesiredGoal = -1 }).ParamName);
        Assert.Equal("GoalLength", Assert.Throws<ArgumentOutOfRangeException>(() => Layout with { GoalLength = 0 }).ParamName);
        Assert.Equal("Strategy", Assert.Throws<ArgumentOutOfRangeException>(() => Layout with { Strategy = (HindsightStrategy)7 }).ParamName);
        Assert.Equal("GoalsPerTransition", Assert.Throws<ArgumentOutOfRangeException>(() => Layout with { GoalsPerTransition = double.NaN }).ParamName);
        var buffer = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 20 }, 2, 1);
        Assert.Throws<ArgumentException>(() => new HindsightReplay<float, int>(Layout with { DesiredGoal = 2 }, new Distance(), buffer));
        Assert.Throws<ArgumentException>(() => new HindsightReplay<float, int>(Layout with { AchievedGoal = 1 }, new Distance(), buffer));
        var longer = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 20, Steps = 2 }, 2, 1);
        Assert.Contains("Steps", Assert.Throws<ArgumentException>(() => new HindsightReplay<float, int>(Layout, new Distance(), longer)).Message, StringComparison.Ordinal);
        var replay = new HindsightReplay<float, int>(Layout, new Distance(), buffer);
        Assert.Throws<InvalidOperationException>(() => replay.Sample(RandomKey.FromSeed(1), new ReplayBatch<float, int>(4, 2, 1)));
    }

    private static HindsightReplay<float, int> Create(HindsightOptions options, out History history, out Distance reward)
    {
        reward = new Distance();
        var replay = new HindsightReplay<float, int>(options, reward, new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 20, Discount = 0.75 }, 2, 1, 2));
        history = new History(2);
        history.Play(Fates, replay.Add);
        return replay;
    }

    /// <summary>Minus the distance to the goal, at which the task ends.</summary>
    private sealed class Distance : IGoalReward<float, int>
    {
        public int Calls { get; private set; }

        public int Rows { get; private set; }

        public void Judge(in GoalTransitions<float, int> transitions)
        {
            Calls++;
            Rows = transitions.Count;
            for (int k = 0; k < transitions.Count; k++)
            {
                transitions.Rewards[k] = -MathF.Abs(transitions.Achieved(k)[0] - transitions.Desired(k)[0]);
                transitions.Terminated[k] = transitions.Rewards[k] == 0;
            }
        }
    }
}
