namespace OptiCore.Dynamics;

/// <summary>Fifteen Störmer-Verlet steps: Yoshida's solution D of order 8.</summary>
/// <remarks>Cost: fifteen forces a step. Symmetric. For tolerances near to rounding; weights beyond 2 in size make it useless with long steps.</remarks>
[Algorithm("Yoshida 8", "Symplectic and splitting", "H. Yoshida (1990), Construction of higher order symplectic integrators", Capabilities = "order 8, symmetric, fixed step, dense output of order 8")]
public static class Yoshida8
{
    /// <summary>The coefficients, w7, ..., w1 of the paper's table 2. Its fifteen digits meet the conditions of order to 1e-12; these have been refined by Newton's method in 50 digits.</summary>
    public static SplittingScheme Scheme { get; } = Make();

    private static SplittingScheme Make()
    {
        (double[] drifts, double[] kicks) = SplittingScheme.Compose(
            [0.9148442462297915667488, 0.2536933365662113541461, -1.444852236860605157695, -0.1582406353680501752041, 1.938139137622525986579, -1.960610232975310807608, 0.1027998493917964406981]);
        return new(drifts, kicks) { Name = "Yoshida 8", Order = 8 };
    }
}
