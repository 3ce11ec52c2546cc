using System.Globalization;

namespace OptiCore.RL;

/// <summary>A fixed number of bits: every element is 0 or 1.</summary>
/// <param name="length">The number of bits, at least 1.</param>
public sealed class MultiBinary(int length) : Space<int>, IEquatable<MultiBinary>
{
    /// <inheritdoc/>
    public override int Length { get; } = Require.Positive(length, nameof(length));

    /// <inheritdoc/>
    public override int FlatLength => Length;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<int> value) => value.Length == Length && !value.ContainsAnyExceptInRange(0, 1);

    /// <inheritdoc/>
    public override void Sample(RandomKey key, Span<int> value)
    {
        Require.Length(value.Length, Length, nameof(value));
        RandomStream stream = key.Stream();
        for (int i = 0; i < value.Length; i++)
            value[i] = (int)(stream.NextUInt32() >> 31);
    }

    /// <inheritdoc/>
    public override void Flatten(ReadOnlySpan<int> value, Span<float> features)
    {
        CheckLengths(value.Length, features.Length);
        for (int i = 0; i < value.Length; i++)
            features[i] = value[i];
    }

    /// <inheritdoc/>
    public bool Equals(MultiBinary? other) => other is not null && Length == other.Length;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MultiBinary);

    /// <inheritdoc/>
    public override int GetHashCode() => Length;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"MultiBinary({Length})");
}
