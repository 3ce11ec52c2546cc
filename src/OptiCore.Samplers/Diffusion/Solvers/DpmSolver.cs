namespace OptiCore.Samplers;

/// <summary>How a solver estimates the first derivative's share of a step of second order.</summary>
public enum DpmSolverEstimate
{
    /// <summary>Half of psi_1: the value of the prediction in the middle of the step stands for all of it. "midpoint", or "dpmsolver" in DPM-Solver.</summary>
    Midpoint,

    /// <summary>psi_2, the exact integral of the Taylor polynomial: "heun", or "taylor" in DPM-Solver.</summary>
    Taylor,
}

/// <summary>
/// DPM-Solver and DPM-Solver++ as multistep methods of order 1 to 3, deterministic or stochastic: one evaluation a step; the derivatives of the prediction in lambda = log(alpha / sigma) are
/// differences of the last answers.
/// </summary>
/// <remarks>
/// <para>With h the step in lambda, r_0 and r_1 the last steps divided by h, and answers m_0 (latest), m_1, m_2:
/// <code>
/// order 1:  x_t = Scale x_s - Weight psi_1 m_0
/// order 2:          ... - Weight (psi_1 / 2 or psi_2) D_1,           D_1 = (m_0 - m_1) / r_0
/// order 3:          ... - Weight psi_2 D_1 - Weight psi_3 D_2,       D_1 = d_0 + r_0 (d_0 - d_1) / (r_0 + r_1),  D_2 = (d_0 - d_1) / (r_0 + r_1)
/// </code>
/// Scale, Weight and psi are those of the exponential integrator, for data prediction Scale = sigma_t / sigma_s, Weight = alpha_t, psi_1 = e^-h - 1. <see cref="Prediction"/> = Data is DPM-Solver++
/// (2M, 3M), the choice for guided sampling; Noise is DPM-Solver. <see cref="Eta"/> above 0 gives the stochastic variants (SDE-DPM-Solver++ at 1, "2M SDE" and "3M SDE").</para>
/// <para>D_2 as published is half of the second derivative, so that order 3 has a better constant but converges as h^2 in the limit; <see cref="ConsistentCurvature"/> takes the whole, with which the slope is 3.
/// UniPC's predictor and DEIS are the consistent multistep methods of any order.</para>
/// <para>C. Lu, Y. Zhou, F. Bao, J. Chen, C. Li, J. Zhu (2022), "DPM-Solver: a fast ODE solver for diffusion probabilistic model sampling in around 10 steps", and (2022), "DPM-Solver++: fast solver for
/// guided sampling of diffusion probabilistic models". N evaluations for N steps.</para>
/// </remarks>
[Algorithm("DPM-Solver++ (multistep)", "Diffusion", "C. Lu et al. (2022), DPM-Solver++: fast solver for guided sampling of diffusion probabilistic models", Capabilities = "orders 1 to 3, noise or data prediction, deterministic or stochastic")]
public sealed record DpmSolver : PlannedSolver
{
    /// <summary>The order, 1 to 3. Default: 2.</summary>
    public int Order { get; init => field = (int)Require.InClosed(value, 1, 3); } = 2;

    /// <summary>Data for DPM-Solver++, Noise for DPM-Solver. Default: Data.</summary>
    public Prediction Prediction { get; init => field = Parametrisation.NoiseOrData(value); } = Prediction.Data;

    /// <summary>How steps of second order use the derivative. Default: Midpoint.</summary>
    public DpmSolverEstimate Estimate { get; init => field = Require.Defined(value); } = DpmSolverEstimate.Midpoint;

    /// <summary>The share of the reverse diffusion's noise: 0 for the probability-flow equation, 1 for the stochastic variants. Default: 0.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); }

    /// <summary>A factor of the noise. Default: 1.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>
    /// The last steps have lower order on grids with fewer steps than this, which few steps need to be stable. Default: 10, the authors' rule; others use 15. 0 for never.
    /// A step to a level without noise always has order 1.
    /// </summary>
    public int ReduceOrderBelow { get; init => field = Require.NonNegative(value); } = 10;

    /// <summary>True for a second difference that is the second derivative; false, the default, for the published half of it.</summary>
    public bool ConsistentCurvature { get; init; }

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        var history = new OutputHistory(plan, Order);
        for (int i = 0; i < grid.Steps; i++)
        {
            history.Evaluate(plan.Sample, grid[i], Prediction);
            var step = new ExponentialStep(grid[i], grid[i + 1], Prediction, Eta);
            int order = StepOrder.At(i, grid, Order, ReduceOrderBelow);
            plan.Add(plan.Sample, step.Scale).Add(history[0], -step.Psi(1));
            if (order == 2)
            {
                double r = (history.Level(0).Lambda - history.Level(1).Lambda) / step.H;
                double share = -(Estimate == DpmSolverEstimate.Midpoint ? step.Psi(1) / 2 : step.Psi(2)) / r;
                plan.Add(history[0], share).Add(history[1], -share);
            }
            else if (order == 3)
            {
                double r0 = (history.Level(0).Lambda - history.Level(1).Lambda) / step.H, r1 = (history.Level(1).Lambda - history.Level(2).Lambda) / step.H;
                double curvature = ConsistentCurvature ? 2 : 1;

                // The coefficients of the divided differences d_0 = (m_0 - m_1) / r_0 and d_1 = (m_1 - m_2) / r_1.
                double bend = ((step.Psi(2) * r0) + (step.Psi(3) * curvature)) / (r0 + r1);
                double c0 = -(step.Psi(2) + bend) / r0, c1 = bend / r1;
                plan.Add(history[0], c0).Add(history[1], c1 - c0).Add(history[2], -c1);
            }

            plan.Noise(step.Noise * NoiseScale).Advance();
        }
    }
}
