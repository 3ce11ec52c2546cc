namespace OptiCore.Bandits;

/// <summary>What is known of one arm, as an index function sees it. Fields may be added.</summary>
public readonly ref struct ArmStatistics
{
    /// <summary>The number n of rewards received, at least 1.</summary>
    public required double Count { get; init; }

    /// <summary>The mean of the rewards.</summary>
    public required double Mean { get; init; }

    /// <summary>The sum of squared deviations from the mean.</summary>
    public required double SquaredDeviations { get; init; }

    /// <summary>The variance with divisor n. For rewards of 0 and 1 it is mean (1 - mean).</summary>
    public double Variance => SquaredDeviations / Count;
}
