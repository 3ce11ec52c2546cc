namespace OptiCore.RL;

/// <summary>
/// Solves a known finite Markov decision process by turns of one greedy sweep V &lt;- T V and m sweeps with the policy that it chose, V &lt;- T_pi V, until the values are within a stated error of the solution.
/// </summary>
/// <remarks>
/// <para>M. L. Puterman, M. C. Shin (1978), "Modified policy iteration algorithms for discounted Markov decision problems", with the bounds of section 6.6 of M. L. Puterman (1994), "Markov decision processes": with
/// d = TV - V, every optimal value lies between TV + gamma / (1 - gamma) min d and TV + gamma / (1 - gamma) max d, where 0 counts among the elements of d if the task can terminate (the end is a state whose
/// value stays 0). The result is the middle of the two, so that <see cref="TabularSolution.ErrorBound"/> is gamma / (1 - gamma) (max d - min d) / 2: it vanishes long before d does.</para>
/// <para>m = 0 is value iteration, m towards infinity is <see cref="PolicyIteration"/>. A turn costs one sweep over all outcomes and m over those of one action for each state; memory is one number for each state.</para>
/// </remarks>
[Algorithm("Modified policy iteration", "Planning", "M. L. Puterman, M. C. Shin (1978), Modified policy iteration algorithms for discounted Markov decision problems")]
public sealed record ModifiedPolicyIteration
{
    /// <summary>The discount gamma of [0, 1). Default: 0.99.</summary>
    public double Discount { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.99;

    /// <summary>The sweeps m with each policy. Default: 10.</summary>
    public int EvaluationSweeps { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>The largest error of any value. Default: 1e-8.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The largest number of greedy sweeps. Default: 100,000.</summary>
    public int MaxSweeps { get; init => field = Require.Positive(value); } = 100_000;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the sweeps with the values so far; never throws.</param>
    /// <returns>The solution; its sweeps are the greedy ones.</returns>
    public TabularSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        double ratio = Discount / (1 - Discount), end = Bellman.Terminates(model) ? 0 : double.NaN;
        double[] values = new double[model.States], next = new double[model.States];
        int[] policy = new int[model.States];
        int sweep = 0;
        double change = double.PositiveInfinity, bound = double.PositiveInfinity, shift = 0;
        while (sweep < MaxSweeps && !cancellationToken.IsCancellationRequested)
        {
            double low = double.IsNaN(end) ? double.PositiveInfinity : end, high = double.IsNaN(end) ? double.NegativeInfinity : end;
            for (int state = 0; state < policy.Length; state++)
            {
                (policy[state], next[state]) = Bellman.Best(model, values, state, Discount);
                low = Math.Min(low, next[state] - values[state]);
                high = Math.Max(high, next[state] - values[state]);
            }

            (values, next) = (next, values);
            sweep++;
            change = Math.Max(high, -low);
            bound = ratio * 0.5 * (high - low);
            shift = ratio * 0.5 * (high + low);
            if (bound <= Tolerance)
                break;
            for (int m = 0; m < EvaluationSweeps; m++)
            {
                for (int state = 0; state < policy.Length; state++)
                    next[state] = Bellman.ActionValue(model, values, state, policy[state], Discount);
                (values, next) = (next, values);
            }

            shift = 0;
        }

        foreach (ref double value in values.AsSpan())
            value += shift;
        return Bellman.Solution(model, values, Discount, bound <= Tolerance, sweep, change, bound <= Tolerance ? bound : double.PositiveInfinity);
    }
}
