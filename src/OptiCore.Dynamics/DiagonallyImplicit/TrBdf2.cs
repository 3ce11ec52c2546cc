namespace OptiCore.Dynamics;

/// <summary>
/// A part of the step by the trapezoidal rule, the rest by the backward differentiation formula of order 2, written as one method: order 2 with an embedded solution of order 3, three stages of which two are
/// implicit, L-stable and stiffly accurate.
/// </summary>
/// <remarks>For low accuracy, and where robust damping matters more than order: circuits, discontinuous coefficients. The division gamma = 2 - sqrt(2) gives both parts the same matrix. The estimate goes through the linear system.</remarks>
[Algorithm("TR-BDF2", "Implicit Runge-Kutta", "R. E. Bank, W. M. Coughran, W. Fichtner, E. H. Grosse, D. J. Rose, R. K. Smith (1985), Transient simulation of silicon devices and circuits; M. E. Hosea, L. F. Shampine (1996), Analysis and implementation of TR-BDF2", Capabilities = "order 2, adaptive, stiff, dense output of order 3")]
public static class TrBdf2
{
    private static readonly double Part = 2 - Math.Sqrt(2), D = Part / 2, W = Math.Sqrt(2) / 4;

    /// <summary>The coefficients.</summary>
    public static DiagonallyImplicitTableau Tableau { get; } = new(
        [
            [0],
            [D, D],
            [W, W, D],
        ],
        [0, Part, 1],
        [W - ((1 - W) / 3), W - (((3 * W) + 1) / 3), D - (D / 3)])
    {
        Name = "TR-BDF2",
        Order = 2,
        EmbeddedOrder = 3,
        FiltersError = true,
    };
}
