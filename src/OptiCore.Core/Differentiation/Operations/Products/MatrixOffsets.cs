namespace OptiCore.Differentiation;

/// <summary>Matrices of leading axes that broadcast.</summary>
internal static class MatrixOffsets
{
    /// <summary>Where each matrix of a result finds its operand.</summary>
    /// <param name="own">The shape of the operand; its last two axes are the matrix.</param>
    /// <param name="result">The shape of the result; its last two axes are the matrix.</param>
    public static int[] Of(Shape own, Shape result)
    {
        int size = own[-2] * own[-1];
        Shape before = own.Leading(own.Rank - 2), leading = result.Leading(result.Rank - 2);
        var offsets = new int[leading.ElementCount];
        for (int i = 0; i < offsets.Length; i++)
        {
            int index = 0, stride = 1, rest = i;
            for (int fromEnd = 1; fromEnd <= leading.Rank; fromEnd++)
            {
                int place = rest % leading[-fromEnd];
                rest /= leading[-fromEnd];
                if (fromEnd > before.Rank)
                    continue;
                index += before[-fromEnd] == 1 ? 0 : place * stride;
                stride *= before[-fromEnd];
            }

            offsets[i] = index * size;
        }

        return offsets;
    }
}
