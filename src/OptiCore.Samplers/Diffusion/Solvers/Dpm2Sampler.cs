namespace OptiCore.Samplers;

/// <summary>
/// DPM2: the midpoint method in sigma / alpha with its middle at the geometric mean, where lambda is halfway; with churn, or ancestral with <see cref="Eta"/>. The step to a level without noise is Euler's.
/// </summary>
/// <remarks>T. Karras et al. (2022), section 5 and the DPM-Solver-2 of C. Lu et al. (2022) in another form; the ancestral variant steps down to less noise and adds fresh noise.
/// 2 N evaluations for N steps, 2 N - 1 if the grid ends without noise; order 2 at Eta = 0.</remarks>
[Algorithm("DPM2", "Diffusion", "T. Karras, M. Aittala, T. Aila, S. Laine (2022), Elucidating the design space of diffusion-based generative models; C. Lu et al. (2022), DPM-Solver", Capabilities = "order 2, churn, ancestral")]
public sealed record Dpm2Sampler : PlannedSolver
{
    /// <summary>The churn. Default: none.</summary>
    public Churn Churn { get; init => field = Require.NotNull(value); } = Churn.None;

    /// <summary>The share of the posterior's noise that is added after each step: 0 for none, 1 for the ancestral sampler. Default: 0.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); }

    /// <summary>A factor of the ancestral noise. Default: 1.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        Register raised = plan.Allocate(), stage = plan.Allocate(), slope = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            (Register x, NoiseLevel from) = Churn.Raise(plan, raised);
            AncestralStep step = AncestralStep.Between(from, grid[i + 1], Eta);
            plan.Evaluate(slope, x, from, Prediction.Noise);
            if (step.Down.Sigma > 0)
            {
                NoiseLevel middle = Churn.AtRatio(grid, from, Math.Sqrt(from.Ratio * step.Down.Ratio));
                AncestralStep.AddSlope(plan, x, slope, from, middle);
                plan.Combine(stage);
                plan.Evaluate(slope, stage, middle, Prediction.Noise);
            }

            AncestralStep.AddSlope(plan, x, slope, from, step.Down);
            plan.Noise(step.Noise * NoiseScale).Advance();
        }
    }
}
