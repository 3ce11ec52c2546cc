using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// n-step Q(sigma): between sampling the next action (sigma = 1, SARSA) and taking the expectation over it (sigma = 0, tree backup) at every step,
/// G = r + gamma ((sigma rho + (1 - sigma) pi(a' | s')) (G' - Q(s', a')) + sum_b pi(b | s') Q(s', b)) with rho = pi(a' | s') / mu(a' | s').
/// </summary>
/// <remarks>
/// <para>K. De Asis, J. F. Hernandez-Garcia, G. Z. Holland, R. S. Sutton (2018), "Multi-step reinforcement learning: a unifying algorithm"; the form of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an
/// introduction", equation 7.17, in which the return of the last step kept is r + gamma sum_b pi(b | s') Q(s', b). The target pi is the policy that is played (rho = 1 but for what was learnt since) or, with
/// <see cref="OnPolicy"/> off, the greedy one; mu is the probability with which the action was explored, so that <see cref="AgentState{TObservation, TAction}.Explore"/> must have chosen the actions.</para>
/// <para>A sigma that falls during learning is the authors' choice: sampling is better at first, expectation later. A truncated step bootstraps from its final observation. Memory is three numbers for each
/// pair and four for each step kept; a step costs O(n actions) for each environment.</para>
/// </remarks>
[Algorithm("n-step Q(sigma)", "Tabular", "K. De Asis, J. F. Hernandez-Garcia, G. Z. Holland, R. S. Sutton (2018), Multi-step reinforcement learning: a unifying algorithm", Capabilities = "discrete observations and actions; on- or off-policy")]
public sealed record QSigma : TabularAgent
{
    /// <summary>The number of steps n. Default: 4.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 4;

    /// <summary>The degree of sampling sigma of [0, 1], by the number of transitions; a number is constant. Default: 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The degree at the beginning is outside [0, 1].</exception>
    /// <exception cref="ArgumentNullException">There is none.</exception>
    public Schedule Sigma { get; init => field = Tabular.Probabilities(value); } = 0.5;

    /// <summary>Whether the policy that is played is learnt about, exploration included, instead of the greedy one. Default: true.</summary>
    public bool OnPolicy { get; init; } = true;

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new NStepState(this, setup, Steps, Sigma, OnPolicy);
}
