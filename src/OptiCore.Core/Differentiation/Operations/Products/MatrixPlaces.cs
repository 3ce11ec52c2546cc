namespace OptiCore.Differentiation;

/// <summary>Where a product finds matrices in a tensor.</summary>
/// <param name="Offsets">For each matrix of the result, the first element.</param>
/// <param name="Stride">The distance between rows.</param>
internal sealed record MatrixPlaces(int[] Offsets, int Stride)
{
    /// <summary>The places for matrices of leading axes that broadcast.</summary>
    /// <param name="own">The shape of the tensor as it lies in memory.</param>
    /// <param name="order">Its axes in the order in which the product sees them, the last one at the end; null for that of memory. The last two are the matrix.</param>
    /// <param name="result">The shape of the result; its last two axes are the matrix.</param>
    public static MatrixPlaces Of(Shape own, AxisList? order, Shape result)
    {
        int rank = own.Rank;
        int[] inMemory = new int[rank], lengths = new int[rank], strides = new int[rank];
        for (int i = rank - 1, stride = 1; i >= 0; stride *= own[i--])
            inMemory[i] = stride;
        for (int i = 0; i < rank; i++)
        {
            int axis = order is { } moved ? moved.Values[i] : i;
            (lengths[i], strides[i]) = (own[axis], inMemory[axis]);
        }

        Shape leading = result.Leading(result.Rank - 2);
        var offsets = new int[leading.ElementCount];
        for (int i = 0; i < offsets.Length; i++)
        {
            int rest = i;
            for (int fromEnd = 1; fromEnd <= leading.Rank; fromEnd++)
            {
                int place = rest % leading[-fromEnd], axis = rank - 2 - fromEnd;
                rest /= leading[-fromEnd];
                if (axis >= 0 && lengths[axis] != 1)
                    offsets[i] += place * strides[axis];
            }
        }

        return new MatrixPlaces(offsets, Math.Max(Math.Max(1, own[-1]), strides[^2]));
    }
}
