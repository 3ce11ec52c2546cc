using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Trust region policy optimization: maximises E[pi(a | s) / pi_old(a | s) A] subject to E[KL(pi_old || pi)] &lt;= delta by one step along the natural gradient F^-1 g, whose length is the
/// bound's, sqrt(2 delta / x'Fx), shortened until the surrogate improves within the bound. The critic is fitted apart.
/// </summary>
/// <remarks>
/// <para>J. Schulman, S. Levine, P. Moritz, M. I. Jordan, P. Abbeel (2015), "Trust region policy optimization"; appendix C: conjugate gradients with products F v, the Hessian of the mean
/// divergence at the old policy, and a line search. Advantages are those of generalized advantage estimation.</para>
/// <para>An update costs one gradient, about <see cref="ConjugateGradientIterations"/> products with the Hessian (each some three gradients) and some evaluations of the whole rollout, and the epochs of the
/// critic. Actor and critic must have separate networks. Prefer <see cref="Ppo"/> unless steps must be safe rather than cheap.</para>
/// </remarks>
[Algorithm("TRPO", "Policy gradient", "J. Schulman, S. Levine, P. Moritz, M. I. Jordan, P. Abbeel (2015), Trust region policy optimization", Capabilities = "Box observations, any actions; on-policy")]
public sealed record Trpo : IAgent<float, int>, IAgent<float, float>
{
    /// <summary>The networks, which mustn't be shared. Default: separate ones of two tanh layers of 64.</summary>
    public ActorCriticLayout Networks { get; init => field = Require.NotNull(value, nameof(Networks)); } = new();

    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The lambda of the advantages, of [0, 1]. Default: 0.95.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 0.95;

    /// <summary>The steps of every environment between two updates. Default: 256.</summary>
    public int RolloutSteps { get; init => field = Require.Positive(value); } = 256;

    /// <summary>The bound delta of the mean divergence. Default: 0.01.</summary>
    public double TrustRegion { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The most iterations of conjugate gradients. Default: 10.</summary>
    public int ConjugateGradientIterations { get; init => field = Require.Positive(value); } = 10;

    /// <summary>What is added to the diagonal of F, at least 0. Default: 0.1.</summary>
    public double Damping { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The factor by which the line search shortens the step, of (0, 1). Default: 0.8.</summary>
    public double Backtracking { get; init => field = Require.InOpen(value, 0, 1); } = 0.8;

    /// <summary>The most steps that the line search tries. Default: 10.</summary>
    public int LineSearchSteps { get; init => field = Require.Positive(value); } = 10;

    /// <summary>How often the critic's fit goes through the data. Default: 10.</summary>
    public int ValueEpochs { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The rows of a step of the critic. Default: 128.</summary>
    public int ValueBatch { get; init => field = Require.Positive(value); } = 128;

    /// <summary>Turns gradients of the critic's loss into steps. Default: Adam with rate 1e-3.</summary>
    public IUpdateRule ValueOptimizer { get; init => field = Require.NotNull(value, nameof(ValueOptimizer)); } = new Adam { LearningRate = 1e-3 };

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new TrpoState<int>(this, setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => new TrpoState<float>(this, setup);
}
