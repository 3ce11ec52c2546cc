namespace OptiCore.Dynamics;

/// <summary>
/// A stiffly accurate Rosenbrock method of order 3 with order 2 embedded, four stages of which three evaluate, L-stable.
/// </summary>
/// <remarks>
/// For low accuracy: chemistry inside transport, tolerances of 1e-2. The dense output is the cubic through both ends, a straight line where there is a mass matrix.
/// </remarks>
[Algorithm("Rodas3", "Rosenbrock", "A. Sandu, J. G. Verwer, J. G. Blom, E. J. Spee, G. R. Carmichael, F. A. Potra (1997), Benchmarking stiff ODE solvers for atmospheric chemistry problems II: Rosenbrock solvers", Capabilities = "order 3, adaptive, stiff, differential-algebraic, dense output of order 3")]
public static class Rodas3
{
    /// <summary>The coefficients.</summary>
    public static RosenbrockTableau Tableau { get; } = new(
        0.5,
        [
            [],
            [0],
            [2, 0],
            [2, 0, 1],
        ],
        [
            [],
            [4],
            [1, -1],
            [1, -1, -8.0 / 3],
        ],
        [0, 0, 1, 1],
        [0.5, 1.5, 0, 0],
        [2, 0, 1, 1],
        [0, 0, 0, 1])
    {
        Name = "Rodas3",
        Order = 3,
        EmbeddedOrder = 2,
    };
}
