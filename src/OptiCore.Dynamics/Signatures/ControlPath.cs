namespace OptiCore.Dynamics;

/// <summary>A path X in R^d through observations, as the control of a differential equation dz = f(z) dX. Immutable.</summary>
public abstract class ControlPath
{
    private readonly double[] _times;
    private readonly double[] _values;

    private protected ControlPath(ReadOnlySpan<double> times, ReadOnlySpan<double> values)
    {
        if (times.Length < 2)
            throw new ArgumentException(FormattableString.Invariant($"times has {times.Length} elements, expected at least 2."), nameof(times));
        Require.AllFinite(times, nameof(times));
        for (int i = 1; i < times.Length; i++)
        {
            if (!(times[i] > times[i - 1]))
                throw new ArgumentException(FormattableString.Invariant($"times[{i}] is {times[i]} but must be greater than the time before, {times[i - 1]}."), nameof(times));
        }

        if (values.IsEmpty || values.Length % times.Length != 0)
            throw new ArgumentException(FormattableString.Invariant($"values has {values.Length} elements, expected a positive multiple of the {times.Length} times."), nameof(values));
        Require.AllFinite(values, nameof(values));
        _times = times.ToArray();
        _values = values.ToArray();
        Dimension = values.Length / times.Length;
    }

    /// <summary>The dimension d.</summary>
    public int Dimension { get; }

    /// <summary>The times of the observations, ascending.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>The observations, times x d, row-major.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The number of pieces between observations.</summary>
    public int Pieces => _times.Length - 1;

    /// <summary>True where the derivative is continuous.</summary>
    public abstract bool IsSmooth { get; }

    /// <summary>Straight lines between the observations. The derivative jumps.</summary>
    /// <param name="times">The m times, ascending, at least two.</param>
    /// <param name="values">The observations, m x d, row-major.</param>
    /// <exception cref="ArgumentException">Times aren't ascending, a number isn't finite, or the lengths don't fit.</exception>
    public static ControlPath Linear(ReadOnlySpan<double> times, ReadOnlySpan<double> values) => new LinearPath(times, values);

    /// <summary>
    /// Cubic Hermite pieces whose slope at an observation is the difference quotient to the one before: continuously differentiable, and no piece depends on observations behind it. J. Morrill, P. Kidger, L. Yang,
    /// T. Lyons (2021), Neural controlled differential equations for online prediction tasks.
    /// </summary>
    /// <param name="times">The m times, ascending, at least two.</param>
    /// <param name="values">The observations, m x d, row-major.</param>
    /// <exception cref="ArgumentException">Times aren't ascending, a number isn't finite, or the lengths don't fit.</exception>
    public static ControlPath Hermite(ReadOnlySpan<double> times, ReadOnlySpan<double> values) => new HermitePath(times, values);

    /// <summary>An observation, d elements.</summary>
    /// <param name="index">Its number, from 0.</param>
    public ReadOnlySpan<double> Value(int index) => _values.AsSpan(index * Dimension, Dimension);

    /// <summary>The piece in which a time lies; the first or last for times outside.</summary>
    /// <param name="time">The time.</param>
    public int Piece(double time)
    {
        int at = Array.BinarySearch(_times, time);
        return Math.Clamp(at >= 0 ? at : ~at - 1, 0, Pieces - 1);
    }

    /// <summary>Writes X(t).</summary>
    /// <param name="time">The time.</param>
    /// <param name="destination">Receives d elements.</param>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public abstract void Evaluate(double time, Span<double> destination);

    /// <summary>Writes dX/dt on a piece.</summary>
    /// <param name="piece">The piece, from 0.</param>
    /// <param name="time">The time, in the piece or at one of its ends.</param>
    /// <param name="destination">Receives d elements.</param>
    /// <exception cref="ArgumentException">The length differs.</exception>
    public abstract void Derivative(int piece, double time, Span<double> destination);

    private sealed class LinearPath(ReadOnlySpan<double> times, ReadOnlySpan<double> values) : ControlPath(times, values)
    {
        public override bool IsSmooth => false;

        public override void Evaluate(double time, Span<double> destination)
        {
            Require.Length(destination.Length, Dimension, nameof(destination));
            int i = Piece(time);
            double theta = (time - Times[i]) / (Times[i + 1] - Times[i]);
            for (int c = 0; c < destination.Length; c++)
                destination[c] = ((1 - theta) * Value(i)[c]) + (theta * Value(i + 1)[c]);
        }

        public override void Derivative(int piece, double time, Span<double> destination)
        {
            Require.Length(destination.Length, Dimension, nameof(destination));
            double length = Times[piece + 1] - Times[piece];
            for (int c = 0; c < destination.Length; c++)
                destination[c] = (Value(piece + 1)[c] - Value(piece)[c]) / length;
        }
    }

    private sealed class HermitePath(ReadOnlySpan<double> times, ReadOnlySpan<double> values) : ControlPath(times, values)
    {
        public override bool IsSmooth => true;

        // With the slopes m0 behind and m1 = (x1 - x0) / h on the piece, x(θ) = x0 + h (m1 θ + (m0 - m1) θ (1 - θ)^2).
        public override void Evaluate(double time, Span<double> destination)
        {
            Require.Length(destination.Length, Dimension, nameof(destination));
            int i = Piece(time);
            double h = Times[i + 1] - Times[i], theta = (time - Times[i]) / h, rest = 1 - theta;
            for (int c = 0; c < destination.Length; c++)
            {
                double slope = Slope(i, c), behind = Slope(Math.Max(i - 1, 0), c);
                destination[c] = Value(i)[c] + (h * ((slope * theta) + ((behind - slope) * theta * rest * rest)));
            }
        }

        public override void Derivative(int piece, double time, Span<double> destination)
        {
            Require.Length(destination.Length, Dimension, nameof(destination));
            double h = Times[piece + 1] - Times[piece], theta = (time - Times[piece]) / h, rest = 1 - theta;
            for (int c = 0; c < destination.Length; c++)
            {
                double slope = Slope(piece, c), behind = Slope(Math.Max(piece - 1, 0), c);
                destination[c] = slope + ((behind - slope) * rest * (rest - (2 * theta)));
            }
        }

        private double Slope(int i, int c) => (Value(i + 1)[c] - Value(i)[c]) / (Times[i + 1] - Times[i]);
    }
}
