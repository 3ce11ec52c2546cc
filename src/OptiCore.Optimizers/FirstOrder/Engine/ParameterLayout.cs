using System.Globalization;

namespace OptiCore.Optimizers;

/// <summary>
/// How a flat vector of parameters is divided into tensors, one after the other. Element-wise rules look at the length only; rules with
/// per-tensor norms or matrix preconditioners look at the blocks.
/// </summary>
/// <remarks>A number converts to the layout of one vector of that length.</remarks>
public sealed class ParameterLayout
{
    private readonly int[][] _shapes;
    private readonly int[] _offsets;

    private ParameterLayout(int[][] shapes)
    {
        _shapes = shapes;
        _offsets = new int[shapes.Length + 1];
        for (int i = 0; i < shapes.Length; i++)
        {
            int length = 1;
            foreach (int size in shapes[i])
                length = checked(length * size);
            _offsets[i + 1] = checked(_offsets[i] + length);
        }
    }

    /// <summary>The number of parameters of all blocks.</summary>
    public int Length => _offsets[^1];

    /// <summary>The number of blocks.</summary>
    public int BlockCount => _shapes.Length;

    /// <summary>One vector.</summary>
    /// <param name="length">Its length, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public static ParameterLayout Vector(int length) => new([[Require.NonNegative(length, nameof(length))]]);

    /// <summary>Several tensors, row-major, one after the other.</summary>
    /// <param name="shapes">The sizes of each tensor; an empty list is a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="OverflowException">There are more elements than an array can hold.</exception>
    public static ParameterLayout Of(params ReadOnlySpan<int[]> shapes)
    {
        int[][] copy = new int[shapes.Length][];
        for (int i = 0; i < copy.Length; i++)
        {
            copy[i] = [.. Require.NotNull(shapes[i], nameof(shapes))];
            foreach (int size in copy[i])
                _ = Require.NonNegative(size, nameof(shapes));
        }

        return new ParameterLayout(copy);
    }

    /// <summary>The layout of some of the blocks, one after the other.</summary>
    /// <param name="blocks">Their numbers.</param>
    internal ParameterLayout Part(ReadOnlySpan<int> blocks)
    {
        int[][] shapes = new int[blocks.Length][];
        for (int i = 0; i < shapes.Length; i++)
            shapes[i] = _shapes[blocks[i]];
        return new ParameterLayout(shapes);
    }

    /// <summary>Where a block begins.</summary>
    /// <param name="block">Its number, from 0.</param>
    public int Offset(int block) => _offsets[block];

    /// <summary>The number of elements of a block.</summary>
    /// <param name="block">Its number, from 0.</param>
    public int BlockLength(int block) => _offsets[block + 1] - _offsets[block];

    /// <summary>The sizes of a block.</summary>
    /// <param name="block">Its number, from 0.</param>
    public ReadOnlySpan<int> Shape(int block) => _shapes[block];

    /// <summary>The layout of one vector.</summary>
    /// <param name="length">Its length, at least 0.</param>
    public static implicit operator ParameterLayout(int length) => Vector(length);

    /// <summary>The shapes, for example "[3x4] [4]".</summary>
    public override string ToString()
    {
        string[] texts = new string[_shapes.Length];
        for (int i = 0; i < texts.Length; i++)
            texts[i] = "[" + string.Join('x', Array.ConvertAll(_shapes[i], s => s.ToString(CultureInfo.InvariantCulture))) + "]";
        return string.Join(' ', texts);
    }
}
