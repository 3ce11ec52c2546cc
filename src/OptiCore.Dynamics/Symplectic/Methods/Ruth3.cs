namespace OptiCore.Dynamics;

/// <summary>Ruth's method of order 3, with rational coefficients.</summary>
/// <remarks>Cost: three forces a step. Not symmetric. <see cref="Yoshida4"/> costs as much and has order 4; <see cref="BlanesMoan4"/> is the better of both.</remarks>
[Algorithm("Ruth 3", "Symplectic and splitting", "R. D. Ruth (1983), A canonical integration technique", Capabilities = "order 3, fixed step, dense output of order 3")]
public static class Ruth3
{
    /// <summary>The coefficients.</summary>
    public static SplittingScheme Scheme { get; } = new([0, 2.0 / 3, -2.0 / 3, 1], [7.0 / 24, 3.0 / 4, -1.0 / 24, 0]) { Name = "Ruth 3", Order = 3 };
}
