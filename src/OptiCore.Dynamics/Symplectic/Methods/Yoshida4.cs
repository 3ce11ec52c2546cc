namespace OptiCore.Dynamics;

/// <summary>The triple jump: three Störmer-Verlet steps with w = 1 / (2 - 2^(1/3)), 1 - 2 w and w of the step, the middle one backwards.</summary>
/// <remarks>Cost: three forces a step. Symmetric. Its error is large for its order: <see cref="BlanesMoan4"/> with twice the step costs the same and is more accurate.</remarks>
[Algorithm("Yoshida 4", "Symplectic and splitting", "E. Forest, R. D. Ruth (1990), Fourth-order symplectic integration; H. Yoshida (1990), Construction of higher order symplectic integrators", Capabilities = "order 4, symmetric, fixed step, dense output of order 3")]
public static class Yoshida4
{
    /// <summary>The coefficients.</summary>
    public static SplittingScheme Scheme { get; } = Make();

    private static SplittingScheme Make()
    {
        (double[] drifts, double[] kicks) = SplittingScheme.Compose([1 / (2 - Math.Cbrt(2))]);
        return new(drifts, kicks) { Name = "Yoshida 4", Order = 4 };
    }
}
