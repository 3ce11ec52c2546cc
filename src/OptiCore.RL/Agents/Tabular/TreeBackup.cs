using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// n-step tree backup: learns the greedy policy's values from n steps of any behaviour without importance ratios. At each step the return goes on along the action that was taken with its probability under the greedy
/// policy and takes the table's values for the other actions: G = r + gamma (pi(a' | s') G' + sum_{b != a'} pi(b | s') Q(s', b)).
/// </summary>
/// <remarks>
/// <para>D. Precup, R. S. Sutton, S. Singh (2000), "Eligibility traces for off-policy policy evaluation"; the form of R. S. Sutton, A. G. Barto (2018), "Reinforcement learning: an introduction", section 7.5, with the greedy
/// policy, uniform among equals, as the target. With one step it is <see cref="QLearning"/>; where the behaviour is greedy, it looks n steps ahead. A return ends early at an action that isn't greedy, so that much exploration
/// leaves little of n.</para>
/// <para>The last steps of an episode have shorter returns; a truncated one bootstraps from its final observation. Memory is three numbers for each pair and four for each step kept; a step costs O(n actions) for each
/// environment.</para>
/// </remarks>
[Algorithm("n-step tree backup", "Tabular", "D. Precup, R. S. Sutton, S. Singh (2000), Eligibility traces for off-policy policy evaluation", Capabilities = "discrete observations and actions; off-policy")]
public sealed record TreeBackup : TabularAgent
{
    private static readonly Schedule Zero = Schedule.Constant(0);

    /// <summary>The number of steps n. Default: 4.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 4;

    /// <inheritdoc/>
    public override AgentState<int, int> Start(AgentSetup<int, int> setup) => new NStepState(this, setup, Steps, Zero, onPolicy: false);
}
