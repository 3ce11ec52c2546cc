using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Wrappers against what Gymnasium's make of the same observations and rewards, and how they compose with ends.</summary>
public class WrapperTests
{
    private const string File = "gymnasium/wrappers.json";

    [Fact]
    public void Normalised_observations_are_the_recorded_ones()
    {
        var environment = new NormalizeObservations<int>(Scripted(0));
        double[][] expected = Rows("normalized_observations");
        float[][] actual = Observed(environment);
        Assert.Equal(expected.Length, actual.Length);
        for (int t = 0; t < expected.Length; t++)
        {
            for (int j = 0; j < 2; j++)
                Promises.Close(expected[t][j], actual[t][j], 1e-6, 2e-6, $"observation {t}, feature {j}");
        }
    }

    [Fact]
    public void Stacked_observations_are_the_recorded_ones()
    {
        var environment = new FrameStack<float, int>(Scripted(1), 3);
        double[][] expected = Rows("stacked_observations");
        float[][] actual = Observed(environment);
        Assert.Equal(expected.Select(row => row.Select(x => (float)x)), actual);
        Assert.Equal(new Box(float.MinValue, float.MaxValue, 6), environment.ObservationSpace);
    }

    [Fact]
    public void Normalised_rewards_are_the_recorded_ones()
    {
        int created = 0;
        var both = new EnvironmentArray<float, int>(2, () => new Script(created++));
        var environment = new NormalizeRewards<float, int>(both) { Discount = 0.9 };
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        double[][] expected = Rows("normalized_rewards");
        for (int t = 0; t < expected.Length; t++)
        {
            environment.Step([0, 0], buffers);
            for (int i = 0; i < 2; i++)
                Promises.Close(expected[t][i], buffers.Rewards[i], 2e-6, 0, $"reward {t} of environment {i}");
        }
    }

    [Fact]
    public void Moments_are_those_of_all_rows_with_the_beginning_at_its_weight() => Forall.Check(
        Prop.ForAll(
            (from rows in Gen.Choose(1, 30)
             from cut in Gen.Choose(0, 30)
             from values in Gen.ArrayOf(Gen.Choose(-5000, 5000), 60)
             select (rows, Math.Min(cut, rows), values.Select(v => v / 8f).ToArray())).ToArbitrary(),
            c =>
            {
                (int rows, int cut, float[] values) = c;
                var moments = new RunningMoments(2);
                moments.Update(values.AsSpan(0, 2 * cut));
                moments.Update(values.AsSpan(2 * cut, 2 * (rows - cut)));
                bool right = Math.Abs(moments.Count - (rows + 1e-4)) <= 1e-12;
                for (int j = 0; j < 2; j++)
                {
                    // Weight 1e-4 at mean 0 and variance 1, then every row.
                    double[] column = [.. Enumerable.Range(0, rows).Select(i => (double)values[(2 * i) + j])];
                    double total = rows + 1e-4, mean = column.Sum() / total;
                    double variance = ((1e-4 * (1 + (mean * mean))) + column.Sum(x => (x - mean) * (x - mean))) / total;
                    right &= Math.Abs(moments.Means[j] - mean) <= 1e-9 && Math.Abs(moments.Variances[j] - variance) <= 1e-9 * (1 + variance);
                }

                return right;
            }));

    [Fact]
    public void Frozen_moments_are_used_and_not_changed()
    {
        var training = new NormalizeObservations<int>(new CartPole(8));
        StepBuffers<float> buffers = training.CreateBuffers();
        training.Reset(RandomKey.FromSeed(1), buffers);
        for (int t = 0; t < 100; t++)
            training.Step([.. Enumerable.Range(0, 8).Select(i => (t + i) % 2)], buffers);

        var evaluation = new NormalizeObservations<int>(new CartPole(3), training.Moments) { IsFrozen = true };
        var plain = new CartPole(3);
        StepBuffers<float> normalised = evaluation.CreateBuffers(), raw = plain.CreateBuffers();
        double count = training.Moments.Count;
        evaluation.Reset(RandomKey.FromSeed(2), normalised);
        plain.Reset(RandomKey.FromSeed(2), raw);
        int ended = 0;
        for (int t = 0; t < 60; t++)
        {
            evaluation.Step([0, 1, t % 2], normalised);
            plain.Step([0, 1, t % 2], raw);
            for (int i = 0; i < 3; i++)
            {
                Check(raw.Observation(i), normalised.Observation(i));
                if (!raw.Terminated[i])
                    continue;
                Check(raw.FinalObservation(i), normalised.FinalObservation(i));
                ended++;
            }
        }

        Assert.True(ended > 3);
        Assert.Equal(count, training.Moments.Count);

        void Check(Span<float> o, Span<float> n)
        {
            for (int j = 0; j < 4; j++)
                Assert.Equal((float)((o[j] - training.Moments.Means[j]) / Math.Sqrt(training.Moments.Variances[j] + 1e-8)), n[j]);
        }
    }

    [Fact]
    public void Truncation_outside_the_wrappers_keeps_the_stacked_and_scaled_last_observation()
    {
        var stacked = new FrameStack<float, int>(new ClipObservations<int>(new CartPole(2), -0.02f, 0.02f), 2);
        var environment = new TimeLimit<float, int>(stacked, 3);
        var plain = new CartPole(2);
        StepBuffers<float> buffers = environment.CreateBuffers(), raw = plain.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(4), buffers);
        plain.Reset(RandomKey.FromSeed(4), raw);
        float[] before = [];
        for (int t = 0; t < 3; t++)
        {
            before = [.. raw.Observations];
            environment.Step([1, 0], buffers);
            plain.Step([1, 0], raw);
        }

        Assert.True(buffers.Truncated[0]);
        Assert.False(buffers.Terminated[0]);
        Assert.Equal(before[..4].Concat(raw.Observations[..4]).Select(x => Math.Clamp(x, -0.02f, 0.02f)), buffers.FinalObservation(0).ToArray());

        // The next episode begins with its first observation twice, and it is the one of key (i, 1).
        Assert.Equal(buffers.Observation(0)[..4], buffers.Observation(0)[4..]);
        plain.Restart(0, raw.Observation(0));
        Assert.Equal(raw.Observations[..4].Select(x => Math.Clamp(x, -0.02f, 0.02f)), buffers.Observation(0)[..4].ToArray());
    }

    [Fact]
    public void Stacked_spaces_take_the_simplest_form()
    {
        Assert.Equal(new MultiDiscrete(5, 5, 5), StackedSpace<int>.Of(new Discrete(5), 3));
        Assert.Equal(new MultiDiscrete(2, 3, 2, 3), StackedSpace<int>.Of(new MultiDiscrete(2, 3), 2));
        Assert.Equal(new MultiBinary(8), StackedSpace<int>.Of(new MultiBinary(4), 2));
        Assert.Equal(new Box([0, 1, 0, 1], [2, 3, 2, 3]), StackedSpace<float>.Of(new Box([0, 1], [2, 3]), 2));
        Space<int> other = StackedSpace<int>.Of(new Discrete(3, start: 4), 2);
        Assert.Equal(new StackedSpace<int>(new Discrete(3, start: 4), 2), other);
        Assert.True(other.Contains([4, 6]));
        Assert.False(other.Contains([4, 7]));
        Assert.False(other.Contains([4]));
        float[] features = new float[6];
        other.Flatten([4, 6], features);
        Assert.Equal((float[])[1, 0, 0, 0, 0, 1], features);
        int[] value = new int[2];
        for (int k = 0; k < 50; k++)
        {
            other.Sample(RandomKey.FromSeed((ulong)k), value);
            Assert.True(other.Contains(value));
        }
    }

    [Fact]
    public void Rewards_are_clipped()
    {
        var environment = new ClipRewards<int, int>(CliffWalking.Create(), -2, 0.5);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.Step([1], buffers);
        Assert.Equal(-2, buffers.Rewards[0]);
        environment.Step([0], buffers);
        Assert.Equal(-1, buffers.Rewards[0]);
    }

    [Fact]
    public void Actions_are_clipped_before_the_environment_punishes_them()
    {
        var environment = new ClipActions<float>(new MountainCarContinuous(2));
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.Step([3, -0.5f], buffers);
        Assert.Equal(-0.1, buffers.Rewards[0], 1e-15);
        Assert.Equal(-0.025, buffers.Rewards[1], 1e-15);
        Assert.Throws<ArgumentException>(() => environment.Step([float.PositiveInfinity, 0], buffers));
    }

    [Theory]
    [InlineData(-1, -2)]
    [InlineData(1, 2)]
    [InlineData(0, 0)]
    [InlineData(0.25, 0.5)]
    [InlineData(3, 6)]
    public void Actions_are_rescaled_onto_the_bounds(float action, float torque)
    {
        var rescaled = new Pendulum();
        var environment = new RescaleActions<float>(rescaled);
        var plain = new Pendulum();
        StepBuffers<float> buffers = environment.CreateBuffers(), raw = plain.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        plain.Reset(RandomKey.FromSeed(1), raw);
        environment.Step([action], buffers);
        plain.Step([torque], raw);
        Assert.Equal(raw.Observations, buffers.Observations);
        Assert.Equal(plain.GetState(0), rescaled.GetState(0));
    }

    [Fact]
    public void Actions_stick_with_the_stated_frequency_and_never_at_first()
    {
        const int Count = 2000;
        var inner = new TabularEnvironment(Endless(7), Count) { MaxEpisodeSteps = 5 };
        var environment = new StickyActions<int, int>(inner, 0.25);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        int[] stuck = new int[5];
        for (int t = 0; t < 20; t++)
        {
            // The world's state is the last action done, and every step asks for another one than before.
            int[] actions = new int[Count];
            Array.Fill(actions, t % 7);
            environment.Step(actions, buffers);
            for (int i = 0; i < Count; i++)
            {
                int done = buffers.Truncated[i] ? buffers.FinalObservations[i] : buffers.Observations[i];
                if (!buffers.Truncated[i])
                    Assert.Equal(environment.LastActions[i], done);
                stuck[t % 5] += done != t % 7 ? 1 : 0;
            }
        }

        // 8000 draws at each place of an episode: 2000 with a deviation of 39. The second action may stick to the first, the third to whatever was done second.
        Assert.Equal(0, stuck[0]);
        for (int place = 1; place < 5; place++)
            Assert.InRange(stuck[place], 2000 - 160, 2000 + 160);
    }

    [Fact]
    public void An_action_that_sticks_for_three_steps_does_so()
    {
        var inner = new TabularEnvironment(Endless(60), 400);
        var environment = new StickyActions<int, int>(inner, 0.3) { MinRepeats = 3, MaxRepeats = 3 };
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        int[] run = new int[400], last = new int[400];
        for (int t = 0; t < 60; t++)
        {
            int[] actions = new int[400];
            Array.Fill(actions, t);
            environment.Step(actions, buffers);
            for (int i = 0; i < 400; i++)
            {
                bool repeated = t > 0 && buffers.Observations[i] == last[i];
                if (!repeated)
                {
                    Assert.True(run[i] % 3 == 0, $"A run of {run[i]} repeats.");
                    run[i] = 0;
                }
                else
                {
                    run[i]++;
                }

                last[i] = buffers.Observations[i];
            }
        }
    }

    [Fact]
    public void Repeated_actions_add_up_rewards_until_the_end()
    {
        // Episodes of five steps: two, two and one.
        var environment = new EnvironmentArray<int, int>(1, () => new RepeatActions<int, int>(new SingleEnvironment<int, int>(Worlds.Endless(1)), 2));
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        foreach ((double reward, bool truncated) in new[] { (2.0, false), (2.0, false), (1.0, true), (2.0, false) })
        {
            environment.Step([0], buffers);
            Assert.Equal(reward, buffers.Rewards[0]);
            Assert.Equal(truncated, buffers.Truncated[0]);
        }
    }

    [Fact]
    public void Wrong_arguments_of_wrappers_are_refused_by_name()
    {
        Assert.Equal("frames", Assert.Throws<ArgumentOutOfRangeException>(() => new FrameStack<float, int>(new CartPole(), 0)).ParamName);
        Assert.Equal("probability", Assert.Throws<ArgumentOutOfRangeException>(() => new StickyActions<float, int>(new CartPole(), 1)).ParamName);
        Assert.Equal("MaxRepeats", Assert.Throws<ArgumentOutOfRangeException>(() => new StickyActions<float, int>(new CartPole()) { MaxRepeats = 0 }).ParamName);
        Assert.Equal("repeats", Assert.Throws<ArgumentOutOfRangeException>(() => new RepeatActions<float, int>(new SingleEnvironment<float, int>(new CartPole()), 0)).ParamName);
        Assert.Equal("inner", Assert.Throws<ArgumentException>(() => new SingleEnvironment<float, int>(new CartPole(2))).ParamName);
        Assert.Equal("low", Assert.Throws<ArgumentException>(() => new ClipRewards<float, int>(new CartPole(), 1, 0)).ParamName);
        Assert.Equal("low", Assert.Throws<ArgumentException>(() => new ClipObservations<int>(new CartPole(), float.NaN, 0)).ParamName);
        Assert.Equal("low", Assert.Throws<ArgumentException>(() => new RescaleActions<float>(new Pendulum(), 1, 1)).ParamName);
        Assert.Contains("finite", Assert.Throws<ArgumentException>(() => new RescaleActions<float>(new ClipActions<float>(new Pendulum()))).Message, StringComparison.Ordinal);
        Assert.Equal("moments", Assert.Throws<ArgumentException>(() => new NormalizeObservations<int>(new CartPole(), new RunningMoments(3))).ParamName);
        Assert.Equal("Epsilon", Assert.Throws<ArgumentOutOfRangeException>(() => new NormalizeObservations<int>(new CartPole()) { Epsilon = 0 }).ParamName);
        Assert.Equal("Discount", Assert.Throws<ArgumentOutOfRangeException>(() => new NormalizeRewards<float, int>(new CartPole()) { Discount = 1.1 }).ParamName);
        Assert.Equal("rows", Assert.Throws<ArgumentException>(() => new RunningMoments(2).Update([1f, 2f, 3f])).ParamName);
    }

    /// <summary>As many states as actions: the state is the last action.</summary>
    private static TabularModel Endless(int states)
    {
        double[] initial = new double[states];
        initial[0] = 1;
        return TabularModel.Create(states, states, initial, (_, action) => [new TabularOutcome(1, action, 0, false)]);
    }

    private static double[][] Rows(string property) => [.. Reference.Json(File).GetProperty(property).EnumerateArray().Select(row => row.Numbers())];

    private static EnvironmentArray<float, int> Scripted(int script) => new(1, () => new Script(script));

    /// <summary>All observations of a script of 30 steps in the order in which they come.</summary>
    private static float[][] Observed(IVectorEnvironment<float, int> environment)
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        List<float[]> seen = [[.. buffers.Observations]];
        for (int t = 0; t < 30; t++)
        {
            environment.Step([0], buffers);
            if (buffers.Terminated[0] || buffers.Truncated[0])
                seen.Add([.. buffers.FinalObservations]);
            seen.Add([.. buffers.Observations]);
        }

        return [.. seen];
    }

    private sealed class Script(int index) : IEnvironment<float, int>
    {
        private readonly JsonElement[] _rows = [.. Reference.Json(File).GetProperty("scripts")[index].EnumerateArray()];
        private int _at;

        public Space<float> ObservationSpace { get; } = new Box(float.MinValue, float.MaxValue, 2);

        public Space<int> ActionSpace { get; } = new Discrete(1);

        public void Reset(RandomKey key, Span<float> observation) => Read(observation);

        public StepOutcome Step(ReadOnlySpan<int> action, Span<float> observation)
        {
            JsonElement row = Read(observation);
            return new StepOutcome(row.Number("r"), row.GetProperty("terminated").GetBoolean(), row.GetProperty("truncated").GetBoolean());
        }

        private JsonElement Read(Span<float> observation)
        {
            // The last row may end an episode: what would follow isn't looked at.
            JsonElement row = _rows[Math.Min(_at++, _rows.Length - 1)];
            observation[0] = (float)row.GetProperty("o")[0].GetDouble();
            observation[1] = (float)row.GetProperty("o")[1].GetDouble();
            return row;
        }
    }
}
