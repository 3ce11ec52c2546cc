using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore;

/// <summary>
/// The owner of a contiguous row-major block of numbers and its shape. Numeric work is done on <see cref="Span"/>; this type says what the numbers mean.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed class DenseTensor<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _data;
    private readonly int[] _shape;

    /// <summary>A tensor of zeros.</summary>
    /// <param name="shape">The lengths of the axes, outermost first. An empty shape is a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    public DenseTensor(params ReadOnlySpan<int> shape)
        : this(new T[ElementCount(shape)], shape)
    {
    }

    private DenseTensor(T[] data, ReadOnlySpan<int> shape)
    {
        _data = data;
        _shape = shape.ToArray();
    }

    /// <summary>The lengths of the axes, outermost first.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of axes.</summary>
    public int Rank => _shape.Length;

    /// <summary>The number of elements.</summary>
    public int Length => _data.Length;

    /// <summary>All elements, row-major: the last index runs fastest.</summary>
    public Span<T> Span => _data;

    /// <summary>The element at a multi-index.</summary>
    /// <param name="indices">One index for each axis.</param>
    /// <exception cref="ArgumentException">The number of indices is not the rank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside its axis.</exception>
    public ref T this[params ReadOnlySpan<int> indices] => ref _data[Offset(indices)];

    /// <summary>A tensor over an existing array, without a copy.</summary>
    /// <param name="data">The elements, row-major.</param>
    /// <param name="shape">The lengths of the axes.</param>
    /// <exception cref="ArgumentException">The array's length is not the product of the lengths.</exception>
    public static DenseTensor<T> Wrap(T[] data, params ReadOnlySpan<int> shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        int count = ElementCount(shape);
        if (data.Length != count)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The array has {data.Length} elements, the shape [{Describe(shape)}] has {count}."), nameof(data));
        return new DenseTensor<T>(data, shape);
    }

    /// <summary>The row of a matrix.</summary>
    /// <param name="index">The row, from 0.</param>
    /// <exception cref="InvalidOperationException">The tensor is not a matrix.</exception>
    public Span<T> Row(int index)
    {
        if (Rank != 2)
            throw new InvalidOperationException($"A row needs a matrix; this tensor has the shape [{Describe(_shape)}].");
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _shape[0]);
        return _data.AsSpan(index * _shape[1], _shape[1]);
    }

    /// <summary>The same elements under another shape, without a copy.</summary>
    /// <param name="shape">The lengths of the axes.</param>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    public DenseTensor<T> Reshape(params ReadOnlySpan<int> shape) => Wrap(_data, shape);

    /// <summary>The elements as a <see cref="TensorSpan{T}"/>, without a copy.</summary>
    public TensorSpan<T> AsTensorSpan()
    {
        Span<nint> lengths = stackalloc nint[_shape.Length];
        for (int i = 0; i < lengths.Length; i++)
            lengths[i] = _shape[i];
        return new TensorSpan<T>(_data, lengths);
    }

    /// <summary>An independent copy.</summary>
    public DenseTensor<T> Clone() => new((T[])_data.Clone(), _shape);

    /// <summary>Element type and shape.</summary>
    public override string ToString() => $"DenseTensor<{typeof(T).Name}>[{Describe(_shape)}]";

    private int Offset(ReadOnlySpan<int> indices)
    {
        if (indices.Length != _shape.Length)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{indices.Length} indices for a tensor of rank {_shape.Length}."), nameof(indices));
        int offset = 0;
        for (int axis = 0; axis < indices.Length; axis++)
        {
            if ((uint)indices[axis] >= (uint)_shape[axis])
                throw new ArgumentOutOfRangeException(nameof(indices), string.Create(CultureInfo.InvariantCulture, $"Index {indices[axis]} of axis {axis} lies outside [0, {_shape[axis]})."));
            offset = (offset * _shape[axis]) + indices[axis];
        }

        return offset;
    }

    private static int ElementCount(ReadOnlySpan<int> shape)
    {
        int count = 1;
        foreach (int length in shape)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(shape));
            count = checked(count * length);
        }

        return count;
    }

    private static string Describe(ReadOnlySpan<int> shape) => string.Join(" x ", shape.ToArray());
}
