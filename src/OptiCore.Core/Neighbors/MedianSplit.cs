using System.Numerics;

namespace OptiCore.Neighbors;

/// <summary>
/// Partial order: the smallest <c>count</c> keys come first. Selection by partition into smaller, equal and larger keys (C. A. R. Hoare 1961, "Algorithm 65: Find")
/// around the median of three medians; when the partitions stay bad, a sort ends it in O(n log n) (D. R. Musser 1997, "Introspective sorting and selection algorithms").
/// </summary>
internal static class MedianSplit
{
    /// <summary>Moves the smallest keys, and their items with them, to the front.</summary>
    public static void Apply<T>(Span<T> keys, Span<int> items, int count) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int from = 0, to = keys.Length, left = 2 * BitOperations.Log2((uint)Math.Max(1, keys.Length));
        while (from < count && count < to)
        {
            if (to - from <= 16 || left-- == 0)
            {
                keys[from..to].Sort(items[from..to]);
                return;
            }

            T pivot = Pivot(keys[from..to]);
            int smaller = from, larger = to;
            for (int i = from; i < larger;)
            {
                T key = keys[i];
                if (key < pivot)
                    Swap(keys, items, i++, smaller++);
                else if (key > pivot)
                    Swap(keys, items, i, --larger);
                else
                    i++;
            }

            if (count <= smaller)
                to = smaller;
            else if (count >= larger)
                from = larger;
            else
                return;
        }
    }

    private static void Swap<T>(Span<T> keys, Span<int> items, int i, int j)
    {
        (keys[i], keys[j]) = (keys[j], keys[i]);
        (items[i], items[j]) = (items[j], items[i]);
    }

    private static T Pivot<T>(ReadOnlySpan<T> keys) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int step = keys.Length / 9;
        return Median(
            Median(keys[0], keys[step], keys[2 * step]),
            Median(keys[3 * step], keys[4 * step], keys[5 * step]),
            Median(keys[6 * step], keys[7 * step], keys[8 * step]));
    }

    private static T Median<T>(T a, T b, T c) where T : unmanaged, IFloatingPointIeee754<T> =>
        T.Max(T.Min(a, b), T.Min(T.Max(a, b), c));
}
