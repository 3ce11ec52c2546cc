namespace OptiCore.Dynamics;

/// <summary>Heun's method (the explicit trapezoidal rule), order 2, with Euler's method embedded. Strongly stability preserving.</summary>
/// <remarks>Cost: two derivatives a step. For semi-discretised conservation laws, where its stability counts; else prefer <see cref="BogackiShampine"/>.</remarks>
[Algorithm("Heun 2(1)", "Explicit Runge-Kutta", "K. Heun (1900), Neue Methode zur approximativen Integration der Differentialgleichungen einer unabhängigen Veränderlichen", Capabilities = "order 2, adaptive")]
public static class Heun
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new([[], [1]], [0.5, 0.5], [0, 1])
    {
        Name = "Heun 2(1)",
        Order = 2,
        EmbeddedOrder = 1,
        ErrorWeights = new double[] { -0.5, 0.5 },
    };
}
