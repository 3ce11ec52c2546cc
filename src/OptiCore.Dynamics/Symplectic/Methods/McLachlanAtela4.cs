namespace OptiCore.Dynamics;

/// <summary>McLachlan and Atela's method of order 4 with four kicks and the smallest error constants among them; for linear velocities.</summary>
/// <remarks>Cost: four forces a step. Not symmetric. Needs T quadratic: <see cref="SplittingScheme.NeedsLinearVelocity"/>.</remarks>
[Algorithm("McLachlan-Atela 4", "Symplectic and splitting", "R. I. McLachlan, P. Atela (1992), The accuracy of symplectic integrators", Capabilities = "order 4, linear velocity, fixed step, dense output of order 3")]
public static class McLachlanAtela4
{
    /// <summary>The coefficients.</summary>
    public static SplittingScheme Scheme { get; } = new(
        [0, 0.5153528374311229364, -0.085782019412973646, 0.4415830236164665242, 0.1288461583653841854],
        [0.1344961992774310892, -0.2248198030794208058, 0.7563200005156682911, 0.3340036032863214255, 0])
    {
        Name = "McLachlan-Atela 4",
        Order = 4,
        NeedsLinearVelocity = true,
    };
}
