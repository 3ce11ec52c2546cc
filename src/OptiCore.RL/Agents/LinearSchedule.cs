namespace OptiCore.RL;

/// <summary>A number that goes from one value to another in a straight line and stays there: from + (to - from) min(1, steps / duration).</summary>
/// <param name="From">The value at the beginning.</param>
/// <param name="To">The value from <paramref name="Steps"/> on.</param>
/// <param name="Steps">The duration, in transitions.</param>
public readonly record struct LinearSchedule(double From, double To, long Steps)
{
    /// <summary>A schedule that never changes.</summary>
    /// <param name="value">The value.</param>
    public static LinearSchedule Constant(double value) => new(value, value, 0);

    /// <summary>The value after a number of transitions.</summary>
    /// <param name="steps">The number.</param>
    public double At(long steps) => steps >= Steps ? To : From + ((To - From) * steps / Steps);
}
