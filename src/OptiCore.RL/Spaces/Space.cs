namespace OptiCore.RL;

/// <summary>
/// The set that an environment's observations or actions come from. A value is a flat span of <see cref="Length"/> elements; a batch of values
/// is one span, value after value. Spaces are immutable and compare by content.
/// </summary>
/// <typeparam name="T">The element type: <see cref="float"/> for continuous quantities, <see cref="int"/> for discrete ones.</typeparam>
public abstract class Space<T> where T : unmanaged
{
    /// <summary>The number of elements of one value.</summary>
    public abstract int Length { get; }

    /// <summary>The number of real features of one value after <see cref="Flatten"/>.</summary>
    public abstract int FlatLength { get; }

    /// <summary>Whether a value belongs to the space. A span of another length, NaN and infinities never do.</summary>
    /// <param name="value">The elements of one value.</param>
    public abstract bool Contains(ReadOnlySpan<T> value);

    /// <summary>Draws a value of the space: uniform where the space is bounded. The same key gives the same value.</summary>
    /// <param name="key">Names the draw.</param>
    /// <param name="value">Receives <see cref="Length"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public abstract void Sample(RandomKey key, Span<T> value);

    /// <summary>Writes a value as real features: continuous elements as they are, categorical ones as one-hot blocks, bits as 0 and 1.</summary>
    /// <param name="value">A value of the space, <see cref="Length"/> elements.</param>
    /// <param name="features">Receives <see cref="FlatLength"/> features.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public abstract void Flatten(ReadOnlySpan<T> value, Span<float> features);

    /// <summary>The name and the bounds of the space.</summary>
    public abstract override string ToString();

    private protected void CheckLengths(int value, int features)
    {
        Require.Length(value, Length, nameof(value));
        Require.Length(features, FlatLength, nameof(features));
    }
}
