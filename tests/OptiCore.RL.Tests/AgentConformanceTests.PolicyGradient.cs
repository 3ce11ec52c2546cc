using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL.Tests;

/// <content>Agents that follow the policy gradient.</content>
public partial class AgentConformanceTests
{
    private static IUpdateRule Quick => new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-2, Epsilon = 1e-5 });
    private static ActorCriticLayout Small => new() { Policy = Torso.Tanh(16), Value = Torso.Tanh(16) };

    private static Vmpo SmallVmpo => new() { Discount = 0.9, RolloutSteps = 32, Networks = Small, Optimizer = Quick, Epochs = 4, Minibatches = 2, TrustRegion = 0.05, TemperatureBound = 0.1 };

    private static Row[] PolicyGradient =>
    [
        new Row<float, int>(
            new Reinforce { Discount = 0.9, Networks = new() { Policy = Torso.Tanh(), Value = Torso.Tanh(16) }, Optimizer = new Adam { LearningRate = 0.05 }, ValueOptimizer = new Adam { LearningRate = 1e-2 } },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 40_000,
            state => ValueOf(((ReinforceState<int>)state).Networks), n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, float>(
            new Reinforce { Discount = 0.9, Networks = Small, ValueOptimizer = new Adam { LearningRate = 1e-2 } },
            Worlds.Echo, 80_000,
            state => ValueOf(((ReinforceState<float>)state).Networks), Worlds.EndlessEcho) { Name = "Reinforce, continuous", ValueSteps = 20_000, Random = (2.5, 5), Reached = 9 },
        new Row<float, int>(
            new Ppo { Discount = 0.9, RolloutSteps = 32, Networks = Small, Optimizer = Quick },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, Value<int>, n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, float>(
            new Ppo { Discount = 0.9, RolloutSteps = 32, Networks = Small, Optimizer = Quick, Surrogate = PpoSurrogate.Penalty, EntropyBonus = 0 },
            Worlds.Echo, 40_000, Value<float>, Worlds.EndlessEcho) { Name = "Ppo, continuous", ValueSteps = 20_000, Random = (2.5, 5), Reached = 9.3 },
        new Row<float, int>(
            new Ppo { Discount = 0.9, RolloutSteps = 16, SequenceSteps = 8, Networks = Small with { Memory = new Recurrent(new Lstm(8)) }, Optimizer = Quick },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, Value<int>, n => new FlattenObservations<int>(Worlds.Endless(n))) { Name = "Ppo, recurrent", ValueSteps = 20_000 },
        new Row<float, int>(
            new A2c { Discount = 0.9, Networks = Small, Optimizer = Quick },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, Value<int>, n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, int>(
            new A2c { Discount = 0.9, Networks = Small with { Memory = new Recurrent(new Gru(8)) }, Optimizer = Quick },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000, Value<int>, n => new FlattenObservations<int>(Worlds.Endless(n))) { Name = "A2c, recurrent", ValueSteps = 20_000 },
        new Row<float, int>(
            new Trpo { Discount = 0.9, RolloutSteps = 32, Networks = Small, ValueOptimizer = new Adam { LearningRate = 1e-2 } },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000,
            state => ValueOf(((TrpoState<int>)state).Networks), n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, int>(
            SmallVmpo, n => new FlattenObservations<int>(Worlds.Identity(n)), 20_000,
            state => ValueOf(((VmpoState<int>)state).Networks), n => new FlattenObservations<int>(Worlds.Endless(n))) { ValueSteps = 20_000 },
        new Row<float, float>(
            SmallVmpo with { CovarianceTrustRegion = 1e-3 }, Worlds.Echo, 40_000,
            state => ValueOf(((VmpoState<float>)state).Networks), Worlds.EndlessEcho) { Name = "Vmpo, continuous", ValueSteps = 20_000, Random = (2.5, 5), Reached = 9 },
    ];

    private static double Value<TAction>(AgentState<float, TAction> state) where TAction : unmanaged => ValueOf(((PpoState<TAction>)state).Networks);

    private static double ValueOf<TAction>(ActorCritic<TAction> networks) where TAction : unmanaged
    {
        float[] value = new float[1];
        networks.Values([1], value);
        return value[0];
    }
}
