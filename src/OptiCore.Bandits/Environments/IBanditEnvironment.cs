namespace OptiCore.Bandits;

/// <summary>
/// A bandit with known means: what a simulation plays against. Immutable; a reward is a pure function of the pull, so one instance serves
/// many threads and every policy meets the same rewards.
/// </summary>
public interface IBanditEnvironment
{
    /// <summary>The number K of arms.</summary>
    int Arms { get; }

    /// <summary>The expected reward of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, from 0; stationary environments don't look at it.</param>
    double Mean(int arm, long round);

    /// <summary>The largest expected reward of the round minus that of the arm: what one pull adds to the pseudo-regret.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, from 0.</param>
    double Gap(int arm, long round);

    /// <summary>What one pull adds to the pseudo-regret. As it is, <see cref="Gap(int, long)"/>; environments whose means depend on what was played look at the rest of the pull too.</summary>
    /// <param name="pull">Arm, round, earlier plays of the arm.</param>
    double Gap(in Pull pull) => Gap(pull.Arm, pull.Round);

    /// <summary>The reward of a pull.</summary>
    /// <param name="pull">Arm, round and randomness.</param>
    double Reward(in Pull pull);
}

/// <summary>One play of one arm. Fields may be added.</summary>
public readonly ref struct Pull
{
    /// <summary>The arm, from 0.</summary>
    public required int Arm { get; init; }

    /// <summary>The round, from 0.</summary>
    public required long Round { get; init; }

    /// <summary>The number of earlier plays of this arm in this replication; environments with memory look at it. Default: 0.</summary>
    public long EarlierPlays { get; init; }

    /// <summary>The randomness of this arm in this round of this replication; nothing else draws from it.</summary>
    public required RandomKey Key { get; init; }
}
