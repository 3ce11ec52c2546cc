namespace OptiCore.Dynamics;

/// <summary>
/// A delay differential equation y'(t) = f(t, y(t), y(t - τ1), ..., y(t - τK)) with y in R^n and delays τ of at least 0 that may depend on t and y(t).
/// </summary>
/// <remarks>
/// A component or a delay that isn't finite, or a negative delay, says "not defined here": the step is rejected and tried again shorter. An exception reaches the caller as it was thrown and leaves the
/// integration where it was.
/// </remarks>
public interface IDdeSystem
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>The number K of delays.</summary>
    int DelayCount { get; }

    /// <summary>The delays where they are constant and positive, K elements; else empty.</summary>
    ReadOnlySpan<double> ConstantDelays { get; }

    /// <summary>Writes the delays; not called where they are constant.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="delays">Receives K numbers of at least 0.</param>
    void Delays(double t, ReadOnlySpan<double> y, Span<double> delays);

    /// <summary>Writes the derivative.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="delayed">The delayed states y(t - τ1), ..., y(t - τK), K x n, row-major.</param>
    /// <param name="dy">Receives dy/dt, n elements; every one is written.</param>
    void Derivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> delayed, Span<double> dy);
}

/// <summary>Writes the derivative of a state that depends on earlier states.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
/// <param name="delayed">The delayed states, one row for each delay.</param>
/// <param name="dy">Receives dy/dt; every element is written.</param>
public delegate void DdeDelegate(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> delayed, Span<double> dy);

/// <summary>Writes delays that depend on time and state.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
/// <param name="delays">Receives the delays.</param>
public delegate void DelayDelegate(double t, ReadOnlySpan<double> y, Span<double> delays);

/// <summary>Writes the state before the start.</summary>
/// <param name="t">The time, at or before the start.</param>
/// <param name="y">Receives the state; every element is written.</param>
public delegate void HistoryDelegate(double t, Span<double> y);

/// <summary>Makes delay differential equations of delegates.</summary>
public static class DdeSystem
{
    /// <summary>An equation with constant delays.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="delays">The delays, positive.</param>
    /// <param name="derivative">Writes f.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IDdeSystem Constant(int dimension, ReadOnlySpan<double> delays, DdeDelegate derivative)
    {
        for (int i = 0; i < delays.Length; i++)
        {
            if (!(delays[i] > 0) || !double.IsFinite(delays[i]))
                throw new ArgumentException(FormattableString.Invariant($"delays[{i}] is {delays[i]} but must be positive and finite."), nameof(delays));
        }

        return new DelegateSystem(dimension, Require.Positive(delays.Length, nameof(delays)), delays.ToArray(), null, derivative);
    }

    /// <summary>An equation whose delays depend on time or state.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="count">The number K of delays.</param>
    /// <param name="delays">Writes the delays.</param>
    /// <param name="derivative">Writes f.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IDdeSystem Variable(int dimension, int count, DelayDelegate delays, DdeDelegate derivative) =>
        new DelegateSystem(dimension, Require.Positive(count, nameof(count)), [], Require.NotNull(delays), derivative);

    private sealed class DelegateSystem(int dimension, int count, double[] constant, DelayDelegate? delays, DdeDelegate derivative) : IDdeSystem
    {
        private readonly DdeDelegate _derivative = Require.NotNull(derivative);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int DelayCount => count;

        public ReadOnlySpan<double> ConstantDelays => constant;

        public void Delays(double t, ReadOnlySpan<double> y, Span<double> destination)
        {
            if (delays is null)
                constant.CopyTo(destination);
            else
                delays(t, y, destination);
        }

        public void Derivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> delayed, Span<double> dy) => _derivative(t, y, delayed, dy);
    }
}
