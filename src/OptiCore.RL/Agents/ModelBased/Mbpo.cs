using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>Where transitions end an episode.</summary>
/// <param name="observations">What was observed before, one row each.</param>
/// <param name="actions">What was done, one row each.</param>
/// <param name="nextObservations">What was observed after, one row each.</param>
/// <param name="terminated">Receives as many answers.</param>
public delegate void TransitionEnd(ReadOnlySpan<float> observations, ReadOnlySpan<float> actions, ReadOnlySpan<float> nextObservations, Span<bool> terminated);

/// <summary>
/// Model-based policy optimization: <see cref="Sac"/> that learns from short imagined trajectories. From time to time an ensemble of probabilistic networks is fitted to all real transitions; from states that were really visited the policy
/// plays k steps in it, and the learner's batches are of these, with a few real transitions among them.
/// </summary>
/// <remarks>
/// <para>M. Janner, J. Fu, M. Zhang, S. Levine (2019), "When to trust your model: model-based policy optimization", algorithm 2. Each imagined step is moved by another network, drawn uniformly from the elite, the networks with the smallest errors on
/// what was held out of the fit. Rewards are predicted unless a function of transitions gives them; episodes end in imagination only where <see cref="Ends"/> says so. All imagined steps of a fit are played at once, right after it,
/// as the authors' program does, and replace the oldest ones.</para>
/// <para>Needs <see cref="Box"/> observations and bounded <see cref="Box"/> actions. For each transition it costs <see cref="Sac.UpdatesPerTransition"/> updates of SAC and <see cref="RolloutsPerTransition"/> rows forward through policy and model
/// for each imagined step, and a fit every <see cref="FitInterval"/>. For steps of the environment that are dearer than all this; else <see cref="Sac"/>.</para>
/// </remarks>
[Algorithm("MBPO", "Model-based", "M. Janner, J. Fu, M. Zhang, S. Levine (2019), When to trust your model: model-based policy optimization", Capabilities = "Box observations, bounded box actions; learns a model")]
public sealed record Mbpo : IAgent<float, float>
{
    /// <summary>Who learns. Its replay options are those of the real transitions, of one step; its first update comes after the first fit. Default: <see cref="Sac"/> with 20 updates for each transition.</summary>
    public Sac Learner { get; init => field = Require.NotNull(value, nameof(Learner)); } = new() { UpdatesPerTransition = 20 };

    /// <summary>The model. Default: seven networks, otherwise as there.</summary>
    public DynamicsEnsembleOptions Model { get; init => field = Require.NotNull(value, nameof(Model)); } = new() { Members = 7 };

    /// <summary>How many of the networks imagine: those with the smallest errors. Default: 5.</summary>
    public int Elites { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The rewards of imagined transitions; null to predict them. Default: null.</summary>
    public TransitionReward? Rewards { get; init; }

    /// <summary>Where imagined episodes end; null for nowhere. Default: null.</summary>
    public TransitionEnd? Ends { get; init; }

    /// <summary>The transitions between two fits. Default: 250.</summary>
    public int FitInterval { get; init => field = Require.Positive(value); } = 250;

    /// <summary>The imagined trajectories for each transition. Default: 400.</summary>
    public int RolloutsPerTransition { get; init => field = Require.Positive(value); } = 400;

    /// <summary>The length k of imagined trajectories, by the number of transitions; rounded down, at least 1. Default: 1.</summary>
    public Schedule RolloutLength { get; init => field = Schedule.Valid(value); } = 1;

    /// <summary>The number of imagined transitions that are remembered. Default: 400,000.</summary>
    public int ImaginedCapacity { get; init => field = Require.Positive(value); } = 400_000;

    /// <summary>The share of real transitions in a batch, of [0, 1]. Default: 0.05.</summary>
    public double RealShare { get; init => field = Require.InClosed(value, 0, 1); } = 0.05;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The actions aren't a bounded box, there are more elites than networks, or samples of several steps were asked for.</exception>
    public AgentState<float, float> Start(AgentSetup<float, float> setup)
    {
        if (setup.ActionSpace is not Box box)
            throw new ArgumentException($"MBPO needs bounded Box actions, not {setup.ActionSpace}.", nameof(setup));
        if (Elites > Model.Members)
            throw new ArgumentException($"The elite of {Elites} is larger than the ensemble of {Model.Members} networks.", nameof(setup));
        if (Learner.Replay.Steps > 1)
            throw new ArgumentException($"Imagined transitions are single ones, so that samples cover 1 step, not {Learner.Replay.Steps}.", nameof(setup));
        return new MbpoState(this, setup, box);
    }
}
