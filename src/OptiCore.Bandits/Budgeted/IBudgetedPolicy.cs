namespace OptiCore.Bandits;

/// <summary>
/// A configured policy for bandits with knapsacks: a play earns a reward and costs some of each resource, and all ends when a resource is spent. What is learnt lives in the <see cref="BudgetedState"/> that
/// <see cref="Start"/> makes.
/// </summary>
/// <remarks>A new policy is one file: a record with its options that implements this interface, and its state, which derives from <see cref="BudgetedState"/>.</remarks>
public interface IBudgetedPolicy : IPolicy
{
    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="budgets">What there is of each resource, positive; at least one.</param>
    /// <param name="rounds">The most rounds T that may be played; <see cref="long.MaxValue"/> where only the resources end the run and the policy doesn't need T.</param>
    /// <param name="key">The randomness of this run; deterministic policies don't look at it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive, or a budget isn't finite.</exception>
    BudgetedState Start(int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key);
}
