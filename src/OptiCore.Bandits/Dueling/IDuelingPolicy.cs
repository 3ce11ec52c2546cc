namespace OptiCore.Bandits;

/// <summary>
/// A configured policy for the dueling bandit, which never sees rewards: it chooses two arms and is told which of them won. What is learnt lives in the <see cref="DuelingState"/> that
/// <see cref="Start"/> makes.
/// </summary>
/// <remarks>A new policy is one file: a record with its options that implements this interface, and its state, which derives from <see cref="DuelingState"/>.</remarks>
public interface IDuelingPolicy : IPolicy
{
    // A duel's outcome as a number: 1 if the first arm won, else 0.
    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <summary>Begins to learn: allocates everything that choosing and updating need.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="arms"/> is smaller than 1.</exception>
    DuelingState Start(int arms, RandomKey key);
}

/// <summary>Two arms that are compared. They may be the same: a policy that is sure of the best arm has nothing left to compare it with.</summary>
/// <param name="First">The first arm, from 0.</param>
/// <param name="Second">The second arm, from 0.</param>
public readonly record struct Duel(int First, int Second);
