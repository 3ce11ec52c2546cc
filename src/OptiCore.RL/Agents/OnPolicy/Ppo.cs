using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>What keeps a policy near the one that collected the data.</summary>
public enum PpoSurrogate
{
    /// <summary>The ratio of probabilities is clipped to [1 - epsilon, 1 + epsilon] where that lowers the objective.</summary>
    Clip,

    /// <summary>The divergence KL(old || new) is subtracted with a factor that is halved or doubled after each update, as the divergence was below two thirds of the target or above one and a half.</summary>
    Penalty,
}

/// <summary>
/// Proximal policy optimization: several epochs of minibatch ascent on E[min(r A, clip(r, 1 - eps, 1 + eps) A)] - c_v (V - R)^2 + c_e H with r = pi(a | s) / pi_old(a | s), advantages A
/// by generalized advantage estimation and targets R = A + V_old.
/// </summary>
/// <remarks>
/// <para>J. Schulman, F. Wolski, P. Dhariwal, A. Radford, O. Klimov (2017), "Proximal policy optimization algorithms"; details as in S. Huang, R. Dossa, A. Raffin, A. Kanervisto, W. Wang
/// (2022), "The 37 implementation details of proximal policy optimization": orthogonal layers, Adam with epsilon 1e-5, advantages normalised in each minibatch, global norm of the
/// gradient clipped to 0.5. Time limits bootstrap. Clipping of values is off by default, since it helps nobody measurably
/// (M. Andrychowicz et al. (2021), "What matters for on-policy deep actor-critic methods?").</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space. An update costs epochs x steps x environments rows forward and backward through both networks; minibatches of 256 rows and more are cut into
/// parts of 128 that workers do at the same time, with the same bits for any number of them. Prefer an off-policy agent where steps of the environment are dear.</para>
/// <para>Networks with a memory are learnt as the recurrent part of the details has it: each environment's memory is carried on from step to step and forgotten where an episode ends, a minibatch has whole sequences of some of the environments,
/// each from the memory that it began with and forgetting where an episode began, and a truncated successor is valued with the memory that led to it. An update's loss is written out step by step, so that starting costs time in
/// proportion to the steps of a sequence.</para>
/// </remarks>
[Algorithm("PPO", "Policy gradient", "J. Schulman, F. Wolski, P. Dhariwal, A. Radford, O. Klimov (2017), Proximal policy optimization algorithms", Capabilities = "Box observations, any actions; on-policy")]
public sealed record Ppo : IAgent<float, int>, IAgent<float, float>
{
    /// <summary>The networks. Default: separate ones of two tanh layers of 64.</summary>
    public ActorCriticLayout Networks { get; init => field = Require.NotNull(value, nameof(Networks)); } = new();

    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The lambda of the advantages, of [0, 1]. Default: 0.95.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 0.95;

    /// <summary>The steps of every environment between two updates. Default: 128.</summary>
    public int RolloutSteps { get; init => field = Require.Positive(value); } = 128;

    /// <summary>
    /// The steps of a sequence, for networks with a memory (<see cref="ActorCriticLayout.Memory"/>), which gradients reach back through; it must divide <see cref="RolloutSteps"/>. 0 for whole rollouts. Default: 0.
    /// </summary>
    public int SequenceSteps { get; init => field = Require.NonNegative(value); }

    /// <summary>How often an update goes through the data. Default: 4.</summary>
    public int Epochs { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The number of minibatches that the data is cut into in each epoch: single transitions, or whole sequences of networks with a memory. Default: 4.</summary>
    public int Minibatches { get; init => field = Require.Positive(value); } = 4;

    /// <summary>What keeps the policy near the old one. Default: clipping.</summary>
    public PpoSurrogate Surrogate { get; init => field = Require.Defined(value); } = PpoSurrogate.Clip;

    /// <summary>The epsilon of clipping, by the number of transitions. Default: 0.2.</summary>
    public Schedule ClipRange { get; init => field = Schedule.Valid(value); } = 0.2;

    /// <summary>The range that values may move in from the old ones, as in the authors' code; 0 for none. Default: 0.</summary>
    public double ValueClipRange { get; init => field = Require.NonNegative(value); }

    /// <summary>The factor of the value's error. Default: 0.5.</summary>
    public double ValueWeight { get; init => field = Require.NonNegative(value); } = 0.5;

    /// <summary>The factor of the entropy. Default: 0.01.</summary>
    public double EntropyBonus { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>Whether each minibatch's advantages are shifted and scaled to mean 0 and deviation 1. Default: yes.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>
    /// The divergence aimed at: with clipping, the epochs of an update end early once the estimated divergence exceeds one and a half times this (infinity: never), with
    /// <see cref="PpoSurrogate.Penalty"/>, where infinity stands for the paper's 0.01, the factor adapts to it. Default: infinity.
    /// </summary>
    public double TargetDivergence { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(TargetDivergence), value, "TargetDivergence must be positive."); } = double.PositiveInfinity;

    /// <summary>Turns gradients of the loss into steps. Default: the global norm clipped to 0.5, then Adam with rate 2.5e-4 and epsilon 1e-5.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new ClipByNorm(0.5).Then(new Adam { LearningRate = 2.5e-4, Epsilon = 1e-5 });

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new PpoState<int>(this, setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => new PpoState<float>(this, setup);
}
