namespace OptiCore.Dynamics;

/// <summary>The explicit midpoint rule, order 2, with Euler's method embedded: y + h f(t + h/2, y + h/2 f(t, y)).</summary>
/// <remarks>Cost: two derivatives a step. Prefer <see cref="BogackiShampine"/> where a low order is enough and steps are adaptive.</remarks>
[Algorithm("Midpoint 2(1)", "Explicit Runge-Kutta", "C. Runge (1895), Über die numerische Auflösung von Differentialgleichungen", Capabilities = "order 2, adaptive")]
public static class Midpoint
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new([[], [0.5]], [0, 1], [0, 0.5])
    {
        Name = "Midpoint 2(1)",
        Order = 2,
        EmbeddedOrder = 1,
        ErrorWeights = new double[] { -1, 1 },
    };
}
