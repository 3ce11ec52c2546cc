using OptiCore.Solving;

namespace OptiCore.RL;

/// <summary>How a training run is watched. Says nothing about the algorithm.</summary>
public sealed record TrainingOptions
{
    /// <summary>The least number of transitions between two points of the learning curve. Default: 10,000.</summary>
    public long CurveInterval { get; init => field = Require.Positive(value); } = 10_000;

    /// <summary>Who does the parts of the agent's updates that can be done at the same time; results are the same for any number. Default: the calling thread.</summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;

    /// <summary>A mean return that is good enough: training ends when a point of the learning curve reaches it. Default: none.</summary>
    public double TargetReturn { get; init => field = !double.IsNaN(value) ? value : throw new ArgumentOutOfRangeException(nameof(TargetReturn), value, "TargetReturn is NaN but must be a number."); } = double.PositiveInfinity;
}

/// <summary>One point of a learning curve.</summary>
/// <param name="Steps">The number of transitions so far, all environments together.</param>
/// <param name="Episodes">The number of episodes that have ended so far.</param>
/// <param name="MeanReturn">The mean undiscounted return of the episodes that ended since the point before, played by the behaviour policy with its exploration.</param>
/// <param name="MeanLength">Their mean number of steps.</param>
public readonly record struct LearningPoint(long Steps, long Episodes, double MeanReturn, double MeanLength);

/// <summary>What came out of training.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed record TrainingResult<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>How training ended.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>
    /// Why: <see cref="StopReason.None"/> when all steps were done, <see cref="StopReason.TargetReached"/> for <see cref="TrainingOptions.TargetReturn"/>,
    /// <see cref="StopReason.Cancelled"/>, or <see cref="StopReason.NonFinite"/> when a reward or the agent's parameters stopped being finite.
    /// </summary>
    public required StopReason Reason { get; init; }

    /// <summary>How training ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The number of transitions, all environments together.</summary>
    public required long Steps { get; init; }

    /// <summary>The number of episodes that have ended.</summary>
    public required long Episodes { get; init; }

    /// <summary>The learning curve.</summary>
    public required IReadOnlyList<LearningPoint> Curve { get; init; }

    /// <summary>The highest mean return of the learning curve; NaN before its first point.</summary>
    public required double BestMeanReturn { get; init; }

    /// <summary>
    /// The newest policy at a point of the learning curve that isn't lower than the highest one by more than two of its standard errors; the last policy before the first point.
    /// </summary>
    public required IPolicy<TObservation, TAction> BestPolicy { get; init; }

    /// <summary>The policy at the end.</summary>
    public required IPolicy<TObservation, TAction> LastPolicy { get; init; }

    /// <summary>Status, counts and message in one line.</summary>
    public override string ToString() => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{Status}: best mean return {BestMeanReturn:g6} after {Steps} steps and {Episodes} episodes. {Message}");
}
