namespace OptiCore.Optimizers;

/// <summary>Multiplies the update by a number that may change from step to step: u := rate(k) u. The last part of a method that is put together from primitives.</summary>
/// <remarks>
/// The named methods (<see cref="Adam"/>, <see cref="Sgd"/>, ...) have their learning rate inside; use this after <see cref="ScaleByAdam"/> and the like. The
/// update is subtracted, so that a positive rate descends. No state.
/// </remarks>
public sealed record ScaleBySchedule : IUpdateRule<ScaleLane<double>, ScaleLane<float>>
{
    /// <summary>Scales by a schedule or a number.</summary>
    /// <param name="learningRate">The factor of each step.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is a number that is negative or not finite.</exception>
    public ScaleBySchedule(Schedule learningRate) => LearningRate = learningRate;

    /// <summary>The factor of step k = 0, 1, ...</summary>
    public Schedule LearningRate { get; init => field = Schedule.Valid(value); }

    /// <inheritdoc/>
    public ScaleLane<double> Prepare(in StepContext<double> step) => new(step.Rate(LearningRate));

    /// <inheritdoc/>
    public ScaleLane<float> Prepare(in StepContext<float> step) => new(step.Rate(LearningRate));
}
