namespace OptiCore.Bandits;

/// <summary>
/// An index policy as data: the function whose largest value is played. Implemented as a readonly struct, so that the engine
/// (<see cref="IndexState{TIndex}"/>) compiles it into its loop over arms.
/// </summary>
public interface IIndex
{
    /// <summary>Whether the index reads <see cref="RoundContext.BestMean"/>, which costs a pass over the arms. Default: false.</summary>
    static virtual bool ReadsBestMean => false;

    /// <summary>The index of one arm. Never NaN.</summary>
    /// <param name="arm">The arm's statistics; its count is at least 1.</param>
    /// <param name="round">The round.</param>
    /// <returns>
    /// The index. An expensive one may first test whether it reaches <see cref="RoundContext.Level"/>, the largest index found so far, and
    /// return negative infinity if it is surely smaller: the choice is the same.
    /// </returns>
    double Value(in ArmStatistics arm, in RoundContext round);
}

/// <summary>What an index function knows beside its arm. Fields may be added.</summary>
public readonly ref struct RoundContext
{
    /// <summary>The number t of rewards received so far from all arms, at least the number of arms.</summary>
    public required long Plays { get; init; }

    /// <summary>ln t, computed once a round.</summary>
    public required double LogPlays { get; init; }

    /// <summary>The number K of arms.</summary>
    public required int Arms { get; init; }

    /// <summary>The largest mean of all arms that have rewards, if <see cref="IIndex.ReadsBestMean"/>; else NaN.</summary>
    public double BestMean { get; init; }

    /// <summary>The largest index found so far in this round, or negative infinity.</summary>
    public required double Level { get; init; }
}
