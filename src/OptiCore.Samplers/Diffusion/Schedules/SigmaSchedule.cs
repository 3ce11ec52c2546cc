namespace OptiCore.Samplers;

/// <summary>The variance-exploding process in its own noise: alpha = 1, sigma(t) = t. The probability-flow equation is dx/dt = (x - D(x, t)) / t with the denoiser D.</summary>
/// <remarks>T. Karras, M. Aittala, T. Aila, S. Laine (2022), "Elucidating the design space of diffusion-based generative models".</remarks>
public sealed record SigmaSchedule : INoiseSchedule
{
    /// <summary>The largest noise. Default: 80.</summary>
    public double SigmaMax { get; init => field = Require.Positive(value); } = 80;

    /// <summary>The least noise of grids that don't end without noise. Default: 0.002.</summary>
    public double SigmaMin { get; init => field = Require.Positive(value); } = 0.002;

    /// <inheritdoc/>
    public double Noisiest => SigmaMax;

    /// <inheritdoc/>
    public double Cleanest => SigmaMin;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1, time);

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda)
    {
        double sigma = Math.Exp(-lambda);
        return new NoiseLevel(sigma, 1, sigma);
    }

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time) => (0, 1);
}
