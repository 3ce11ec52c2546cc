namespace OptiCore.Dynamics;

/// <summary>
/// A solution as a function of time: the dense output of every step of an integration, kept. Each step is held by its values at ten Chebyshev points, which reproduce a dense output
/// that is a polynomial of degree nine or less exactly: that of the Runge-Kutta methods, explicit and implicit, and of BDF. Others, of <see cref="Adams"/> at its highest orders and of splittings that
/// take part of a step, are interpolated.
/// </summary>
/// <remarks>Memory: 10 n + 2 doubles a step. J.-P. Berrut, L. N. Trefethen (2004), Barycentric Lagrange interpolation, gives the formula.</remarks>
public sealed class OdeTrajectory
{
    private const int Nodes = 10;

    private static readonly double[] NodePositions = [.. Positions()];

    private readonly double[] _point;
    private double[] _values = [];
    private double[] _ends = [];

    /// <summary>An empty trajectory.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    public OdeTrajectory(int dimension)
    {
        Dimension = Require.Positive(dimension);
        _point = new double[dimension];
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The number of steps.</summary>
    public int Count { get; private set; }

    /// <summary>Where the first step begins; NaN while there is none.</summary>
    public double Start => Count == 0 ? double.NaN : _ends[0];

    /// <summary>Where the last step ends; NaN while there is none.</summary>
    public double End => Count == 0 ? double.NaN : _ends[Count];

    /// <summary>Forgets all steps and keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends the last step of an integration.</summary>
    /// <param name="state">The integration, just stepped.</param>
    /// <exception cref="ArgumentException">The dimensions differ, there is no step, or it doesn't begin where the last one ended.</exception>
    public void Append(OdeState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        Require.Length(state.Dimension, Dimension, nameof(state));
        if (state.PreviousTime == state.Time || (Count > 0 && End != state.PreviousTime))
            throw new ArgumentException(FormattableString.Invariant($"The last step, from {state.PreviousTime} to {state.Time}, doesn't go on from where the trajectory ends, {End}."), nameof(state));
        int stepLength = Nodes * Dimension;
        if (_ends.Length < Count + 2)
        {
            int capacity = Math.Max(16, 2 * Count);
            Array.Resize(ref _ends, capacity + 1);
            Array.Resize(ref _values, checked(capacity * stepLength));
        }

        if (Count == 0)
            _ends[0] = state.PreviousTime;
        _ends[Count + 1] = state.Time;
        double start = state.PreviousTime, length = state.Time - start;
        for (int i = 0; i < Nodes; i++)
        {
            double time = i == 0 ? start : i == Nodes - 1 ? state.Time : start + (NodePositions[i] * length);
            state.Interpolate(time, _values.AsSpan((Count * stepLength) + (i * Dimension), Dimension));
        }

        Count++;
    }

    /// <summary>Writes the solution at a time.</summary>
    /// <param name="time">The time, between <see cref="Start"/> and <see cref="End"/>.</param>
    /// <param name="destination">Receives n elements.</param>
    /// <exception cref="ArgumentException">The length differs.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside.</exception>
    /// <remarks>Cost: a binary search over the steps and 10 n multiplications.</remarks>
    public void Interpolate(double time, Span<double> destination)
    {
        Require.Length(destination.Length, Dimension, nameof(destination));
        bool forward = Count > 0 && End >= Start;
        if (!(forward ? time >= Start && time <= End : time <= Start && time >= End))
            throw new ArgumentOutOfRangeException(nameof(time), time, FormattableString.Invariant($"time is {time} but must lie between {Start} and {End}."));
        int low = 0, high = Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (forward ? time <= _ends[middle + 1] : time >= _ends[middle + 1])
                high = middle;
            else
                low = middle + 1;
        }

        double theta = (time - _ends[low]) / (_ends[low + 1] - _ends[low]);
        ReadOnlySpan<double> values = _values.AsSpan(low * Nodes * Dimension, Nodes * Dimension);
        destination.Clear();
        double total = 0;
        for (int i = 0; i < Nodes; i++)
        {
            double distance = theta - NodePositions[i];
            ReadOnlySpan<double> row = values.Slice(i * Dimension, Dimension);
            if (distance == 0)
            {
                row.CopyTo(destination);
                return;
            }

            double weight = (i % 2 == 0 ? 1 : -1) * (i is 0 or Nodes - 1 ? 0.5 : 1) / distance;
            total += weight;
            for (int j = 0; j < row.Length; j++)
                destination[j] += weight * row[j];
        }

        foreach (ref double value in destination)
            value /= total;
    }

    /// <summary>The solution at a time.</summary>
    /// <param name="time">The time, between <see cref="Start"/> and <see cref="End"/>.</param>
    /// <returns>n elements, valid until the next call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The time lies outside.</exception>
    public ReadOnlySpan<double> At(double time)
    {
        Interpolate(time, _point);
        return _point;
    }

    private static IEnumerable<double> Positions()
    {
        for (int i = 0; i < Nodes; i++)
            yield return i == 0 ? 0 : i == Nodes - 1 ? 1 : 0.5 * (1 - Math.Cos(Math.PI * i / (Nodes - 1)));
    }
}
