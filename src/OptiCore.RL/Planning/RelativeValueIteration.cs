namespace OptiCore.RL;

/// <summary>
/// Solves a known finite Markov decision process for the highest average reward g for each step: g + h(s) = max_a sum_o p_o (r_o + h(s'_o)), where h, the differential values, says how much better
/// than average it is to be in s. The iteration h &lt;- h + tau (T h - h) - tau (T h - h)(s_0) keeps h(s_0) = 0 at a reference state.
/// </summary>
/// <remarks>
/// <para>D. J. White (1963), "Dynamic programming, Markov chains, and the method of successive approximations"; the damping tau &lt; 1 makes periodic chains aperiodic and leaves the solution as it is (M. L. Puterman
/// (1994), "Markov decision processes", section 8.5). At every sweep the optimal average reward lies between the least and the largest element of T h - h; the iteration ends when the two are within the
/// tolerance. That needs a model in which the best average reward is the same from every state (weakly communicating). The differential values are those with h(s_0) = 0; centred by the stationary distribution they
/// are the bias.</para>
/// <para>A terminated outcome begins anew: it is followed by a state drawn from the initial probabilities. One sweep costs as many operations as the model has outcomes.</para>
/// </remarks>
[Algorithm("Relative value iteration", "Planning", "D. J. White (1963), Dynamic programming, Markov chains, and the method of successive approximations")]
public sealed record RelativeValueIteration
{
    /// <summary>The part tau of (0, 1] of each change. 1 is the undamped iteration, which a periodic chain keeps from converging. Default: 0.9.</summary>
    public double Damping { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.9;

    /// <summary>The reference state s_0. Default: 0.</summary>
    public int ReferenceState { get; init => field = Require.NonNegative(value); }

    /// <summary>The width of the bounds of the average reward that counts as converged. Default: 1e-10.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <summary>The largest number of sweeps. Default: 1,000,000.</summary>
    public int MaxSweeps { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cancellationToken">Ends the sweeps with the values so far; never throws.</param>
    /// <exception cref="ArgumentException">The model doesn't have the reference state.</exception>
    public AverageRewardSolution Solve(TabularModel model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (ReferenceState >= model.States)
            throw new ArgumentException($"The model has {model.States} states but {nameof(ReferenceState)} is {ReferenceState}.", nameof(model));
        double[] values = new double[model.States], next = new double[model.States];
        double low = double.NegativeInfinity, high = double.PositiveInfinity;
        int sweep = 0;
        while (sweep < MaxSweeps && !(high - low <= Tolerance) && !cancellationToken.IsCancellationRequested)
        {
            (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
            double start = Start(model, values);
            for (int state = 0; state < values.Length; state++)
            {
                double best = double.NegativeInfinity;
                for (int action = 0; action < model.Actions; action++)
                    best = Math.Max(best, ActionValue(model, values, start, state, action));
                next[state] = best - values[state];
                low = Math.Min(low, next[state]);
                high = Math.Max(high, next[state]);
            }

            double reference = next[ReferenceState];
            for (int state = 0; state < values.Length; state++)
                values[state] += Damping * (next[state] - reference);
            sweep++;
        }

        double[] actionValues = new double[model.States * model.Actions];
        double gain = 0.5 * (low + high), begin = Start(model, values);
        for (int pair = 0; pair < actionValues.Length; pair++)
            actionValues[pair] = ActionValue(model, values, begin, pair / model.Actions, pair % model.Actions) - gain;
        return new AverageRewardSolution
        {
            Converged = high - low <= Tolerance,
            Sweeps = sweep,
            AverageReward = gain,
            LowerBound = low,
            UpperBound = high,
            Values = values,
            ActionValues = actionValues,
            Policy = new TabularPolicy(actionValues, model.Actions),
        };
    }

    private static double ActionValue(TabularModel model, double[] values, double start, int state, int action)
    {
        double sum = 0;
        foreach (ref readonly TabularOutcome outcome in model.Outcomes(state, action))
            sum += outcome.Probability * (outcome.Reward + (outcome.Terminated ? start : values[outcome.NextState]));
        return sum;
    }

    private static double Start(TabularModel model, double[] values)
    {
        double sum = 0;
        for (int state = 0; state < values.Length; state++)
            sum += model.InitialProbabilities[state] * values[state];
        return sum;
    }
}

/// <summary>The average reward, the differential values and the policy that solve a finite Markov decision process for ever.</summary>
public sealed record AverageRewardSolution
{
    /// <summary>Whether the tolerance was reached.</summary>
    public required bool Converged { get; init; }

    /// <summary>The number of sweeps over all states.</summary>
    public required int Sweeps { get; init; }

    /// <summary>The highest average reward of a step.</summary>
    public required double AverageReward { get; init; }

    /// <summary>The highest average reward isn't lower than this.</summary>
    public required double LowerBound { get; init; }

    /// <summary>The highest average reward isn't higher than this.</summary>
    public required double UpperBound { get; init; }

    /// <summary>h(s), one for each state; 0 at the reference state.</summary>
    public required double[] Values { get; init; }

    /// <summary>sum_o p_o (r_o - g + h(s'_o)), row-major by state.</summary>
    public required double[] ActionValues { get; init; }

    /// <summary>The policy that is greedy with respect to <see cref="ActionValues"/>.</summary>
    public required TabularPolicy Policy { get; init; }
}
