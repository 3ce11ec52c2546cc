namespace OptiCore.Dynamics;

/// <summary>
/// Kennedy and Carpenter's additive pair ARK4(3)6L[2]SA: order 4 with order 3 embedded, six stages of which five are implicit, L-stable and stiffly accurate in the implicit part; for a split system
/// implicit-explicit, else the implicit part alone.
/// </summary>
/// <remarks>For advection with diffusion or reactions, where one part limits an explicit method's steps and the other is dear to solve for.</remarks>
[Algorithm("KenCarp4", "Implicit Runge-Kutta", "C. A. Kennedy, M. H. Carpenter (2003), Additive Runge-Kutta schemes for convection-diffusion-reaction equations", Capabilities = "order 4, adaptive, stiff, implicit-explicit, dense output of order 3")]
public static class KenCarp4
{
    /// <summary>The coefficients.</summary>
    public static DiagonallyImplicitTableau Tableau { get; } = new(
        [
            [0],
            [1.0 / 4, 1.0 / 4],
            [8611.0 / 62500, -1743.0 / 31250, 1.0 / 4],
            [5012029.0 / 34652500, -654441.0 / 2922500, 174375.0 / 388108, 1.0 / 4],
            [15267082809.0 / 155376265600, -71443401.0 / 120774400, 730878875.0 / 902184768, 2285395.0 / 8070912, 1.0 / 4],
            [82889.0 / 524892, 0, 15625.0 / 83664, 69875.0 / 102672, -2260.0 / 8211, 1.0 / 4],
        ],
        [0, 1.0 / 2, 83.0 / 250, 31.0 / 50, 17.0 / 20, 1],
        [
            (82889.0 / 524892) - (4586570599.0 / 29645900160), 0, (15625.0 / 83664) - (178811875.0 / 945068544), (69875.0 / 102672) - (814220225.0 / 1159782912),
            (-2260.0 / 8211) + (3700637.0 / 11593932), (1.0 / 4) - (61727.0 / 225920),
        ],
        [
            [],
            [1.0 / 2],
            [13861.0 / 62500, 6889.0 / 62500],
            [-116923316275.0 / 2393684061468, -2731218467317.0 / 15368042101831, 9408046702089.0 / 11113171139209],
            [-451086348788.0 / 2902428689909, -2682348792572.0 / 7519795681897, 12662868775082.0 / 11960479115383, 3355817975965.0 / 11060851509271],
            [647845179188.0 / 3216320057751, 73281519250.0 / 8382639484533, 552539513391.0 / 3454668386233, 3354512671639.0 / 8306763924573, 4040.0 / 17871],
        ])
    {
        Name = "KenCarp4",
        Order = 4,
        EmbeddedOrder = 3,
    };
}
