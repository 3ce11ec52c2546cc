namespace OptiCore.Dynamics;

/// <summary>
/// Dormand and Prince's pair, order 5 with order 4 embedded; the last stage is the next step's first. Dense output of order 4 without further derivatives.
/// </summary>
/// <remarks>
/// Cost: six derivatives a step. The first choice for problems that aren't stiff, at tolerances from 1e-3 to 1e-9. The dense output is the one of the
/// code DOPRI5 in E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, section II.6.
/// </remarks>
[Algorithm("Dormand-Prince 5(4)", "Explicit Runge-Kutta", "J. R. Dormand, P. J. Prince (1980), A family of embedded Runge-Kutta formulae", Capabilities = "order 5, adaptive, dense output of order 4")]
public static class DormandPrince
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new(
        [
            [],
            [1.0 / 5],
            [3.0 / 40, 9.0 / 40],
            [44.0 / 45, -56.0 / 15, 32.0 / 9],
            [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
            [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
            [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
        ],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0],
        [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1])
    {
        Name = "Dormand-Prince 5(4)",
        Order = 5,
        EmbeddedOrder = 4,
        ErrorWeights = new double[] { 71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40 },
        DenseWeights =
        [
            [-12715105075.0 / 11282082432, 0, 87487479700.0 / 32700410799, -10690763975.0 / 1880347072, 701980252875.0 / 199316789632, -1453857185.0 / 822651844, 69997945.0 / 29380423],
        ],
    };
}
