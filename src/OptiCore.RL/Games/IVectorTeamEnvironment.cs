namespace OptiCore.RL.Games;

/// <summary>
/// Environments in which a team of agents acts at the same time. The row of an environment is the rows of its agents one after the other, in observations as in actions, so that a team can be trained as one agent with a large action (the reward of
/// an environment is the sum over its agents) or as agents of their own, for which the same spans are read as Count x <see cref="Agents"/> rows. All agents begin and end their episodes together.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public interface IVectorTeamEnvironment<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The number of agents of a team.</summary>
    int Agents { get; }

    /// <summary>Where the observations of one agent come from; the same for all.</summary>
    Space<TObservation> AgentObservationSpace { get; }

    /// <summary>Where the actions of one agent come from; the same for all.</summary>
    Space<TAction> AgentActionSpace { get; }

    /// <summary>The reward of each agent in the last step, Count x <see cref="Agents"/> numbers.</summary>
    ReadOnlySpan<double> AgentRewards { get; }
}
