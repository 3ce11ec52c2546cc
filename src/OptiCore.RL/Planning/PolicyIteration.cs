namespace OptiCore.RL;

/// <summary>
/// Solves a known finite Markov decision process by turns: the exact values of a policy, then the policy that is greedy with respect to them, until no action improves.
/// </summary>
/// <remarks>
/// <para>R. A. Howard (1960), "Dynamic programming and Markov processes". Begins with the action of the highest expected reward. A turn costs O(states^3) operations for the linear system
/// (<see cref="PolicyEvaluation"/>) and one sweep; few turns are needed whatever the discount, so that it is the choice for up to a few thousand states with a discount near 1, where
/// <see cref="ValueIteration"/> needs about 1 / (1 - gamma) sweeps for each digit. Between the two lies <see cref="ModifiedPolicyIteration"/>.</para>
/// <para>An action is replaced only by one that is better by more than <see cref="Tolerance"/>, so that rounding can't lead in circles.</para>
/// </remarks>
[Algorithm("Policy iteration", "Planning", "R. A. Howard (1960), Dynamic programming and Markov processes")]
public sealed record PolicyIteration
{
    /// <summary>The discount gamma of [0, 1). Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The gain of an action that counts as an improvement. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of policies. Default: 1000.</summary>
    public int MaxPolicies { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the turns with the values so far; never throws.</param>
    /// <returns>The solution; its sweeps are the policies evaluated, its last change the largest gain that any action would still bring.</returns>
    public TabularSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[] values = new double[model.States];
        int[] policy = new int[model.States];
        for (int state = 0; state < policy.Length; state++)
            policy[state] = Bellman.Best(model, values, state, Discount).Action;

        int policies = 0;
        double gain = double.PositiveInfinity;
        while (policies < MaxPolicies && gain > Tolerance && !cancellationToken.IsCancellationRequested)
        {
            values = PolicyEvaluation.Values(model, policy, Discount);
            policies++;
            gain = 0;
            for (int state = 0; state < policy.Length; state++)
            {
                (int action, double value) = Bellman.Best(model, values, state, Discount);
                double better = value - Bellman.ActionValue(model, values, state, policy[state], Discount);
                gain = Math.Max(gain, better);
                if (better > Tolerance)
                    policy[state] = action;
            }
        }

        // V is the value of a policy and TV exceeds it by at most the gain, so that 0 <= V* - V <= gain / (1 - gamma).
        return Bellman.Solution(model, values, Discount, gain <= Tolerance, policies, gain, gain / (1 - Discount));
    }
}
