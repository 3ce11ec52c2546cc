namespace OptiCore.Samplers;

/// <summary>The ancestral Euler method: Euler's method down to less noise than asked for, and fresh noise up again. Equal to <see cref="Ddim"/> with the same Eta, in any coordinates.</summary>
/// <remarks>J. Ho et al. (2020) and J. Song et al. (2021) in the coordinates of T. Karras et al. (2022). N evaluations for N steps.</remarks>
[Algorithm("Euler ancestral", "Diffusion", "J. Song, C. Meng, S. Ermon (2021), Denoising diffusion implicit models, in the coordinates of T. Karras et al. (2022)", Capabilities = "stochastic")]
public sealed record EulerAncestralSampler : PlannedSolver
{
    /// <summary>The share of the posterior's noise. Default: 1.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A factor of the noise. Default: 1.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        Register data = plan.Allocate();
        for (int i = 0; i < plan.Grid.Steps; i++)
        {
            AncestralStep step = AncestralStep.Between(plan.Grid[i], plan.Grid[i + 1], Eta);
            plan.Evaluate(data, plan.Sample, plan.Grid[i], Prediction.Data);
            step.AddEuler(plan, plan.Sample, data);
            plan.Noise(step.Noise * NoiseScale).Advance();
        }
    }
}
