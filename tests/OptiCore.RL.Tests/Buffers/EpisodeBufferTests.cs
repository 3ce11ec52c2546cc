using FsCheck;
using FsCheck.Fluent;
using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class EpisodeBufferTests
{
    [Fact]
    public void Every_sequence_is_the_one_of_a_plain_list() => Forall.Check(Prop.ForAll(History.Any, Gen.Choose(0, 3).ToArbitrary(), (setup, burnIn) =>
    {
        (int environments, int rows, int length, int[] fates) = setup;
        EpisodeBuffer<float, int> episodes = Create(rows * environments, environments);
        var history = new History(environments);
        history.Play(fates, Adder(episodes));
        ReplayBuffer<float, int> buffer = episodes.Buffer;
        var batch = new SequenceBatch<float, int>(buffer.Count, length, burnIn, 2, 1, 1);
        for (int b = 0; b < batch.Size; b++)
            batch.Slots[b] = buffer.Slot(b);
        episodes.Gather(batch);
        int oldest = history.Count - buffer.Count;
        for (int b = 0; b < batch.Size; b++)
        {
            History.Entry[] before = [.. history.Before(oldest + b).Where(e => e.Number >= oldest).TakeLast(burnIn)];
            AssertSequence(batch, b, before, [.. history.Rest(oldest + b).Take(length)]);
        }
    }));

    [Fact]
    public void Whole_episodes_are_those_that_ended_and_are_stored() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int length, int[] fates) = setup;
        EpisodeBuffer<float, int> episodes = Create(rows * environments, environments);
        var history = new History(environments);
        history.Play(fates, Adder(episodes));
        int oldest = history.Count - episodes.Buffer.Count;
        History.Entry[] firsts = [.. Enumerable.Range(oldest, episodes.Buffer.Count).Where(k => history.Before(k).Count == 0 && history.Rest(k)[^1].Ends).Select(k => history[k])];
        Assert.Equal(firsts.Length, episodes.CompleteEpisodes);
        var batch = new SequenceBatch<float, int>(100, length, 2, 2, 1, 1);
        if (firsts.Length == 0)
        {
            Assert.Throws<InvalidOperationException>(() => episodes.SampleEpisodes(RandomKey.FromSeed(1), batch));
            return;
        }

        episodes.SampleEpisodes(RandomKey.FromSeed(1), batch);
        Assert.All(batch.Slots, slot => Assert.Contains(firsts, first => first.Number % episodes.Buffer.Capacity == slot));
        for (int b = 0; b < batch.Size; b++)
            AssertSequence(batch, b, [], [.. history.Rest(firsts.Single(f => f.Number % episodes.Buffer.Capacity == batch.Slots[b]).Number).Take(length + 2)]);

        // One of four is missed in 100 draws with probability 3e-13.
        if (firsts.Length <= 4)
            Assert.Equal(firsts.Length, batch.Slots.Distinct().Count());
    }));

    [Fact]
    public void Episodes_are_drawn_equally_often_however_long()
    {
        EpisodeBuffer<float, int> episodes = Create(40, 1);
        var history = new History(1);
        foreach (int length in (int[])[1, 10, 2, 7, 1, 9])
            history.Play([.. Enumerable.Repeat(5, length - 1), 0], Adder(episodes));
        history.Play([5, 5, 5], Adder(episodes));
        var batch = new SequenceBatch<float, int>(60, 4, 0, 2, 1, 1);
        var counts = new Dictionary<int, int>();
        for (int k = 0; k < 100; k++)
        {
            episodes.SampleEpisodes(RandomKey.FromSeed(1).Fold(k), batch);
            foreach (int slot in batch.Slots)
                counts[slot] = counts.GetValueOrDefault(slot) + 1;
        }

        Assert.Equal([0, 1, 11, 13, 20, 21], counts.Keys.Order());
        double statistic = counts.Values.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000);
        Assert.True(statistic < new ChiSquared(5).SurvivalQuantile(1e-5), $"chi-square {statistic:f1} with 5 degrees of freedom");
    }

    [Fact]
    public void Every_step_begins_a_sequence_equally_often()
    {
        EpisodeBuffer<float, int> episodes = Create(24, 2);
        new History(2).Play([.. Enumerable.Range(0, 50).Select(k => k % 9)], Adder(episodes));
        var batch = new SequenceBatch<float, int>(60, 4, 2, 2, 1, 1);
        int[] counts = new int[24];
        for (int k = 0; k < 400; k++)
        {
            episodes.SampleSequences(RandomKey.FromSeed(1).Fold(k), batch);
            foreach (int slot in batch.Slots)
                counts[slot]++;
        }

        double statistic = counts.Sum(c => (c - 1000.0) * (c - 1000.0) / 1000);
        Assert.True(statistic < new ChiSquared(23).SurvivalQuantile(1e-5), $"chi-square {statistic:f1} with 23 degrees of freedom");
    }

    [Fact]
    public void Returns_of_a_batch_stop_at_the_padding()
    {
        EpisodeBuffer<float, int> episodes = Create(10, 1);
        var history = new History(1);
        history.Play([5, 5, 0, 5], Adder(episodes));
        var batch = new SequenceBatch<float, int>(2, 4, 0, 2, 1, 1);
        batch.Slots[0] = 0;
        batch.Slots[1] = 3;
        episodes.Gather(batch);
        float[] returns = new float[8];
        float[] next = [.. Enumerable.Repeat(100f, 8)];
        Returns.Discounted(
            new Rollout { Count = 2, Discount = 0.5, Rewards = batch.Rewards, NextValues = next, Terminated = batch.Terminated, Truncated = batch.Truncated }, returns);
        Assert.Equal(history[0].Reward + (0.5f * history[1].Reward) + (0.25f * history[2].Reward), returns[0]);
        Assert.Equal(history[3].Reward + 50, returns[1]);
    }

    [Fact]
    public void Episodes_that_are_given_up_are_ended()
    {
        foreach (bool behindTheBack in (bool[])[false, true])
        {
            EpisodeBuffer<float, int> episodes = Create(12, 2);
            var history = new History(2);
            history.Play([5, 5, 5, 0], Adder(episodes));
            Assert.Equal(1, episodes.CompleteEpisodes);
            if (behindTheBack)
                episodes.Buffer.CutEpisodes();
            else
                episodes.CutEpisodes();
            Assert.Equal(2, episodes.CompleteEpisodes);
            history.Play([5, 5], Adder(episodes));
            var batch = new SequenceBatch<float, int>(1, 6, 6, 2, 1, 1);
            batch.Slots[0] = 2;
            episodes.Gather(batch);
            Assert.Equal((1, 2), (batch.BurnIns[0], batch.Lengths[0]));
            batch.Slots[0] = 4;
            episodes.Gather(batch);
            Assert.Equal((0, 1), (batch.BurnIns[0], batch.Lengths[0]));
        }
    }

    [Fact]
    public void What_overflows_the_buffer_leaves_no_episode_without_its_beginning()
    {
        foreach (bool behindTheBack in (bool[])[false, true])
        {
            EpisodeBuffer<float, int> episodes = Create(5, 1);
            var history = new History(1);
            history.Play([5, 5, 5, 5, 0, 5, 0, 5], (in Transition<float, int> _) => { });
            history.Add(0, 8, behindTheBack ? episodes.Buffer.Add : Adder(episodes));

            // Stored are steps 3 and 4 of the first episode, the second one whole, and one step of the third.
            Assert.Equal(1, episodes.CompleteEpisodes);
            var batch = new SequenceBatch<float, int>(1, 6, 6, 2, 1, 1);
            batch.Slots[0] = 4;
            episodes.Gather(batch);
            Assert.Equal((1, 2), (batch.BurnIns[0], batch.Lengths[0]));
            Assert.Equal([3, 4], batch.Actions[..2]);
            episodes.SampleEpisodes(RandomKey.FromSeed(1), batch);
            Assert.Equal((0, 2), (batch.BurnIns[0], batch.Lengths[0]));
            Assert.Equal([5, 6], batch.Actions[..2]);
        }
    }

    [Fact]
    public void A_saved_and_loaded_buffer_goes_on_to_the_same_bits() => Forall.Check(Prop.ForAll(History.Any, setup =>
    {
        (int environments, int rows, int length, int[] fates) = setup;
        EpisodeBuffer<float, int> whole = Create(rows * environments, environments), resumed = Create(rows * environments, environments);
        var history = new History(environments);
        history.Play(fates, Adder(whole));
        new History(environments).Play([.. fates, .. fates], Adder(resumed));
        StateArchive.Load(resumed, StateArchive.Save(whole));
        history.Play(fates, Adder(whole));
        history.Add(fates.Length, fates.Length, Adder(resumed));
        Assert.Equal(whole.CompleteEpisodes, resumed.CompleteEpisodes);
        var expected = new SequenceBatch<float, int>(20, length, 1, 2, 1, 1);
        var actual = new SequenceBatch<float, int>(20, length, 1, 2, 1, 1);
        whole.SampleSequences(RandomKey.FromSeed(1), expected);
        resumed.SampleSequences(RandomKey.FromSeed(1), actual);
        Assert.Equal(expected.Observations, actual.Observations);
        Assert.Equal(expected.States, actual.States);
        Assert.Equal(expected.Mask, actual.Mask);
    }));

    [Fact]
    public void Nothing_is_allocated()
    {
        EpisodeBuffer<float, int> episodes = Create(40, 2);
        var history = new History(2);
        history.Play([.. Enumerable.Range(0, 30).Select(k => k % 9)], Adder(episodes));
        var batch = new SequenceBatch<float, int>(8, 4, 2, 2, 1, 1);
        float[] observations = new float[4], states = new float[2];
        int[] actions = new int[2];
        double[] rewards = new double[2];
        bool[] flags = [true, false];
        Promises.AllocatesNothing(
            () =>
            {
                episodes.Add(
                    new Transition<float, int> { Observations = observations, Actions = actions, Rewards = rewards, Terminated = flags, Truncated = flags, NextObservations = observations }, states);
                episodes.SampleSequences(RandomKey.FromSeed(1), batch);
                episodes.SampleEpisodes(RandomKey.FromSeed(1), batch);
            },
            "an episode buffer");
    }

    [Fact]
    public void What_makes_no_sense_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceBatch<float, int>(1, 0, 0, 2, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SequenceBatch<float, int>(1, 1, -1, 2, 1));
        EpisodeBuffer<float, int> episodes = Create(10, 1);
        var batch = new SequenceBatch<float, int>(2, 2, 0, 2, 1, 1);
        Assert.Throws<InvalidOperationException>(() => episodes.SampleSequences(RandomKey.FromSeed(1), batch));
        Assert.Throws<InvalidOperationException>(() => episodes.SampleEpisodes(RandomKey.FromSeed(1), batch));
        var history = new History(1);
        Assert.Equal("states", Assert.Throws<ArgumentException>(() => history.Play([5], (in Transition<float, int> t) => episodes.Add(t))).ParamName);
        Assert.Equal(0, episodes.Buffer.Count);
        history.Play([5], Adder(episodes));
        Assert.Throws<ArgumentException>(() => episodes.SampleSequences(RandomKey.FromSeed(1), new SequenceBatch<float, int>(2, 2, 0, 2, 1)));
        batch.Slots[1] = 1;
        Assert.Throws<ArgumentOutOfRangeException>(() => episodes.Gather(batch));
    }

    private static EpisodeBuffer<float, int> Create(int capacity, int environments) =>
        new(new ReplayBuffer<float, int>(new ReplayOptions { Capacity = capacity }, 2, 1, environments), stateLength: 1);

    /// <summary>The recurrent state of a transition is its number plus 1/4.</summary>
    private static History.ReplayAdder Adder(EpisodeBuffer<float, int> episodes) => (in Transition<float, int> transition) =>
    {
        float[] states = new float[transition.Actions.Length];
        for (int i = 0; i < states.Length; i++)
            states[i] = transition.Actions[i] + 0.25f;
        episodes.Add(transition, states);
    };

    private static void AssertSequence(SequenceBatch<float, int> batch, int b, History.Entry[] burnIn, History.Entry[] learnt)
    {
        History.Entry[] expected = [.. burnIn, .. learnt];
        Assert.Equal((burnIn.Length, expected.Length), (batch.BurnIns[b], batch.Lengths[b]));
        Assert.Equal(expected[0].Number + 0.25f, batch.States[b]);
        for (int t = 0; t < batch.Steps; t++)
        {
            int e = (t * batch.Size) + b;
            History.Entry? entry = t < expected.Length ? expected[t] : null;
            bool cut = entry is not null && (entry.Truncated || (t == expected.Length - 1 && t < batch.Steps - 1 && !entry.Terminated));
            Assert.Equal(entry?.Observation ?? [0, 0], batch.Observations[(2 * e)..(2 * (e + 1))]);
            Assert.Equal(entry?.Next ?? [0, 0], batch.NextObservations[(2 * e)..(2 * (e + 1))]);
            Assert.Equal(
                (entry?.Number ?? 0, entry?.Reward ?? 0, entry?.Terminated ?? false, cut, t >= burnIn.Length && t < expected.Length ? 1f : 0f),
                (batch.Actions[e], batch.Rewards[e], batch.Terminated[e], batch.Truncated[e], batch.Mask[e]));
        }
    }
}
