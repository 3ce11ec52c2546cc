namespace OptiCore.Samplers;

/// <summary>
/// The Metropolis-adjusted Langevin algorithm: proposes x' = x + s^2 / 2 M^-1 grad log p(x) + s C z with z ~ N(0, I) and C C' = M^-1 of the metric, and accepts
/// with probability min(1, p(x') q(x | x') / (p(x) q(x' | x))).
/// </summary>
/// <remarks>
/// Besag (1994), comment on Representations of knowledge in complex systems by Grenander, Miller; Roberts, Tweedie (1996), Exponential convergence
/// of Langevin distributions and their discrete approximations. The target acceptance is 0.574, which is optimal in many dimensions (Roberts, Rosenthal 1998,
/// Optimal scaling of discrete approximations to Langevin diffusions). The proposal and its ratio are those of one leapfrog step of <see cref="Hmc"/>, which
/// is how they are computed: one gradient a draw. Sensitive to step sizes that are too long for where the chain is; <see cref="Barker"/> is less so, and
/// <see cref="NoUTurn"/> makes better draws where gradients are cheap.
/// </remarks>
[Algorithm("MALA", "Langevin", "Besag (1994), comment on Representations of knowledge in complex systems; Roberts, Tweedie (1996), Exponential convergence of Langevin distributions and their discrete approximations")]
public sealed record Mala : ISampler<IDifferentiableFunction<double>>
{
    internal const double OptimalAcceptance = 0.574;

    /// <summary>The step size s where it isn't tuned, and where tuning begins. Default: 1.</summary>
    public double StepSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>An energy error, the logarithm of the inverse acceptance ratio, beyond this is a divergence. Default: 1,000.</summary>
    public double MaxEnergyError { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>The form of the preconditioner M^-1. Default: diagonal.</summary>
    public IMetric Metric { get; init => field = Require.NotNull(value); } = new DiagonalMetric();

    /// <summary>How step size and metric are tuned during warm-up; null leaves them as configured. Default: in windows, as for HMC.</summary>
    public IAdaptation? Adaptation { get; init; } = new WindowedAdaptation();

    /// <inheritdoc/>
    public SamplerState Start(IDifferentiableFunction<double> target) =>
        new Hmc { Steps = 1, Jitter = 0, StepSize = StepSize, MaxEnergyError = MaxEnergyError, Metric = Metric }.Start(target);
}
