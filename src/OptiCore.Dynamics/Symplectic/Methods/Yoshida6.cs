namespace OptiCore.Dynamics;

/// <summary>Seven Störmer-Verlet steps: Yoshida's solution A of order 6.</summary>
/// <remarks>Cost: seven forces a step. Symmetric.</remarks>
[Algorithm("Yoshida 6", "Symplectic and splitting", "H. Yoshida (1990), Construction of higher order symplectic integrators", Capabilities = "order 6, symmetric, fixed step, dense output of order 6")]
public static class Yoshida6
{
    /// <summary>The coefficients, w3, w2, w1 of the paper's table 1, with the digits of Hairer, Lubich, Wanner (2006), section V.3.2.</summary>
    public static SplittingScheme Scheme { get; } = Make();

    private static SplittingScheme Make()
    {
        (double[] drifts, double[] kicks) = SplittingScheme.Compose([0.78451361047755726381949763, 0.23557321335935813368479318, -1.17767998417887100694641568]);
        return new(drifts, kicks) { Name = "Yoshida 6", Order = 6 };
    }
}
