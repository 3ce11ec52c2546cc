using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// V-MPO, on-policy maximum a posteriori policy optimization: the policy is fitted by weighted maximum likelihood to the better half of what was done, within a bound of its divergence from the policy
/// that did it. No ratios of probabilities and no bonus for entropy are needed.
/// </summary>
/// <remarks>
/// <para>H. F. Song, A. Abdolmaleki, J. T. Springenberg et al. (2019), "V-MPO: on-policy maximum a posteriori policy optimization for discrete and continuous control". Of a minibatch D, let D' be the half with the
/// highest advantages A. One step descends the sum of
/// <code>
/// L_pi    = -sum_D' psi log pi(a | s),  psi = exp(A / eta) / sum_D' exp(A / eta)
/// L_eta   = eta epsilon_eta + eta log (1 / |D'|) sum_D' exp(A / eta)
/// L_alpha = (1 / |D|) sum_D alpha (epsilon_alpha - sg[KL(pi_old || pi)]) + sg[alpha] KL(pi_old || pi)
/// L_V     = c_v (1 / |D|) sum_D (V - R)^2
/// </code>
/// where sg passes no gradient; eta and alpha are kept above 1e-8. Where the law has a covariance, the divergences by the mean, at the old covariance, and by the covariance, at the old mean, have a bound and a factor alpha each.</para>
/// <para>The old policy is the one that collected the rollout: the paper's target network, which acts and is renewed after as many steps of the learner as an update has here
/// (<see cref="Epochs"/> x <see cref="Minibatches"/>; the paper uses each minibatch once). In place of the paper's PopArt, advantages are scaled to deviation 1 in each update, which only the scale of eta depends on.</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space. An update costs epochs x steps x environments rows forward and backward through both networks, like that of <see cref="Ppo"/>, to be preferred where
/// entropy helps or batches are small: half of them teaches the policy nothing.</para>
/// </remarks>
[Algorithm("V-MPO", "Policy gradient", "H. F. Song, A. Abdolmaleki, J. T. Springenberg et al. (2019), V-MPO: on-policy maximum a posteriori policy optimization for discrete and continuous control", Capabilities = "Box observations, any actions; on-policy")]
public sealed record Vmpo : IAgent<float, int>, IAgent<float, float>
{
    /// <summary>The networks. Default: separate ones of two tanh layers of 64.</summary>
    public ActorCriticLayout Networks { get; init => field = Require.NotNull(value, nameof(Networks)); } = new();

    /// <summary>The discount gamma of [0, 1]. Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 0.99;

    /// <summary>The lambda of the advantages, of [0, 1]; 1 takes the returns to the end of the rollout, as the paper does. Default: 1.</summary>
    public double Lambda { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>The steps of every environment between two updates. Default: 128.</summary>
    public int RolloutSteps { get; init => field = Require.Positive(value); } = 128;

    /// <summary>How often an update goes through the data. Default: 1.</summary>
    public int Epochs { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number of minibatches that the data is cut into in each epoch. Default: 8.</summary>
    public int Minibatches { get; init => field = Require.Positive(value); } = 8;

    /// <summary>Epsilon_eta, the bound of the divergence of the weighted actions from those that were done, in nats. Default: 0.02.</summary>
    public double TemperatureBound { get; init => field = Require.Positive(value); } = 0.02;

    /// <summary>Epsilon_alpha, the bound of the mean divergence of the new policy from the old one in nats; where the law has a covariance, by the mean. Default: 0.01.</summary>
    public double TrustRegion { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The bound of the divergence by the covariance, of laws that have one. Default: 5e-5.</summary>
    public double CovarianceTrustRegion { get; init => field = Require.Positive(value); } = 5e-5;

    /// <summary>The temperature eta at the beginning. Default: 1.</summary>
    public double InitialTemperature { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The factors alpha at the beginning. Default: 1.</summary>
    public double InitialMultiplier { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether advantages are scaled to deviation 1 in each update. Default: yes.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>The factor c_v of the value's error. Default: 0.5.</summary>
    public double ValueWeight { get; init => field = Require.NonNegative(value); } = 0.5;

    /// <summary>Turns gradients of the networks' loss into steps. Default: Adam with rate 1e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 1e-4 };

    /// <summary>Turns gradients of L_eta and L_alpha into steps of eta and alpha. Default: Adam with rate 1e-2; the paper takes that of the networks, which takes hundreds of thousands of updates to get anywhere.</summary>
    public IUpdateRule DualOptimizer { get; init => field = Require.NotNull(value, nameof(DualOptimizer)); } = new Adam { LearningRate = 1e-2 };

    /// <inheritdoc/>
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new VmpoState<int>(this, setup);

    /// <inheritdoc/>
    public AgentState<float, float> Start(AgentSetup<float, float> setup) => new VmpoState<float>(this, setup);

    /// <summary>The weights psi, and the derivative of L_eta by eta.</summary>
    /// <param name="advantages">Those of the better half.</param>
    /// <param name="temperature">Eta.</param>
    /// <param name="bound">Epsilon_eta.</param>
    /// <param name="weights">Receives psi.</param>
    internal static double Weigh(ReadOnlySpan<float> advantages, double temperature, double bound, Span<float> weights)
    {
        // Shifted by the largest, so that nothing overflows.
        double highest = double.NegativeInfinity, sum = 0, mean = 0;
        foreach (float advantage in advantages)
            highest = Math.Max(highest, advantage);
        foreach (float advantage in advantages)
            sum += Math.Exp((advantage - highest) / temperature);
        for (int i = 0; i < advantages.Length; i++)
        {
            double weight = Math.Exp((advantages[i] - highest) / temperature) / sum;
            weights[i] = (float)weight;
            mean += weight * advantages[i];
        }

        // d/d eta of eta (epsilon + log mean exp(A / eta)) = epsilon + log mean exp(A / eta) - sum psi A / eta.
        return bound + Math.Log(sum / advantages.Length) + ((highest - mean) / temperature);
    }
}
