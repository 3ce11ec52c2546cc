namespace OptiCore.Differentiation;

public static partial class Operations
{
    /// <summary>The same elements, row-major, under another shape. Costs nothing.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The new shape, of as many elements.</param>
    /// <exception cref="ArgumentException">The numbers of elements differ.</exception>
    public static Variable Reshape(Variable x, Shape shape)
    {
        if (x.Shape == shape)
            return x;
        if (x.Node.Operation is ConstantOperation constant && x.Shape.ElementCount == shape.ElementCount)
            return Variable.Constant<double>(constant.Values, shape);
        return new ReshapeOperation(shape).ApplyOne(x.Node.Operation is ReshapeOperation ? x.Node.Inputs[0] : x);
    }

    /// <summary>The tensor repeated along axes of length 1 and new leading axes.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="shape">The shape to fill.</param>
    /// <exception cref="ArgumentException">The tensor doesn't broadcast to the shape.</exception>
    public static Variable BroadcastTo(Variable x, Shape shape) =>
        x.Shape == shape ? x : new BroadcastOperation(shape).ApplyOne(x.Node.Operation is BroadcastOperation ? x.Node.Inputs[0] : x);

    /// <summary>The matrices of the last two axes transposed. A product takes a transposed factor as it is; elsewhere it is a copy.</summary>
    /// <param name="x">A tensor of at least two axes.</param>
    /// <exception cref="ArgumentException">There are fewer axes.</exception>
    public static Variable Transpose(Variable x) => x.Rank < 2
        ? throw new ArgumentException($"transpose of {x.Shape}: a matrix has two axes.", nameof(x))
        : Transpose(x, TransposeOperation.LastTwo(x.Rank).Values);

    /// <summary>The axes in another order: axis i of the result is axis order[i] of the argument.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="order">Each axis once.</param>
    /// <exception cref="ArgumentException">It isn't an order of the axes.</exception>
    public static Variable Transpose(Variable x, params ReadOnlySpan<int> order)
    {
        if (x.Node.Operation is TransposeOperation inner && inner.Order.Values.Length == order.Length)
        {
            var both = new int[order.Length];
            for (int i = 0; i < both.Length; i++)
                both[i] = (uint)order[i] < (uint)both.Length ? inner.Order.Values[order[i]] : -1;
            return Transpose(x.Node.Inputs[0], both);
        }

        bool isIdentity = order.Length == x.Rank;
        for (int i = 0; i < order.Length && isIdentity; i++)
            isIdentity = order[i] == i;
        return isIdentity ? x : new TransposeOperation(new AxisList(order.ToArray())).ApplyOne(x);
    }

    /// <summary>Some consecutive places of an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="start">The first place.</param>
    /// <param name="length">The number of places.</param>
    /// <exception cref="ArgumentOutOfRangeException">The axis has no such places.</exception>
    public static Variable Slice(Variable x, int axis, int start, int length) =>
        start == 0 && length == x.Shape[axis] ? x : new SliceOperation(x.Shape.FromEnd(axis), start, length).ApplyOne(x);

    /// <summary>Zeros before and after the places of an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="before">The number of zeros before.</param>
    /// <param name="after">The number after.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is negative.</exception>
    public static Variable Pad(Variable x, int axis, int before, int after) =>
        before == 0 && after == 0 ? x : new PadOperation(x.Shape.FromEnd(axis), before, after).ApplyOne(x);

    /// <summary>Tensors one after the other along an axis.</summary>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="parts">The tensors, at least one, equal in all other axes.</param>
    /// <exception cref="ArgumentException">There is no tensor, or their shapes differ.</exception>
    public static Variable Concatenate(int axis, params ReadOnlySpan<Variable> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("concatenate: no tensor was given.", nameof(parts));
        if (parts.Length == 1)
            return parts[0];
        var whole = new ConcatenateOperation(parts[0].Shape.FromEnd(axis));
        Shape shape = whole.Infer(Array.ConvertAll(parts.ToArray(), part => part.Shape))[0];
        if (Blocks.Around(shape, axis).Outer != 1)
            return whole.ApplyOne(parts);

        // Parts that lie one after the other in memory, as vectors: whatever their shapes, the same parts are one operation and computed in one place.
        var vectors = new Variable[parts.Length];
        for (int i = 0; i < vectors.Length; i++)
            vectors[i] = Reshape(parts[i], [parts[i].Shape.ElementCount]);
        return Reshape(new ConcatenateOperation(-1).ApplyOne(vectors), shape);
    }

    /// <summary>Tensors of one shape beside each other along a new axis.</summary>
    /// <param name="axis">The place of the new axis in the result; negative from the end.</param>
    /// <param name="parts">The tensors, at least one.</param>
    /// <exception cref="ArgumentException">There is no tensor, or their shapes differ.</exception>
    public static Variable Stack(int axis, params ReadOnlySpan<Variable> parts)
    {
        if (parts.IsEmpty)
            throw new ArgumentException("stack: no tensor was given.", nameof(parts));
        var widened = new Variable[parts.Length];
        for (int i = 0; i < parts.Length; i++)
            widened[i] = ExpandAxis(parts[i], axis);
        return Concatenate(axis, widened);
    }

    /// <summary>A new axis of length 1.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">Its place in the result; negative from the end.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such place.</exception>
    public static Variable ExpandAxis(Variable x, int axis)
    {
        int index = axis < 0 ? axis + x.Rank + 1 : axis;
        if (index < 0 || index > x.Rank)
            throw new ArgumentOutOfRangeException(nameof(axis), axis, $"expand-axis of {x.Shape}: the result has no such axis.");
        return Reshape(x, Shape.Create([.. x.Shape.Lengths[..index], 1, .. x.Shape.Lengths[index..]]));
    }

    /// <summary>Repeats along neighbouring axes that a reduction has removed.</summary>
    internal static Variable Repeat(Variable x, Shape shape, int firstAxis, int axisCount)
    {
        int[] lengths = shape.Lengths.ToArray();
        int first = shape.Axis(firstAxis);
        lengths.AsSpan(first, axisCount).Fill(1);
        return BroadcastTo(Reshape(x, Shape.Create(lengths)), shape);
    }

    /// <summary>The last axis exchanged with another.</summary>
    private static Variable SwapWithLast(Variable x, int axis)
    {
        int index = x.Shape.Axis(axis);
        var order = new int[x.Rank];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        (order[index], order[^1]) = (order[^1], order[index]);
        return Transpose(x, order);
    }
}
