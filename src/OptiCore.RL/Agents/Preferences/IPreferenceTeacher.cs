namespace OptiCore.RL;

/// <summary>Which of two segments a teacher prefers.</summary>
public enum Preference
{
    /// <summary>The first.</summary>
    First,

    /// <summary>The second.</summary>
    Second,

    /// <summary>Neither: both are as good.</summary>
    Equal,

    /// <summary>No answer; nothing is learnt from the question.</summary>
    Skipped,
}

/// <summary>Consecutive steps of one episode, as a teacher sees them.</summary>
public readonly ref struct TrajectorySegment
{
    /// <summary>What was observed before each step, one row each.</summary>
    public required ReadOnlySpan<float> Observations { get; init; }

    /// <summary>What was done, one row for each step.</summary>
    public required ReadOnlySpan<float> Actions { get; init; }

    /// <summary>What the environment paid for each step. For scripted teachers: the learner never sees it, and a teacher in earnest has none.</summary>
    public required ReadOnlySpan<float> Rewards { get; init; }
}

/// <summary>Someone who can say which of two pieces of behaviour is better: a person, or a rule.</summary>
public interface IPreferenceTeacher
{
    /// <summary>Compares two segments of the same length.</summary>
    /// <param name="first">The first.</param>
    /// <param name="second">The second.</param>
    /// <param name="key">The randomness of this answer.</param>
    Preference Compare(in TrajectorySegment first, in TrajectorySegment second, RandomKey key);
}
