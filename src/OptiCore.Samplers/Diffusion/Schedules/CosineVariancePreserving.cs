namespace OptiCore.Samplers;

/// <summary>
/// The variance-preserving process with alpha(t) = cos(pi/2 (t + s)/(1 + s)) / cos(pi/2 s/(1 + s)), sigma^2 = 1 - alpha^2, on t of [0, 1).
/// </summary>
/// <remarks>A. Nichol, P. Dhariwal (2021), "Improved denoising diffusion probabilistic models". At t = 1 alpha is 0; sampling begins at <see cref="Noisiest"/> = 0.9946, the bound of
/// C. Lu et al. (2022), "DPM-Solver", which stands for the clipping of beta at 0.999.</remarks>
public sealed record CosineVariancePreserving : INoiseSchedule
{
    /// <summary>The offset s, which keeps the noise near t = 0 from being too small. Default: 0.008.</summary>
    public double Offset { get; init => field = Require.NonNegative(value); } = 0.008;

    /// <inheritdoc/>
    public double Noisiest => 0.9946;

    /// <summary>The time at which sampling ends, 0.001.</summary>
    public double Cleanest => 1e-3;

    private double Quarter => Math.PI / 2 / (1 + Offset);

    private double LogStart => Math.Log(Math.Cos(Quarter * Offset));

    /// <inheritdoc/>
    public NoiseLevel At(double time)
    {
        double logAlpha = Math.Log(Math.Cos(Quarter * (time + Offset))) - LogStart;
        return new NoiseLevel(time, Math.Exp(logAlpha), Math.Sqrt(-Accurate.Expm1(2 * logAlpha)));
    }

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda)
    {
        double logAlpha = -0.5 * Accurate.SoftPlus(-2 * lambda);
        return Accurate.VariancePreserving((Math.Acos(Math.Exp(logAlpha + LogStart)) / Quarter) - Offset, lambda);
    }

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time)
    {
        NoiseLevel level = At(time);
        double rate = -Quarter * Math.Tan(Quarter * (time + Offset));
        return (rate * level.Alpha, -rate * level.Alpha * level.Alpha / level.Sigma);
    }
}
