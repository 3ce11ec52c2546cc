namespace OptiCore.Dynamics;

/// <summary>Blanes and Moan's S6: order 4 with six kicks, optimised for small error constants.</summary>
/// <remarks>Cost: six forces a step. Symmetric. For the same number of forces it is far more accurate than <see cref="Yoshida4"/>.</remarks>
[Algorithm("Blanes-Moan 4", "Symplectic and splitting", "S. Blanes, P. C. Moan (2002), Practical symplectic partitioned Runge-Kutta and Runge-Kutta-Nyström methods", Capabilities = "order 4, symmetric, fixed step, dense output of order 3")]
public static class BlanesMoan4
{
    /// <summary>The coefficients: a[1..3] and b[1..2] of the paper, the others by symmetry and consistency.</summary>
    public static SplittingScheme Scheme { get; } = Make();

    private static SplittingScheme Make()
    {
        const double A1 = 0.0792036964311957, A2 = 0.353172906049774, A3 = -0.0420650803577195, A4 = 1 - (2 * (A1 + A2 + A3));
        const double B1 = 0.209515106613362, B2 = -0.143851773179818, B3 = 0.5 - (B1 + B2);
        return new([A1, A2, A3, A4, A3, A2, A1], [B1, B2, B3, B3, B2, B1, 0]) { Name = "Blanes-Moan 4", Order = 4 };
    }
}
