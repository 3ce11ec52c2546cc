namespace OptiCore.Samplers;

/// <summary>
/// The variance-preserving process with a rate beta(t) = <see cref="BetaMin"/> + t (<see cref="BetaMax"/> - <see cref="BetaMin"/>) on t of [0, 1]:
/// log alpha(t) = -(BetaMax - BetaMin) t^2 / 4 - BetaMin t / 2, sigma^2 = 1 - alpha^2.
/// </summary>
/// <remarks>Y. Song, J. Sohl-Dickstein, D. P. Kingma, A. Kumar, S. Ermon, B. Poole (2021), "Score-based generative modeling through stochastic differential equations"; the limit of the linear betas of
/// J. Ho, A. Jain, P. Abbeel (2020). lambda(t) is inverted in closed form.</remarks>
public sealed record LinearVariancePreserving : INoiseSchedule
{
    /// <summary>The rate at t = 0. Default: 0.1.</summary>
    public double BetaMin { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The rate at t = 1. Default: 20.</summary>
    public double BetaMax { get; init => field = Require.Positive(value); } = 20;

    /// <inheritdoc/>
    public double Noisiest => 1;

    /// <summary>The time at which sampling ends, 0.001: at 0 lambda is infinite.</summary>
    public double Cleanest => 1e-3;

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        double logAlpha = -(0.25 * time * time * (BetaMax - BetaMin)) - (0.5 * time * BetaMin);
        return new NoiseLevel(time, Math.Exp(logAlpha), Math.Sqrt(-Accurate.Expm1(2 * logAlpha)));
    }

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda)
    {
        // (BetaMax - BetaMin) t^2 + 2 BetaMin t = 2 log(1 + e^(-2 lambda)), in the form that doesn't cancel.
        double c = 2 * Accurate.SoftPlus(-2 * lambda), slope = BetaMax - BetaMin;
        double time = c / (BetaMin + Math.Sqrt((BetaMin * BetaMin) + (slope * c)));
        return Accurate.VariancePreserving(time, lambda);
    }

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time)
    {
        NoiseLevel level = At(time);
        double rate = -0.5 * (BetaMin + (time * (BetaMax - BetaMin)));
        return (rate * level.Alpha, -rate * level.Alpha * level.Alpha / level.Sigma);
    }
}
