using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>Learning what a teacher prefers.</summary>
public class PebbleTests
{
    private static readonly Pebble Small = new()
    {
        Teacher = new ScriptedTeacher(),
        Learner = new Sac
        {
            Actor = Torso.Relu(32, 32),
            Critic = Torso.Relu(32, 32),
            UpdatesPerTransition = 0.25,
            BatchSize = 64,
            TargetRate = 0.01,
            Temperature = 0.1,
            Optimizer = new Adam { LearningRate = 1e-3 },
            Replay = new ReplayOptions { Capacity = 40_000, Discount = 0.97 },
        },
        Rewards = new PreferenceModel { SegmentLength = 10, Torso = Torso.Tanh(32, 32), Capacity = 280, BatchSize = 32, Optimizer = new Adam { LearningRate = 1e-3 }, MaxEpochs = 15 },
        PretrainingSteps = 1_000,
        QueryInterval = 2_000,
        QueriesPerSession = 40,
        MaxQueries = 280,
    };

    [Fact]
    public void Some_hundred_comparisons_teach_to_bring_the_mass_home()
    {
        TrainingRun<float, float> run = Small.Start(PointMass.Create(8), RandomKey.FromSeed(1));
        double reached = run.Train(24_000).LastPolicy.Evaluate(PointMass.Create(20), 40, RandomKey.FromSeed(1)).MeanReturn;
        Assert.Equal(280, ((PebbleState)run.State).Questions);

        // Random play earns 12, who sees the rewards about 90.
        Assert.InRange(reached, 70, 100);
    }

    [Theory, InlineData(true), InlineData(false)]
    public void All_that_is_remembered_earns_what_the_newest_model_says(bool relabels)
    {
        TrainingRun<float, float> run = (Small with { RelabelsReplay = relabels }).Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(6_000);
        var state = (PebbleState)run.State;
        var batch = new ReplayBatch<float, float>(256, 4, 2);
        float[] said = new float[256];
        state.Learner.Memory.Sample(RandomKey.FromSeed(3), batch);
        state.Rewards.Rewards(batch.Observations, batch.Actions, said);
        int same = 0;
        for (int i = 0; i < 256; i++)
            same += Math.Abs(said[i] - batch.Rewards[i]) < 1e-5 ? 1 : 0;
        Assert.InRange(same, relabels ? 256 : 0, relabels ? 256 : 128);

        // What the environment paid stays beside, for the teacher.
        ReplayBuffer<float, float> memory = state.Learner.Memory.Buffer;
        Assert.Equal(PointMass.Reward(new PointMassState(memory.NextObservations[0], memory.NextObservations[1], 0, 0)), memory.Rewards[0], 1e-5);
    }

    [Fact]
    public void Exploring_earns_the_logarithm_of_the_distance_to_neighbours()
    {
        TrainingRun<float, float> run = (Small with { EntropyOffset = 0.5, Neighbours = 3 }).Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(1_600);
        IReplay<float, float> memory = ((PebbleState)run.State).Learner.Memory;
        var batch = new ReplayBatch<float, float>(64, 4, 2);
        memory.Sample(RandomKey.FromSeed(3), batch);
        float[] states = memory.Buffer.Observations.ToArray();
        double scale = 0;
        for (int b = 0; b < 64; b++)
        {
            double[] all = [.. Enumerable.Range(0, memory.Buffer.Count).Select(j => Distance(batch.Observations.AsSpan(4 * b, 4), states.AsSpan(4 * j, 4))).Order()];
            double reward = Math.Log(all[3] + 0.5);
            scale = b == 0 ? batch.Rewards[0] / reward : scale;
            Promises.Close(reward * scale, batch.Rewards[b], 1e-3, 1e-4, $"reward {b}");
        }

        Assert.True(scale > 1);

        static double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        {
            double sum = 0;
            for (int j = 0; j < x.Length; j++)
                sum += Math.Pow(x[j] - y[j], 2);
            return Math.Sqrt(sum);
        }
    }

    [Fact]
    public void The_policy_that_explored_goes_on_and_all_else_begins_anew()
    {
        // 2,000 transitions to explore; the next step asks, and the learner is another one from then on.
        TrainingRun<float, float> run = (Small with { UpdatesAfterReset = 0 }).Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(2_000);
        var state = (PebbleState)run.State;
        SacState explorer = state.Learner;
        Assert.Equal(0, state.Questions);
        Assert.Equal(251, explorer.Updates);
        float[] policy = explorer.Actor.Parameters.Span.ToArray(), critics = explorer.Critics.Parameters.Span.ToArray();
        run.Train(8);
        Assert.Equal(40, state.Questions);
        Assert.NotSame(explorer, state.Learner);
        Assert.InRange(state.Learner.Updates, 1, 2);
        Assert.InRange(Furthest(policy, state.Learner.Actor.Parameters.Span), 0, 0.01);
        Assert.True(Furthest(critics, state.Learner.Critics.Parameters.Span) > 0.05);

        static double Furthest(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
        {
            double most = 0;
            for (int i = 0; i < x.Length; i++)
                most = Math.Max(most, Math.Abs(x[i] - y[i]));
            return most;
        }
    }

    [Fact]
    public void A_run_that_has_asked_can_be_taken_back_to_when_it_explored()
    {
        Pebble agent = Small with { Learner = Small.Learner with { LearningStarts = 200 }, PretrainingSteps = 200 };
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(320);
        var stream = new MemoryStream();
        run.Save(stream);
        run.Train(480);
        byte[] expected = StateArchive.Save(run);
        stream.Position = 0;
        run.Load(stream);
        run.Train(480);
        Assert.Equal(expected, StateArchive.Save(run));
    }

    [Fact]
    public void A_session_allocates_nothing()
    {
        Pebble agent = Small with
        {
            Learner = Small.Learner with { LearningStarts = 200 },
            PretrainingSteps = 0,
            QueryInterval = 8,
            QueriesPerSession = 2,
            MaxQueries = 100_000,
            Rewards = Small.Rewards with { MaxEpochs = 1, Capacity = 20 },
        };
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(2));
        Promises.AllocatesNothing(() => run.Step(), "a step with questions", warmUp: 150, measured: 20);
        Assert.InRange(((PebbleState)run.State).Questions, 200, 100_000);
    }

    [Fact]
    public void Segments_never_cross_the_end_of_an_episode()
    {
        var teacher = new Witness();
        (Small with { Teacher = teacher, Rewards = Small.Rewards with { SegmentLength = 50 } }).Start(PointMass.Create(8), RandomKey.FromSeed(2)).Train(5_000);
        Assert.Equal(80, teacher.Asked);
    }

    [Fact]
    public void Nothing_is_asked_where_no_episode_is_as_long_as_a_segment()
    {
        TrainingRun<float, float> run = (Small with { Rewards = Small.Rewards with { SegmentLength = 101 } }).Start(PointMass.Create(8), RandomKey.FromSeed(2));
        run.Train(4_000);
        Assert.Equal(0, ((PebbleState)run.State).Questions);
    }

    [Fact]
    public void It_has_the_same_bits_for_any_number_of_workers()
    {
        Pebble agent = Small with { Learner = Small.Learner with { BatchSize = 256, LearningStarts = 500 }, PretrainingSteps = 300, Rewards = Small.Rewards with { BatchSize = 64 } };
        Assert.Equal(Learner(Workers.Serial), Learner(Workers.Threads(3)));

        byte[] Learner(IWorkers workers)
        {
            TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
            run.Train(1_200);
            return StateArchive.Save(run.State);
        }
    }

    [Fact]
    public void What_is_wrong_is_refused()
    {
        Assert.Contains("1 step, not 3", Assert.Throws<ArgumentException>(
            () => (Small with { Learner = Small.Learner with { Replay = new ReplayOptions { Steps = 3 } } }).Start(PointMass.Create(), default)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => Small with { Teacher = null! });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Neighbours = 65 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { Query = (QueryChoice)3 });
        Assert.Throws<ArgumentOutOfRangeException>(() => Small with { EntropyOffset = 0 });
    }

    /// <summary>Sees to it that every state follows from the one before.</summary>
    private sealed class Witness : IPreferenceTeacher
    {
        public int Asked { get; private set; }

        public Preference Compare(in TrajectorySegment first, in TrajectorySegment second, RandomKey key)
        {
            Asked++;
            Follow(first);
            Follow(second);
            return Preference.Equal;
        }

        private static void Follow(in TrajectorySegment segment)
        {
            for (int t = 0; t + 1 < segment.Rewards.Length; t++)
            {
                ReadOnlySpan<float> now = segment.Observations.Slice(4 * t, 4), next = segment.Observations.Slice(4 * (t + 1), 4);
                PointMassState expected = PointMass.Next(new PointMassState(now[0], now[1], now[2], now[3]), segment.Actions[2 * t], segment.Actions[(2 * t) + 1]);
                Assert.Equal(expected.X, next[0], 1e-5);
                Assert.Equal(expected.Y, next[1], 1e-5);
                Assert.Equal(PointMass.Reward(expected), segment.Rewards[t], 1e-4);
            }
        }
    }
}
