using OptiCore.Networks;

namespace OptiCore.Optimizers;

/// <summary>
/// The exponential moving average of the parameters, the last part of a chain: <c>new AdamW().Then(new ExponentialAveraging(0.999))</c>. With x the parameters after the step,
/// <code>
/// a := rho a + (1 - rho) x
/// </code>
/// </summary>
/// <remarks>
/// One slot, the average a, which is the point to evaluate. It begins as the parameters before the first step, or with the correction of the bias as nothing. The parameters themselves are left
/// alone. Where batches become kappa times as large, take <see cref="ForBatches"/> with the rule's own scaling of the rate: rho^kappa keeps the average's path over samples. No pass of its own.
/// </remarks>
[Algorithm("Exponential averaging", "First-order", "Polyak, Juditsky (1992), Acceleration of stochastic approximation by averaging; Busbridge et al. (2023), How to scale your EMA")]
public sealed record ExponentialAveraging : IUpdateRule<AveragingLane<double>, AveragingLane<float>>
{
    /// <summary>Averages with a memory.</summary>
    /// <param name="decay">The memory rho in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The memory isn't in [0, 1).</exception>
    public ExponentialAveraging(double decay) => Average = new ExponentialMovingAverage(decay);

    /// <summary>The average: its memory, and whether its bias is corrected.</summary>
    public ExponentialMovingAverage Average { get; init => field = Require.NotNull(value, nameof(Average)); }

    /// <inheritdoc/>
    public int SlotCount => 1;

    /// <inheritdoc/>
    public int EvaluationSlot => 0;

    /// <summary>The average for batches kappa times as large: rho^kappa.</summary>
    /// <param name="kappa">The new size of batches divided by the old one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ratio isn't positive and finite.</exception>
    public ExponentialAveraging ForBatches(double kappa) => this with { Average = Average.ForBatches(kappa) };

    /// <inheritdoc/>
    public AveragingLane<double> Prepare(in StepContext<double> step) => new(Average.Share(step.Step + 1), step.Step == 0 && !Average.IsBiasCorrected);

    /// <inheritdoc/>
    public AveragingLane<float> Prepare(in StepContext<float> step) => new(Average.Share(step.Step + 1), step.Step == 0 && !Average.IsBiasCorrected);
}
