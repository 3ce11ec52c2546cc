using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests.Agents;

/// <summary>What only agents that replay promise.</summary>
public class ReplayAgentTests
{
    [Fact]
    public void Dqn_has_the_same_bits_for_any_number_of_workers()
    {
        var agent = new Dqn { BatchSize = 256, LearningStarts = 256, Torso = Torso.Relu(32), IsNoisy = true, Exploration = 0 };
        Assert.Equal(Learner(agent, new CartPole(8), Workers.Serial), Learner(agent, new CartPole(8), Workers.Threads(3)));
    }

    [Fact]
    public void Soft_actor_critics_have_the_same_bits_for_any_number_of_workers()
    {
        var agent = new Sac { LearningStarts = 256, UpdatesPerTransition = 0.05, Actor = Torso.Relu(32), Critic = Torso.Relu(32), Replay = new() { Capacity = 10_000 } };
        Assert.Equal(Learner(agent, Pendulum.Create(8), Workers.Serial), Learner(agent, Pendulum.Create(8), Workers.Threads(3)));
    }

    [Fact]
    public void A_tuned_temperature_meets_the_target_entropy()
    {
        // Actions are of [-2, 2]: the usual target is -1 + log 2.
        var agent = new Sac
        {
            LearningStarts = 500,
            UpdatesPerTransition = 0.5,
            Actor = Torso.Relu(32),
            Critic = Torso.Relu(32),
            Replay = new() { Capacity = 10_000 },
            BatchSize = 64,
            Optimizer = new Adam { LearningRate = 1e-3 },
        };
        TrainingRun<float, float> run = agent.Start(Pendulum.Create(4), RandomKey.FromSeed(1));
        run.Train(10_000);
        double entropy = 0;
        for (int i = 0; i < 100; i++)
        {
            run.Train(20);
            entropy += run.State.Metrics[3] / 100;
        }

        Assert.InRange(entropy, Math.Log(2) - 1 - 0.25, Math.Log(2) - 1 + 0.25);
    }

    [Fact]
    public void Distributional_values_stay_between_their_atoms()
    {
        Dqn agent = Dqn.Rainbow(-1, 1) with { LearningStarts = 128, BatchSize = 32, Torso = Torso.Relu(16), Replay = new() { Capacity = 5_000, Steps = 3 } };
        TrainingRun<float, int> run = agent.Start(new CartPole(4), RandomKey.FromSeed(1));
        run.Train(4_000);
        float[] values = new float[2];
        ((DqnState)run.State).ActionValues([0, 0, 0, 0], values);
        Assert.All(values, value => Assert.InRange(value, 0.5f, 1));
    }

    [Fact]
    public void A_checkpoint_of_other_atoms_is_refused()
    {
        Dqn agent = Dqn.Rainbow(-1, 1) with { Torso = Torso.Relu(8), Replay = new() { Capacity = 1_000, Steps = 3 } };
        TrainingRun<float, int> saved = agent.Start(new CartPole(4), RandomKey.FromSeed(1));
        var stream = new MemoryStream();
        saved.Save(stream);
        stream.Position = 0;
        TrainingRun<float, int> other = (agent with { Returns = ReturnModel.Categorical(-2, 1) }).Start(new CartPole(4), RandomKey.FromSeed(1));
        Assert.Throws<CheckpointException>(() => other.Load(stream));
    }

    [Fact]
    public void What_does_not_fit_together_is_refused_in_a_sentence()
    {
        Assert.Contains("Munchausen", Assert.Throws<ArgumentException>(() => new Dqn { Munchausen = new(), Returns = ReturnModel.Quantiles() }.Start(new CartPole(1), default)).Message, StringComparison.Ordinal);
        Assert.Contains("3 of 2", Assert.Throws<ArgumentException>(() => new Sac { TargetCritics = 3 }.Start(Pendulum.Create(), default)).Message, StringComparison.Ordinal);
        Assert.Contains("none is left", Assert.Throws<ArgumentException>(() => new Tqc { Quantiles = 2 }.Start(Pendulum.Create(), default)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ReturnModel.Categorical(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => ReturnModel.Categorical(0, 1, 1));
    }

    private static byte[] Learner<TAction>(IAgent<float, TAction> agent, IVectorEnvironment<float, TAction> environment, IWorkers workers) where TAction : unmanaged
    {
        TrainingRun<float, TAction> run = agent.Start(environment, RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
        run.Train(2_000);
        return StateArchive.Save(run.State);
    }
}
