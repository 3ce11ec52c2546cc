using OptiCore.Dynamics;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

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
    public void A_deterministic_actor_comes_to_the_gain_of_the_linear_quadratic_regulator()
    {
        // The slope of the actor at the origin is -K of the discounted Riccati equation. Short episodes keep early mistakes from running away, and critics are rectifiers: returns have no bounds.
        static LinearQuadraticControl Plant(int count) => new(LinearPlant.Discrete([1], [0.5], step: 1), [1], [0.5], [0.02], count) { ControlLimit = 2, MaxEpisodeSteps = 5 };
        RegulatorDesign best = Plant(1).Regulator(0.9);
        var agent = new Ddpg
        {
            Base = new Td3
            {
                Actor = Torso.Tanh(16),
                Critic = Torso.Relu(64, 64),
                Replay = new() { Capacity = 50_000, Discount = 0.9 },
                UpdatesPerTransition = 0.25,
                BatchSize = 64,
                TargetRate = 0.02,
                NoiseCorrelation = 0.85,
                ExplorationNoise = 0.2,
                Optimizer = new Adam { LearningRate = 1e-3 },
            },
        };
        TrainingRun<float, float> run = agent.Start(Plant(8), RandomKey.FromSeed(1));
        run.Train(15_000);
        float[] controls = new float[2];
        run.State.Act([-0.4f, 0.4f], controls);
        double gain = (controls[0] - controls[1]) / 0.8;
        Promises.Close(best.Gain[0], gain, 0.15, 0, "the gain");
    }

    [Fact]
    public void Correlated_noise_has_its_deviation_its_correlation_and_begins_each_episode_at_zero()
    {
        // An actor that is learnt nowhere: what differs from its actions is the noise. 64 environments, 2,000 steps: an error of some 0.01.
        const int count = 64, steps = 2_000;
        var agent = new Td3 { LearningStarts = 1, UpdatesPerTransition = 1e-9, Actor = Torso.Relu(2), Critic = Torso.Relu(2), NoiseCorrelation = 0.85, ExplorationNoise = 0.2, Replay = new() { Capacity = 1_000 } };
        AgentState<float, float> state = agent.Start(new AgentSetup<float, float>(new Box(-1, 1, 1), new Box(-3, 3, 1), count, RandomKey.FromSeed(1)));
        float[] x = new float[count], actions = new float[count], best = new float[count];
        double[] rewards = new double[count], noise = new double[count], before = new double[count];
        bool[] none = new bool[count], all = new bool[count];
        Array.Fill(all, true);
        double square = 0, product = 0;
        for (int step = -1; step < steps; step++)
        {
            state.Explore(x, step, actions);
            state.Act(x, best);
            for (int i = 0; i < count; i++)
            {
                (before[i], noise[i]) = (noise[i], (actions[i] - best[i]) / 3);
                if (step >= 100)
                    (square, product) = (square + (noise[i] * noise[i]), product + (noise[i] * before[i]));
            }

            state.Observe(new Transition<float, float> { Observations = x, Actions = actions, Rewards = rewards, Terminated = none, Truncated = step == steps - 1 ? all : none, NextObservations = x });
        }

        Promises.Close(0.2, Math.Sqrt(square / count / (steps - 100)), 0.05, 0, "the deviation");
        Promises.Close(0.85, product / square, 0.02, 0, "the correlation");

        // The first of an episode has only its fresh part, sqrt(1 - 0.85^2) of the deviation.
        state.Explore(x, steps, actions);
        state.Act(x, best);
        double first = 0;
        for (int i = 0; i < count; i++)
            first += Math.Pow((actions[i] - best[i]) / 3, 2) / count;
        Promises.Close(0.2 * Math.Sqrt(1 - (0.85 * 0.85)), Math.Sqrt(first), 0.3, 0, "the first deviation");
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
