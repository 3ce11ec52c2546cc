using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Advantage actor-critic: after every few steps of all environments one ascent step on E[A log pi(a | s)] - c_v (V - R)^2 + c_e H over all of them, with the advantages
/// A = R - V of the discounted return R that bootstraps from the critic.
/// </summary>
/// <remarks>
/// <para>V. Mnih, A. P. Badia, M. Mirza, A. Graves, T. Lillicrap, T. Harley, D. Silver, K. Kavukcuoglu (2016), "Asynchronous methods for deep reinforcement learning", in the synchronous form.</para>
/// <para>It is the special case of <see cref="Ppo"/> with one epoch, one minibatch and advantages as they are: at the policy that collected the data the ratio of probabilities is 1, where
/// nothing is clipped and the gradient of the ratio is that of its logarithm (S. Huang, A. Kanervisto, A. Raffin, W. Wang, S. Ontañón, R. Dossa (2022), "A2C is a special case of PPO"); so
/// that is how it runs. Cheaper than PPO for each transition and hungrier for them.</para>
/// </remarks>
[Algorithm("A2C", "Policy gradient", "V. Mnih, A. P. Badia, M. Mirza, A. Graves, T. Lillicrap, T. Harley, D. Silver, K. Kavukcuoglu (2016), Asynchronous methods for deep reinforcement learning", Capabilities = "Box observations, any actions; on-policy")]
public sealed record A2c : IAgent<float, int>, IAgent<float, float>
{
    /// <summary>The networks. Default: separate ones of two tanh layers of 64.</summary>
    public ActorCriticLayout Networks { get; init => field = Require.NotNull(value, nameof(Networks)); } = new();

    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The lambda of the advantages, of [0, 1]; 1 takes whole returns, as the paper does. Default: 1.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>The steps of every environment between two updates. Default: 5.</summary>
    public int RolloutSteps { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The factor of the value's error. Default: 0.5.</summary>
    public double ValueWeight { get; init => field = Require.NonNegative(value); } = 0.5;

    /// <summary>The factor of the entropy. Default: 0.01.</summary>
    public double EntropyBonus { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>Turns gradients of the loss into steps. Default: the global norm clipped to 0.5, then RMSProp with rate 7e-4, smoothing 0.99 and epsilon 1e-5.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new ClipByNorm(0.5).Then(new RmsProp { LearningRate = 7e-4, Alpha = 0.99, Epsilon = 1e-5 });

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => Equivalent().Start(setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => Equivalent().Start(setup);

    private Ppo Equivalent() => new()
    {
        Networks = Networks,
        Discount = Discount,
        Lambda = Lambda,
        RolloutSteps = RolloutSteps,
        Epochs = 1,
        Minibatches = 1,
        NormalizeAdvantages = false,
        ValueWeight = ValueWeight,
        EntropyBonus = EntropyBonus,
        Optimizer = Optimizer,
    };
}
