using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Twin delayed deep deterministic policy gradient: two critics learn r + gamma min_k Q_k(s', mu(s') + clipped noise) of slowly following targets, a deterministic actor mu climbs Q_1(s, mu(s)) after
/// every second update of the critics; it explores with normal noise.
/// </summary>
/// <remarks>
/// S. Fujimoto, H. van Hoof, D. Meger (2018), "Addressing function approximation error in actor-critic methods". Needs <see cref="Box"/> observations and bounded <see cref="Box"/> actions; noises are in units of half the
/// range of an action. Actions are uniform until learning starts.
/// </remarks>
[Algorithm("TD3", "Off-policy actor-critic", "S. Fujimoto, H. van Hoof, D. Meger (2018), Addressing function approximation error in actor-critic methods", Capabilities = "Box observations, bounded box actions; off-policy")]
public sealed record Td3 : IAgent<float, float>
{
    /// <summary>The layers of the actor before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Actor { get; init => field = Require.NotNull(value, nameof(Actor)); } = OffPolicyTorso.Default;

    /// <summary>The layers of each critic before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Critic { get; init => field = Require.NotNull(value, nameof(Critic)); } = OffPolicyTorso.Default;

    /// <summary>Transitions to remember, several steps and the discount. Default: a million, one step, 0.99.</summary>
    public ReplayOptions Replay { get; init => field = Require.NotNull(value, nameof(Replay)); } = new();

    /// <summary>The number of critics. Default: 2.</summary>
    public int Critics { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The deviation of the exploring noise. Default: 0.1.</summary>
    public double ExplorationNoise { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>
    /// How much of the exploring noise is left after a step, rho of [0, 1): x &lt;- rho x + sqrt(1 - rho^2) sigma N(0, 1), an Ornstein-Uhlenbeck process whose deviation stays sigma, from zero in each episode; 0 draws it anew in
    /// each step. Default: 0.
    /// </summary>
    public double NoiseCorrelation { get; init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(NoiseCorrelation), value, "NoiseCorrelation must lie in [0, 1)."); }

    /// <summary>The deviation of the noise that smooths the target policy. Default: 0.2.</summary>
    public double TargetNoise { get; init => field = Require.NonNegative(value); } = 0.2;

    /// <summary>The bound of that noise. Default: 0.5.</summary>
    public double TargetNoiseClip { get; init => field = Require.NonNegative(value); } = 0.5;

    /// <summary>The updates of the critics for each one of the actor and of the targets. Default: 2.</summary>
    public int ActorInterval { get; init => field = Require.Positive(value); } = 2;

    /// <summary>What holds the actor near the actions of its data: <see cref="Td3Bc"/>; null for nothing. Default: null.</summary>
    public BehaviourRegularization? Regularization { get; init; }

    /// <summary>The number of transitions, with uniform actions unless it has learnt from data, before the first update. Default: 1,000.</summary>
    public int LearningStarts { get; init => field = Require.Positive(value); } = 1_000;

    /// <summary>The updates for each transition. Default: 1.</summary>
    public double UpdatesPerTransition { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The transitions of an update. Default: 256.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>How far the targets move, of (0, 1]. Default: 0.005.</summary>
    public double TargetRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetRate), value, "TargetRate must lie in (0, 1]."); } = 0.005;

    /// <summary>Turns gradients into steps, of the actor and the critics alike. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => setup.ActionSpace is Box box
        ? new Td3State(Standardized(setup.Memory), setup, new SquashedGaussianActions(box))
        : throw new ArgumentException($"TD3 needs bounded Box actions, not {setup.ActionSpace}.", nameof(setup));

    /// <summary>With networks that see the observations by the moments of those in the memory, if that is wanted and there are any.</summary>
    private Td3 Standardized(IReplay<float, float>? memory)
    {
        if (Regularization is not { NormalizesObservations: true } || memory is null || memory.Buffer.Count == 0)
            return this;
        RunningMoments moments = StandardizedInput.MomentsOf(memory.Buffer);
        return this with { Actor = new StandardizedInput(Actor, moments), Critic = new StandardizedInput(Critic, moments) };
    }
}
