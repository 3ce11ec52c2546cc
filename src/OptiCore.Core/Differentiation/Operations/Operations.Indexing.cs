namespace OptiCore.Differentiation;

// Indices are numbers. An index that isn't an integer or lies outside of its axis throws an ArgumentOutOfRangeException when a computation runs, and axes of more than 2^24 places
// are refused when one is compiled for floats.
public static partial class Operations
{
    /// <summary>Elements along an axis, each other place with its own indices: y[i, j, k] = x[i, indices[i, j, k], k] for the middle axis of three.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="indices">The indices, integers from 0; of the rank of x. Along the other axes, lengths are equal or broadcast.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <returns>A tensor of the shape of the indices.</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    /// <remarks>A run with an index outside of the axis throws an <see cref="ArgumentOutOfRangeException"/>. To take whole rows see <see cref="Take"/>.</remarks>
    public static Variable Gather(Variable x, Variable indices, int axis)
    {
        int fromEnd = x.Shape.FromEnd(axis);
        if (x.Rank != indices.Rank || !Shape.TryBroadcast(x.Shape.With(axis, 1), indices.Shape.With(axis, 1), out Shape common))
            throw new ArgumentException($"gather of {x.Shape} and {indices.Shape}: but for axis {axis}, the lengths must be equal or 1.", nameof(indices));
        return new GatherOperation(fromEnd).ApplyOne(BroadcastTo(x, common.With(axis, x.Shape[axis])), BroadcastTo(indices, common.With(axis, indices.Shape[axis])));
    }

    /// <summary>The transpose of <see cref="Gather"/>: every number is added at the place of an axis that its index names; other places are 0.</summary>
    /// <param name="x">The numbers.</param>
    /// <param name="indices">The index of each, an integer from 0; broadcasts to the shape of the numbers.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="length">The length of the axis in the result.</param>
    /// <exception cref="ArgumentException">The indices don't broadcast to the numbers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative, or there is no such axis; in a run, an index lies outside of the axis.</exception>
    public static Variable ScatterAdd(Variable x, Variable indices, int axis, int length) =>
        new ScatterAddOperation(x.Shape.FromEnd(axis), Require.NonNegative(length, nameof(length))).ApplyOne(x, BroadcastTo(indices, x.Shape));

    /// <summary>Whole rows by their indices, as in a table of embeddings: y[j, :] = x[indices[j], :] for the first axis.</summary>
    /// <param name="x">The table.</param>
    /// <param name="indices">The indices, integers from 0, of any shape.</param>
    /// <param name="axis">The axis along which the rows lie; negative from the end. The axes of the indices take its place.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis; in a run, an index lies outside of it.</exception>
    public static Variable Take(Variable x, Variable indices, int axis = 0) => TakeOperation.Along(x, indices, axis);

    /// <summary>The transpose of <see cref="Take"/>: the sum of the rows of each segment; those of no row are 0.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="segments">The segment of each row, an integer from 0.</param>
    /// <param name="count">The number of segments.</param>
    /// <param name="axis">The first axis of x along which the rows lie, as many axes as the segments have; one axis for the segments takes their place. Negative from the end.</param>
    /// <exception cref="ArgumentException">There isn't one segment for each row.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or there is no such axis; in a run, a segment's number isn't smaller than the count.</exception>
    public static Variable SegmentSum(Variable x, Variable segments, int count, int axis = 0)
    {
        int first = x.Shape.Axis(axis);
        if (first + segments.Rank > x.Rank || !x.Shape.Lengths.Slice(first, segments.Rank).SequenceEqual(segments.Shape.Lengths))
            throw new ArgumentException($"segment-sum of {x.Shape} and {segments.Shape}: from axis {axis} on, the lengths must be those of the segments.", nameof(segments));
        return SegmentSumOperation.Along(x, segments, Require.NonNegative(count, nameof(count)), axis);
    }

    /// <summary>A new last axis with 1 at the place of the index and 0 elsewhere. It has no derivative.</summary>
    /// <param name="indices">The indices, integers from 0 to count - 1.</param>
    /// <param name="count">The length of the new axis.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative; in a run, an index isn't one of those.</exception>
    public static Variable OneHot(Variable indices, int count) => new OneHotOperation(Require.NonNegative(count, nameof(count))).ApplyOne(indices);

    /// <summary>The sums of the elements of an axis up to and with each, y[i] = x[0] + ... + x[i]. Rounded in order.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="reverse">True for the sums from each to the last, y[i] = x[n - 1] + ... + x[i].</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public static Variable CumulativeSum(Variable x, int axis = -1, bool reverse = false) => new CumulativeSumOperation(x.Shape.FromEnd(axis), reverse).ApplyOne(x);

    /// <summary>The elements of an axis in order of size. The derivative follows each element to its place. A NaN counts as the largest number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="descending">True for the largest first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public static Variable Sort(Variable x, int axis = -1, bool descending = false) => TopOf(x, x.Shape[axis], axis, descending).Values;

    /// <summary>The places of the elements of an axis in order of their size; equal elements stay in order. It has no derivative. A NaN counts as the largest number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="descending">True for the largest first.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public static Variable ArgSort(Variable x, int axis = -1, bool descending = false) => TopOf(x, x.Shape[axis], axis, descending).Indices;

    /// <summary>The largest elements of an axis, largest first, and their places; of equal elements the first. A NaN counts as the largest number.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="count">How many.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="smallest">True for the smallest elements, smallest first.</param>
    /// <returns>The elements, through which derivatives pass, and their places, which have none.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The axis hasn't so many elements, or there is no such axis.</exception>
    public static (Variable Values, Variable Indices) TopK(Variable x, int count, int axis = -1, bool smallest = false) => TopOf(x, count, axis, !smallest);

    /// <summary>The places of an axis in opposite order.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public static Variable Flip(Variable x, int axis) => new FlipOperation(x.Shape.FromEnd(axis)).ApplyOne(x);

    /// <summary>The whole tensor one after the other along each axis, as tiles: [a, b] twice is [a, b, a, b].</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="counts">How often along each axis.</param>
    /// <exception cref="ArgumentException">There isn't one count for each axis.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    public static Variable Tile(Variable x, params ReadOnlySpan<int> counts)
    {
        Require.Length(counts.Length, x.Rank, nameof(counts));
        List<int> apart = [], repeated = [], joined = [];
        for (int i = 0; i < counts.Length; i++)
        {
            int count = Require.NonNegative(counts[i], nameof(counts)), length = x.Shape[i];
            apart.AddRange([1, length]);
            repeated.AddRange([count, length]);
            joined.Add(checked(count * length));
        }

        return Reshape(BroadcastTo(Reshape(x, [.. apart]), [.. repeated]), [.. joined]);
    }

    /// <summary>Each place of an axis several times in succession: [a, b] twice is [a, a, b, b].</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="count">How often.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative, or there is no such axis.</exception>
    public static Variable Repeat(Variable x, int count, int axis)
    {
        int index = x.Shape.Axis(axis);
        Variable widened = ExpandAxis(x, index + 1);
        return Reshape(BroadcastTo(widened, widened.Shape.With(index + 1, Require.NonNegative(count, nameof(count)))), x.Shape.With(axis, checked(x.Shape[axis] * count)));
    }

    /// <summary>The diagonals of the square matrices of the last two axes.</summary>
    /// <param name="x">Square matrices.</param>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static Variable Diagonal(Variable x) => new DiagonalOperation().ApplyOne(x);

    /// <summary>Square matrices with the elements of the last axis on their diagonals.</summary>
    /// <param name="x">The diagonals.</param>
    /// <exception cref="ArgumentException">The tensor is a scalar.</exception>
    public static Variable DiagonalMatrix(Variable x) => new DiagonalMatrixOperation().ApplyOne(x);

    /// <summary>The matrices of the last two axes with zeros above a diagonal: element (i, j) stays where j &lt;= i + offset.</summary>
    /// <param name="x">Matrices.</param>
    /// <param name="offset">Which diagonal is the last that stays: 0 the main one, 1 the one above it, -1 the one below.</param>
    /// <exception cref="ArgumentException">There are fewer than two axes.</exception>
    public static Variable LowerTriangle(Variable x, int offset = 0) => new TriangleOperation(true, offset).ApplyOne(x);

    /// <summary>The matrices of the last two axes with zeros below a diagonal: element (i, j) stays where j &gt;= i + offset.</summary>
    /// <param name="x">Matrices.</param>
    /// <param name="offset">Which diagonal is the first that stays: 0 the main one, 1 the one above it, -1 the one below.</param>
    /// <exception cref="ArgumentException">There are fewer than two axes.</exception>
    public static Variable UpperTriangle(Variable x, int offset = 0) => new TriangleOperation(false, offset).ApplyOne(x);

    private static (Variable Values, Variable Indices) TopOf(Variable x, int count, int axis, bool descending)
    {
        Variable last = SwapWithLast(x, axis);
        Variable places = new ArgSortOperation(count, descending).ApplyOne(last);
        return (SwapWithLast(new GatherOperation(-1).ApplyOne(last, places), axis), SwapWithLast(places, axis));
    }
}
