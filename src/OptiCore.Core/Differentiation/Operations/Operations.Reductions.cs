namespace OptiCore.Differentiation;

public static partial class Operations
{
    /// <summary>The sum of all elements, a scalar.</summary>
    public static Variable Sum(Variable x) => x.Rank == 0 ? x : new SumOperation(-x.Rank, x.Rank).ApplyOne(x);

    /// <summary>The sum over an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such axis.</exception>
    public static Variable Sum(Variable x, int axis, bool keepAxis = false) => Keep(new SumOperation(x.Shape.FromEnd(axis), 1).ApplyOne(x), x, axis, keepAxis);

    /// <summary>The mean of all elements, a scalar.</summary>
    public static Variable Mean(Variable x) => Sum(x) * (1.0 / x.Shape.ElementCount);

    /// <summary>The mean over an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    public static Variable Mean(Variable x, int axis, bool keepAxis = false) => Sum(x, axis, keepAxis) * (1.0 / x.Shape[axis]);

    /// <summary>The variance over an axis, the mean square of the differences from the mean.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    /// <param name="unbiased">True to divide by one less than the number of elements.</param>
    public static Variable Variance(Variable x, int axis, bool keepAxis = false, bool unbiased = false) =>
        Sum(Square(x - Mean(x, axis, keepAxis: true)), axis, keepAxis) * (1.0 / (x.Shape[axis] - (unbiased ? 1 : 0)));

    /// <summary>The Euclidean norm of all elements; at 0 the derivative is taken as 0.</summary>
    public static Variable Norm(Variable x) => SafeRoot(Sum(Square(x)));

    /// <summary>The Euclidean norm over an axis; at 0 the derivative is taken as 0.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    public static Variable Norm(Variable x, int axis, bool keepAxis = false) => SafeRoot(Sum(Square(x), axis, keepAxis));

    /// <summary>The largest element, a scalar; of equal ones each gets the same share of the derivative.</summary>
    public static Variable Max(Variable x) => x.Rank == 0 ? x : new MaxOperation(-x.Rank, x.Rank).ApplyOne(x);

    /// <summary>The largest element over an axis; of equal ones each gets the same share of the derivative.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    public static Variable Max(Variable x, int axis, bool keepAxis = false) => Keep(new MaxOperation(x.Shape.FromEnd(axis), 1).ApplyOne(x), x, axis, keepAxis);

    /// <summary>The smallest element, a scalar.</summary>
    public static Variable Min(Variable x) => -Max(-x);

    /// <summary>The smallest element over an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    public static Variable Min(Variable x, int axis, bool keepAxis = false) => -Max(-x, axis, keepAxis);

    /// <summary>The place of the first largest element of an axis, as a number. It has no derivative.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    public static Variable ArgMax(Variable x, int axis = -1)
    {
        Variable result = new ArgMaxOperation().ApplyOne(SwapWithLast(x, axis));
        return x.Shape.FromEnd(axis) == -1 ? result : Reshape(SwapWithLast(ExpandAxis(result, -1), axis), x.Shape.Without(axis, 1));
    }

    /// <summary>log sum exp over an axis, without overflow.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    /// <param name="keepAxis">True to keep the axis with length 1.</param>
    public static Variable LogSumExp(Variable x, int axis = -1, bool keepAxis = false)
    {
        Variable result = SwapWithLast(ExpandAxis(new LogSumExpOperation().ApplyOne(SwapWithLast(x, axis)), -1), axis);
        return keepAxis ? result : Reshape(result, x.Shape.Without(axis, 1));
    }

    /// <summary>e^x divided by its sum over an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    public static Variable Softmax(Variable x, int axis = -1) => SwapWithLast(new SoftmaxOperation().ApplyOne(SwapWithLast(x, axis)), axis);

    /// <summary>The logarithm of the softmax over an axis.</summary>
    /// <param name="x">The tensor.</param>
    /// <param name="axis">The axis; negative from the end.</param>
    public static Variable LogSoftmax(Variable x, int axis = -1) => SwapWithLast(new LogSoftmaxOperation().ApplyOne(SwapWithLast(x, axis)), axis);

    /// <summary>Sums over the axes along which a shape was broadcast: the transpose of <see cref="BroadcastTo"/>.</summary>
    internal static Variable SumTo(Variable x, Shape shape)
    {
        if (x.Shape == shape)
            return x;
        int extra = x.Rank - shape.Rank;
        if (extra < 0 || !shape.BroadcastsTo(x.Shape))
            return BroadcastTo(x, shape);
        if (extra > 0)
            x = new SumOperation(-x.Rank, extra).ApplyOne(x);
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            // Neighbouring axes are summed together.
            int last = axis;
            while (last < shape.Rank && shape[last] == 1 && x.Shape[last] != 1)
                last++;
            if (last == axis)
                continue;
            Shape kept = x.Shape;
            for (int i = axis; i < last; i++)
                kept = kept.With(i, 1);
            x = Reshape(new SumOperation(axis - x.Rank, last - axis).ApplyOne(x), kept);
        }

        return x;
    }

    private static Variable SafeRoot(Variable square)
    {
        Variable isZero = EqualTo(square, 0);
        return Select(isZero, 0, Sqrt(Select(isZero, 1, square)));
    }

    private static Variable Keep(Variable reduced, Variable x, int axis, bool keepAxis) => keepAxis ? Reshape(reduced, x.Shape.With(axis, 1)) : reduced;
}
