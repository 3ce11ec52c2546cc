using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Implicit Q-learning: learns the values of the best actions that the data have without asking for any other. V is the expectile tau of Q over the data's actions, minimises E[|tau - 1(u &lt; 0)| u^2] with u = min_k Q_k(s, a) - V(s)
/// of slowly following critics; Q_k descends (r + gamma V(s') - Q_k(s, a))^2; the policy is cloned with advantage weights, minimises E[-min(exp(beta u), 100) log pi(a | s)].
/// </summary>
/// <remarks>
/// <para>I. Kostrikov, A. Nair, S. Levine (2022), "Offline reinforcement learning with implicit Q-learning". With tau = 1/2 it evaluates the policy of the data, with tau towards 1 it is Q-learning within the data's actions. An update goes in the
/// order of the authors' code: V, the policy, the critics, their targets. Their policy's mean is squeezed by tanh; here it is that of <see cref="Actions"/>. Learns from data by <c>Train.Offline</c>, and goes on from there
/// online.</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space. An update costs, for each critic, two passes forward and one backward, and two forward and one backward of V, one of each of the policy. Prefer <see cref="Td3Bc"/> for continuous
/// actions where speed counts, <see cref="Cql"/> where values must not promise too much.</para>
/// </remarks>
[Algorithm("IQL", "Offline", "I. Kostrikov, A. Nair, S. Levine (2022), Offline reinforcement learning with implicit Q-learning", Capabilities = "Box observations, any actions; from data, off-policy")]
public sealed record Iql : IAgent<float, float>, IAgent<float, int>
{
    /// <summary>The layers of the policy before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Actor { get; init => field = Require.NotNull(value, nameof(Actor)); } = OffPolicyTorso.Default;

    /// <summary>The layers of each critic before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Critic { get; init => field = Require.NotNull(value, nameof(Critic)); } = OffPolicyTorso.Default;

    /// <summary>The layers of V before its head. Default: two layers of 256 rectifiers.</summary>
    public Module Value { get; init => field = Require.NotNull(value, nameof(Value)); } = OffPolicyTorso.Default;

    /// <summary>The law of actions; null for the usual one of the action space, whose deviations aren't smaller than exp(-5) for a <see cref="Box"/>. Default: null.</summary>
    public ActionDistribution? Actions { get; init; }

    /// <summary>Transitions to remember, several steps and the discount. Default: a million, one step, 0.99.</summary>
    public ReplayOptions Replay { get; init => field = Require.NotNull(value, nameof(Replay)); } = new();

    /// <summary>The number of critics. Default: 2.</summary>
    public int Critics { get; init => field = Require.Positive(value); } = 2;

    /// <summary>The expectile tau of (0, 1) that V is of Q. Default: 0.7.</summary>
    public double Expectile { get; init => field = Require.InOpen(value, 0, 1); } = 0.7;

    /// <summary>The inverse temperature beta of the advantage weights; 0 clones. Default: 3.</summary>
    public double InverseTemperature { get; init => field = Require.NonNegative(value); } = 3;

    /// <summary>The largest advantage weight. Default: 100.</summary>
    public double WeightBound { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The number of transitions, with uniform actions unless it has learnt from data, before the first update. Default: 1,000.</summary>
    public int LearningStarts { get; init => field = Require.Positive(value); } = 1_000;

    /// <summary>The updates for each transition. Default: 1.</summary>
    public double UpdatesPerTransition { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The transitions of an update. Default: 256.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 256;

    /// <summary>How far the target critics move after each update, of (0, 1]. Default: 0.005.</summary>
    public double TargetRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetRate), value, "TargetRate must lie in (0, 1]."); } = 0.005;

    /// <summary>Turns gradients into steps, of V, the policy and the critics alike. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new IqlState<int>(this, setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => new IqlState<float>(this, setup);
}
