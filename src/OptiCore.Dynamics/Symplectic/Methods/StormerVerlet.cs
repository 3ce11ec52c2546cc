namespace OptiCore.Dynamics;

/// <summary>The Störmer-Verlet method, or leapfrog: half a kick, a drift, half a kick; or half a drift, a kick, half a drift. As a splitting of flows, Strang's.</summary>
/// <remarks>Cost: one force a step. Symmetric. The method of molecular dynamics: most stable for its cost, with steps up to 2 / omega for the highest frequency.</remarks>
[Algorithm("Störmer-Verlet", "Symplectic and splitting", "L. Verlet (1967), Computer experiments on classical fluids; E. Hairer, C. Lubich, G. Wanner (2003), Geometric numerical integration illustrated by the Störmer-Verlet method", Capabilities = "order 2, symmetric, fixed step, dense output of order 3")]
public static class StormerVerlet
{
    /// <summary>The velocity form: kick, drift, kick. The force at the end of a step is the next one's first.</summary>
    public static SplittingScheme Scheme { get; } = new([0, 1], [0.5, 0.5]) { Name = "Störmer-Verlet", Order = 2 };

    /// <summary>The position form: drift, kick, drift.</summary>
    public static SplittingScheme PositionScheme { get; } = new([0.5, 0.5], [1, 0]) { Name = "Störmer-Verlet", Order = 2 };
}
