using FsCheck;
using FsCheck.Fluent;
using OptiCore.Distributions;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class PrioritizedReplayTests
{
    [Fact]
    public void A_sum_tree_finds_what_a_running_sum_finds() => Forall.Check(Prop.ForAll(
        Gen.Choose(0, 8).Select(k => Math.Max(k - 2, 0)).ArrayOf().Where(w => w.Sum() > 0).ToArbitrary(),
        weights =>
        {
            // Small integers: every sum is exact.
            var tree = new SumTree(weights.Length);
            for (int i = 0; i < weights.Length; i++)
                tree[i] = weights[i];
            Assert.Equal(weights.Sum(), tree.Total);
            int[] owners = [.. weights.SelectMany((w, i) => Enumerable.Repeat(i, w))];
            for (int mass = 0; mass < owners.Length; mass++)
            {
                Assert.Equal(owners[mass], tree.Find(mass));
                Assert.Equal(owners[mass], tree.Find(Math.BitDecrement(mass + 1.0)));
            }

            Assert.Equal(owners[0], tree.Find(-1));
            Assert.Equal(owners[^1], tree.Find(tree.Total));
        }));

    [Fact]
    public void A_sum_tree_forgets_its_history()
    {
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        var used = new SumTree(1000);
        var fresh = new SumTree(1000);
        for (int k = 0; k < 100_000; k++)
            used[stream.NextInt32(1000)] = Math.Exp(40 * (stream.NextDouble() - 0.5));
        double[] last = new double[1000];
        for (int i = 0; i < 1000; i++)
            used[i] = last[i] = i % 3 == 0 ? 0 : stream.NextDouble();
        for (int i = 999; i >= 0; i--)
            fresh[i] = last[i];
        Promises.SameBits([fresh.Total], [used.Total], "total");
        Promises.Close(last.Sum(), used.Total, 1e-14, 0, "total");

        // Whatever the rounding, a weight of 0 is never found.
        for (int k = 0; k < 10_000; k++)
            Assert.NotEqual(0, used.Find(used.Total * k / 10_000.0) % 3);
        var loaded = new SumTree(1000);
        StateArchive.Load(loaded, StateArchive.Save(used));
        Promises.SameBits([used.Total], [loaded.Total], "loaded total");
    }

    [Fact]
    public void Transitions_are_drawn_in_proportion_to_their_priorities()
    {
        PrioritizedReplay<float, int> replay = Filled(20, 25, out _, 0.7);
        float[] errors = [.. Enumerable.Range(0, 20).Select(k => (k - 8) / 4f)];
        replay.UpdatePriorities([.. Enumerable.Range(0, 20)], errors);
        double[] weights = [.. errors.Select(e => Math.Pow(Math.Abs((double)e) + 1e-2, 0.7))];
        double total = weights.Sum();
        for (int slot = 0; slot < 20; slot++)
            Promises.Close(weights[slot] / total, replay.Probability(slot), 1e-13, 0, $"probability {slot}");

        // One at a time, so that draws are independent.
        var batch = new ReplayBatch<float, int>(1, 2, 1);
        int[] counts = new int[20];
        for (int k = 0; k < 40_000; k++)
        {
            replay.Sample(RandomKey.FromSeed(2).Fold(k), batch);
            counts[batch.Slots[0]]++;
        }

        double statistic = 0;
        for (int slot = 0; slot < 20; slot++)
        {
            double expected = 40_000 * weights[slot] / total;
            statistic += (counts[slot] - expected) * (counts[slot] - expected) / expected;
        }

        Assert.True(statistic < new ChiSquared(19).SurvivalQuantile(1e-5), $"chi-square {statistic:f1} with 19 degrees of freedom");
    }

    [Fact]
    public void A_batch_has_one_sample_from_each_equal_part_of_the_total()
    {
        // Sixteen equal priorities and sixteen samples: each slot once, always.
        PrioritizedReplay<float, int> replay = Filled(16, 16, out _);
        var batch = new ReplayBatch<float, int>(16, 2, 1);
        for (int k = 0; k < 100; k++)
        {
            replay.Sample(RandomKey.FromSeed(2).Fold(k), batch);
            Assert.Equal(Enumerable.Range(0, 16), batch.Slots);
            Assert.All(batch.Weights, w => Assert.Equal(1, w));
        }
    }

    [Fact]
    public void Weights_are_those_of_the_paper_divided_by_the_largest_of_the_batch()
    {
        PrioritizedReplay<float, int> replay = Filled(8, 8, out _, 0.5, Schedule.Linear(0.2, 1, 16));
        replay.UpdatePriorities([0, 1, 2, 3], [0.1f, -0.5f, 2, 3]);
        var batch = new ReplayBatch<float, int>(32, 2, 1);
        replay.Sample(RandomKey.FromSeed(1), batch);

        // Eight of sixteen transitions: halfway from 0.2 to 1.
        double[] raw = [.. batch.Slots.Select(slot => Math.Pow(8 * replay.Probability(slot), -0.6))];
        for (int b = 0; b < 32; b++)
            Promises.Close(raw[b] / raw.Max(), batch.Weights[b], 1e-6, 0, $"weight {b}");
        Assert.Contains(1f, batch.Weights);
        Assert.Contains(batch.Weights, w => w < 0.8);

        // With beta = 1 the weighted draw is uniform: sum of P w is the same for every transition.
        var full = new PrioritizedReplay<float, int>(new PrioritizedReplayOptions { ImportanceExponent = 1 }, replay.Buffer);
        full.UpdatePriorities([0, 1, 2, 3], [0.1f, -0.5f, 2, 3]);
        full.Sample(RandomKey.FromSeed(1), batch);
        double[] products = [.. batch.Slots.Select((slot, b) => full.Probability(slot) * batch.Weights[b])];
        Assert.All(products, p => Promises.Close(products[0], p, 1e-6, 0, "P w"));
    }

    [Fact]
    public void New_transitions_get_the_largest_priority_so_far()
    {
        PrioritizedReplay<float, int> replay = Filled(4, 3, out History history, 1);
        replay.UpdatePriorities([0, 1, 2], [0.5f, -7, 0.5f]);
        history.Play([5], replay.Add);
        Promises.Close(replay.Probability(1), replay.Probability(3), 1e-15, 0, "new");

        // Once given, even if that transition has since been learnt; also where the buffer was filled behind the back.
        replay.UpdatePriorities([0, 1, 3], [0.5f, 0.5f, 0.5f]);
        history.Play([5], replay.Buffer.Add);
        Promises.Close((7 + 1e-2) / (7 + 1e-2 + (3 * (0.5 + 1e-2))), replay.Probability(0), 1e-14, 0, "newest");

        // Of one call that wraps around several times only the newest remain.
        history.Add(0, 5, replay.Add);
        history.Add(0, 5, replay.Add);
        for (int slot = 0; slot < 4; slot++)
            Promises.Close(0.25, replay.Probability(slot), 1e-15, 0, "all new");
    }

    [Fact]
    public void Samples_over_many_steps_are_those_of_the_buffer()
    {
        PrioritizedReplay<float, int> replay = Filled(30, 50, out _);
        replay.UpdatePriorities([3, 9], [20, 30]);
        var batch = new ReplayBatch<float, int>(64, 2, 1);
        var expected = new ReplayBatch<float, int>(64, 2, 1);
        replay.Sample(RandomKey.FromSeed(1), batch);
        batch.Slots.CopyTo(expected.Slots, 0);
        replay.Buffer.Gather(expected);
        Assert.Equal(expected.Observations, batch.Observations);
        Assert.Equal(expected.NextObservations, batch.NextObservations);
        Assert.Equal(expected.Rewards, batch.Rewards);
        Assert.Equal(expected.Discounts, batch.Discounts);
        Assert.Contains(batch.Discounts, d => d is > 0 and < 0.74f);
    }

    [Fact]
    public void A_saved_and_loaded_memory_goes_on_to_the_same_bits()
    {
        PrioritizedReplay<float, int> whole = Filled(30, 50, out History history), resumed = Filled(30, 7, out _);
        whole.UpdatePriorities([3, 9], [20, 30]);
        StateArchive.Load(resumed, StateArchive.Save(whole));
        history.Play([5, 5, 5], whole.Add);
        history.Add(50, 3, resumed.Add);
        var expected = new ReplayBatch<float, int>(64, 2, 1);
        var actual = new ReplayBatch<float, int>(64, 2, 1);
        for (int k = 0; k < 5; k++)
        {
            whole.Sample(RandomKey.FromSeed(1).Fold(k), expected);
            resumed.Sample(RandomKey.FromSeed(1).Fold(k), actual);
            Assert.Equal(expected.Slots, actual.Slots);
            Promises.SameBits(expected.Weights, actual.Weights, "weights");
            whole.UpdatePriorities(expected.Slots, expected.Rewards);
            resumed.UpdatePriorities(actual.Slots, actual.Rewards);
        }

        Assert.Equal(StateArchive.Save(whole), StateArchive.Save(resumed));
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        PrioritizedReplay<float, int> replay = Filled(40, 40, out _);
        var batch = new ReplayBatch<float, int>(32, 2, 1);
        float[] observation = new float[2];
        int[] action = new int[1];
        double[] reward = new double[1];
        bool[] flag = new bool[1];
        Promises.AllocatesNothing(
            () =>
            {
                replay.Add(new Transition<float, int> { Observations = observation, Actions = action, Rewards = reward, Terminated = flag, Truncated = flag, NextObservations = observation });
                replay.Sample(RandomKey.FromSeed(1), batch);
                replay.UpdatePriorities(batch.Slots, batch.Rewards);
            },
            "prioritised replay");
    }

    [Fact]
    public void What_makes_no_sense_is_refused_and_changes_nothing()
    {
        Assert.Equal("PriorityExponent", Assert.Throws<ArgumentOutOfRangeException>(() => new PrioritizedReplayOptions { PriorityExponent = 1.1 }).ParamName);
        Assert.Equal("ImportanceExponent", Assert.Throws<ArgumentOutOfRangeException>(() => new PrioritizedReplayOptions { ImportanceExponent = 1.1 }).ParamName);
        Assert.Equal("PriorityOffset", Assert.Throws<ArgumentOutOfRangeException>(() => new PrioritizedReplayOptions { PriorityOffset = 0 }).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree(3)[3] = 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree(3)[0] = double.NaN);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SumTree(3)[0] = -1);
        Assert.Throws<InvalidOperationException>(() => new SumTree(3).Find(0));

        var batch = new ReplayBatch<float, int>(4, 2, 1);
        Assert.Throws<InvalidOperationException>(() => Filled(8, 0, out _).Sample(RandomKey.FromSeed(1), batch));
        PrioritizedReplay<float, int> replay = Filled(8, 5, out _);
        byte[] before = StateArchive.Save(replay);
        Assert.Contains("errors[1] is NaN", Assert.Throws<ArgumentException>(() => replay.UpdatePriorities([0, 1], [3, float.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => replay.UpdatePriorities([0, 1], [3]));
        Assert.Contains("0 to 4", Assert.Throws<ArgumentOutOfRangeException>(() => replay.UpdatePriorities([0, 5], [3, 3])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => replay.Probability(-1));
        Assert.Equal(before, StateArchive.Save(replay));
        Assert.Throws<CheckpointException>(() => StateArchive.Load(Filled(9, 5, out _), before));
    }

    private static PrioritizedReplay<float, int> Filled(int capacity, int played, out History history, double alpha = 0.6, Schedule? beta = null)
    {
        var replay = new PrioritizedReplay<float, int>(
            new PrioritizedReplayOptions { PriorityExponent = alpha, ImportanceExponent = beta ?? 0.4, PriorityOffset = 1e-2 },
            new ReplayBuffer<float, int>(new ReplayOptions { Capacity = capacity, Steps = 3, Discount = 0.75 }, 2, 1));
        history = new History(1);
        history.Play([.. Enumerable.Range(0, played).Select(k => k % 9 == 4 ? k % 3 : 5)], replay.Add);
        return replay;
    }
}
