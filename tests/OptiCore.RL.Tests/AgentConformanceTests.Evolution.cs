using OptiCore.Optimizers;

namespace OptiCore.RL.Tests;

/// <content>Searches in the parameters of policies.</content>
public partial class AgentConformanceTests
{
    private static Row[] Searches =>
    [
        new Row<float, int>(
            new EvolutionStrategySearch { Torso = null, Solver = new OpenAiEs { Pairs = 8, Noise = 1, Rule = new Adam { LearningRate = 0.1 } } },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 40_000, Rate<int>, n => new FlattenObservations<int>(Worlds.Endless(n))),
        new Row<float, float>(
            new EvolutionStrategySearch { Torso = null, Solver = new CmaEs { InitialStep = 0.5 }, EpisodesPerCandidate = 10, NormalizesObservations = true },
            Worlds.Echo, 40_000, Rate<float>, Worlds.EndlessEcho) { Name = "EvolutionStrategySearch, continuous, CMA-ES", Random = (2.5, 5), Reached = 9.3 },
        new Row<float, int>(
            new AugmentedRandomSearch { Noise = 0.3, StepSize = 0.03, TopDirections = 4 },
            n => new FlattenObservations<int>(Worlds.Identity(n)), 40_000, Rate<int>, n => new FlattenObservations<int>(Worlds.Endless(n))),
    ];

    /// <summary>A search has no values; an episode that is cut off counts whole: 5 steps that pay 1 each. For ever and with gamma = 0.9 such a rate is worth 10.</summary>
    private static double Rate<TAction>(AgentState<float, TAction> state) where TAction : unmanaged => 10 * ((PolicySearchState<TAction>)state).Metrics[0] / 5;
}
