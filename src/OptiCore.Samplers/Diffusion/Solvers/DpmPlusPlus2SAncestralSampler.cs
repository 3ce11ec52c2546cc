namespace OptiCore.Samplers;

/// <summary>
/// DPM-Solver++ 2S with ancestral noise: a single-step method of second order in lambda, with its stage halfway, down to less noise than asked for, and fresh noise up again.
/// </summary>
/// <remarks>C. Lu et al. (2022), "DPM-Solver++", algorithm 1 with r = 1/2, between the levels of the ancestral sampler of J. Ho et al. (2020). 2 N evaluations for N steps, 2 N - 1 if the grid ends without noise.</remarks>
[Algorithm("DPM-Solver++ 2S ancestral", "Diffusion", "C. Lu et al. (2022), DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models: algorithm 1, ancestral", Capabilities = "stochastic")]
public sealed record DpmPlusPlus2SAncestralSampler : PlannedSolver
{
    /// <summary>The share of the posterior's noise. Default: 1.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A factor of the noise. Default: 1.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        Register data = plan.Allocate(), stage = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            AncestralStep step = AncestralStep.Between(grid[i], grid[i + 1], Eta);
            plan.Evaluate(data, plan.Sample, grid[i], Prediction.Data);
            if (step.Down.Sigma > 0)
            {
                NoiseLevel middle = Churn.AtRatio(grid, grid[i], Math.Sqrt(grid[i].Ratio * step.Down.Ratio));
                AncestralStep.AddEuler(plan, plan.Sample, data, grid[i], middle);
                plan.Combine(stage);
                plan.Evaluate(data, stage, middle, Prediction.Data);
            }

            step.AddEuler(plan, plan.Sample, data);
            plan.Noise(step.Noise * NoiseScale).Advance();
        }
    }
}
