using OptiCore.Differentiation;
using OptiCore.Optimizers;

namespace OptiCore.RL.Tests;

/// <content>Agents that learn from replayed transitions.</content>
public partial class AgentConformanceTests
{
    private static IUpdateRule Brisk => new Adam { LearningRate = 3e-3 };

    private static ReplayOptions Recent => new() { Capacity = 20_000, Discount = 0.9 };

    private static Dqn SmallDqn => new()
    {
        Torso = Torso.Relu(16),
        Replay = Recent,
        Exploration = Schedule.Linear(1, 0.05, 5_000),
        LearningStarts = 1000,
        UpdatesPerTransition = 0.25,
        BatchSize = 32,
        TargetInterval = 50,
        TargetRate = 1,
        Optimizer = Brisk,
    };

    private static Sac SmallSac => new()
    {
        Actor = Torso.Relu(16),
        Critic = Torso.Relu(16),
        Replay = Recent,
        LearningStarts = 1000,
        UpdatesPerTransition = 0.25,
        BatchSize = 32,
        TargetRate = 0.02,
        Optimizer = Brisk,
        Temperature = 1e-3,
        TunesTemperature = false,
    };

    private static Td3 SmallTd3 => new()
    {
        Actor = Torso.Relu(16),
        Critic = Torso.Relu(16),
        Replay = Recent,
        LearningStarts = 1000,
        UpdatesPerTransition = 0.25,
        BatchSize = 32,
        TargetRate = 0.02,
        Optimizer = Brisk,
    };

    private static Row[] Replayed =>
    [
        ValueBased("Dqn", SmallDqn with { IsDouble = false }),
        ValueBased("Dqn, double, dueling, prioritised", SmallDqn with { IsDueling = true, Priorities = new() }),
        ValueBased("Dqn, quantiles, three steps", SmallDqn with { Returns = ReturnModel.Quantiles(11), Replay = Recent with { Steps = 3 } }),
        ValueBased("Dqn, Munchausen", SmallDqn with { Munchausen = new() }),
        ValueBased("Rainbow", Dqn.Rainbow(0, 12) with
        {
            Torso = Torso.Relu(16),
            Replay = Recent with { Steps = 3 },
            LearningStarts = 1000,
            UpdatesPerTransition = 0.25,
            BatchSize = 32,
            TargetInterval = 50,
            TargetRate = 1,
            Optimizer = Brisk,
        }),
        Continuous("Sac", SmallSac, state => ((SacState)state).Critics, (state, p, x, a) => ((SacState)state).Value(p, x, a)),
        Continuous("Tqc", new Tqc { Base = SmallSac, Critics = 2, Quantiles = 5, DroppedQuantiles = 1 }, state => ((SacState)state).Critics, (state, p, x, a) => ((SacState)state).Value(p, x, a)),
        Continuous(
            "Redq", new Redq { Base = SmallSac, Critics = 4, UpdatesPerTransition = 1 }, state => ((SacState)state).Critics, (state, p, x, a) => ((SacState)state).Value(p, x, a)),
        Continuous("Td3", SmallTd3, state => ((Td3State)state).Critics, (state, p, x, a) => ((Td3State)state).Value(p, x, a)),
        Continuous("Ddpg", new Ddpg { Base = SmallTd3 with { NoiseCorrelation = 0.85 } }, state => ((Td3State)state).Critics, (state, p, x, a) => ((Td3State)state).Value(p, x, a)),
        new Row<float, int>(
            SmallSac, n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000,
            state => Number(((DiscreteSacState)state).Critics, p => ((DiscreteSacState)state).Value(p, Ones)), n => new FlattenObservations<int>(Worlds.Endless(n)))
        {
            Name = "Sac, discrete",
            ValueSteps = 20_000,
        },
    ];

    private static Variable Ones => Variable.Constant<double>([1.0], [1, 1]);

    private static Row<float, int> ValueBased(string name, Dqn agent) => new(
        agent, n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, state => ActionValue((DqnState)state), n => new FlattenObservations<int>(Worlds.Endless(n)))
    {
        Name = name,
        ValueSteps = 20_000,
    };

    private static Row<float, float> Continuous(
        string name, IAgent<float, float> agent, Func<AgentState<float, float>, LearnedNetwork> critics, Func<AgentState<float, float>, Variable, Variable, Variable, Variable> value) => new(
        agent, Worlds.Echo, 20_000, state => Number(critics(state), p => value(state, p, Ones, 0 * Ones)), Worlds.EndlessEcho)
        {
            Name = name,
            ValueSteps = 40_000,
            Random = (2.5, 5),
            Reached = 9,
        };

    private static double ActionValue(DqnState state)
    {
        float[] value = new float[1];
        state.ActionValues([1], value);
        return value[0];
    }

    private static double Number(LearnedNetwork network, Func<Variable, Variable> write)
    {
        Variable p = Variable.Input("parameters", [network.Length]);
        Replay<float> replay = Computation.Compile<float>([p], Operations.Sum(write(p))).Start();
        replay.Bind(0, network.Parameters);
        replay.Run();
        return replay.Output(0)[0];
    }
}
