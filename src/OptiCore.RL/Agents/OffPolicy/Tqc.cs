namespace OptiCore.RL;

/// <summary>
/// Truncated quantile critics: <see cref="Sac"/> whose critics learn quantiles of the return. The quantiles of all target critics are pooled and sorted, the highest are dropped, and every
/// critic is fitted to the rest: overestimation is controlled in small steps.
/// </summary>
/// <remarks>
/// A. Kuznetsov, P. Shvechikov, A. Grishin, D. Vetrov (2020), "Controlling overestimation bias with truncated mixture of continuous distributional quantile critics". The actor climbs the
/// mean of all quantiles. The paper's critics have three layers of 512; here they are the options'.
/// </remarks>
[Algorithm("TQC", "Off-policy actor-critic", "A. Kuznetsov, P. Shvechikov, A. Grishin, D. Vetrov (2020), Controlling overestimation bias with truncated mixture of continuous distributional quantile critics", Capabilities = "Box observations, bounded box actions; off-policy")]
public sealed record Tqc : IAgent<float, float>
{
    /// <summary>What it has in common with <see cref="Sac"/>. Its critics, quantiles and what is taken of them are those below. Default: as there.</summary>
    public Sac Base { get; init => field = Require.NotNull(value, nameof(Base)); } = new();

    /// <summary>The number of critics. Default: 5.</summary>
    public int Critics { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The quantiles of each. Default: 25.</summary>
    public int Quantiles { get; init => field = Require.Positive(value); } = 25;

    /// <summary>How many of the highest are dropped for each critic. Default: 2.</summary>
    public int DroppedQuantiles { get; init => field = Require.NonNegative(value); } = 2;

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) =>
        (Base with { Critics = Critics, Quantiles = Quantiles, DroppedQuantiles = DroppedQuantiles, UsesMeanCritic = true, TargetCritics = 0 }).Start(setup);
}
