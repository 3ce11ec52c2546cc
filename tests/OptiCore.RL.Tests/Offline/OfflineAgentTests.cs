using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Offline;

/// <summary>What agents learn from data, and the formulas that they learn by.</summary>
public class OfflineAgentTests
{
    private static readonly Adam Brisk = new() { LearningRate = 1e-3 }, Brisker = new() { LearningRate = 2e-3 };

    private static Torso Small => Torso.Relu(32, 32);

    private static Iql SmallIql => new() { Actor = Small, Critic = Small, Value = Small, BatchSize = 128, TargetRate = 0.02, Optimizer = Brisk };

    private static Td3 SmallTd3 => new() { Actor = Small, Critic = Small, BatchSize = 128, TargetRate = 0.02, Optimizer = Brisk };

    private static Dqn SmallDqn => new() { Torso = Small, BatchSize = 128, TargetInterval = 50, TargetRate = 1, Optimizer = Brisk };

    private static Sac SmallSac => new() { Actor = Small, Critic = Small, BatchSize = 128, TargetRate = 0.02, Optimizer = Brisk };

    [Fact]
    public void State_values_are_the_expectile_and_the_policy_is_tilted_by_advantages()
    {
        // Actions are uniform on [-1, 1] and pay what they are: V is the expectile 2 sqrt(tau) / (sqrt(tau) + sqrt(1 - tau)) - 1, which is 1 / 2 for tau = 0.9, and the weights exp(beta a) give the mean coth(beta) - 1 / beta.
        ReplayBuffer<float, float> data = DataSets.Bandit([.. Enumerable.Range(0, 1000).Select(i => (1f, ((2 * i) + 1 - 1000) / 1000f, ((2 * i) + 1 - 1000) / 1000.0))]);
        var state = (IqlState<float>)(SmallIql with { Expectile = 0.9 }).Start(Setup(data, new Box(-1, 1, 1)));
        state.Learn(2000);
        Variable p = Variable.Input("value", [state.ValueNetwork.Length]);
        Replay<float> replay = Computation.Compile<float>([p], state.Value(p, Variable.Constant<double>([1.0], [1, 1]))).Start();
        replay.Bind(0, state.ValueNetwork.Parameters);
        replay.Run();
        Promises.Close(0.5, replay.Output(0)[0], 0, 0.04, "expectile");
        float[] action = new float[1];
        state.Act([1], action);
        Promises.Close((1 / Math.Tanh(3)) - (1.0 / 3), action[0], 0, 0.06, "mean of the tilted law");
    }

    [Fact]
    public void Advantage_weights_are_bounded()
    {
        // exp(1000 * 50) is no number; its bound is.
        ReplayBuffer<float, int> data = DataSets.Bandit<int>((1, 0, -50), (1, 1, 50));
        var state = (IqlState<int>)(SmallIql with { InverseTemperature = 1000, WeightBound = 7 }).Start(Setup(data, new Discrete(2)));
        state.Learn(300);
        Assert.InRange(state.Metrics[3], 0, 7);
        Assert.True(float.IsFinite((float)state.Metrics[2]));
    }

    [Fact]
    public void Lambda_is_alpha_over_the_mean_size_of_values()
    {
        // One transition: every row of a batch is the same.
        var agent = new Td3Bc { Base = SmallTd3 with { Critics = 1, ActorInterval = 1 }, Regularization = new BehaviourRegularization { Alpha = 1.5, NormalizesObservations = false } };
        var state = (Td3State)agent.Start(Setup(DataSets.Bandit((0.5f, 0.25f, 3.0)), new Box(-1, 1, 1)));
        float[] action = new float[1];
        state.Act([0.5f], action);
        state.Learn(1);
        Variable p = Variable.Input("critics", [state.Critics.Length]);
        Replay<float> replay = Computation.Compile<float>([p], state.Value(p, Variable.Constant<double>([0.5], [1, 1]), Variable.Constant<float>(action, [1, 1]))).Start();
        replay.Bind(0, state.Critics.Parameters);
        replay.Run();
        double value = replay.Output(0)[0], lambda = 1.5 / Math.Abs(value);
        Promises.Close(lambda, state.Metrics[3], 1e-4, 0, "lambda");
        Promises.Close(Math.Pow(action[0] - 0.25, 2) - (lambda * value), state.Metrics[2], 1e-4, 1e-5, "loss");
    }

    [Fact]
    public void A_policy_from_normalised_observations_takes_them_as_they_are()
    {
        // The same data in other units: the same policy in other units.
        RandomStream stream = RandomKey.FromSeed(8).Stream();
        var rows = new (float Seen, float Action, double Reward)[400];
        foreach (ref (float, float, double) row in rows.AsSpan())
        {
            double seen = 5 + (16 * stream.NextNormal()), action = (2 * stream.NextDouble()) - 1;
            row = ((float)seen, (float)action, 1 - Math.Abs(action - Math.Tanh(seen / 16)));
        }

        var agent = new Td3Bc { Base = SmallTd3 };
        IPolicy<float, float> policy = Learn(agent, DataSets.Bandit(rows), 300), scaled = Learn(agent, DataSets.Bandit([.. rows.Select(row => ((32 * row.Seen) + 1000, row.Action, row.Reward))]), 300);
        float[] seenHere = [-20, -3, 5, 9, 30], first = new float[5], second = new float[5];
        policy.Act(seenHere, default, first);
        scaled.Act([.. seenHere.Select(x => (32 * x) + 1000)], default, second);
        for (int i = 0; i < 5; i++)
            Promises.Close(first[i], second[i], 0, 0.05, "action");
        Assert.True(first[4] - first[0] > 0.3, $"{first[0]} to {first[4]} doesn't depend on what is seen");

        // Its parameters say what the moments were: without them it isn't loaded.
        string path = Path.GetTempFileName();
        try
        {
            ((NetworkPolicy<float>)policy).Save(path);
            float[] loaded = new float[5];
            ((NetworkPolicy<float>)scaled).Load(path).Act(seenHere, default, loaded);
            Assert.Equal(first, loaded);
            var plain = (NetworkPolicy<float>)Learn(SmallTd3, DataSets.Bandit(rows), 1);
            Assert.Throws<InvalidDataException>(() => plain.Load(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void From_mostly_wrong_play_they_learn_to_balance_where_a_clone_learns_to_fall()
    {
        ReplayBuffer<float, int> data = DataSets.Pole.Data;
        (NetworkPolicy<int> clone, _) = new BehaviourCloning { Torso = Small, Updates = 1000 }.Fit(data, new Discrete(2), RandomKey.FromSeed(1));
        double cloned = Balanced(clone), implicitly = Balanced(Learn(SmallIql with { InverseTemperature = 10 }, data, 3000));
        double conservative = Balanced(Learn(new Cql { Discrete = SmallDqn with { Torso = Torso.Relu(64, 64) }, Penalty = new ConservativePenalty { Weight = 0.5 } }, data, 3000));
        string figures = $"data {DataSets.Pole.Mean} at most {DataSets.Pole.Returns.Max()}, clone {cloned}, IQL {implicitly}, CQL {conservative}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(cloned < 50, figures);
        Assert.True(implicitly > 200, figures);
        Assert.True(conservative > 200, figures);
    }

    [Fact]
    public void From_half_random_swings_TD3_BC_learns_more_than_a_clone() => BeatsAClone(new Td3Bc { Base = SmallTd3 with { Optimizer = Brisker }, Regularization = new BehaviourRegularization { Alpha = 10 } }, 2000);

    [Fact]
    public void From_half_random_swings_IQL_learns_more_than_a_clone() => BeatsAClone(SmallIql with { Optimizer = Brisker, Expectile = 0.8, InverseTemperature = 0.3 }, 4000);

    [Fact]
    public void From_half_random_swings_CQL_learns_more_than_a_clone() =>
        BeatsAClone(new Cql { Continuous = SmallSac with { Optimizer = Brisker, Temperature = 0.1 }, Penalty = new ConservativePenalty { Samples = 2 } }, 1500);

    [Theory]
    [InlineData("IQL")]
    [InlineData("TD3+BC")]
    [InlineData("CQL")]
    public void Learning_from_data_is_the_same_for_any_number_of_workers(string name)
    {
        ReplayBuffer<float, float> data = DataSets.Swing.Data;
        IAgent<float, float> agent = name switch
        {
            "IQL" => SmallIql with { BatchSize = 256 },
            "TD3+BC" => new Td3Bc { Base = SmallTd3 with { BatchSize = 256 } },
            _ => new Cql { Continuous = SmallSac with { BatchSize = 256 }, Penalty = new ConservativePenalty { Samples = 2, Threshold = 5 } },
        };
        Assert.Equal(Learnt(Workers.Serial), Learnt(Workers.Threads(3)));

        byte[] Learnt(IWorkers workers)
        {
            var state = (ReplayAgentState<float>)agent.Start(new AgentSetup<float, float>(new Box(-8, 8, 3), new Box(-2, 2, 1), 1, RandomKey.FromSeed(9)) { Memory = data, Workers = workers });
            state.Learn(20);
            return StateArchive.Save(state);
        }
    }

    [Fact]
    public void What_was_learnt_from_data_is_played_from_the_first_step_on_and_goes_on_being_learnt()
    {
        (float, int, double)[] rows = [(1, 0, 0.0), (1, 1, 1.0), (1, 2, 0.0)];
        var memory = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 100 }, 1, 1);
        ReplayBuffer<float, int> data = DataSets.Bandit<int>(rows);
        for (int i = 0; i < rows.Length; i++)
            memory.Add(new Transition<float, int> { Observations = [1], Actions = [data.Actions[i]], Rewards = [data.Rewards[i]], Terminated = [true], Truncated = [false], NextObservations = [1] });
        var state = (IqlState<int>)(SmallIql with { InverseTemperature = 20, LearningStarts = 10 }).Start(Setup(memory, new Discrete(3)));
        state.Learn(500);
        int[] action = new int[1];
        int right = 0;
        for (int step = 0; step < 50; step++)
        {
            state.Explore([1], step, action);
            right += action[0] == 1 ? 1 : 0;
            state.Observe(new Transition<float, int> { Observations = [1], Actions = action, Rewards = [action[0] == 1 ? 1 : 0], Terminated = [true], Truncated = [false], NextObservations = [1] });
        }

        Assert.InRange(right, 45, 50);
        Assert.Equal(541, state.Updates);
        Assert.Equal(53, memory.Count);
    }

    [Fact]
    public void Actions_of_several_elements_are_valued_together()
    {
        // What pays is a combination, and the best one is rare.
        var multi = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 60 }, 1, 2);
        var binary = new ReplayBuffer<float, int>(new ReplayOptions { Capacity = 60 }, 1, 2);
        for (int i = 0; i < 60; i++)
        {
            int[] action = i % 10 == 0 ? [1, 2] : [i % 2, i % 3 % 2], bits = i % 10 == 0 ? [1, 0] : [i % 2, 1];
            Add(multi, action, action is [1, 2] ? 1 : 0);
            Add(binary, bits, bits is [1, 0] ? 1 : 0);
        }

        Assert.Equal([1, 2], Chosen(multi, new MultiDiscrete(2, 3)));
        Assert.Equal([1, 0], Chosen(binary, new MultiBinary(2)));

        static void Add(ReplayBuffer<float, int> data, int[] action, double reward) => data.Add(new Transition<float, int>
        {
            Observations = [1],
            Actions = action,
            Rewards = [reward],
            Terminated = [true],
            Truncated = [false],
            NextObservations = [1],
        });

        static int[] Chosen(ReplayBuffer<float, int> data, Space<int> actions)
        {
            var state = (IqlState<int>)(SmallIql with { InverseTemperature = 10 }).Start(Setup(data, actions));
            state.Learn(400);
            int[] chosen = new int[2];
            state.Act([1], chosen);
            return chosen;
        }
    }

    [Fact]
    public void An_invalid_option_throws_naming_the_member()
    {
        Assert.Equal("Expectile", Assert.Throws<ArgumentOutOfRangeException>(() => new Iql { Expectile = 1 }).ParamName);
        Assert.Equal("InverseTemperature", Assert.Throws<ArgumentOutOfRangeException>(() => new Iql { InverseTemperature = -1 }).ParamName);
        Assert.Equal("WeightBound", Assert.Throws<ArgumentOutOfRangeException>(() => new Iql { WeightBound = 0 }).ParamName);
        Assert.Equal("Alpha", Assert.Throws<ArgumentOutOfRangeException>(() => new BehaviourRegularization { Alpha = 0 }).ParamName);
        Assert.Equal("LeastDeviation", Assert.Throws<ArgumentOutOfRangeException>(() => new GaussianActions(1) { LeastDeviation = -1 }).ParamName);
    }

    private static void BeatsAClone(IAgent<float, float> agent, int updates)
    {
        ReplayBuffer<float, float> data = DataSets.Swing.Data;
        (NetworkPolicy<float> clone, _) = new BehaviourCloning { Torso = Small, Updates = 1000 }.Fit(data, new Box(-2, 2, 1), RandomKey.FromSeed(1));
        double cloned = Swung(clone), learnt = Swung(Learn(agent, data, updates));
        string figures = $"data {DataSets.Swing.Mean} at most {DataSets.Swing.Returns.Max()}, clone {cloned}, learnt {learnt}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(learnt > cloned && learnt > DataSets.Swing.Mean, figures);
    }

    private static double Balanced(IPolicy<float, int> policy) => policy.Evaluate(new CartPole(20), 40, RandomKey.FromSeed(2)).MeanReturn;

    private static double Swung(IPolicy<float, float> policy) => policy.Evaluate(new Pendulum(20), 40, RandomKey.FromSeed(2)).MeanReturn;

    private static IPolicy<float, TAction> Learn<TAction>(IAgent<float, TAction> agent, ReplayBuffer<float, TAction> data, int updates) where TAction : unmanaged
    {
        Space<TAction> actions = (Space<TAction>)(object)(typeof(TAction) == typeof(int) ? new Discrete(2) : data.ObservationLength == 3 ? new Box(-2, 2, 1) : new Box(-1, 1, 1));
        var settings = new TrainSettings<float, TAction> { Key = RandomKey.FromSeed(3), Table = null };
        return Train.Offline(agent, data, new Box(-1e6f, 1e6f, data.ObservationLength), actions, updates, settings).BestPolicy;
    }

    private static AgentSetup<float, TAction> Setup<TAction>(ReplayBuffer<float, TAction> data, Space<TAction> actions) where TAction : unmanaged =>
        new(new Box(-10, 10, 1), actions, 1, RandomKey.FromSeed(4)) { Memory = data };
}
