namespace OptiCore.Dynamics;

/// <summary>An autonomous system that is a sum of parts, y' = f1(y) + ... + fN(y), each of which can be solved exactly. <see cref="Splitting"/> composes their flows.</summary>
/// <remarks>A right-hand side that depends on time is autonomous with the time as one more component of the state.</remarks>
public interface ISplitOde : IOdeSystem
{
    /// <summary>The number N of parts, at least 1.</summary>
    int Parts { get; }

    /// <summary>Follows the exact solution of y' = f_part(y).</summary>
    /// <param name="part">The part, from 0.</param>
    /// <param name="duration">For how long; schemes of order above 2 go back for some of them, so that it may be negative.</param>
    /// <param name="y">The state, n elements; changed in place.</param>
    void Flow(int part, double duration, Span<double> y);
}

/// <summary>Follows the exact solution of one part of a system.</summary>
/// <param name="duration">For how long; may be negative.</param>
/// <param name="y">The state; changed in place.</param>
public delegate void OdeFlow(double duration, Span<double> y);

/// <summary>Makes split systems of delegates.</summary>
public static class SplitOde
{
    /// <summary>A system given by its right-hand side and the exact flows of its parts.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="derivative">Writes the sum of all parts; for dense output and for methods that don't split.</param>
    /// <param name="flows">The flow of each part.</param>
    /// <exception cref="ArgumentException">There is no part.</exception>
    public static ISplitOde From(int dimension, OdeDelegate derivative, params ReadOnlySpan<OdeFlow> flows) => new DelegateSystem(dimension, derivative, flows.ToArray());

    private sealed class DelegateSystem : ISplitOde
    {
        private readonly OdeDelegate _derivative;
        private readonly OdeFlow[] _flows;

        public DelegateSystem(int dimension, OdeDelegate derivative, OdeFlow[] flows)
        {
            Dimension = Require.Positive(dimension, nameof(dimension));
            _derivative = Require.NotNull(derivative);
            _flows = flows;
            if (flows.Length == 0)
                throw new ArgumentException("flows is empty but must have the flow of each part.", nameof(flows));
            foreach (OdeFlow flow in flows)
                ArgumentNullException.ThrowIfNull(flow, nameof(flows));
        }

        public int Dimension { get; }

        public int Parts => _flows.Length;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => _derivative(t, y, dy);

        public void Flow(int part, double duration, Span<double> y) => _flows[part](duration, y);
    }
}
