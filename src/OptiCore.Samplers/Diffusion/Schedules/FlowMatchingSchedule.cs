namespace OptiCore.Samplers;

/// <summary>The straight path x_t = (1 - t) x0 + t z of flow matching and rectified flow, from data at t = 0 to noise at t = 1, with the velocity z - x0.</summary>
/// <remarks>
/// <para>Y. Lipman, R. T. Q. Chen, H. Ben-Hamu, M. Nickel, M. Le (2023), "Flow matching for generative modeling"; X. Liu, C. Gong, Q. Liu (2023), "Flow straight and fast".
/// Some texts run the time the other way.</para>
/// <para>At t = 1 alpha is 0: solvers that divide by alpha (<see cref="HeunSampler"/> and others in variance-exploding coordinates) need a grid that begins below;
/// <see cref="Ddim"/>, <see cref="FlowSampler"/> and data-predicting solvers don't.</para>
/// </remarks>
public sealed record FlowMatchingSchedule : INoiseSchedule
{
    /// <inheritdoc/>
    public double Noisiest => 1;

    /// <inheritdoc/>
    public double Cleanest => 0;

    /// <inheritdoc/>
    public NoiseLevel At(double time) => new(time, 1 - time, time);

    /// <inheritdoc/>
    public NoiseLevel AtLambda(double lambda) => new(1 / (1 + Math.Exp(lambda)), 1 / (1 + Math.Exp(-lambda)), 1 / (1 + Math.Exp(lambda)));

    /// <inheritdoc/>
    public (double Alpha, double Sigma) Rates(double time) => (-1, 1);
}
