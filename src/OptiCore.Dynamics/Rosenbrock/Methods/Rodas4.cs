namespace OptiCore.Dynamics;

/// <summary>
/// Hairer and Wanner's stiffly accurate Rosenbrock method of order 4 with order 3 embedded, six stages, L-stable, dense output of order 3: the code RODAS.
/// </summary>
/// <remarks>
/// Cheaper than <see cref="Rodas5P"/> at tolerances of 1e-3 and larger.
/// </remarks>
[Algorithm("Rodas4", "Rosenbrock", "E. Hairer, G. Wanner (1996), Solving Ordinary Differential Equations II, section VI.4", Capabilities = "order 4, adaptive, stiff, differential-algebraic, dense output of order 3")]
public static class Rodas4
{
    /// <summary>The coefficients.</summary>
    public static RosenbrockTableau Tableau { get; } = new(
        0.25,
        [
            [],
            [1.544],
            [0.9466785280815826, 0.2557011698983284],
            [3.314825187068521, 2.896124015972201, 0.9986419139977817],
            [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950],
            [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1],
        ],
        [
            [],
            [-5.6688],
            [-2.430093356833875, -0.2063599157091915],
            [-0.1073529058151375, -9.594562251023355, -20.47028614809616],
            [7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160],
            [8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054],
        ],
        [0, 0.386, 0.21, 0.63, 1, 1],
        [0.25, -0.1043, 0.1035, -0.0362, 0, 0],
        [1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1, 1],
        [0, 0, 0, 0, 0, 1])
    {
        Name = "Rodas4",
        Order = 4,
        EmbeddedOrder = 3,
        DenseOrder = 3,
        DenseWeights =
        [
            [10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0],
            [-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0],
        ],
    };
}
