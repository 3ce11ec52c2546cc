namespace OptiCore.RL;

/// <summary>Rows of two tensors beside each other, for computations that know only one.</summary>
internal static class RowPacking
{
    /// <summary>Writes the rows of both, one beside the other.</summary>
    public static void Join(ReadOnlySpan<float> left, ReadOnlySpan<float> right, int rows, Span<float> packed)
    {
        int width = packed.Length / rows, first = left.Length / rows, second = width - first;
        for (int row = 0; row < rows; row++)
        {
            left.Slice(row * first, first).CopyTo(packed[(row * width)..]);
            right.Slice(row * second, second).CopyTo(packed[((row * width) + first)..]);
        }
    }

    /// <summary>Takes them apart.</summary>
    public static void Split(ReadOnlySpan<float> packed, int rows, Span<float> left, Span<float> right)
    {
        int width = packed.Length / rows, first = left.Length / rows, second = width - first;
        for (int row = 0; row < rows; row++)
        {
            packed.Slice(row * width, first).CopyTo(left[(row * first)..]);
            packed.Slice((row * width) + first, second).CopyTo(right[(row * second)..]);
        }
    }
}
