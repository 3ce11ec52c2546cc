using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Soft actor-critic: maximises E[sum gamma^t (r_t + alpha H(pi(. | s_t)))] from replayed transitions. Critics learn r + gamma (min_k Q_k(s', a') - alpha log pi(a' | s')) with a' drawn from the
/// policy, the policy descends E[alpha log pi(a | s) - min_k Q_k(s, a)], and the temperature alpha is tuned so that the entropy meets a target.
/// </summary>
/// <remarks>
/// <para>T. Haarnoja, A. Zhou, K. Hartikainen, G. Tucker, S. Ha, J. Tan, V. Kumar, H. Zhu, A. Gupta, P. Abbeel, S. Levine (2018), "Soft actor-critic algorithms and applications", for boxes with
/// <see cref="SquashedGaussianActions"/>; for <see cref="Discrete"/> actions, where expectations over actions are sums, P. Christodoulou (2019), "Soft actor-critic for discrete action
/// settings". Torsos begin as Glorot's. Actions are uniform until learning starts.</para>
/// <para>An update costs, for each critic, two passes forward and two backward, and two of the actor. Prefer <see cref="Ppo"/> where steps of the environment are cheap.</para>
/// </remarks>
[Algorithm("SAC", "Off-policy actor-critic", "T. Haarnoja, A. Zhou, K. Hartikainen, G. Tucker, S. Ha, J. Tan, V. Kumar, H. Zhu, A. Gupta, P. Abbeel, S. Levine (2018), Soft actor-critic algorithms and applications", Capabilities = "Box observations, bounded box or discrete actions; off-policy")]
public sealed record Sac : IAgent<float, float>, IAgent<float, int>
{
    /// <summary>The layers of the actor before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Actor { get; init => field = Require.NotNull(value, nameof(Actor)); } = OffPolicyTorso.Default;

    /// <summary>The layers of each critic before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Critic { get; init => field = Require.NotNull(value, nameof(Critic)); } = OffPolicyTorso.Default;

    /// <summary>Transitions to remember, several steps and the discount. Default: a million, one step, 0.99.</summary>
    public ReplayOptions Replay { get; init => field = Require.NotNull(value, nameof(Replay)); } = new();

    /// <summary>The number of critics. Default: 2.</summary>
    public int Critics { get; init => field = Require.Positive(value); } = 2;

    /// <summary>How many of the target critics, drawn anew for each update, the minimum is over; 0 for all. Default: 0.</summary>
    public int TargetCritics { get; init => field = Require.NonNegative(value); }

    /// <summary>Whether the actor climbs the mean of the critics instead of their minimum. Default: no.</summary>
    public bool UsesMeanCritic { get; init; }

    /// <summary>The quantiles of each critic's distribution of returns; 0 for critics of the mean. Default: 0.</summary>
    public int Quantiles { get; init => field = Require.NonNegative(value); }

    /// <summary>How many of the highest target quantiles are dropped for each critic. Default: 2.</summary>
    public int DroppedQuantiles { get; init => field = Require.NonNegative(value); } = 2;

    /// <summary>Whether targets count the entropy of what follows. Default: yes.</summary>
    public bool BacksUpEntropy { get; init; } = true;

    /// <summary>What keeps the values of actions low that the data don't have, for boxes: <see cref="Cql"/>; null for nothing. Default: null.</summary>
    public ConservativePenalty? Conservatism { get; init; }

    /// <summary>The temperature alpha: of the whole run if it isn't tuned, at the beginning if it is. Default: 1.</summary>
    public double Temperature { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether the temperature is tuned. Default: yes.</summary>
    public bool TunesTemperature { get; init; } = true;

    /// <summary>
    /// The entropy aimed at; NaN for the usual one. That is -n for n continuous actions in the units of [-1, 1], and 0.98 log n in the discrete paper, here 0.5 log n, for n discrete ones. Default: NaN.
    /// </summary>
    public double TargetEntropy { get; init; } = double.NaN;

    /// <summary>The number of transitions, with uniform actions unless it has learnt from data, before the first update. Default: 1,000.</summary>
    public int LearningStarts { get; init => field = Require.Positive(value); } = 1_000;

    /// <summary>The updates for each transition. Default: 1.</summary>
    public double UpdatesPerTransition { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The updates of the critics for each one of the actor. Default: 1.</summary>
    public int ActorInterval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The transitions of an update. Default: 256.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>How far the target critics move after each update, of (0, 1]. Default: 0.005.</summary>
    public double TargetRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetRate), value, "TargetRate must lie in (0, 1]."); } = 0.005;

    /// <summary>Turns gradients into steps, of the actor, the critics and the temperature alike. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup)
    {
        if (setup.ActionSpace is not Box box)
            throw new ArgumentException($"SAC needs bounded Box or Discrete actions, not {setup.ActionSpace}.", nameof(setup));
        if (TargetCritics > Critics)
            throw new ArgumentException($"The minimum is over {TargetCritics} of {Critics} critics.", nameof(setup));
        if (Quantiles > 0 && DroppedQuantiles >= Quantiles)
            throw new ArgumentException($"Of {Quantiles} quantiles {DroppedQuantiles} are dropped: none is left.", nameof(setup));
        return new SacState(this, setup, new SquashedGaussianActions(box));
    }

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup)
    {
        if (setup.ActionSpace is not Discrete actions)
            throw new ArgumentException($"SAC needs bounded Box or Discrete actions, not {setup.ActionSpace}.", nameof(setup));
        if (Quantiles > 0 || TargetCritics > 0 || UsesMeanCritic)
            throw new ArgumentException("With Discrete actions SAC has critics of the mean and takes the minimum over all of them.", nameof(setup));
        if (Conservatism is not null)
            throw new ArgumentException("SAC with Discrete actions has no conservative penalty: DQN has, or CQL.", nameof(setup));
        return new DiscreteSacState(this, setup, actions);
    }
}

/// <summary>The usual layers of off-policy actor-critics.</summary>
internal static class OffPolicyTorso
{
    /// <summary>Two layers of 256 rectifiers with Glorot's weights.</summary>
    public static Torso Default => new() { Hidden = [256, 256], Activation = Differentiation.Operations.Relu, Weights = Initializer.GlorotUniform };
}
