namespace OptiCore.Dynamics;

/// <summary>Blanes and Moan's S10: order 6 with ten kicks, optimised for small error constants.</summary>
/// <remarks>Cost: ten forces a step. Symmetric.</remarks>
[Algorithm("Blanes-Moan 6", "Symplectic and splitting", "S. Blanes, P. C. Moan (2002), Practical symplectic partitioned Runge-Kutta and Runge-Kutta-Nyström methods", Capabilities = "order 6, symmetric, fixed step, dense output of order 6")]
public static class BlanesMoan6
{
    /// <summary>The coefficients: a[1..5] and b[1..4] of the paper, the others by symmetry and consistency.</summary>
    public static SplittingScheme Scheme { get; } = Make();

    private static SplittingScheme Make()
    {
        const double A1 = 0.0502627644003922, A2 = 0.413514300428344, A3 = 0.0450798897943977, A4 = -0.188054853819569, A5 = 0.541960678450780, A6 = 1 - (2 * (A1 + A2 + A3 + A4 + A5));
        const double B1 = 0.148816447901042, B2 = -0.132385865767784, B3 = 0.067307604692185, B4 = 0.432666402578175, B5 = 0.5 - (B1 + B2 + B3 + B4);
        return new([A1, A2, A3, A4, A5, A6, A5, A4, A3, A2, A1], [B1, B2, B3, B4, B5, B5, B4, B3, B2, B1, 0]) { Name = "Blanes-Moan 6", Order = 6 };
    }
}
