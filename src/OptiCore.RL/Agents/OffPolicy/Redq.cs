namespace OptiCore.RL;

/// <summary>
/// Randomized ensembled double Q-learning: <see cref="Sac"/> with many critics, targets from the minimum over a few that are drawn anew for each update, an actor that climbs the mean of all,
/// and many updates for each transition.
/// </summary>
/// <remarks>
/// X. Chen, C. Wang, Z. Zhou, K. Ross (2021), "Randomized ensembled double Q-learning: learning fast without a model". As in its algorithm 1 the actor is updated once for all the critics' updates of a transition.
/// </remarks>
[Algorithm("REDQ", "Off-policy actor-critic", "X. Chen, C. Wang, Z. Zhou, K. Ross (2021), Randomized ensembled double Q-learning: learning fast without a model", Capabilities = "Box observations, bounded box actions; off-policy")]
public sealed record Redq : IAgent<float, float>
{
    /// <summary>What it has in common with <see cref="Sac"/>. Its critics and their updates are those below. Default: as there.</summary>
    public Sac Base { get; init => field = Require.NotNull(value, nameof(Base)); } = new();

    /// <summary>The number of critics. Default: 10.</summary>
    public int Critics { get; init => field = Require.Positive(value); } = 10;

    /// <summary>How many of them targets are the minimum of. Default: 2.</summary>
    public int TargetCritics { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The updates for each transition. Default: 20.</summary>
    public int UpdatesPerTransition { get; init => field = Require.Positive(value); } = 20;

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) =>
        (Base with { Critics = Critics, TargetCritics = TargetCritics, UsesMeanCritic = true, Quantiles = 0, UpdatesPerTransition = UpdatesPerTransition, ActorInterval = UpdatesPerTransition }).Start(setup);
}
