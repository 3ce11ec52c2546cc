namespace OptiCore.Dynamics;

/// <summary>Lawson's method of order 4: the classical Runge-Kutta method for the integrating factor e^(-t L) y. Exact where N is 0.</summary>
/// <remarks>Needs exponentials alone. Its error constants grow with |h L| where N doesn't vanish with it: for stiff systems prefer <see cref="EtdRungeKutta4"/>.</remarks>
[Algorithm("Lawson 4", "Exponential integrators", "J. D. Lawson (1967), Generalized Runge-Kutta processes for stable systems with large Lipschitz constants", Capabilities = "order 4, fixed step, dense or diagonal linear part")]
public static class Lawson4
{
    /// <summary>The coefficients.</summary>
    public static ExponentialScheme Scheme { get; } = new(
        [0, 0.5, 0.5, 1],
        [
            [],
            [[new(0, 0.5, 0.5)]],
            [[], [new(0, 0, 0.5)]],
            [[], [], [new(0, 0.5, 1)]],
        ],
        [
            [new(0, 1, 1.0 / 6)],
            [new(0, 0.5, 1.0 / 3)],
            [new(0, 0.5, 1.0 / 3)],
            [new(0, 0, 1.0 / 6)],
        ])
    {
        Name = "Lawson 4",
        Order = 4,
    };
}
