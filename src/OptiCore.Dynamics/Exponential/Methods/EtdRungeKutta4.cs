namespace OptiCore.Dynamics;

/// <summary>ETDRK4: four stages that become the classical Runge-Kutta method where L is 0. Exact where N is quadratic in time.</summary>
/// <remarks>
/// The paper's coefficient phi[1](z/2) (e^(z/2) - 1) / 2 is phi[1](z) - phi[1](z/2). The order falls to 2 for some stiff problems, such as those with boundary conditions that N doesn't meet: M. Hochbruck,
/// A. Ostermann (2005), Explicit exponential Runge-Kutta methods for semilinear parabolic problems.
/// </remarks>
[Algorithm("ETDRK4 for dense or diagonal systems", "Exponential integrators", "S. M. Cox, P. C. Matthews (2002), Exponential time differencing for stiff systems", Capabilities = "order 4, fixed step, dense or diagonal linear part")]
public static class EtdRungeKutta4
{
    /// <summary>The coefficients: equations 26 to 29 of the paper.</summary>
    public static ExponentialScheme Scheme { get; } = new(
        [0, 0.5, 0.5, 1],
        [
            [],
            [[new(1, 0.5, 0.5)]],
            [[], [new(1, 0.5, 0.5)]],
            [[new(1, 1, 1), new(1, 0.5, -1)], [], [new(1, 0.5, 1)]],
        ],
        [
            [new(1, 1, 1), new(2, 1, -3), new(3, 1, 4)],
            [new(2, 1, 2), new(3, 1, -4)],
            [new(2, 1, 2), new(3, 1, -4)],
            [new(2, 1, -1), new(3, 1, 4)],
        ])
    {
        Name = "ETDRK4 for dense or diagonal systems",
        Order = 4,
    };
}
