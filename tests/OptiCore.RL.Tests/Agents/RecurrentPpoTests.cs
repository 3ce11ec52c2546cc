using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Agents;

/// <summary>PPO with networks that remember.</summary>
public class RecurrentPpoTests
{
    private static readonly ActorCriticLayout Remembering = new() { Policy = Torso.Tanh(16), Value = null, Memory = new Recurrent(new Gru(16)) };

    private static Ppo Agent => new()
    {
        Networks = Remembering,
        RolloutSteps = 16,
        Minibatches = 2,
        Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 5e-3, Epsilon = 1e-5 }),
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_recalls_what_a_policy_without_memory_can_only_guess(int seed)
    {
        double recalled = Score(Agent), guessed = Score(Agent with { Networks = Remembering with { Memory = null } });
        Assert.True(recalled >= 0.95, $"with memory {recalled}");

        // 400 fair guesses of -1 or 1 have a mean of 0 with a deviation of 0.05.
        Assert.InRange(guessed, -0.2, 0.2);

        double Score(Ppo agent) => agent.Start(new MemoryChain(32, length: 6), RandomKey.FromSeed((ulong)seed), new TrainingOptions { CurveInterval = 2000 })
            .Train(40_000).LastPolicy.Evaluate(new MemoryChain(20, length: 6), 400, RandomKey.FromSeed(50)).MeanReturn;
    }

    [Theory]
    [InlineData(true, 2)]
    [InlineData(false, 1)]
    public void A_sequence_is_its_steps_one_after_the_other_with_episodes_forgotten(bool lstm, int layers)
    {
        const int Steps = 5, Rows = 3, Inputs = 2;
        var layout = new ActorCriticLayout { Policy = Torso.Tanh(4), Value = Torso.Tanh(3), Memory = new Recurrent(lstm ? new Lstm(4) : new Gru(4)) { Layers = layers } };
        var networks = new ActorCritic<int>(layout, new AgentSetup<float, int>(new Box(-1, 1, Inputs), new Discrete(3), Rows, RandomKey.FromSeed(1)));
        int length = networks.MemoryLength;
        Assert.Equal(2 * layers * (lstm ? 2 : 1) * 4, length);
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        float[] observations = new float[Steps * Rows * Inputs], start = new float[Rows * length], keep = new float[Steps * Rows];
        foreach (ref float x in observations.AsSpan())
            x = (float)stream.NextDouble() - 0.5f;
        foreach (ref float x in start.AsSpan())
            x = (float)stream.NextDouble() - 0.5f;
        for (int i = 0; i < keep.Length; i++)
            keep[i] = i >= Rows && stream.NextDouble() < 0.4 ? 0 : 1;

        Variable p = Variable.Input("parameters", [networks.Parameters.Length]), x1 = Variable.Input("observations", [Steps * Rows, Inputs]);
        Variable s = Variable.Input("states", [Rows, length]), k = Variable.Input("keep", [Steps * Rows]);
        (Variable law, Variable value) = networks.Apply(p, x1, s, k);
        Replay<float> whole = Computation.Compile<float>([p, x1, s, k], law, value).Start();
        whole.Bind(0, networks.Parameters);
        observations.CopyTo(whole.Input(1));
        start.CopyTo(whole.Input(2));
        keep.CopyTo(whole.Input(3));
        whole.Run();

        // Acting is the other code path: one step at a time, with the memory handed on.
        var memory = new SequenceMemory(Rows, length, steps: 1, sequence: 1);
        start.CopyTo(memory.After);
        memory.Advance(new bool[Rows], new bool[Rows]);
        float[] tensor = new float[Rows], logs = new float[Rows], values = new float[Rows], again = new float[Rows];
        for (int step = 0; step < Steps; step++)
        {
            ReadOnlySpan<float> seen = observations.AsSpan(step * Rows * Inputs, Rows * Inputs);
            networks.Values(seen, memory.Before, again);
            networks.Act(seen, RandomKey.FromSeed(3), new int[Rows], tensor, logs, values, memory);
            for (int row = 0; row < Rows; row++)
            {
                int entry = (step * Rows) + row;
                Promises.Close(whole.Output(1)[entry], values[row], 1e-5, 1e-6, $"value of step {step}");
                Promises.Close(values[row], again[row], 1e-5, 1e-6, $"value apart of step {step}");
                ReadOnlySpan<float> logits = whole.Output(0).Slice(entry * 3, 3);
                double total = 0;
                foreach (float logit in logits)
                    total += Math.Exp(logit);
                Promises.Close(logits[(int)tensor[row]] - Math.Log(total), logs[row], 1e-5, 1e-6, $"log probability of step {step}");
            }

            bool[] ended = new bool[Rows];
            for (int row = 0; row < Rows && step + 1 < Steps; row++)
                ended[row] = keep[((step + 1) * Rows) + row] == 0;
            memory.Advance(ended, new bool[Rows]);
        }
    }

    [Fact]
    public void The_first_epoch_sees_the_policy_that_played_in_whole_and_in_shorter_sequences()
    {
        // Episodes of 5 steps in sequences of 16 and of 4 end and begin everywhere. The ratio of probabilities must be 1 for every row: then nothing diverges and nothing is clipped.
        foreach (int sequence in (int[])[0, 4])
        {
            Ppo agent = Agent with { SequenceSteps = sequence, Epochs = 1, Minibatches = 1 };
            TrainingRun<float, int> run = agent.Start(new MemoryChain(8, length: 5), RandomKey.FromSeed(1));
            for (int update = 0; update < 4; update++)
            {
                run.Train(8 * 16);
                Assert.InRange(run.State.Metrics[3], -1e-6, 1e-6);
                Assert.Equal(0, run.State.Metrics[4]);
            }
        }
    }

    [Fact]
    public void A_truncated_successor_is_valued_with_the_memory_that_led_to_it()
    {
        const int Rows = 2;
        var state = (PpoState<int>)Agent.Start(new AgentSetup<float, int>(new Box(-1, 1, 3), new Discrete(2), Rows, RandomKey.FromSeed(1)));
        ActorCritic<int> networks = state.Networks;
        var memory = new SequenceMemory(Rows, networks.MemoryLength, steps: 1, sequence: 1);
        float[] seen = new float[3 * Rows], next = new float[3 * Rows], tensor = new float[Rows], logs = new float[Rows], values = new float[Rows], expected = new float[Rows], fresh = new float[Rows];
        int[] actions = new int[Rows];
        RandomStream stream = RandomKey.FromSeed(2).Stream();
        for (int step = 0; step < 10; step++)
        {
            next.CopyTo(seen, 0);
            foreach (ref float x in next.AsSpan())
                x = (float)stream.NextDouble();
            bool[] truncated = [step is 3 or 7, step == 5];
            state.Explore(seen, 0, actions);
            state.Observe(new Transition<float, int> { Observations = seen, Actions = actions, Rewards = new double[Rows], Terminated = new bool[Rows], Truncated = truncated, NextObservations = next });

            // The memory followed apart from the agent.
            networks.Act(seen, default, actions, tensor, logs, values, memory);
            networks.Values(next, memory.After, expected);
            networks.Values(next, fresh);
            memory.Advance(new bool[Rows], truncated);
            for (int row = 0; row < Rows; row++)
            {
                if (!truncated[row])
                    continue;
                Assert.Equal(expected[row], state.Rollout.NextValues[(step * Rows) + row], 1e-6f);
                Assert.True(Math.Abs(expected[row] - fresh[row]) > 1e-3, "the memory makes no difference");
            }
        }
    }

    [Fact]
    public void A_policy_remembers_each_episode_by_itself()
    {
        TrainingRun<float, int> run = Agent.Start(new MemoryChain(8, length: 5), RandomKey.FromSeed(1));
        run.Train(8 * 16 * 4);
        var policy = (IRecurrentPolicy<float, int>)run.State.CurrentPolicy();
        float[] memory = new float[3 * policy.MemoryLength];
        int[] actions = new int[3];
        policy.Act([1, 0, 1, 1, 0, -1, 1, 0, 1], default, memory, actions);
        Assert.Equal(memory[..16], memory[32..]);
        Assert.NotEqual(memory[..16], memory[16..32]);

        // Rows don't see each other, and an unremembered step is the first of an episode.
        float[] alone = new float[16];
        int[] action = new int[1];
        policy.Act([1, 0, -1], default, alone, action);
        for (int i = 0; i < 16; i++)
            Promises.Close(memory[16 + i], alone[i], 1e-5, 1e-6, "memory of a row by itself");
        policy.Act([1, 0, -1], default, action);
        Assert.Equal(actions[1], action[0]);

        var player = new PolicyPlayer<float, int>(policy, 1);
        int[] first = new int[1];
        player.Act([0.8f, 0, 0], default, first);
        player.Observe([false], [true]);
        player.Act([0.8f, 0, 0], default, action);
        Assert.Equal(first, action);
        Promises.AllocatesNothing(() => player.Act([0.8f, 0, 0], default, action), "a step of a player");
    }

    [Fact]
    public void It_has_the_same_bits_for_any_number_of_workers_and_is_saved_and_loaded()
    {
        TrainingRun<float, int> serial = Run(Workers.Serial), threads = Run(Workers.Threads(3));
        Assert.Equal(StateArchive.Save(serial.State), StateArchive.Save(threads.State));

        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var policy = (RecurrentNetworkPolicy<int>)serial.State.CurrentPolicy();
        policy.Save(path);
        RecurrentNetworkPolicy<int> loaded = ((RecurrentNetworkPolicy<int>)Agent.Start(new MemoryChain(2), default).State.CurrentPolicy()).Load(path);
        File.Delete(path);
        Assert.Equal(policy.Parameters, loaded.Parameters);

        static TrainingRun<float, int> Run(IWorkers workers)
        {
            TrainingRun<float, int> run = (Agent with { Minibatches = 1 }).Start(new MemoryChain(32, length: 5), RandomKey.FromSeed(3), new TrainingOptions { Workers = workers });
            run.Train(3 * 32 * 16);
            return run;
        }
    }

    [Fact]
    public void What_has_no_use_for_a_memory_or_no_whole_sequences_is_refused_in_a_sentence()
    {
        var chain = new MemoryChain(2);
        Assert.Contains("REINFORCE", Refused(new Reinforce { Networks = Remembering with { Value = Torso.Tanh(4) } }), StringComparison.Ordinal);
        Assert.Contains("TRPO", Refused(new Trpo { Networks = Remembering with { Value = Torso.Tanh(4) } }), StringComparison.Ordinal);
        Assert.Contains("V-MPO", Refused(new Vmpo { Networks = Remembering }), StringComparison.Ordinal);
        Assert.Contains("sequences of 5", Refused(Agent with { SequenceSteps = 5 }), StringComparison.Ordinal);
        Assert.Contains("2 sequences", Refused(Agent with { Minibatches = 3 }), StringComparison.Ordinal);
        Assert.Equal("Memory", Assert.Throws<ArgumentException>(() => new ActorCriticLayout { Memory = new Recurrent(new Gru(4)) { IsLastOnly = true } }).ParamName);

        string Refused(IAgent<float, int> agent) => Assert.Throws<ArgumentException>(() => agent.Start(chain, default)).Message;
    }
}
