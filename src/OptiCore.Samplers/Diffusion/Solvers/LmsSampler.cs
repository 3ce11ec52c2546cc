namespace OptiCore.Samplers;

/// <summary>
/// The linear multistep method in sigma (LMS): Adams-Bashforth on unequal steps for dy / d sigma = (y - D(y, sigma)) / sigma, y = x / alpha, with exact integrals of the Lagrange polynomials.
/// </summary>
/// <remarks>K. Crowson (2022) in k-diffusion, after the linear multistep methods that L. Liu, Y. Ren, Z. Lin, Z. Zhao (2022) use in time; equal to <see cref="Deis"/> with polynomials in sigma / alpha.
/// N evaluations for N steps.</remarks>
[Algorithm("LMS", "Diffusion", "Q. Zhang, Y. Chen (2023), Fast sampling of diffusion models with exponential integrator: rhoAB", Capabilities = "any order")]
public sealed record LmsSampler : PlannedSolver
{
    /// <summary>The order, 1 to 6. Default: 4.</summary>
    public int Order { get; init => field = (int)Require.InClosed(value, 1, 6); } = 4;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan) => new Deis { Order = Order, Variable = DeisVariable.Ratio, ReduceOrderBelow = 0 }.Write(plan);
}
