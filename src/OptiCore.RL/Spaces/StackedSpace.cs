using System.Globalization;

namespace OptiCore.RL;

/// <summary>The product of a space with itself: k values, one after another.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class StackedSpace<T> : Space<T>, IEquatable<StackedSpace<T>> where T : unmanaged
{
    private readonly Space<T> _space;
    private readonly int _count;

    /// <summary>Creates the space.</summary>
    /// <param name="space">The space of one value.</param>
    /// <param name="count">The number of values.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public StackedSpace(Space<T> space, int count)
    {
        _space = Require.NotNull(space);
        _count = Require.Positive(count, nameof(count));
        Length = checked(count * space.Length);
        FlatLength = checked(count * space.FlatLength);
    }

    /// <inheritdoc/>
    public override int Length { get; }

    /// <inheritdoc/>
    public override int FlatLength { get; }

    /// <summary>The product in the simplest form: a box of a box, categories of categories from 0, bits of bits, else a stacked space.</summary>
    /// <param name="space">The space of one value.</param>
    /// <param name="count">The number of values.</param>
    public static Space<T> Of(Space<T> space, int count)
    {
        object simple = space switch
        {
            Box box => new Box(Repeat(box.Low, count), Repeat(box.High, count)),
            Discrete { Start: 0 } discrete => new MultiDiscrete(Repeat([discrete.N], count)),
            MultiDiscrete several => new MultiDiscrete(Repeat(several.Sizes, count)),
            MultiBinary bits => new MultiBinary(checked(count * bits.Length)),
            _ => new StackedSpace<T>(space, count),
        };
        return (Space<T>)simple;
    }

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<T> value)
    {
        if (value.Length != Length)
            return false;
        for (int k = 0; k < _count; k++)
        {
            if (!_space.Contains(value.Slice(k * _space.Length, _space.Length)))
                return false;
        }

        return true;
    }

    /// <summary>Draws each value with its own key, <c>key.Fold(k)</c>.</summary>
    /// <param name="key">Names the draw.</param>
    /// <param name="value">Receives <see cref="Length"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public override void Sample(RandomKey key, Span<T> value)
    {
        Require.Length(value.Length, Length, nameof(value));
        for (int k = 0; k < _count; k++)
            _space.Sample(key.Fold(k), value.Slice(k * _space.Length, _space.Length));
    }

    /// <inheritdoc/>
    public override void Flatten(ReadOnlySpan<T> value, Span<float> features)
    {
        CheckLengths(value.Length, features.Length);
        for (int k = 0; k < _count; k++)
            _space.Flatten(value.Slice(k * _space.Length, _space.Length), features.Slice(k * _space.FlatLength, _space.FlatLength));
    }

    /// <inheritdoc/>
    public bool Equals(StackedSpace<T>? other) => other is not null && _count == other._count && _space.Equals(other._space);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StackedSpace<T>);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_space, _count);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_count} times {_space}");

    private static TElement[] Repeat<TElement>(ReadOnlySpan<TElement> values, int count)
    {
        var repeated = new TElement[checked(values.Length * count)];
        for (int k = 0; k < repeated.Length; k += values.Length)
            values.CopyTo(repeated.AsSpan(k));
        return repeated;
    }
}
