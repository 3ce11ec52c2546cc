using FsCheck;
using FsCheck.Fluent;
using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class ReplayBufferTests
{
    private const double Discount = 0.75;

    [Fact]
    public void Every_sample_is_the_one_of_a_plain_list() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int steps, int[] fates) = setup;
        ReplayBuffer<float, int> buffer = Create(rows * environments, steps, environments);
        var history = new History(environments);
        history.Play(fates, buffer.Add);

        Assert.Equal(history.Count, buffer.Added);
        Assert.Equal(Math.Min(history.Count, buffer.Capacity), buffer.Count);
        var batch = new ReplayBatch<float, int>(buffer.Count, 2, 1);
        for (int b = 0; b < batch.Size; b++)
            batch.Slots[b] = buffer.Slot(b);
        Assert.Equal(Enumerable.Range(0, buffer.Count), batch.Slots.Order());
        buffer.Gather(batch);
        for (int b = 0; b < batch.Size; b++)
        {
            History.Entry[] expected = [.. history.Rest(history.Count - buffer.Count + b).Take(steps)];
            Assert.Equal(expected[0].Observation, batch.Observations[(2 * b)..(2 * (b + 1))]);
            Assert.Equal(expected[0].Number, batch.Actions[b]);
            Assert.Equal(expected[^1].Next, batch.NextObservations[(2 * b)..(2 * (b + 1))]);

            // Quarters: every sum is exact.
            Assert.Equal((float)expected.Select((e, k) => Math.Pow(Discount, k) * e.Reward).Sum(), batch.Rewards[b]);
            Assert.Equal(expected[^1].Terminated ? 0 : (float)Math.Pow(Discount, expected.Length), batch.Discounts[b]);
            Assert.Equal(1, batch.Weights[b]);
        }
    }));

    [Fact]
    public void The_contents_can_be_read_row_by_row() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int steps, int[] fates) = setup;
        ReplayBuffer<float, int> buffer = Create(rows * environments, steps, environments);
        var history = new History(environments);
        history.Play(fates, buffer.Add);
        for (int index = 0; index < buffer.Count; index++)
        {
            int slot = buffer.Slot(index);
            History.Entry entry = history[history.Count - buffer.Count + index];
            Assert.Equal(entry.Observation, buffer.Observations.Slice(2 * slot, 2).ToArray());
            Assert.Equal(entry.Next, buffer.NextObservations.Slice(2 * slot, 2).ToArray());
            Assert.Equal((entry.Number, entry.Reward, entry.Terminated, entry.Truncated), (buffer.Actions[slot], buffer.Rewards[slot], buffer.Terminated[slot], buffer.Truncated[slot]));
            List<History.Entry> rest = history.Rest(entry.Number);
            Assert.Equal(rest.Count > 1 ? buffer.Slot(index + environments) : -1, buffer.Successor(slot));
        }
    }));

    [Fact]
    public void A_data_set_added_at_once_is_the_same_as_step_by_step() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int steps, int[] fates) = setup;
        ReplayBuffer<float, int> parts = Create(rows * environments, steps, environments), whole = Create(rows * environments, steps, environments);
        var history = new History(environments);
        history.Play(fates, parts.Add);
        history.Add(0, history.Count, whole.Add);
        Assert.Equal(StateArchive.Save(parts), StateArchive.Save(whole));
    }));

    [Fact]
    public void Every_slot_is_drawn_equally_often()
    {
        foreach (int played in (int[])[5, 30])
        {
            ReplayBuffer<float, int> buffer = Create(20, 1, 1);
            new History(1).Play([.. Enumerable.Repeat(5, played)], buffer.Add);
            int[] counts = new int[buffer.Count];
            var batch = new ReplayBatch<float, int>(100, 2, 1);
            for (int k = 0; k < 200; k++)
            {
                buffer.Sample(RandomKey.FromSeed(3).Fold(k), batch);
                foreach (int slot in batch.Slots)
                    counts[slot]++;
            }

            double expected = 20_000.0 / counts.Length, statistic = counts.Sum(c => (c - expected) * (c - expected) / expected);
            Assert.True(statistic < new ChiSquared(counts.Length - 1).SurvivalQuantile(1e-5), $"chi-square {statistic:f1} with {counts.Length - 1} degrees of freedom");
        }
    }

    [Fact]
    public void The_same_key_gives_the_same_batch_and_another_key_another()
    {
        ReplayBuffer<float, int> buffer = Create(50, 3, 2);
        new History(2).Play([.. Enumerable.Range(0, 80).Select(k => k % 7)], buffer.Add);
        var first = new ReplayBatch<float, int>(64, 2, 1);
        var second = new ReplayBatch<float, int>(64, 2, 1);
        buffer.Sample(RandomKey.FromSeed(1), first);
        buffer.Sample(RandomKey.FromSeed(1), second);
        Assert.Equal(first.Slots, second.Slots);
        Promises.SameBits(first.Rewards, second.Rewards, "rewards");
        Promises.SameBits(first.NextObservations, second.NextObservations, "next observations");
        buffer.Sample(RandomKey.FromSeed(2), second);
        Assert.NotEqual(first.Slots, second.Slots);
    }

    [Fact]
    public void Episodes_that_are_given_up_do_not_run_into_the_next_ones()
    {
        ReplayBuffer<float, int> buffer = Create(20, 5, 2);
        buffer.CutEpisodes();
        var history = new History(2);
        history.Play([5, 5, 5, 5], buffer.Add);
        buffer.CutEpisodes();
        history.Play([5, 5, 5, 5], buffer.Add);
        var batch = new ReplayBatch<float, int>(2, 2, 1);
        batch.Slots[0] = 0;
        batch.Slots[1] = 3;
        buffer.Gather(batch);
        Assert.Equal(history[2].Next, batch.NextObservations[..2]);
        Assert.Equal(history[3].Next, batch.NextObservations[2..]);
        Assert.Equal([(float)(Discount * Discount), (float)Discount], batch.Discounts);
    }

    [Fact]
    public void A_saved_and_loaded_buffer_goes_on_as_an_uninterrupted_one() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int steps, int[] fates) = setup;
        ReplayBuffer<float, int> whole = Create(rows * environments, steps, environments), resumed = Create(rows * environments, steps, environments);
        var history = new History(environments);
        history.Play(fates, whole.Add);

        // The one that is loaded into has a past of its own.
        new History(environments).Play([.. fates, .. fates], resumed.Add);
        StateArchive.Load(resumed, StateArchive.Save(whole));
        history.Play(fates, whole.Add);
        history.Add(fates.Length, fates.Length, resumed.Add);
        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));
    }));

    [Fact]
    public void A_buffer_of_another_shape_is_not_loaded()
    {
        ReplayBuffer<float, int> buffer = Create(20, 1, 2);
        new History(2).Play([5, 5], buffer.Add);
        Assert.Throws<CheckpointException>(() => StateArchive.Load(Create(22, 1, 2), StateArchive.Save(buffer)));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(Create(20, 1, 1), StateArchive.Save(buffer)));
    }

    [Fact]
    public void Adding_and_sampling_allocate_nothing()
    {
        ReplayBuffer<float, int> buffer = Create(40, 3, 2);
        var batch = new ReplayBatch<float, int>(32, 2, 1);
        float[] observations = new float[4];
        int[] actions = new int[2];
        double[] rewards = new double[2];
        bool[] flags = new bool[2];
        RandomKey key = RandomKey.FromSeed(1);
        Promises.AllocatesNothing(
            () =>
            {
                buffer.Add(new Transition<float, int> { Observations = observations, Actions = actions, Rewards = rewards, Terminated = flags, Truncated = flags, NextObservations = observations });
                buffer.Sample(key, batch);
            },
            "a replay buffer");
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Equal("Capacity", Assert.Throws<ArgumentOutOfRangeException>(() => new ReplayOptions { Capacity = 0 }).ParamName);
        Assert.Equal("Steps", Assert.Throws<ArgumentOutOfRangeException>(() => new ReplayOptions { Steps = 0 }).ParamName);
        Assert.Equal("Discount", Assert.Throws<ArgumentOutOfRangeException>(() => new ReplayOptions { Discount = 1.5 }).ParamName);
        Assert.Contains("3 environments", Assert.Throws<ArgumentException>(() => Create(2, 1, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ReplayBuffer<float, int>(new ReplayOptions(), 100_000, 1));
        Assert.Equal(9, Create(11, 1, 3).Capacity);

        ReplayBuffer<float, int> buffer = Create(10, 1, 2);
        var batch = new ReplayBatch<float, int>(4, 2, 1);
        Assert.Throws<InvalidOperationException>(() => buffer.Sample(RandomKey.FromSeed(1), batch));
        Assert.Contains("multiple of the 2", Assert.Throws<ArgumentException>(() => new History(1).Play([5], buffer.Add)).Message, StringComparison.Ordinal);
        Assert.Contains("NaN", Refused(rewards: [0, double.NaN]), StringComparison.Ordinal);
        Assert.Contains("1E+300", Refused(rewards: [0, 1e300]), StringComparison.Ordinal);
        Assert.Contains("Observations has 3", Refused(observations: new float[3]), StringComparison.Ordinal);
        Assert.Contains("Actions has 3", Refused(actions: new int[3]), StringComparison.Ordinal);
        Assert.Contains("Terminated has 1", Refused(terminated: new bool[1]), StringComparison.Ordinal);
        Assert.Contains("Truncated has 1", Refused(truncated: new bool[1]), StringComparison.Ordinal);
        Assert.Contains("NextObservations has 5", Refused(next: new float[5]), StringComparison.Ordinal);
        Assert.Equal(0, buffer.Count);

        new History(2).Play([5, 5], buffer.Add);
        Assert.Throws<ArgumentException>(() => buffer.Sample(RandomKey.FromSeed(1), new ReplayBatch<float, int>(4, 3, 1)));
        batch.Slots[2] = 2;
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Gather(batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Slot(2));

        string Refused(double[]? rewards = null, float[]? observations = null, int[]? actions = null, bool[]? terminated = null, bool[]? truncated = null, float[]? next = null) =>
            Assert.ThrowsAny<ArgumentException>(() => buffer.Add(new Transition<float, int>
            {
                Observations = observations ?? new float[4],
                Actions = actions ?? new int[2],
                Rewards = rewards ?? new double[2],
                Terminated = terminated ?? new bool[2],
                Truncated = truncated ?? new bool[2],
                NextObservations = next ?? new float[4],
            })).Message;
    }

    private static ReplayBuffer<float, int> Create(int capacity, int steps, int environments) =>
        new(new ReplayOptions { Capacity = capacity, Steps = steps, Discount = Discount }, 2, 1, environments);
}
