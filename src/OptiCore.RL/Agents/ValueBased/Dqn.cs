using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>Munchausen's addition to rewards: alpha max(tau log pi(a | s), floor) with pi = softmax(Q / tau), and soft values of what follows.</summary>
/// <remarks>N. Vieillard, O. Pietquin, M. Geist (2020), "Munchausen reinforcement learning".</remarks>
public sealed record Munchausen
{
    /// <summary>The factor alpha of [0, 1]. Default: 0.9.</summary>
    public double Factor { get; init => field = Require.InClosed(value, 0, 1); } = 0.9;

    /// <summary>The temperature tau. Default: 0.03.</summary>
    public double Temperature { get; init => field = Require.Positive(value); } = 0.03;

    /// <summary>The lowest value of tau log pi, negative. Default: -1.</summary>
    public double Floor { get; init => field = value < 0 ? value : throw new ArgumentOutOfRangeException(nameof(Floor), value, "Floor must be negative."); } = -1;
}

/// <summary>
/// Deep Q-network: learns action values from replayed transitions towards r + gamma max_a' Q(s', a') of a slowly following target network, and plays epsilon-greedily. Its well-known improvements are
/// options that combine freely; <see cref="Rainbow"/> has them all.
/// </summary>
/// <remarks>
/// <para>V. Mnih et al. (2015), "Human-level control through deep reinforcement learning". Options: double (H. van Hasselt, A. Guez, D. Silver (2016), "Deep reinforcement learning with double
/// Q-learning"), dueling (Z. Wang et al. 2016), prioritised replay (T. Schaul et al. 2016), several steps (R. Sutton 1988), noisy layers (M. Fortunato et al. 2018), distributions of returns
/// (<see cref="ReturnModel"/>), Munchausen (N. Vieillard et al. 2020).</para>
/// <para>The paper copies the network to the target every so many updates. Each copy hands values back by one step of a sample, so that rare copies hide what is further ahead; the default follows slowly instead, in samples of three steps.
/// Where means are unstable (values that differ little between actions, long episodes) quantiles of returns are much steadier: <c>Returns = ReturnModel.Quantiles()</c>.</para>
/// <para>Needs <see cref="Box"/> observations and <see cref="Discrete"/> actions. An update costs one batch forward through both networks and backward through one.</para>
/// </remarks>
[Algorithm("DQN", "Value-based", "V. Mnih et al. (2015), Human-level control through deep reinforcement learning; M. Hessel et al. (2018), Rainbow: combining improvements in deep reinforcement learning", Capabilities = "Box observations, discrete actions; off-policy; double, dueling, prioritised, n-step, noisy, C51, QR, Munchausen")]
public sealed record Dqn : IAgent<float, int>
{
    /// <summary>The layers before the head. Default: two layers of 64 rectifiers.</summary>
    public Module Torso { get; init => field = Require.NotNull(value, nameof(Torso)); } = RL.Torso.Relu(64, 64);

    /// <summary>Transitions to remember, several steps and the discount. Default: 100,000, three steps, 0.99.</summary>
    public ReplayOptions Replay { get; init => field = Require.NotNull(value, nameof(Replay)); } = new() { Capacity = 100_000, Steps = 3 };

    /// <summary>Prioritised replay; null draws uniformly. Default: null.</summary>
    public PrioritizedReplayOptions? Priorities { get; init; }

    /// <summary>What the network says of returns. Default: their mean.</summary>
    public ReturnModel Returns { get; init => field = Require.NotNull(value, nameof(Returns)); } = ReturnModel.Mean;

    /// <summary>Whether the next action is chosen by the learning network and only valued by the target network. Default: yes.</summary>
    public bool IsDouble { get; init; } = true;

    /// <summary>Whether state and advantages have streams of their own. Default: no.</summary>
    public bool IsDueling { get; init; }

    /// <summary>Whether the head's weights are noisy, which replaces epsilon. Default: no.</summary>
    public bool IsNoisy { get; init; }

    /// <summary>Munchausen's addition, for mean returns; null for none. Default: null.</summary>
    public Munchausen? Munchausen { get; init; }

    /// <summary>What keeps the values of actions low that the data don't have: <see cref="Cql"/>; null for nothing. Default: null.</summary>
    public ConservativePenalty? Conservatism { get; init; }

    /// <summary>The probability epsilon of a random action, by the number of transitions. Default: from 1 to 0.05 in 10,000.</summary>
    public Schedule Exploration { get; init => field = Schedule.Valid(value); } = Schedule.Linear(1, 0.05, 10_000);

    /// <summary>The number of transitions before the first update. Default: 1,000.</summary>
    public int LearningStarts { get; init => field = Require.Positive(value); } = 1_000;

    /// <summary>The updates for each transition. Default: 0.5.</summary>
    public double UpdatesPerTransition { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The transitions of an update. Default: 128.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 128;

    /// <summary>The updates between two moves of the target network. Default: 1.</summary>
    public int TargetInterval { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How far the target network moves, of (0, 1]; 1 copies. Default: 0.005.</summary>
    public double TargetRate { get; init => field = value is > 0 and <= 1 ? value : throw new ArgumentOutOfRangeException(nameof(TargetRate), value, "TargetRate must lie in (0, 1]."); } = 0.005;

    /// <summary>Turns gradients of the loss into steps. Default: the global norm clipped to 10, then Adam with rate 5e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new ClipByNorm(10).Then(new Adam { LearningRate = 5e-4 });

    /// <summary>All improvements of "Rainbow": double, dueling, prioritised, three steps, noisy, 51 atoms.</summary>
    /// <param name="least">The lowest return of the distribution.</param>
    /// <param name="most">The highest return of the distribution.</param>
    public static Dqn Rainbow(double least, double most) => new()
    {
        Returns = ReturnModel.Categorical(least, most),
        Replay = new ReplayOptions { Capacity = 100_000, Steps = 3 },
        Priorities = new PrioritizedReplayOptions { PriorityExponent = 0.5 },
        IsDueling = true,
        IsNoisy = true,
        Exploration = 0,
    };

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup)
    {
        if (setup.ActionSpace is not Discrete actions)
            throw new ArgumentException($"DQN needs Discrete actions, not {setup.ActionSpace}.", nameof(setup));
        if (Munchausen is not null && Returns.Outputs != 1)
            throw new ArgumentException("Munchausen's addition is defined for mean returns here, not for distributions.", nameof(setup));
        return new DqnState(this, setup, actions);
    }
}
