namespace OptiCore.Samplers;

/// <summary>
/// The churn of EDM: before a step the noise is raised from sigma to sigma (1 + gamma), gamma = min(<see cref="Amount"/> / steps, sqrt(2) - 1), by adding fresh noise, which corrects errors of earlier steps.
/// sigma is that of variance-exploding coordinates, sigma / alpha.
/// </summary>
/// <remarks>T. Karras et al. (2022), "Elucidating the design space of diffusion-based generative models", algorithm 2.</remarks>
public sealed record Churn
{
    /// <summary>No churn.</summary>
    public static Churn None { get; } = new();

    /// <summary>S_churn, the total amount over the steps. Default: 0, none.</summary>
    public double Amount { get; init => field = Require.NonNegative(value); }

    /// <summary>S_tmin: only where sigma is at least this. Default: 0.</summary>
    public double LeastSigma { get; init => field = Require.NonNegative(value); }

    /// <summary>S_tmax: only where sigma is at most this. Default: no bound.</summary>
    public double LargestSigma { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(LargestSigma), value, $"LargestSigma is {value} but must be positive."); } = double.PositiveInfinity;

    /// <summary>S_noise, a factor of the noise that makes up for what denoisers lose. Default: 1; the authors' 1.003 or 1.007 for networks.</summary>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>Raises the noise of the samples at the level that was reached.</summary>
    /// <returns>The samples to step from and their level: the plan's own where there is no churn.</returns>
    internal (Register Samples, NoiseLevel Level) Raise(SolverPlan plan, Register raised)
    {
        NoiseLevel level = plan.Grid[plan.Reached];
        double sigma = level.Ratio, gamma = sigma >= LeastSigma && sigma <= LargestSigma ? Math.Min(Amount / plan.Grid.Steps, Math.Sqrt(2) - 1) : 0;
        if (gamma == 0)
            return (plan.Sample, level);
        double higher = sigma * (1 + gamma);
        NoiseLevel up = AtRatio(plan.Grid, level, higher);
        plan.Add(plan.Sample, up.Alpha / level.Alpha).Noise(up.Alpha * NoiseScale * Math.Sqrt((higher * higher) - (sigma * sigma))).Combine(raised);
        return (raised, up);
    }

    /// <summary>The level with a ratio sigma / alpha, in the coordinates of a level nearby.</summary>
    internal static NoiseLevel AtRatio(TimeGrid grid, in NoiseLevel nearby, double ratio)
    {
        NoiseLevel level = grid.Schedule.AtLambda(-Math.Log(ratio));
        return nearby.Alpha == 1 && level.Alpha != 1 ? level.ToExploding() : level;
    }
}
