namespace OptiCore.Dynamics;

/// <summary>The fixed numbers of step control in ensembles.</summary>
internal static class LaneLimits
{
    /// <summary>What is left after a step may be so many times as long as the step and still be its last.</summary>
    public const double LastStepStretch = 1 + 1e-9;

    /// <summary>The binary logarithm of the square of the smallest error that is remembered, 1e-4: one lucky step doesn't count for more.</summary>
    public const double LogOfSmallestRememberedError = -26.575424759098897;

    /// <summary>At least ten spacings of floating-point numbers.</summary>
    public const double SmallestRelativeStep = 10 * 2.220446049250313e-16;
}
