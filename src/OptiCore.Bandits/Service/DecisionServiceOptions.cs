namespace OptiCore.Bandits;

/// <summary>What a <see cref="DecisionService"/> is to keep, and where.</summary>
public sealed record DecisionServiceOptions
{
    /// <summary>The randomness of the decisions. Default: the key of seed 0. Two services that are to be merged should have different ones.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Whether decisions state the probability with which they were taken. Costs as much as a decision where the policy draws at random, and more for Thompson sampling. Default: true.</summary>
    public bool HasPropensities { get; init; } = true;

    /// <summary>How many decisions may wait for their rewards; the oldest is given up when another one comes. Rounded up to a power of two. Default: 2^20.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1 or larger than 2^28.</exception>
    public int MostPending { get; init => field = Require.Positive(value) <= 1 << 28 ? value : throw new ArgumentOutOfRangeException(nameof(MostPending), value, "MostPending must be at most 2^28."); } = 1 << 20;

    /// <summary>The folder of the write-ahead log, made if it isn't there; null for none. One service at a time may use it.</summary>
    public string? Journal { get; init; }

    /// <summary>What a crash of the machine may take away. Default: <see cref="JournalDurability.Process"/>.</summary>
    public JournalDurability Durability { get; init; }

    /// <summary>After so many records of the write-ahead log the state is saved and the log begun anew: bounds the time of recovery. Default: 2^20.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public long RecordsPerSnapshot { get; init => field = Require.Positive(value); } = 1 << 20;

    /// <summary>
    /// Receives every decision with its reward when that comes, for off-policy evaluation: context, action by its place among all that ever were, propensity, reward, delay in seconds. Its shape must have one position, the
    /// context's length and at least as many actions. Where actions have features of their own the shape is <see cref="DecisionShape.WithActionFeatures"/>; those of all actions are then kept until the reward comes, K f numbers a
    /// decision, those of actions that aren't there being 0, and decisions of which only the chosen action's were kept, because there was no such log yet, aren't written. The service calls it from the thread that brings the reward, one call at a time, after the write-ahead log; it isn't part of that log's guarantee. Default: null.
    /// </summary>
    public DecisionLogWriter? Log { get; init; }

    /// <summary>The clock of the delays in <see cref="Log"/>. Default: that of the system.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TimeProvider Clock { get; init => field = Require.NotNull(value); } = TimeProvider.System;

    /// <summary>The name under which the service's metrics appear. Default: "default".</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public string Name { get; init => field = Require.NotNull(value); } = "default";
}

/// <summary>What a write-ahead log survives.</summary>
public enum JournalDurability
{
    /// <summary>The end of the process by whatever cause: what was acknowledged has been handed to the operating system.</summary>
    Process,

    /// <summary>The end of the machine as well: what was acknowledged is on the disk. Every operation waits for it.</summary>
    Disk,
}
