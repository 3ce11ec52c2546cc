namespace OptiCore.Optimizers;

/// <summary>How JADE and L-SHADE differ, for the state that they share.</summary>
internal readonly record struct AdaptiveSettings
{
    /// <summary>Whether the parameters of successes are kept in a history (SHADE) or averaged over time (JADE).</summary>
    public required bool UsesHistory { get; init; }

    /// <summary>The places of the history; 1 for JADE.</summary>
    public required int HistorySize { get; init; }

    /// <summary>The first population.</summary>
    public required int Population { get; init; }

    /// <summary>The last population; the same for none to shrink to.</summary>
    public required int LastPopulation { get; init; }

    /// <summary>The evaluations after which the population has shrunk to the last.</summary>
    public required long Budget { get; init; }

    /// <summary>The part of the population among which p-best members are drawn.</summary>
    public required double BestFraction { get; init; }

    /// <summary>The archive's size relative to the population.</summary>
    public required double ArchiveFraction { get; init; }

    /// <summary>JADE's rate of adaptation, c.</summary>
    public required double AdaptationRate { get; init; }

    public required double InitialSpread { get; init; }

    public required double PointTolerance { get; init; }

    public required double ValueTolerance { get; init; }

    public required Bounds? Bounds { get; init; }
}
