namespace OptiCore.Samplers;

/// <summary>
/// The variance-exploding process with geometric noise: alpha = 1 and sigma(t) = <see cref="SigmaMin"/> (<see cref="SigmaMax"/> / <see cref="SigmaMin"/>)^t on t of [0, 1].
/// </summary>
/// <remarks>Y. Song, S. Ermon (2019), "Generative modeling by estimating gradients of the data distribution"; Y. Song et al. (2021).</remarks>
public sealed record VarianceExploding : INoiseSchedule
{
    /// <summary>The noise at t = 0. Default: 0.01.</summary>
    public double SigmaMin { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The noise at t = 1, above <see cref="SigmaMin"/>. Default: 50.</summary>
    public double SigmaMax { get; init => field = Require.Positive(value); } = 50;

    /// <inheritdoc/>
    public double Noisiest => 1;

    /// <inheritdoc/>
    public double Cleanest => 0;

    private double LogRange => Math.Log(SigmaMax / SigmaMin);

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1, SigmaMin * Math.Exp(LogRange * time));

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda) => new((-lambda - Math.Log(SigmaMin)) / LogRange, 1, Math.Exp(-lambda));

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time) => (0, LogRange * At(time).Sigma);
}
