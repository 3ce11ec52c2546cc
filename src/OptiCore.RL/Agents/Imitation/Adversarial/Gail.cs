using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Off-policy adversarial imitation with a Lipschitz reward: a discriminator D(s, a) tells demonstrated from replayed pairs, and an off-policy learner is rewarded where it is fooled. With D the logistic function of a score f,
/// the discriminator descends E_replay[-log(1 - D)] + E_expert[-log D] + lambda E_z[max(0, ||grad_z f(z)|| - k)^2], and the reward of a transition is -log(1 - D(s, a)), computed anew whenever it is drawn.
/// </summary>
/// <remarks>
/// <para>J. Ho, S. Ermon (2016), "Generative adversarial imitation learning"; from replayed transitions and without importance weights, I. Kostrikov, K. K. Agrawal, D. Dwibedi, S. Levine, J. Tompson (2019),
/// "Discriminator-actor-critic: addressing sample inefficiency and reward bias in adversarial imitation learning"; the penalty as what makes it work, L. Blond&#233;, P. Strasser, A. Kalousis (2022),
/// "Lipschitzness is all you need to tame off-policy generative adversarial imitation learning". The slope that is penalised is that of the score, as their programs do: the slope of D vanishes where D is sure, however steep the reward is there. It bounds the
/// reward's: ||grad -log(1 - D)|| = D ||grad f||. Points z are observations as they are and actions in the units of [-1, 1]; wrap the environment and the demonstrations alike where observations need scaling.</para>
/// <para>With <see cref="Pessimism"/> alpha &gt; 0 the reward is multiplied by kappa = exp(-alpha max(0, ||grad_z r|| - k)^2), which distrusts it where it is steep; meant for rewards that aren't negative, it raises others.</para>
/// <para>An episode that a time limit ends is bootstrapped, as always here. One that terminates leaves the learner with zero from there on, which no discriminator has learnt: <see cref="AdversarialReward.NonNegative"/> rewards survival then and
/// <see cref="AdversarialReward.NonPositive"/> an early end, whatever is demonstrated. The absorbing states of discriminator-actor-critic, which learn that reward, are not part of this; it is unbiased where episodes don't terminate.</para>
/// <para>Needs <see cref="Box"/> observations and bounded <see cref="Box"/> actions. The learner's own rewards are never looked at. An update costs that of the learner and one of the discriminator, three passes forward and about five backward.</para>
/// </remarks>
[Algorithm("GAIL", "Imitation", "J. Ho, S. Ermon (2016), Generative adversarial imitation learning", Capabilities = "Box observations, bounded box actions; from demonstrations and an environment without rewards")]
public sealed record Gail : IAgent<float, float>
{
    /// <summary>Pairs of observations and actions of the expert; nothing else of it is looked at. Not to be changed while a run lasts.</summary>
    public required ReplayBuffer<float, float> Demonstrations { get; init => field = Require.NotNull(value, nameof(Demonstrations)); }

    /// <summary>Who learns from the rewards: an agent that learns from a memory. Its own replay options aren't looked at. Default: <see cref="Td3"/> as it is.</summary>
    public IAgent<float, float> Learner { get; init => field = Require.NotNull(value, nameof(Learner)); } = new Td3();

    /// <summary>Transitions to remember and the learner's discount; one step, since rewards change. Default: a million, 0.99.</summary>
    public ReplayOptions Replay { get; init => field = Require.NotNull(value, nameof(Replay)); } = new();

    /// <summary>The layers of the discriminator before its score. Default: two tanh layers of 100, as in the paper of 2016.</summary>
    public Module Discriminator { get; init => field = Require.NotNull(value, nameof(Discriminator)); } = Torso.Tanh(100, 100);

    /// <summary>The form of the reward. Default: -log(1 - D).</summary>
    public AdversarialReward Reward { get; init => field = Require.Defined(value); } = AdversarialReward.NonNegative;

    /// <summary>lambda: how much the penalty counts; 0 for none. Default: 10.</summary>
    public double PenaltyScale { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>k: the slope of the score that is free. Default: 1.</summary>
    public double SlopeBound { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>Whether only slopes above k are penalised, not those below. Default: yes.</summary>
    public bool IsOneSided { get; init; } = true;

    /// <summary>Where the slope is penalised. Default: between demonstrated and replayed pairs.</summary>
    public PenaltyPoints Points { get; init => field = Require.Defined(value); } = PenaltyPoints.Interpolated;

    /// <summary>The deviation of the noise, for points around pairs. Default: 0.1.</summary>
    public double Perturbation { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>alpha: how fast trust in the reward falls where it is steeper than k; 0 for never. Default: 0.</summary>
    public double Pessimism { get; init => field = Require.NonNegative(value); }

    /// <summary>The updates of the discriminator for each one of the learner; may be a fraction. Default: 1.</summary>
    public double DiscriminatorUpdates { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The demonstrated and the replayed pairs of an update of the discriminator, each. Default: 256.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>Turns the discriminator's gradients into steps. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The actions aren't a bounded box, there are no demonstrations or they don't fit, the learner doesn't learn from a memory, or a memory of several steps was asked for.</exception>
    public AgentState<float, float> Start(AgentSetup<float, float> setup)
    {
        (int inputs, int actions) = (setup.ObservationSpace.Length, setup.ActionSpace.Length);
        if (setup.ActionSpace is not Box box)
            throw new ArgumentException($"GAIL needs bounded Box actions, not {setup.ActionSpace}.", nameof(setup));
        if (Demonstrations.Count == 0)
            throw new ArgumentException("There are no demonstrations to imitate.", nameof(setup));
        if (Demonstrations.ObservationLength != inputs || Demonstrations.ActionLength != actions)
        {
            throw new ArgumentException(
                $"The demonstrations hold observations of {Demonstrations.ObservationLength} and actions of {Demonstrations.ActionLength} elements; those of {setup.ObservationSpace} and {setup.ActionSpace} have {inputs} and {actions}.", nameof(setup));
        }

        IReplay<float, float> memory = setup.Memory ?? new ReplayBuffer<float, float>(Replay, inputs, actions, setup.Count);
        if (memory.Buffer.Options.Steps > 1)
            throw new ArgumentException($"Rewards are computed when a transition is drawn, so that samples cover 1 step, not {memory.Buffer.Options.Steps}.", nameof(setup));
        var discriminator = new Discriminator(this, new SquashedGaussianActions(box), inputs, setup.Key.Fold("discriminator"), setup.Workers);
        AgentState<float, float> learner = Learner.Start(setup with { Key = setup.Key.Fold("learner"), Memory = new AdversarialReplay(memory, discriminator) });
        return learner is ReplayAgentState<float> state
            ? new GailState(discriminator, state)
            : throw new ArgumentException($"{Learner.GetType().Name} doesn't learn from a memory, so that there is nothing to reward.", nameof(setup));
    }
}
