namespace OptiCore.Dynamics;

/// <summary>Bogacki and Shampine's pair, order 3 with order 2 embedded; the last stage is the next step's first.</summary>
/// <remarks>Cost: three derivatives a step. For tolerances of about 1e-3, and for mildly stiff or noisy right-hand sides; below that prefer <see cref="DormandPrince"/>.</remarks>
[Algorithm("Bogacki-Shampine 3(2)", "Explicit Runge-Kutta", "P. Bogacki, L. F. Shampine (1989), A 3(2) pair of Runge-Kutta formulas", Capabilities = "order 3, adaptive, dense output of order 3")]
public static class BogackiShampine
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new(
        [[], [1.0 / 2], [0, 3.0 / 4], [2.0 / 9, 1.0 / 3, 4.0 / 9]],
        [2.0 / 9, 1.0 / 3, 4.0 / 9, 0],
        [0, 1.0 / 2, 3.0 / 4, 1])
    {
        Name = "Bogacki-Shampine 3(2)",
        Order = 3,
        EmbeddedOrder = 2,
        ErrorWeights = new double[] { -5.0 / 72, 1.0 / 12, 1.0 / 9, -1.0 / 8 },
    };
}
