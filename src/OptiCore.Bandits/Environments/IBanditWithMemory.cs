namespace OptiCore.Bandits;

/// <summary>
/// A bandit whose rewards depend on what was played before, through a state of a few numbers that the simulation carries. The environment itself is immutable: one instance serves many threads, and every
/// policy meets the same noise.
/// </summary>
public interface IBanditWithMemory
{
    /// <summary>The number K of arms.</summary>
    int Arms { get; }

    /// <summary>The number d of features of an arm; 0 where arms have none.</summary>
    int Features { get; }

    /// <summary>The features of all arms, K d numbers, those of arm after arm: the context that contextual policies are shown in every round. Empty where arms have none.</summary>
    ReadOnlySpan<double> ActionFeatures { get; }

    /// <summary>The length of the state.</summary>
    int StateLength { get; }

    /// <summary>The mean reward of a round that regret is measured against: the largest long-run average that a policy can reach, or what the environment says.</summary>
    double Benchmark { get; }

    /// <summary>Writes the state before the first round.</summary>
    /// <param name="state">Receives <see cref="StateLength"/> numbers.</param>
    void Begin(Span<double> state);

    /// <summary>The expected reward of an arm in a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="arm">The arm, from 0.</param>
    double Mean(ReadOnlySpan<double> state, int arm);

    /// <summary>Plays an arm: draws its reward and moves the state on.</summary>
    /// <param name="state">The state, which becomes that of the next round.</param>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="key">The randomness of this round of this replication; nothing else draws from it.</param>
    /// <returns>The reward.</returns>
    double Play(Span<double> state, int arm, RandomKey key);
}
