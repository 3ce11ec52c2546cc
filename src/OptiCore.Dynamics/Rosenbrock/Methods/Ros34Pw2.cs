namespace OptiCore.Dynamics;

/// <summary>
/// Rang and Angermann's stiffly accurate W-method of order 3 with order 2 embedded, four stages, L-stable: its order doesn't need an exact Jacobian, so that differences or an old one do.
/// </summary>
/// <remarks>
/// With <see cref="RosenbrockWanner.JacobianSteps"/> above 1 for Jacobians that cost much. The dense output is the cubic through both ends, a straight line where there is a mass matrix.
/// </remarks>
[Algorithm("ROS34PW2", "Rosenbrock", "J. Rang, L. Angermann (2005), New Rosenbrock W-methods of order 3 for partial differential algebraic equations of index 1", Capabilities = "order 3, adaptive, stiff, differential-algebraic, inexact Jacobian, dense output of order 3")]
public static class Ros34Pw2
{
    private const double G = 4.3586652150845900e-01;

    /// <summary>The coefficients.</summary>
    public static RosenbrockTableau Tableau { get; } = RosenbrockTableau.FromDefinition(
        [
            [],
            [8.7173304301691801e-01],
            [8.4457060015369423e-01, -1.1299064236484185e-01],
            [0, 0, 1],
        ],
        [
            [G],
            [-8.7173304301691801e-01, G],
            [-9.0338057013044082e-01, 5.4180672388095326e-02, G],
            [2.4212380706095346e-01, -1.2232505839045147, 5.4526025533510214e-01, G],
        ],
        [2.4212380706095346e-01, -1.2232505839045147, 1.5452602553351020, G],
        [3.7810903145819369e-01, -9.6042292212423178e-02, 0.5, 2.1793326075422950e-01],
        "ROS34PW2",
        order: 3,
        embeddedOrder: 2,
        isInexact: true);
}
