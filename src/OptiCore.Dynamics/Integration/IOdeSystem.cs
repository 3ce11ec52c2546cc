namespace OptiCore.Dynamics;

/// <summary>An initial value problem's right-hand side: y'(t) = f(t, y) with y in R^n.</summary>
/// <remarks>
/// A component that is NaN or infinite says "not defined here": the step is rejected and tried again shorter. The integrator never passes a point that
/// isn't finite. An exception reaches the caller as it was thrown and leaves the integration where it was.
/// </remarks>
public interface IOdeSystem
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>Writes f(t, y).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="dy">Receives dy/dt, n elements; every one is written.</param>
    void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy);
}

/// <summary>Writes the derivative of a state.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
/// <param name="dy">Receives dy/dt; every element is written.</param>
public delegate void OdeDelegate(double t, ReadOnlySpan<double> y, Span<double> dy);

/// <summary>Makes systems of delegates.</summary>
public static partial class OdeSystem
{
    /// <summary>A system whose right-hand side is a delegate.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="derivative">Writes f(t, y).</param>
    public static IOdeSystem From(int dimension, OdeDelegate derivative) => new DelegateSystem(dimension, derivative);

    private sealed class DelegateSystem(int dimension, OdeDelegate derivative) : IOdeSystem
    {
        private readonly OdeDelegate _derivative = Require.NotNull(derivative);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _derivative(t, y, dy);
    }
}
