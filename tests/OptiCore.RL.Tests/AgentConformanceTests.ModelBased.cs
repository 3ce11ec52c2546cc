using OptiCore.Optimizers;

namespace OptiCore.RL.Tests;

/// <content>Agents that plan with what they have learnt of the world.</content>
public partial class AgentConformanceTests
{
    private static Row[] Planners =>
    [
        new Row<float, float>(
            new Pets
            {
                Model = new() { Members = 2, Torso = Torso.Relu(24), Optimizer = new Adam { LearningRate = 1e-2 }, MaxEpochs = 15, BatchSize = 64, WeightDecay = 0 },
                Planner = new() { Horizon = 1, Population = 24, Elites = 4, Iterations = 3 },
                Particles = 2,
                RandomTransitions = 1000,
                FitInterval = 2000,
                Capacity = 4000,
            },
            Worlds.Echo, 4000, RewardForEver, Worlds.EndlessEcho) { ValueSteps = 6000, Random = (2.5, 5), Reached = 9 },
        Continuous(
            "Mbpo", new Mbpo
            {
                Learner = SmallSac with { Replay = Recent },
                Model = new() { Members = 2, Torso = Torso.Relu(16), Optimizer = new Adam { LearningRate = 1e-2 }, MaxEpochs = 5, BatchSize = 128, WeightDecay = 0 },
                Elites = 1,
                FitInterval = 2000,
                RolloutsPerTransition = 1,
                RolloutLength = 2,
                ImaginedCapacity = 8000,
                RealShare = 0.25,
            },
            state => ((MbpoState)state).Learner.Critics, (state, p, x, a) => ((MbpoState)state).Learner.Value(p, x, a)),
    ];

    /// <summary>A model has no values; what is learnt of a world that pays 1 a step is worth 10 for ever with gamma = 0.9.</summary>
    private static double RewardForEver(AgentState<float, float> state)
    {
        float[] means = new float[2];
        ((PetsState)state).Model.Predict([1], [0.5f], [1], means, new float[2]);
        return 10 * means[1];
    }
}
