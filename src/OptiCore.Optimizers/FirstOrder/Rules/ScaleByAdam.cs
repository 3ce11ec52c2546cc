namespace OptiCore.Optimizers;

/// <summary>
/// Adam's preconditioner alone, without learning rate and decay: u := (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon), with the moments of <see cref="Adam"/>.
/// </summary>
/// <remarks>
/// A primitive to put methods together from: <c>new ScaleByAdam().Then(new AddDecayedWeights(0.01)).Then(new ScaleBySchedule(1e-3))</c> is <see cref="AdamW"/>. Two slots (m, v).
/// </remarks>
public sealed record ScaleByAdam : IUpdateRule<AdamLane<double>, AdamLane<float>>
{
    /// <summary>The memory of the mean of gradients. Default: 0.9.</summary>
    public double Beta1 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.9;

    /// <summary>The memory of the mean of squared gradients. Default: 0.999.</summary>
    public double Beta2 { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.999;

    /// <summary>Added to the root. Default: 1e-8.</summary>
    public double Epsilon { get; init => field = Require.Positive(value); } = 1e-8;

    /// <inheritdoc/>
    public int SlotCount => 2;

    /// <inheritdoc/>
    public AdamLane<double> Prepare(in StepContext<double> step) => new(step.Step, 1, Beta1, Beta2, Epsilon, amsGrad: false, coupledDecay: 0, decoupledDecay: 0);

    /// <inheritdoc/>
    public AdamLane<float> Prepare(in StepContext<float> step) => new(step.Step, 1, Beta1, Beta2, Epsilon, amsGrad: false, coupledDecay: 0, decoupledDecay: 0);
}
