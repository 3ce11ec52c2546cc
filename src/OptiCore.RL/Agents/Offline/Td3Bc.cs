namespace OptiCore.RL;

/// <summary>How an actor is held near the actions of its data.</summary>
/// <remarks>S. Fujimoto, S. Gu (2021), "A minimalist approach to offline reinforcement learning".</remarks>
public sealed record BehaviourRegularization
{
    /// <summary>The weight alpha of the values against the distance. Default: 2.5.</summary>
    public double Alpha { get; init => field = Require.Positive(value); } = 2.5;

    /// <summary>
    /// Whether actor and critics see observations centred and scaled by the mean and the deviation (plus 1e-3) of those in the memory when the agent starts; without any there, as they are. The policy contains the moments. Default: yes.
    /// </summary>
    public bool NormalizesObservations { get; init; } = true;
}

/// <summary>
/// TD3 with behaviour cloning: <see cref="Td3"/> whose actor climbs lambda Q(s, mu(s)) - |mu(s) - a|^2 with lambda = alpha / mean |Q|, and that sees normalised observations: values say where to go among what the data did.
/// </summary>
/// <remarks>
/// <para>S. Fujimoto, S. Gu (2021), "A minimalist approach to offline reinforcement learning". Distances are in units of half the range of an action and averaged over its elements, and the mean of |Q| is that of the batch, both as in the
/// authors' code; no gradient flows through lambda. Learns from data by <c>Train.Offline</c>; online, the distance is to what was explored.</para>
/// <para>The cheapest of its kind: an update costs what one of <see cref="Td3"/> does, but the actor's batches aren't cut into parts that workers do at the same time. Prefer <see cref="Iql"/> for discrete actions, and where parts of good episodes must be put together.</para>
/// </remarks>
[Algorithm("TD3+BC", "Offline", "S. Fujimoto, S. Gu (2021), A minimalist approach to offline reinforcement learning", Capabilities = "Box observations, bounded box actions; from data, off-policy")]
public sealed record Td3Bc : IAgent<float, float>
{
    /// <summary>What it has in common with <see cref="Td3"/>. Default: as there.</summary>
    public Td3 Base { get; init => field = Require.NotNull(value, nameof(Base)); } = new();

    /// <summary>How the actor is held near the data. Default: alpha 2.5, normalised observations.</summary>
    public BehaviourRegularization Regularization { get; init => field = Require.NotNull(value, nameof(Regularization)); } = new();

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => (Base with { Regularization = Regularization }).Start(setup);
}
