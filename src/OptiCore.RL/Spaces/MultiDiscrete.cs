using System.Globalization;

namespace OptiCore.RL;

/// <summary>Several categories at once: element i is an integer of {0, ..., n_i - 1}.</summary>
public sealed class MultiDiscrete : Space<int>, IEquatable<MultiDiscrete>
{
    private readonly int[] _sizes;

    /// <summary>Creates the space.</summary>
    /// <param name="sizes">The number of categories of each element, each at least 1.</param>
    /// <exception cref="ArgumentException">There is no element.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An element has no category.</exception>
    public MultiDiscrete(params ReadOnlySpan<int> sizes)
    {
        if (sizes.IsEmpty)
            throw new ArgumentException("The space has at least one element.", nameof(sizes));
        int features = 0;
        foreach (int n in sizes)
            features = checked(features + Require.Positive(n, nameof(sizes)));
        _sizes = sizes.ToArray();
        FlatLength = features;
    }

    /// <summary>The number of categories of each element.</summary>
    public ReadOnlySpan<int> Sizes => _sizes;

    /// <inheritdoc/>
    public override int Length => _sizes.Length;

    /// <inheritdoc/>
    public override int FlatLength { get; }

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<int> value)
    {
        if (value.Length != _sizes.Length)
            return false;
        for (int i = 0; i < value.Length; i++)
        {
            if ((uint)value[i] >= (uint)_sizes[i])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Sample(RandomKey key, Span<int> value)
    {
        Require.Length(value.Length, _sizes.Length, nameof(value));
        RandomStream stream = key.Stream();
        for (int i = 0; i < value.Length; i++)
            value[i] = Draw.Below(ref stream, _sizes[i]);
    }

    /// <inheritdoc/>
    public override void Flatten(ReadOnlySpan<int> value, Span<float> features)
    {
        CheckLengths(value.Length, features.Length);
        features.Clear();
        int offset = 0;
        for (int i = 0; i < value.Length; i++)
        {
            features.Slice(offset, _sizes[i])[value[i]] = 1;
            offset += _sizes[i];
        }
    }

    /// <inheritdoc/>
    public bool Equals(MultiDiscrete? other) => other is not null && Sizes.SequenceEqual(other.Sizes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as MultiDiscrete);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Length, FlatLength, _sizes[0]);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"MultiDiscrete({string.Join(", ", _sizes)})");
}
