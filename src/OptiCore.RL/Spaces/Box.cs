using System.Globalization;
using System.Text;

namespace OptiCore.RL;

/// <summary>The product of closed intervals: element i lies in [low_i, high_i]. A bound may be infinite; a value may not.</summary>
public sealed class Box : Space<float>, IEquatable<Box>
{
    private readonly float[] _low;
    private readonly float[] _high;

    /// <summary>Creates the space from bounds for each element.</summary>
    /// <param name="low">The lower bounds; negative infinity for none.</param>
    /// <param name="high">The upper bounds, as many; positive infinity for none.</param>
    /// <exception cref="ArgumentException">The bounds are empty, of different lengths, NaN or in the wrong order.</exception>
    public Box(ReadOnlySpan<float> low, ReadOnlySpan<float> high)
    {
        if (low.IsEmpty)
            throw new ArgumentException("A box has at least one element.", nameof(low));
        Require.Length(high.Length, low.Length, nameof(high));
        for (int i = 0; i < low.Length; i++)
        {
            bool ordered = low[i] <= high[i] && low[i] < float.PositiveInfinity && high[i] > float.NegativeInfinity;
            if (!ordered)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Element {i} has the bounds [{low[i]}, {high[i]}]; low must be at most high, and neither may be NaN."), nameof(low));
        }

        _low = low.ToArray();
        _high = high.ToArray();
    }

    /// <summary>Creates the space [low, high]^length.</summary>
    /// <param name="low">The lower bound of every element.</param>
    /// <param name="high">The upper bound of every element.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="ArgumentException">A bound is NaN or they are in the wrong order.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is smaller than 1.</exception>
    public Box(float low, float high, int length)
        : this(Filled(low, length), Filled(high, length))
    {
    }

    /// <inheritdoc/>
    public override int Length => _low.Length;

    /// <inheritdoc/>
    public override int FlatLength => _low.Length;

    /// <summary>The lower bounds.</summary>
    public ReadOnlySpan<float> Low => _low;

    /// <summary>The upper bounds.</summary>
    public ReadOnlySpan<float> High => _high;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<float> value)
    {
        if (value.Length != _low.Length)
            return false;
        for (int i = 0; i < value.Length; i++)
        {
            if (!float.IsFinite(value[i]) || !(value[i] >= _low[i] && value[i] <= _high[i]))
                return false;
        }

        return true;
    }

    /// <summary>
    /// Draws a value: uniform between two finite bounds, the bound plus or minus a standard exponential beside one finite bound, standard normal
    /// without bounds. Element i has the key <c>key.Fold(i)</c>, so that it doesn't depend on the bounds of the others.
    /// </summary>
    /// <param name="key">Names the draw.</param>
    /// <param name="value">Receives <see cref="Length"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public override void Sample(RandomKey key, Span<float> value)
    {
        Require.Length(value.Length, _low.Length, nameof(value));
        for (int i = 0; i < value.Length; i++)
        {
            RandomStream stream = key.Fold(i).Stream();
            double low = _low[i], high = _high[i];
            double draw = (double.IsFinite(low), double.IsFinite(high)) switch
            {
                (true, true) => low + ((high - low) * stream.NextOpenDouble()),
                (true, false) => low + stream.NextExponential(),
                (false, true) => high - stream.NextExponential(),
                _ => stream.NextNormal(),
            };
            value[i] = Math.Clamp((float)draw, _low[i], _high[i]);
        }
    }

    /// <inheritdoc/>
    public override void Flatten(ReadOnlySpan<float> value, Span<float> features)
    {
        CheckLengths(value.Length, features.Length);
        value.CopyTo(features);
    }

    /// <inheritdoc/>
    public bool Equals(Box? other) => other is not null && Low.SequenceEqual(other.Low) && High.SequenceEqual(other.High);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Box);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, _low[0], _high[0]);

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder("Box(");
        for (int i = 0; i < _low.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : " x ")}[{_low[i]}, {_high[i]}]");
        return text.Append(')').ToString();
    }

    private static float[] Filled(float value, int length)
    {
        float[] values = new float[Require.Positive(length, nameof(length))];
        Array.Fill(values, value);
        return values;
    }
}
