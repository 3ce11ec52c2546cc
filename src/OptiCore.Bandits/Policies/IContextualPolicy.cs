namespace OptiCore.Bandits;

/// <summary>A configured policy for the contextual bandit: it is shown a context before it chooses.</summary>
/// <remarks>A new policy is one file: a record with its options that implements this interface, and its state, which derives from <see cref="ContextualState"/>.</remarks>
public interface IContextualPolicy : IPolicy
{
    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="features">The number d of features: of the context that all arms share, or of each arm, as the policy says.</param>
    /// <param name="key">The randomness of this run; deterministic policies don't look at it.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    ContextualState Start(int arms, int features, RandomKey key);
}
