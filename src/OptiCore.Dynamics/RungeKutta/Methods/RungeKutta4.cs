namespace OptiCore.Dynamics;

/// <summary>The classical Runge-Kutta method, order 4. Fixed steps only.</summary>
/// <remarks>Cost: four derivatives a step. For simulations whose step size is given; where it can be chosen prefer <see cref="DormandPrince"/>.</remarks>
[Algorithm("Runge-Kutta 4", "Explicit Runge-Kutta", "W. Kutta (1901), Beitrag zur näherungsweisen Integration totaler Differentialgleichungen", Capabilities = "order 4, fixed step, dense output of order 3")]
public static class RungeKutta4
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new(
        [[], [1.0 / 2], [0, 1.0 / 2], [0, 0, 1]],
        [1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6],
        [0, 1.0 / 2, 1.0 / 2, 1])
    {
        Name = "Runge-Kutta 4",
        Order = 4,
    };
}
