namespace OptiCore.Samplers;

/// <summary>
/// DDIM: x_t = alpha_t D + sqrt(sigma_t^2 - s^2) eps + s z, with the predicted data D and noise eps, and s = <see cref="Eta"/> times the standard deviation of the posterior of DDPM,
/// s^2 = Eta^2 sigma_t^2 / sigma_s^2 (sigma_s^2 - alpha_s^2 sigma_t^2 / alpha_t^2).
/// </summary>
/// <remarks>
/// <para>At Eta = 0 it is the exponential Euler method of the probability-flow equation, DPM-Solver-1, and Euler's method in sigma / alpha; on the straight paths of flow matching it is Euler's method in time.
/// At Eta = 1 it is DDPM with its small variance.</para>
/// <para>J. Song, C. Meng, S. Ermon (2021), "Denoising diffusion implicit models". N evaluations for N steps, order 1. Higher orders cost no more evaluations: <see cref="DpmSolver"/>, <see cref="UniPc"/>.</para>
/// </remarks>
[Algorithm("DDIM", "Diffusion", "J. Song, C. Meng, S. Ermon (2021), Denoising diffusion implicit models", Capabilities = "deterministic or stochastic")]
public sealed record Ddim : PlannedSolver
{
    /// <summary>The share of the noise, 0 to 1 as published; larger values are bounded by the noise of the level. Default: 0.</summary>
    public double Eta { get; init => field = Require.NonNegative(value); }

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        Register data = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            AncestralStep step = AncestralStep.Between(grid[i], grid[i + 1], Eta);
            plan.Evaluate(data, plan.Sample, grid[i], Prediction.Data);
            step.AddEuler(plan, plan.Sample, data);
            plan.Noise(step.Noise).Advance();
        }
    }
}
