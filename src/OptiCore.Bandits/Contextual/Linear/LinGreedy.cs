namespace OptiCore.Bandits;

/// <summary>Epsilon-greedy on ridge regressions: with probability epsilon a uniformly random arm, else the one with the largest estimate x' theta, the first of equal ones.</summary>
/// <remarks>
/// <para>The contextual form of epsilon-greedy: J. Langford, T. Zhang (2007), "The epoch-greedy algorithm for contextual multi-armed bandits", NIPS, for the idea; A. Bietti, A. Agarwal, J. Langford
/// (2021), "A contextual bandit bake-off", JMLR 22, for this form. Regret grows linearly, by epsilon times the mean gap each round, and with epsilon = 0 too where contexts don't vary enough.</para>
/// <para>O(K d) a choice, O(d^2) an update. The baseline to beat, and hard to beat where contexts vary much: epsilon = 0 then explores by itself.</para>
/// </remarks>
[Algorithm("LinGreedy", "Contextual, linear", "A. Bietti, A. Agarwal, J. Langford (2021), A contextual bandit bake-off")]
public sealed record LinGreedy : IContextualPolicy
{
    /// <summary>The probability of a random arm, in [0, 1]. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1].</exception>
    public double Epsilon { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the arms have in common. Default: nothing but the context.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public LinearState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);

    private sealed class State(LinGreedy policy, int arms, int features, RandomKey key) : LinearState(policy, policy.Sharing, policy.Regularization, arms, features, key)
    {
        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            return stream.NextDouble() < policy.Epsilon ? (int)(stream.NextDouble() * Arms) : LargestUpperBound(context, 0);
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores) => Means(context, scores);

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            probabilities.Fill(policy.Epsilon / Arms);
            probabilities[LargestUpperBound(context, 0)] += 1 - policy.Epsilon;
        }
    }
}
