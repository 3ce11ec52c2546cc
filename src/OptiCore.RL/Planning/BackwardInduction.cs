namespace OptiCore.RL;

/// <summary>
/// Solves a known finite Markov decision process whose episodes have a fixed number of steps: V_H = 0 and, backwards, Q_h(s, a) = sum_o p_o (r_o + gamma V_{h+1}(s'_o) (1 - terminated_o)),
/// V_h(s) = max_a Q_h(s, a). Exact, without iteration.
/// </summary>
/// <remarks>
/// R. Bellman (1957), "Dynamic programming". Costs as many sweeps as there are steps. The best action depends on the step as well as on the state.
/// </remarks>
[Algorithm("Backward induction", "Planning", "R. Bellman (1957), Dynamic programming")]
public sealed record BackwardInduction
{
    /// <summary>The number of steps H of an episode. Default: 100.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The discount gamma of [0, 1]. Default: 1.</summary>
    public double Discount { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <summary>Solves a model.</summary>
    /// <param name="model">The model.</param>
    public FiniteHorizonSolution Solve(TabularModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        double[][] values = new double[Horizon + 1][], actionValues = new double[Horizon][];
        var policies = new TabularPolicy[Horizon];
        values[Horizon] = new double[model.States];
        for (int step = Horizon - 1; step >= 0; step--)
        {
            actionValues[step] = Bellman.ActionValues(model, values[step + 1], Discount);
            values[step] = new double[model.States];
            for (int state = 0; state < model.States; state++)
                values[step][state] = Tabular.Max(actionValues[step].AsSpan(state * model.Actions, model.Actions));
            policies[step] = new TabularPolicy(actionValues[step], model.Actions);
        }

        return new FiniteHorizonSolution { Values = values, ActionValues = actionValues, Policies = policies };
    }
}

/// <summary>The values and the policies that solve a finite Markov decision process of a fixed number of steps.</summary>
public sealed record FiniteHorizonSolution
{
    /// <summary>V_h(s): element h has one number for each state, from h = 0 to the horizon, where all are 0.</summary>
    public required double[][] Values { get; init; }

    /// <summary>Q_h(s, a): element h is row-major by state.</summary>
    public required double[][] ActionValues { get; init; }

    /// <summary>The greedy policy of each step.</summary>
    public required TabularPolicy[] Policies { get; init; }
}
