namespace OptiCore.Bandits;

/// <summary>
/// LinUCB: the arm with the largest x' theta + alpha sqrt(x' A^-1 x), with A = lambda I + sum x x' and theta = A^-1 sum r x over the rewards of the arm.
/// </summary>
/// <remarks>
/// <para>L. Li, W. Chu, J. Langford, R. E. Schapire (2010), "A contextual-bandit approach to personalized news article recommendation", WWW, algorithm 1 (disjoint models, lambda = 1). Their
/// alpha = 1 + sqrt(ln(2/delta)/2) makes the term a bound of confidence 1 - delta for independent rewards of [0, 1]; they tune it. With <see cref="ModelSharing.Shared"/> it is the algorithm of
/// W. Chu, L. Li, L. Reyzin, R. E. Schapire (2011), "Contextual bandits with linear payoff functions", AISTATS, whose variant SupLinUCB has regret O(sqrt(T d) ln^(3/2)(K T ln T)).</para>
/// <para>O(K d^2) a choice, O(d^2) an update, no randomness. The first choice when rewards are about linear in features. For a guaranteed bound see <see cref="Oful"/>, for delayed rewards
/// <see cref="LinearThompsonSampling"/>, for features that arms share in part <see cref="HybridLinUcb"/>.</para>
/// </remarks>
[Algorithm("LinUCB", "Contextual, linear", "L. Li, W. Chu, J. Langford, R. E. Schapire (2010), A contextual-bandit approach to personalized news article recommendation")]
public sealed record LinUcb : IContextualPolicy
{
    /// <summary>The weight alpha of exploration. 0 is greedy. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The regularization lambda, positive. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the arms have in common. Default: nothing but the context.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public LinearState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);

    private sealed class State(LinUcb policy, int arms, int features, RandomKey key) : LinearState(policy, policy.Sharing, policy.Regularization, arms, features, key)
    {
        protected override int Select(ReadOnlySpan<double> context, long round) => LargestUpperBound(context, policy.Alpha);

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = UpperBound(context, arm, policy.Alpha);
        }
    }
}
