namespace OptiCore.RL;

/// <summary>
/// Deep deterministic policy gradient: a critic learns r + gamma Q(s', mu(s')) of slowly following targets, a deterministic actor mu climbs Q(s, mu(s)). It is <see cref="Td3"/> with one critic, without
/// smoothing and without delay, and so it runs.
/// </summary>
/// <remarks>
/// T. P. Lillicrap, J. J. Hunt, A. Pritzel, N. Heess, T. Erez, Y. Tassa, D. Silver, D. Wierstra (2016), "Continuous control with deep reinforcement learning". By default the noise is
/// independent from step to step; the paper's Ornstein-Uhlenbeck process (theta 0.15, sigma 0.2) is a <see cref="Td3.NoiseCorrelation"/> of 0.85 with an <see cref="Td3.ExplorationNoise"/> of 0.38. Batch normalisation, which the paper
/// needs for observations of many scales, is left to <see cref="NormalizeObservations{TAction}"/>. <see cref="Td3"/> is steadier.
/// </remarks>
[Algorithm("DDPG", "Off-policy actor-critic", "T. P. Lillicrap, J. J. Hunt, A. Pritzel, N. Heess, T. Erez, Y. Tassa, D. Silver, D. Wierstra (2016), Continuous control with deep reinforcement learning", Capabilities = "Box observations, bounded box actions; off-policy")]
public sealed record Ddpg : IAgent<float, float>
{
    /// <summary>What it has in common with <see cref="Td3"/>, whose critics, smoothing and delay don't count. Default: as there.</summary>
    public Td3 Base { get; init => field = Require.NotNull(value, nameof(Base)); } = new();

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => (Base with { Critics = 1, TargetNoise = 0, ActorInterval = 1 }).Start(setup);
}
