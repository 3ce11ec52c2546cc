using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Numerics;

public static partial class Reduce
{
    /// <summary>The smallest element; NaN if one is NaN; infinity for an empty span. Exact.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T Min<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => MinOf(x, null);

    /// <inheritdoc cref="Min{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Min<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> => MinOf(x, Require.NotNull(workers));

    /// <summary>
    /// The index of the largest element, the first of several; zeros of either sign are equal. That of the first NaN if there is one; -1 for an empty span. Two passes, of which the second
    /// ends at the element.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static int ArgMax<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => FirstOf(x, Max(x));

    /// <summary>
    /// The index of the smallest element, the first of several; zeros of either sign are equal. That of the first NaN if there is one; -1 for an empty span. Two passes, of which the second
    /// ends at the element.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static int ArgMin<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => FirstOf(x, Min(x));

    /// <summary>The sum of absolute values, with the error bound of <see cref="Reduce"/>; 0 for an empty span.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T SumOfMagnitudes<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LaneReduction.Run(default(MagnitudeSumMap<T>), x, x);

    /// <inheritdoc cref="SumOfMagnitudes{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T SumOfMagnitudes<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneReduction.Run(default(MagnitudeSumMap<T>), x, x, Require.NotNull(workers));

    /// <summary>
    /// The sums of the first elements: destination[i] = destination[i - 1] + x[i], rounded in this order. With u the unit of rounding, element i is wrong by at most i u sum_{j &lt;= i} |x_j|,
    /// to first order: where that is too much and only the last one is wanted, prefer <see cref="Sum{T}(ReadOnlySpan{T})"/>.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    /// <param name="destination">The sums; may be the elements.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void CumulativeSum<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LaneLoop.CheckSpans(x, destination, nameof(x));
        T sum = T.Zero;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i];
            destination[i] = T.IsNaN(sum) ? T.NaN : sum;
        }
    }

    private static T MinOf<T>(ReadOnlySpan<T> x, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T result = LaneReduction.Run(default(NegatedMaxMap<T>), x, x, workers);
        return T.IsNaN(result) ? result : -result;
    }

    private static int FirstOf<T>(ReadOnlySpan<T> x, T value) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (T.IsNaN(value))
        {
            for (int i = 0; i < x.Length; i++)
            {
                if (T.IsNaN(x[i]))
                    return i;
            }

            return -1;
        }

        int from = 0;
        if (Vector128.IsHardwareAccelerated && (typeof(T) == typeof(double) || typeof(T) == typeof(float)))
        {
            ref T start = ref MemoryMarshal.GetReference(x);
            Lanes256<T> wanted = Lanes256<T>.All(value);
            while (from + Lanes256<T>.Count <= x.Length && !Lanes256<T>.Any(Lanes256<T>.Equal(Lanes256<T>.Load(ref start, (nuint)from), wanted)))
                from += Lanes256<T>.Count;
        }

        for (; from < x.Length; from++)
        {
            if (x[from] == value)
                return from;
        }

        return -1;
    }
}
