using OptiCore.Differentiation;

namespace OptiCore.RL.Tests;

/// <content>Agents that are made for learning from data, here online.</content>
public partial class AgentConformanceTests
{
    private static Iql SmallIql => new()
    {
        Actor = Torso.Relu(16),
        Critic = Torso.Relu(16),
        Value = Torso.Relu(16),
        Replay = Recent,
        LearningStarts = 1000,
        UpdatesPerTransition = 0.25,
        BatchSize = 32,
        TargetRate = 0.02,
        Expectile = 0.9,
        InverseTemperature = 20,
        Optimizer = Brisk,
    };

    private static Row[] FromData =>
    [
        new Row<float, int>(
            new Cql { Discrete = SmallDqn, Penalty = new ConservativePenalty { Weight = 0.01 } },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, state => ActionValue((DqnState)state), n => new FlattenObservations<int>(Worlds.Endless(n))) { Name = "Cql, discrete", ValueSteps = 20_000 },
        Continuous(
            "Cql, continuous, tuned", new Cql { Continuous = SmallSac, Penalty = new ConservativePenalty { Weight = 1e-3, Samples = 2, Threshold = 5 } },
            state => ((SacState)state).Critics, (state, p, x, a) => ((SacState)state).Value(p, x, a)),
        Continuous(
            "Td3Bc", new Td3Bc { Base = SmallTd3, Regularization = new BehaviourRegularization { Alpha = 50 } }, state => ((Td3State)state).Critics, (state, p, x, a) => ((Td3State)state).Value(p, x, a)),
        new Row<float, int>(
            SmallIql, n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, ImplicitValue<int>, n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, float>(SmallIql with { InverseTemperature = 50 }, Worlds.Echo, 20_000, ImplicitValue<float>, Worlds.EndlessEcho) { Name = "Iql, continuous", ValueSteps = 40_000, Random = (2.5, 5), Reached = 9 },
    ];

    private static double ImplicitValue<TAction>(AgentState<float, TAction> state) where TAction : unmanaged
    {
        var learner = (IqlState<TAction>)state;
        return Number(learner.ValueNetwork, p => learner.Value(p, Ones));
    }
}
