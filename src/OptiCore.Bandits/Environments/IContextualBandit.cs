namespace OptiCore.Bandits;

/// <summary>
/// A contextual bandit with known means: what a simulation plays against. Immutable; contexts and rewards are pure functions of keys, so one instance serves many threads and every policy meets the
/// same contexts and rewards.
/// </summary>
public interface IContextualBandit
{
    /// <summary>The number K of arms.</summary>
    int Arms { get; }

    /// <summary>The number d of features: of the context, or of each arm.</summary>
    int Features { get; }

    /// <summary>True if a context has features for each arm, K d numbers; false if all arms share one vector of d.</summary>
    bool HasActionFeatures { get; }

    /// <summary>Writes the context of a round.</summary>
    /// <param name="key">The randomness of the context of this round of this replication.</param>
    /// <param name="context">Receives d or K d numbers.</param>
    void Context(RandomKey key, Span<double> context);

    /// <summary>The expected reward of an arm.</summary>
    /// <param name="round">The round.</param>
    /// <param name="arm">The arm, from 0.</param>
    double Mean(in ContextualRound round, int arm);

    /// <summary>The reward of an arm.</summary>
    /// <param name="round">The round.</param>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="key">The randomness of this arm in this round of this replication; nothing else draws from it.</param>
    double Reward(in ContextualRound round, int arm, RandomKey key);
}

/// <summary>One round of a contextual bandit. Fields may be added.</summary>
public readonly ref struct ContextualRound
{
    /// <summary>The context.</summary>
    public required ReadOnlySpan<double> Context { get; init; }

    /// <summary>The key from which the context was drawn.</summary>
    public required RandomKey Key { get; init; }
}
