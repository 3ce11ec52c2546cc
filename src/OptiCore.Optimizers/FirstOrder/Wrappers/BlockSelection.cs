namespace OptiCore.Optimizers;

/// <summary>Which tensors of a layout belong to a group: by their shape or by their number. An immutable value, equal by content.</summary>
public sealed class BlockSelection : IEquatable<BlockSelection>
{
    private readonly Kind _kind;
    private readonly int[] _blocks;

    private BlockSelection(Kind kind, params int[] blocks)
    {
        _kind = kind;
        _blocks = blocks;
    }

    private enum Kind
    {
        All,
        Matrices,
        Vectors,
        Numbered,
    }

    /// <summary>Every tensor.</summary>
    public static BlockSelection All { get; } = new(Kind.All);

    /// <summary>Tensors of two axes or more: the weights of layers.</summary>
    public static BlockSelection Matrices { get; } = new(Kind.Matrices);

    /// <summary>Tensors of one axis or none: biases and gains.</summary>
    public static BlockSelection Vectors { get; } = new(Kind.Vectors);

    /// <summary>Tensors by their number in the layout, from 0.</summary>
    /// <param name="blocks">The numbers, in any order.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static BlockSelection Of(params ReadOnlySpan<int> blocks)
    {
        int[] copy = blocks.ToArray();
        foreach (int block in copy)
            _ = Require.NonNegative(block, nameof(blocks));
        Array.Sort(copy);
        return new BlockSelection(Kind.Numbered, copy);
    }

    /// <summary>True when a tensor belongs to the selection.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="block">The tensor's number in it.</param>
    public bool Contains(ParameterLayout layout, int block)
    {
        ArgumentNullException.ThrowIfNull(layout);
        return _kind switch
        {
            Kind.Matrices => layout.Shape(block).Length >= 2,
            Kind.Vectors => layout.Shape(block).Length < 2,
            Kind.Numbered => Array.BinarySearch(_blocks, block) >= 0,
            _ => true,
        };
    }

    /// <summary>True for the same selection.</summary>
    /// <param name="other">Another selection.</param>
    public bool Equals(BlockSelection? other) => other is not null && _kind == other._kind && _blocks.AsSpan().SequenceEqual(other._blocks);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as BlockSelection);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(_kind);
        foreach (int block in _blocks)
            hash.Add(block);
        return hash.ToHashCode();
    }

    /// <summary>The selection in words, so that a saved run's configuration names it.</summary>
    public override string ToString() => _kind == Kind.Numbered ? "[" + string.Join(", ", _blocks) + "]" : _kind.ToString();
}
