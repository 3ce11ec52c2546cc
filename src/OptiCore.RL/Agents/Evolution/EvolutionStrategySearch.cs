using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.RL;

/// <summary>
/// Policy search by evolution strategies: looks for the parameters theta of a deterministic policy with the highest expected return of an episode, J(theta) = E[sum_t r_t], from returns alone. Candidates are asked of any minimiser of functions
/// without derivatives; the default estimates the gradient of J smoothed by N(0, sigma^2 I) from antithetic pairs and centred ranks.
/// </summary>
/// <remarks>
/// <para>T. Salimans, J. Ho, X. Chen, S. Sidor, I. Sutskever (2017), "Evolution strategies as a scalable alternative to reinforcement learning", with <see cref="OpenAiEs"/>: mirrored sampling, rank shaping, weight decay and
/// Adam, here with 32 pairs. With <see cref="CmaEs"/>, <see cref="Snes"/>, <see cref="CrossEntropyMethod"/> or another as <see cref="Solver"/> the search is that method's; one that asks for a whole generation at once keeps all environments
/// busy. A candidate plays <see cref="EpisodesPerCandidate"/> episodes, one environment at a time; an environment that is done takes the next candidate, so that a generation may be larger or smaller than the number of environments.
/// Time limits are part of the task: there is no value function, and no discount.</para>
/// <para>An observation costs one pass forward and no memory is kept of it. Prefer gradients of the policy (<see cref="Ppo"/>) for large networks and dense rewards; prefer this for small policies, long horizons, rewards without
/// credit to single actions, or simulators by the hundred. <see cref="Box"/> actions are center + half y, clipped to the bounds, of the network's output y (y itself where there are no two bounds); others are the most probable ones of logits.</para>
/// </remarks>
[Algorithm("Evolution strategies for policies", "Policy search", "T. Salimans, J. Ho, X. Chen, S. Sidor, I. Sutskever (2017), Evolution strategies as a scalable alternative to reinforcement learning", Capabilities = "Box observations, any actions; any ask/tell minimiser")]
public sealed record EvolutionStrategySearch : IAgent<float, float>, IAgent<float, int>
{
    /// <summary>
    /// Asks for candidates. Default: <see cref="OpenAiEs"/> with the noise of 0.02, the L2 decay of 0.005 and the rate of 0.01 of Adam of the authors' program; that leaves out the factor 1 / sigma of the gradient, by which the decay is 0.25 here.
    /// </summary>
    public ISolver<double, IFunction<double>> Solver { get; init => field = Require.NotNull(value, nameof(Solver)); } =
        new OpenAiEs { Rule = new AddDecayedWeights(0.25).Then(new Adam { LearningRate = 0.01 }) };

    /// <summary>The layers of the policy before its last, linear one; null for a linear policy. Default: two tanh layers of 32.</summary>
    public Module? Torso { get; init; } = RL.Torso.Tanh(32, 32);

    /// <summary>The episodes that a candidate plays; its value is their mean return. Default: 1.</summary>
    public int EpisodesPerCandidate { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The longest part of an episode that counts; what is longer is cut there. Default: 10,000.</summary>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Whether observations are shifted and scaled by the means and deviations of all that were seen before the generation. Default: no.</summary>
    public bool NormalizesObservations { get; init; }

    /// <summary>
    /// Whether the policy is the mean of the candidates of a generation, which for mirrored samples is the minimiser's mean and for others estimates it; otherwise it is the minimiser's own point, for most the candidate with the best return of the
    /// last generation, which noise flatters. Default: yes.
    /// </summary>
    public bool AnswersWithCenter { get; init; } = true;

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => Begin(setup);

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => Begin(setup);

    private PolicySearchState<TAction> Begin<TAction>(AgentSetup<float, TAction> setup) where TAction : unmanaged => new(
        new PolicySearchSettings(EpisodesPerCandidate, MaxEpisodeSteps, NormalizesObservations, AnswersWithCenter),
        new SearchPolicy<TAction>(Torso, Initializer.Orthogonal(0.01), hasBias: true, NormalizesObservations, setup), Solver.Start, setup);
}
