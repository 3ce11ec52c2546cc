using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>What REINFORCE subtracts from returns to reduce the variance of its gradient.</summary>
public enum ReinforceBaseline
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The mean return of the batch at the same time step, over the episodes that lasted so long.</summary>
    MeanReturn,

    /// <summary>
    /// The critic's value of the state, as it was before it was fitted to the batch. Truncated episodes bootstrap from it; without it a time limit counts as a part of the task.
    /// </summary>
    Value,
}

/// <summary>
/// REINFORCE: ascends the policy gradient E[sum_t (G_t - b_t) grad log pi(a_t | s_t)] with complete episodes, one for each environment, where
/// G_t = sum_{k >= t} gamma^(k - t) r_k and b is the baseline.
/// </summary>
/// <remarks>
/// <para>R. J. Williams (1992), "Simple statistical gradient-following algorithms for connectionist reinforcement learning", Machine Learning 8. As is usual, the
/// factor gamma^t of the exact discounted gradient is left out. Bootstrapping at time limits follows F. Pardo, A. Tavakoli, V. Levdik, P. Kormushev (2018), "Time limits in
/// reinforcement learning". The critic is fitted after the policy's step, by least squares, so that the baseline doesn't depend on the actions that it judges.</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space. An environment that finishes its episode early plays on without being recorded until all have finished; then one update is made and all begin anew. The
/// gradient is the mean over all transitions of the batch. A transition costs a pass through the networks forward when it is played and one forward and backward when it is learnt from, and
/// <see cref="ValueEpochs"/> more through the critic. The simplest policy gradient: prefer an actor-critic where episodes are long or rewards rare.</para>
/// </remarks>
[Algorithm("REINFORCE", "Policy gradient", "R. J. Williams (1992), Simple statistical gradient-following algorithms for connectionist reinforcement learning", Capabilities = "Box observations, any actions; on-policy")]
public sealed record Reinforce : IAgent<float, int>, IAgent<float, float>
{
    /// <summary>The networks; with <see cref="ReinforceBaseline.Value"/> they mustn't be shared. Default: separate ones of one tanh layer of 32.</summary>
    public ActorCriticLayout Networks { get; init => field = Require.NotNull(value, nameof(Networks)); } = new() { Policy = Torso.Tanh(32), Value = Torso.Tanh(32) };

    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The update rule that turns the gradient of the policy's loss into a step; any composition of rules will do. Default: Adam with learning rate 0.01.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 0.01 };

    /// <summary>What is subtracted from returns. Default: the critic's value.</summary>
    public ReinforceBaseline Baseline { get; init => field = Require.Defined(value); } = ReinforceBaseline.Value;

    /// <summary>Whether an action is credited with the rewards from it on (the default) or, as in the original, with those of the whole episode.</summary>
    public bool RewardToGo { get; init; } = true;

    /// <summary>Whether a batch's advantages are shifted and scaled to mean 0 and deviation 1. Default: yes.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>The weight of the policy's entropy in the objective, which keeps it from settling early. Default: 0.</summary>
    public double EntropyBonus { get; init => field = Require.NonNegative(value); }

    /// <summary>The longest part of an episode that is learnt from; what is longer is cut there like a truncated episode. Default: 10,000.</summary>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>How often the critic's fit goes through a batch. Default: 5.</summary>
    public int ValueEpochs { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The rows of a step of the critic. Default: 128.</summary>
    public int ValueBatch { get; init => field = Require.Positive(value); } = 128;

    /// <summary>Turns gradients of the critic's loss into steps. Default: Adam with rate 1e-3.</summary>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public IUpdateRule ValueOptimizer { get; init => field = Require.NotNull(value, nameof(ValueOptimizer)); } = new Adam { LearningRate = 1e-3 };

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new ReinforceState<int>(this, setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => new ReinforceState<float>(this, setup);
}
