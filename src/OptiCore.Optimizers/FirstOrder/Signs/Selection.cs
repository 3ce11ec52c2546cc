using System.Numerics;

namespace OptiCore.Optimizers;

/// <summary>Selection by rank in place, for rules that look at the largest elements. Expected cost of the order of the length; deterministic.</summary>
internal static class Selection
{
    /// <summary>The element that would stand at a place if the elements were sorted; rearranges them. NaN counts as the largest.</summary>
    /// <param name="x">The elements, at least one.</param>
    /// <param name="place">The place, from 0.</param>
    public static T Smallest<T>(Span<T> x, int place) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int low = 0, high = x.Length - 1;
        while (low < high)
        {
            // The median of three as the pivot keeps sorted input from being the worst case.
            int middle = low + ((high - low) / 2);
            Order(ref x[low], ref x[middle]);
            Order(ref x[low], ref x[high]);
            Order(ref x[middle], ref x[high]);
            T pivot = x[middle];
            int i = low, j = high;
            while (i <= j)
            {
                while (Less(x[i], pivot))
                    i++;
                while (Less(pivot, x[j]))
                    j--;
                if (i <= j)
                {
                    (x[i], x[j]) = (x[j], x[i]);
                    i++;
                    j--;
                }
            }

            if (place <= j)
                high = j;
            else if (place >= i)
                low = i;
            else
                break;
        }

        return x[place];
    }

    private static bool Less<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => a < b || (T.IsNaN(b) && !T.IsNaN(a));

    private static void Order<T>(ref T a, ref T b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Less(b, a))
            (a, b) = (b, a);
    }
}
