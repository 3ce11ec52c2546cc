namespace OptiCore.RL;

/// <summary>The backups that planning algorithms share.</summary>
internal static class Bellman
{
    /// <summary>sum_o p_o (r_o + gamma V(s'_o) (1 - terminated_o)).</summary>
    public static double ActionValue(TabularModel model, ReadOnlySpan<double> values, int state, int action, double discount)
    {
        double sum = 0;
        foreach (ref readonly TabularOutcome outcome in model.Outcomes(state, action))
            sum += outcome.Probability * (outcome.Reward + (outcome.Terminated ? 0 : discount * values[outcome.NextState]));
        return sum;
    }

    /// <summary>The best action of a state, the smallest number among equals, and its value.</summary>
    public static (int Action, double Value) Best(TabularModel model, ReadOnlySpan<double> values, int state, double discount)
    {
        int best = 0;
        double value = ActionValue(model, values, state, 0, discount);
        for (int action = 1; action < model.Actions; action++)
        {
            double other = ActionValue(model, values, state, action, discount);
            if (other > value)
                (best, value) = (action, other);
        }

        return (best, value);
    }

    /// <summary>The value of every pair, row-major by state.</summary>
    public static double[] ActionValues(TabularModel model, ReadOnlySpan<double> values, double discount)
    {
        double[] result = new double[model.States * model.Actions];
        for (int pair = 0; pair < result.Length; pair++)
            result[pair] = ActionValue(model, values, pair / model.Actions, pair % model.Actions, discount);
        return result;
    }

    /// <summary>Whether an outcome of positive probability ends the task.</summary>
    public static bool Terminates(TabularModel model)
    {
        for (int pair = 0; pair < model.States * model.Actions; pair++)
        {
            foreach (ref readonly TabularOutcome outcome in model.Outcomes(pair / model.Actions, pair % model.Actions))
            {
                if (outcome.Terminated && outcome.Probability > 0)
                    return true;
            }
        }

        return false;
    }

    /// <summary>The solution that belongs to values.</summary>
    public static TabularSolution Solution(TabularModel model, double[] values, double discount, bool converged, int sweeps, double lastChange, double errorBound)
    {
        double[] actionValues = ActionValues(model, values, discount);
        return new TabularSolution
        {
            Converged = converged,
            Sweeps = sweeps,
            LastChange = lastChange,
            ErrorBound = errorBound,
            Values = values,
            ActionValues = actionValues,
            Policy = new TabularPolicy(actionValues, model.Actions),
        };
    }
}
