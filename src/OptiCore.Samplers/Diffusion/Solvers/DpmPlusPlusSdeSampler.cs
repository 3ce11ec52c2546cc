namespace OptiCore.Samplers;

/// <summary>
/// DPM-Solver++ (SDE) as a single-step method: both the stage, at the share <see cref="Middle"/> of the step in lambda, and the step itself go down to less noise and add fresh noise.
/// </summary>
/// <remarks>C. Lu et al. (2022), "DPM-Solver++", with ancestral noise in both parts, as is usual for the sampler of this name. Two draws and two evaluations a step; to a level without noise one evaluation and no draw.
/// The draws of both parts are independent.</remarks>
[Algorithm("DPM-Solver++ SDE", "Diffusion", "C. Lu et al. (2022), DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models: SDE, single-step", Capabilities = "stochastic")]
public sealed record DpmPlusPlusSdeSampler : PlannedSolver
{
    /// <summary>The share of the posterior's noise. Default: 1.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A factor of the noise. Default: 1.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>Where the stage lies, r. Default: 1/2.</summary>
    public double Middle { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.5;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        Register first = plan.Allocate(), second = plan.Allocate(), stage = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            NoiseLevel from = grid[i], to = grid[i + 1];
            plan.Evaluate(first, plan.Sample, from, Prediction.Data);
            AncestralStep step = AncestralStep.Between(from, to, Eta);
            if (to.Sigma == 0)
            {
                step.AddEuler(plan, plan.Sample, first);
                plan.Advance();
                continue;
            }

            NoiseLevel middle = Churn.AtRatio(grid, from, Math.Pow(from.Ratio, 1 - Middle) * Math.Pow(to.Ratio, Middle));
            AncestralStep half = AncestralStep.Between(from, middle, Eta);
            half.AddEuler(plan, plan.Sample, first);
            plan.Noise(half.Noise * NoiseScale).Combine(stage);
            plan.Evaluate(second, stage, middle, Prediction.Data);

            // Half of psi_1 (m_1 - m_s) / r on top of psi_1 m_s.
            double share = 1 / (2 * Middle), scale = step.Down.Sigma / from.Sigma, weight = step.Down.Alpha - (from.Alpha * scale);
            plan.Add(plan.Sample, scale).Add(first, weight * (1 - share)).Add(second, weight * share);
            plan.Noise(step.Noise * NoiseScale).Advance();
        }
    }
}
