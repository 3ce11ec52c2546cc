using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>What a policy that learns as it goes would have earned on a log.</summary>
/// <param name="Kept">The decisions in which it took the logged action; it learnt from these alone.</param>
/// <param name="MeanReward">Their mean reward; NaN of none.</param>
/// <param name="StandardError">Its standard error; NaN for fewer than two.</param>
public readonly record struct ReplayResult(int Kept, double MeanReward, double StandardError);

/// <summary>Plays a learning policy over a log: where it chooses the logged action, it is told the reward and the decision counts; other decisions are passed over.</summary>
/// <remarks>
/// <para>L. Li, W. Chu, J. Langford, X. Wang (2011), "Unbiased offline evaluation of contextual-bandit-based news article recommendation algorithms", algorithm 3: with a uniformly random logging
/// policy, the decisions that count have exactly the law of online play, so that the result is an unbiased estimate of the policy's reward over so many rounds. Where propensities differ, a decision
/// is first kept with probability (smallest propensity) / (its propensity), which makes the kept ones uniform (M. Dudik et al. 2012).</para>
/// <para>O(n) choices. Decision i draws from <c>key.Fold(i)</c>.</para>
/// </remarks>
public static class Replay
{
    /// <summary>Plays a policy over a log; the policy learns.</summary>
    /// <param name="log">The decisions, of one position, in the order in which they were made.</param>
    /// <param name="policy">The policy at work, with as many arms as the log has actions and contexts as long as the log's, or none.</param>
    /// <param name="key">The randomness with which decisions are passed over where propensities differ.</param>
    /// <exception cref="ArgumentException">The log is empty or has several positions, or the policy doesn't fit it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A reward lies outside the policy's range.</exception>
    public static ReplayResult Run(DecisionLog log, PolicyState policy, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(policy);
        OffPolicy.RequireOnePosition(log, nameof(log));
        OffPolicy.RequireFits(log, policy);
        double smallest = SmallestPropensity(log);
        double sum = 0, squares = 0;
        int kept = 0;
        for (int i = 0; i < log.Count; i++)
        {
            LoggedDecision decision = log[i];
            if (key.Fold(i).Stream().NextDouble() * decision.Propensities[0] >= smallest)
                continue;
            ReadOnlySpan<double> context = policy.ContextLength == 0 ? [] : decision.Context;
            int action = decision.Actions[0];
            if (policy.Choose(context, policy.Updates) != action)
                continue;
            double reward = decision.Rewards[0];
            policy.Update(context, action, reward);
            kept++;
            double before = sum / Math.Max(1, kept - 1);
            sum += reward;
            squares += kept == 1 ? 0 : (reward - before) * (reward - (sum / kept));
        }

        return new ReplayResult(kept, kept == 0 ? double.NaN : sum / kept, kept < 2 ? double.NaN : Math.Sqrt(squares / (kept - 1.0) / kept));
    }

    internal static double SmallestPropensity(DecisionLog log) =>
        log.Count == 0 ? throw new ArgumentException("log holds no decision.", nameof(log)) : Reduce.Min(log.Propensities);
}
