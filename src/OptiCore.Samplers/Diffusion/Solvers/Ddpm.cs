namespace OptiCore.Samplers;

/// <summary>The variance of a step of DDPM.</summary>
public enum DdpmVariance
{
    /// <summary>That of the posterior q(x_t | x_s, x_0), right for data that are one point.</summary>
    Small,

    /// <summary>That of the forward step, right for data of unit variance. The step to a level without noise has none.</summary>
    Large,
}

/// <summary>
/// DDPM, the ancestral sampler: x_t = a sigma_t^2 / sigma_s^2 x_s + alpha_t v / sigma_s^2 D + noise, with a = alpha_s / alpha_t and v = sigma_s^2 - a^2 sigma_t^2 the coefficient and variance of the forward step:
/// the mean of the posterior q(x_t | x_s, x_0 = D).
/// </summary>
/// <remarks>J. Ho, A. Jain, P. Abbeel (2020), "Denoising diffusion probabilistic models", equations 7 and 11. N evaluations for N steps; hundreds are needed. <see cref="DpmSolver"/> with Eta = 1 needs far fewer.</remarks>
[Algorithm("DDPM", "Diffusion", "J. Ho, A. Jain, P. Abbeel (2020), Denoising diffusion probabilistic models", Capabilities = "stochastic")]
public sealed record Ddpm : PlannedSolver
{
    /// <summary>The variance of the noise. Default: Small.</summary>
    public DdpmVariance Variance { get; init => field = Require.Defined(value); } = DdpmVariance.Small;

    /// <inheritdoc/>
    public override void Write(SolverPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        TimeGrid grid = plan.Grid;
        Register data = plan.Allocate();
        for (int i = 0; i < grid.Steps; i++)
        {
            NoiseLevel from = grid[i], to = grid[i + 1];
            double forward = from.Alpha / to.Alpha, variance = Math.Max(0, (from.Sigma * from.Sigma) - (forward * forward * to.Sigma * to.Sigma));
            double share = to.Sigma / from.Sigma;
            plan.Evaluate(data, plan.Sample, from, Prediction.Data);
            plan.Add(plan.Sample, forward * share * share).Add(data, to.Alpha * variance / (from.Sigma * from.Sigma));
            double noise = Variance == DdpmVariance.Small ? share * Math.Sqrt(variance) : Math.Sqrt(variance);
            plan.Noise(to.Sigma == 0 ? 0 : noise).Advance();
        }
    }
}
