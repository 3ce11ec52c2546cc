namespace OptiCore.Dynamics;

/// <summary>
/// Tsitouras' pair, order 5 with order 4 embedded; the last stage is the next step's first. Dense output of order 4 without further derivatives.
/// </summary>
/// <remarks>
/// Cost: six derivatives a step, of which it usually needs a little fewer than <see cref="DormandPrince"/> for the same accuracy. The published
/// coefficients are decimals of 16 digits.
/// </remarks>
[Algorithm("Tsitouras 5(4)", "Explicit Runge-Kutta", "Ch. Tsitouras (2011), Runge-Kutta pairs of order 5(4) satisfying only the first column simplifying assumption", Capabilities = "order 5, adaptive, dense output of order 4")]
public static class Tsitouras
{
    /// <summary>The coefficients.</summary>
    public static ButcherTableau Tableau { get; } = new(
        [
            [],
            [0.161],
            [-0.008480655492356989, 0.335480655492357],
            [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
            [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
            [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
            [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
        ],
        [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774, 0],
        [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1])
    {
        Name = "Tsitouras 5(4)",
        Order = 5,
        EmbeddedOrder = 4,
        ErrorWeights = new double[] { 0.001780011052225777, 0.0008164344596567469, -0.007880878010261995, 0.1447110071732629, -0.5823571654525552, 0.45808210592918697, -1.0 / 66 },
        DenseWeights =
        [
            [-1.0530884977290216, 0.1017, 2.490627285651253, -16.548102889244902, 47.37952196281928, -34.87065786149661, 2.5],
        ],
    };
}
