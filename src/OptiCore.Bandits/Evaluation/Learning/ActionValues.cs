namespace OptiCore.Bandits;

/// <summary>What each action would have earned in each logged decision, without bias: g(a) = q(x, a) + 1[a was taken] (r - q(x, a)) / propensity, with q = 0 where there is no reward model. The second terms alone are the corrections.</summary>
internal static class ActionValues
{
    public static double[] Of(DecisionLog log, IRewardModel? model, out double[] corrections)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        if (log.Count == 0)
            throw new ArgumentException("log holds no decision.", nameof(log));
        int actions = log.Shape.Actions;
        double[] values = new double[checked(log.Count * actions)];
        corrections = new double[log.Count];
        model?.Fit(log, TargetPolicy.Uniform(log)).Predict(log, values);
        for (int i = 0; i < log.Count; i++)
        {
            ref double value = ref values[(i * actions) + log.Actions[i]];
            corrections[i] = (log.Rewards[i] - value) / log.Propensities[i];
            value += corrections[i];
        }

        return values;
    }
}
