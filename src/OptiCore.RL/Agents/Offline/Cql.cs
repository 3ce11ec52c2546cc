namespace OptiCore.RL;

/// <summary>
/// Conservative Q-learning: <see cref="Sac"/> for boxes and <see cref="Dqn"/> for discrete actions with a <see cref="ConservativePenalty"/>, which keeps the values of actions that the data don't have low. Learns from data by
/// <c>Train.Offline</c>.
/// </summary>
/// <remarks>
/// <para>A. Kumar, A. Zhou, G. Tucker, S. Levine (2020), "Conservative Q-learning for offline reinforcement learning": CQL(H), with a fixed factor or the Lagrange form. Targets of continuous actions don't count the entropy, as in the
/// authors' experiments. Theirs begin with cloning for some ten thousand updates and learn the actor more slowly than the critics; here both go at the rate of <see cref="Sac.Optimizer"/> from the first update.</para>
/// <para>An update costs, beside that of the base, 3 x <see cref="ConservativePenalty.Samples"/> rows of the critics for each of the batch for boxes, and nothing to speak of for discrete actions. Prefer <see cref="Iql"/> or
/// <see cref="Td3Bc"/> where time is short, and <see cref="BehaviourCloning"/> where the data are good throughout.</para>
/// </remarks>
[Algorithm("CQL", "Offline", "A. Kumar, A. Zhou, G. Tucker, S. Levine (2020), Conservative Q-learning for offline reinforcement learning", Capabilities = "Box observations, bounded box or discrete actions; from data, off-policy")]
public sealed record Cql : IAgent<float, float>, IAgent<float, int>
{
    /// <summary>What it has in common with <see cref="Sac"/>, for boxes. Default: as there.</summary>
    public Sac Continuous { get; init => field = Require.NotNull(value, nameof(Continuous)); } = new();

    /// <summary>What it has in common with <see cref="Dqn"/>, for discrete actions. Default: as there.</summary>
    public Dqn Discrete { get; init => field = Require.NotNull(value, nameof(Discrete)); } = new();

    /// <summary>The penalty; null for a weight of 5 for boxes and 1 for discrete actions. Default: null.</summary>
    public ConservativePenalty? Penalty { get; init; }

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => (Continuous with { Conservatism = Penalty ?? new ConservativePenalty { Weight = 5 }, BacksUpEntropy = false }).Start(setup);

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => (Discrete with { Conservatism = Penalty ?? new ConservativePenalty() }).Start(setup);
}
