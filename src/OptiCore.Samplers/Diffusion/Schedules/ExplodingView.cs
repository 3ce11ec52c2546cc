namespace OptiCore.Samplers;

/// <summary>Another schedule in variance-exploding coordinates y = x / alpha: the same times, alpha = 1, sigma replaced by sigma / alpha.</summary>
/// <remarks>The coordinates of <see cref="EulerSampler"/>, <see cref="HeunSampler"/> and their family. A model trained on the other schedule is taken along by <see cref="DiffusionModel.Rescaled"/>.</remarks>
/// <param name="Original">The schedule.</param>
public sealed record ExplodingView(INoiseSchedule Original) : INoiseSchedule
{
    /// <summary>The schedule whose coordinates are changed.</summary>
    public INoiseSchedule Original { get; } = Require.NotNull(Original);

    /// <inheritdoc/>
    public double Noisiest => Original.Noisiest;

    /// <inheritdoc/>
    public double Cleanest => Original.Cleanest;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => Original.At(time).ToExploding();

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda) => new(Original.AtLambda(lambda).Time, 1, Math.Exp(-lambda));

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time)
    {
        NoiseLevel level = Original.At(time);
        (double alpha, double sigma) = Original.Rates(time);
        return (0, (sigma - (level.Ratio * alpha)) / level.Alpha);
    }
}
