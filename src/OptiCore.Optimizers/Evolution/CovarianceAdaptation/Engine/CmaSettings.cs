namespace OptiCore.Optimizers;

/// <summary>What a run of CMA-ES, full or separable, is configured by.</summary>
internal readonly record struct CmaSettings
{
    public required double InitialStep { get; init; }

    public required int Population { get; init; }

    public required bool Active { get; init; }

    public required bool Separable { get; init; }

    public required Bounds? Bounds { get; init; }

    public required IntegerVariables? Integers { get; init; }

    public required double PointTolerance { get; init; }

    public required double ValueTolerance { get; init; }
}
