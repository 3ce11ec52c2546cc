using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>What a learner of imagined transitions imagines, and what it comes to.</summary>
public class ImaginationTests
{
    private static DynamicsEnsembleOptions SmallModel => new() { Members = 3, Torso = Torso.Relu(64, 64), MaxEpochs = 20, BatchSize = 64 };

    private static Sac SmallSac => new()
    {
        Actor = Torso.Relu(64, 64),
        Critic = Torso.Relu(64, 64),
        Replay = new() { Capacity = 20_000 },
        BatchSize = 128,
        LearningStarts = 200,
        UpdatesPerTransition = 4,
        Optimizer = new Adam { LearningRate = 1e-3 },
    };

    [Fact]
    public void A_pendulum_swings_up_after_a_dozen_episodes()
    {
        var agent = new Mbpo { Learner = SmallSac, Model = SmallModel, Elites = 2, RolloutsPerTransition = 20, FitInterval = 200, ImaginedCapacity = 8_000, RealShare = 0.5 };
        TrainingRun<float, float> run = agent.Start(Pendulum.Create(1), RandomKey.FromSeed(1));
        run.Train(2_600);
        double reached = run.State.CurrentPolicy().Evaluate(Pendulum.Create(20), 20, RandomKey.FromSeed(7)).MeanReturn;
        Assert.True(reached > -250, $"{reached}");
    }

    [Fact]
    public void What_is_imagined_follows_the_policy_from_visited_states_with_the_rewards_and_ends_that_are_given()
    {
        // The reward is the first number of the successor; trajectories end where it is negative, and are three steps long otherwise.
        const int fits = 50;
        var agent = new Mbpo
        {
            Learner = SmallSac with { UpdatesPerTransition = 1e-9 },
            Model = SmallModel with { MaxEpochs = 2 },
            Elites = 2,
            RolloutsPerTransition = 4,
            FitInterval = fits,
            RolloutLength = 3,
            Rewards = (_, _, next, rewards) => First(next, rewards),
            Ends = (_, _, next, ended) =>
            {
                for (int i = 0; i < ended.Length; i++)
                    ended[i] = next[3 * i] < 0;
            },
        };
        TrainingRun<float, float> run = agent.Start(Pendulum.Create(1), RandomKey.FromSeed(1));
        run.Train(200);
        var state = (MbpoState)run.State;
        ReplayBuffer<float, float> imagined = state.Imagined, real = state.Learner.Memory.Buffer;
        int started = fits * 4, first = 0;
        Assert.InRange(imagined.Count, started + 1, (3 * started) - 1);

        var visited = new HashSet<(float, float, float)>();
        for (int i = 0; i < real.Count; i++)
            visited.Add((real.Observations[3 * i], real.Observations[(3 * i) + 1], real.Observations[(3 * i) + 2]));
        for (int i = 0; i < imagined.Count; i++)
        {
            float x = imagined.NextObservations[3 * i];
            Assert.Equal(x, imagined.Rewards[i]);
            Assert.Equal(x < 0, imagined.Terminated[i]);
            first += visited.Contains((imagined.Observations[3 * i], imagined.Observations[(3 * i) + 1], imagined.Observations[(3 * i) + 2])) ? 1 : 0;
        }

        // Each trajectory begins where the environment was; later steps are the model's and hit no visited state to the bit.
        Assert.Equal(started, first);

        static void First(ReadOnlySpan<float> next, Span<float> rewards)
        {
            for (int i = 0; i < rewards.Length; i++)
                rewards[i] = next[3 * i];
        }
    }

    [Fact]
    public void Batches_have_their_share_of_what_happened()
    {
        var agent = new Mbpo { Learner = SmallSac with { BatchSize = 100 }, Model = SmallModel with { MaxEpochs = 1 }, Elites = 1, RolloutsPerTransition = 1, FitInterval = 100, RealShare = 0.2 };
        TrainingRun<float, float> run = agent.Start(Pendulum.Create(1), RandomKey.FromSeed(1));
        run.Train(250);
        var batch = new ReplayBatch<float, float>(100, 3, 1);
        IReplay<float, float> memory = ((MbpoState)run.State).Learner.Memory;
        memory.Sample(RandomKey.FromSeed(2), batch);
        ReplayBuffer<float, float> imagined = ((MbpoState)run.State).Imagined;
        for (int i = 0; i < 100; i++)
        {
            float[] state = batch.Observations[(3 * i)..((3 * i) + 3)], next = batch.NextObservations[(3 * i)..((3 * i) + 3)];
            ReplayBuffer<float, float> source = i < 20 ? memory.Buffer : imagined;
            bool found = false;
            for (int k = 0; k < source.Count && !found; k++)
                found = source.Observations.Slice(3 * k, 3).SequenceEqual(state) && source.NextObservations.Slice(3 * k, 3).SequenceEqual(next);
            Assert.True(found, $"Row {i}.");
            Assert.Equal(i < 20, batch.Slots[i] >= 0);
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        Assert.Contains("elite of 8", Assert.Throws<ArgumentException>(() => new Mbpo { Elites = 8 }.Start(Pendulum.Create(), default)).Message, StringComparison.Ordinal);
        Assert.Contains("not 3", Assert.Throws<ArgumentException>(() => new Mbpo { Learner = new Sac { Replay = new() { Steps = 3 } } }.Start(Pendulum.Create(), default)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Mbpo { RealShare = 1.5 });
    }
}
