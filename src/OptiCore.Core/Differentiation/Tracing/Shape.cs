using System.Collections;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>
/// The lengths of a tensor's axes, outermost first; no axis at all is a scalar. Written as a list: <c>Variable.Input("x", [64, 8])</c>.
/// </summary>
/// <remarks>Tensors are row-major: the last index runs fastest. Two shapes broadcast if, aligned at their last axes, lengths are equal or one of them is 1 or missing.</remarks>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IReadOnlyList<int>
{
    private readonly int[]? _lengths;

    private Shape(int[] lengths) => _lengths = lengths;

    /// <summary>The shape of a single number: no axis.</summary>
    public static Shape Scalar => default;

    /// <summary>The number of axes.</summary>
    public int Rank => _lengths is null ? 0 : _lengths.Length;

    /// <summary>The number of elements, the product of the lengths; 1 for a scalar.</summary>
    public int ElementCount
    {
        get
        {
            int count = 1;
            foreach (int length in Lengths)
                count *= length;
            return count;
        }
    }

    /// <summary>The lengths.</summary>
    public ReadOnlySpan<int> Lengths => _lengths;

    int IReadOnlyCollection<int>.Count => Rank;

    /// <summary>The length of an axis.</summary>
    /// <param name="axis">The axis, from 0; a negative one counts from the end, -1 is the last.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public int this[int axis] => _lengths![Axis(axis)];

    /// <summary>True if both have the same axes.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>True if they differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);

    /// <summary>Makes a shape of its lengths.</summary>
    /// <param name="lengths">The lengths, none negative, their product at most 2^31 - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    /// <exception cref="OverflowException">There would be more than 2^31 - 1 elements.</exception>
    public static Shape Create(ReadOnlySpan<int> lengths)
    {
        int count = 1;
        foreach (int length in lengths)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(length, nameof(lengths));
            count = checked(count * length);
        }

        return new Shape(lengths.ToArray());
    }

    /// <summary>The shape of element-wise combinations of two tensors.</summary>
    /// <param name="left">A shape.</param>
    /// <param name="right">Another.</param>
    /// <param name="result">The common shape, if there is one.</param>
    /// <returns>False if they don't broadcast.</returns>
    public static bool TryBroadcast(Shape left, Shape right, out Shape result)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        var lengths = new int[rank];
        result = default;
        for (int fromEnd = 1; fromEnd <= rank; fromEnd++)
        {
            int a = fromEnd <= left.Rank ? left[-fromEnd] : 1, b = fromEnd <= right.Rank ? right[-fromEnd] : 1;
            if (a != b && a != 1 && b != 1)
                return false;
            lengths[rank - fromEnd] = a == 1 ? b : a;
        }

        result = new Shape(lengths);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Shape other) => Lengths.SequenceEqual(other.Lengths);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int length in Lengths)
            hash.Add(length);
        return hash.ToHashCode();
    }

    /// <summary>The lengths, as in <c>[64 x 8]</c>; <c>[]</c> for a scalar.</summary>
    public override string ToString() => $"[{string.Join(" x ", _lengths ?? [])}]";

    /// <summary>The lengths one by one.</summary>
    public ReadOnlySpan<int>.Enumerator GetEnumerator() => Lengths.GetEnumerator();

    IEnumerator<int> IEnumerable<int>.GetEnumerator() => ((IEnumerable<int>)(_lengths ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => (_lengths ?? []).GetEnumerator();

    /// <summary>The axis as counted from 0.</summary>
    internal int Axis(int axis)
    {
        int index = axis < 0 ? axis + Rank : axis;
        if ((uint)index >= (uint)Rank)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"A tensor of shape {this} has no such axis.");
        return index;
    }

    /// <summary>The axis as counted from the end, so that leading axes may be added without a change: -1 is the last.</summary>
    internal int FromEnd(int axis) => Axis(axis) - Rank;

    /// <summary>With one axis of another length.</summary>
    internal Shape With(int axis, int length)
    {
        int[] lengths = Lengths.ToArray();
        lengths[Axis(axis)] = length;
        return Create(lengths);
    }

    /// <summary>Without some axes.</summary>
    internal Shape Without(int firstAxis, int count) => Create([.. Lengths[..Axis(firstAxis)], .. Lengths[(Axis(firstAxis) + count)..]]);

    /// <summary>With axes of some lengths in front.</summary>
    internal Shape After(ReadOnlySpan<int> leading) => Create([.. leading, .. Lengths]);

    /// <summary>The first axes.</summary>
    internal Shape Leading(int count) => Create(Lengths[..count]);

    /// <summary>The last axes.</summary>
    internal Shape Trailing(int count) => Create(Lengths[(Rank - count)..]);

    /// <summary>True if a tensor of this shape broadcasts to the other without growing it.</summary>
    internal bool BroadcastsTo(Shape other) => TryBroadcast(this, other, out Shape common) && common == other;
}
