namespace OptiCore.RL;

/// <summary>
/// Probabilistic ensembles with trajectory sampling: learns what a step does with an ensemble of probabilistic networks, and before every step plans a sequence of actions, whose expected return E[sum_t r_t] is that of sampled trajectories, and
/// plays its first action.
/// </summary>
/// <remarks>
/// <para>K. Chua, R. Calandra, R. McAllister, S. Levine (2018), "Deep reinforcement learning in a handful of trials using probabilistic dynamics models". The first trial is played at random. The paper is told the rewards,
/// <see cref="Rewards"/>; where they aren't, the ensemble learns them with the dynamics. Ends of episodes are not predicted. Between fits the plan of a step begins from the one before.</para>
/// <para>For <see cref="Box"/> observations and bounded <see cref="Box"/> actions. A step of one environment costs Iterations x Population x Particles x Horizon passes of one network, and is the reason to use this: where steps of the
/// environment are very dear. What learns a policy (<see cref="Sac"/>) acts at once and ends higher where transitions are many. The policies that it hands out plan too, each observation from the beginning.</para>
/// </remarks>
[Algorithm("PETS", "Model-based", "K. Chua, R. Calandra, R. McAllister, S. Levine (2018), Deep reinforcement learning in a handful of trials using probabilistic dynamics models", Capabilities = "Box observations, bounded box actions; plans with a learnt model")]
public sealed record Pets : IAgent<float, float>
{
    /// <summary>The networks and how they are fitted; whether they predict rewards follows from <see cref="Rewards"/>. Default: five networks of three layers of 200.</summary>
    public DynamicsEnsembleOptions Model { get; init => field = Require.NotNull(value, nameof(Model)); } = new();

    /// <summary>How sequences of actions are found. Default: the paper's cross-entropy method.</summary>
    public CrossEntropyPlanner Planner { get; init => field = Require.NotNull(value, nameof(Planner)); } = new();

    /// <summary>The rewards as a function of transitions; null if they are to be learnt. Called by the thread that acts. Default: null.</summary>
    public TransitionReward? Rewards { get; init; }

    /// <summary>The trajectories that are sampled for each sequence; a multiple of the number of networks asks all of them as often. Default: 20.</summary>
    public int Particles { get; init => field = Require.Positive(value); } = 20;

    /// <summary>Which network moves a particle. Default: one for the whole sequence.</summary>
    public TrajectorySampling Sampling { get; init => field = Require.Defined(value); } = TrajectorySampling.Whole;

    /// <summary>The number of transitions with uniform actions before the first fit. Default: 1, so that it is the first trial that is random.</summary>
    public int RandomTransitions { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The transitions between two fits; 0 to fit whenever an episode has ended. Default: 0.</summary>
    public int FitInterval { get; init => field = Require.NonNegative(value); }

    /// <summary>The number of transitions that are remembered. Default: 100,000.</summary>
    public int Capacity { get; init => field = Require.Positive(value); } = 100_000;

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => setup.ActionSpace is Box box
        ? new PetsState(this, setup, box)
        : throw new ArgumentException($"PETS needs bounded Box actions, not {setup.ActionSpace}.", nameof(setup));
}
