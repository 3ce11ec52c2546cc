namespace OptiCore.Optimizers;

/// <summary>A line up to the first rate of a schedule, then the schedule. Made by <see cref="Schedule.WithWarmUp"/>.</summary>
/// <param name="Schedule">The schedule that follows.</param>
internal sealed record WarmUp(Schedule Schedule) : Schedule
{
    public Schedule Schedule { get; } = Valid(Schedule, "schedule");

    public required long Steps { get; init => field = Require.Positive(value); }

    public required double From { get; init => field = Require.NonNegative(value); }

    protected override double Evaluate(long step) =>
        step >= Steps ? Schedule.At(step - Steps) : From + ((Schedule.At(0) - From) * ((step + 1) / (double)Steps));
}

/// <summary>One schedule after another. Made by <see cref="Schedule.Then"/>.</summary>
/// <param name="First">The schedule of the first steps.</param>
/// <param name="Next">The schedule that follows.</param>
internal sealed record ScheduleSequence(Schedule First, Schedule Next) : Schedule
{
    public Schedule First { get; } = Valid(First, "first");

    public Schedule Next { get; } = Valid(Next, "next");

    public required long After { get; init => field = Require.Positive(value); }

    protected override double Evaluate(long step) => step < After ? First.At(step) : Next.At(step - After);
}

/// <summary>The product of two schedules.</summary>
/// <param name="Left">One schedule.</param>
/// <param name="Right">The other schedule.</param>
internal sealed record ScheduleProduct(Schedule Left, Schedule Right) : Schedule
{
    protected override double Evaluate(long step) => Left.At(step) * Right.At(step);
}
