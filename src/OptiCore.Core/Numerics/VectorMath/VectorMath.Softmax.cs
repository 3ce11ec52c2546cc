using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    // Rows of a softmax that are computed together: their elements stay in the first-level cache.
    private const int MostRows = 32, CachedElements = 2048;

    /// <summary>
    /// exp(x_i) / sum_j exp(x_j), by way of the differences from the largest element, so that nothing overflows. Zeros and positive numbers that sum to 1 up to rounding; NaN throughout where an element
    /// is NaN or infinity, or all are -infinity; nothing for an empty span. The relative error of an element is at most that of the sum (see <see cref="Reduce"/>) and 3 units in the last place.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The logits.</param>
    /// <param name="destination">The probabilities; may be the logits.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Softmax<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LaneLoop.CheckSpans(x, destination, nameof(x));
        if (!x.IsEmpty)
            SoftmaxRows(x, x.Length, destination);
    }

    /// <summary><see cref="Softmax{T}(ReadOnlySpan{T}, Span{T})"/> of each row of a matrix, with the bits that the row alone would have.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The logits, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="destination">The probabilities; may be the logits.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of the columns, or the spans overlap without being the same.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of columns is not positive.</exception>
    public static void Softmax<T>(ReadOnlySpan<T> x, int columns, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckRows(x, columns, destination);
        int block = columns * Math.Clamp(CachedElements / columns, 1, MostRows);
        for (int from = 0; from < x.Length; from += block)
        {
            int count = Math.Min(block, x.Length - from);
            SoftmaxRows(x.Slice(from, count), columns, destination.Slice(from, count));
        }
    }

    /// <summary>
    /// x_i - ln sum_j exp(x_j), the logarithm of <see cref="Softmax{T}(ReadOnlySpan{T}, Span{T})"/> with all digits where that underflows. NaN throughout where an element is NaN or infinity, or all are -infinity;
    /// nothing for an empty span. The error is that of <see cref="Reduce.LogSumExp{T}(ReadOnlySpan{T})"/> and one rounding of each of two differences.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The logits.</param>
    /// <param name="destination">The logarithms of the probabilities; may be the logits.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void LogSoftmax<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LaneLoop.CheckSpans(x, destination, nameof(x));
        LogSoftmaxRow(x, destination);
    }

    /// <summary><see cref="LogSoftmax{T}(ReadOnlySpan{T}, Span{T})"/> of each row of a matrix, with the bits that the row alone would have.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The logits, row after row.</param>
    /// <param name="columns">The elements of a row.</param>
    /// <param name="destination">The logarithms of the probabilities; may be the logits.</param>
    /// <exception cref="ArgumentException">The lengths differ or are no multiple of the columns, or the spans overlap without being the same.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number of columns is not positive.</exception>
    public static void LogSoftmax<T>(ReadOnlySpan<T> x, int columns, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckRows(x, columns, destination);
        if (columns <= ShortColumns && x.Length >= 8 * columns)
        {
            LogSoftmaxShortRows(x, columns, destination);
            return;
        }

        for (int from = 0; from < x.Length; from += columns)
            LogSoftmaxRow(x.Slice(from, columns), destination.Slice(from, columns));
    }

    private static void CheckRows<T>(ReadOnlySpan<T> x, int columns, Span<T> destination)
    {
        Require.Positive(columns, nameof(columns));
        if (x.Length % columns != 0)
            throw new ArgumentException($"{x.Length} elements are no whole number of rows of {columns}.", nameof(x));
        LaneLoop.CheckSpans(x, destination, nameof(x));
    }

    /// <summary>A few rows, one step of all of them after the other: the steps of one short row would wait for each other's last results.</summary>
    [SkipLocalsInit]
    private static void SoftmaxRows<T>(ReadOnlySpan<T> x, int columns, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> scales = stackalloc T[MostRows];
        int rows = x.Length / columns;
        for (int i = 0; i < rows; i++)
            scales[i] = Reduce.Max(x.Slice(i * columns, columns));
        for (int i = 0; i < rows; i++)
            FloatLoop.Map(new ShiftedExpFunction(double.CreateTruncating(scales[i])), x.Slice(i * columns, columns), destination.Slice(i * columns, columns));
        for (int i = 0; i < rows; i++)
            scales[i] = Reduce.Sum<T>(destination.Slice(i * columns, columns));
        for (int i = 0; i < rows; i++)
            TensorPrimitives.Divide(destination.Slice(i * columns, columns), scales[i], destination.Slice(i * columns, columns));
    }

    private static void LogSoftmaxRow<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T largest = Reduce.Max(x);
        T sum = LaneReduction.Run(new ShiftedExpMap<T>(largest), x, x);

        // The largest element apart, so that a common offset of the logits costs no digits.
        LaneLoop.Map(new DifferenceFunction(double.CreateTruncating(largest), double.CreateTruncating(Log(sum))), x, destination);
    }
}

/// <summary>e^(x - origin).</summary>
internal readonly struct ShiftedExpFunction(double origin) : IFloatFunction
{
    /// <summary>The difference of floats as a sum of two: logits of a hundred less than the largest count too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L difference = LaneSums.Sum(x, L.All((float)-origin), out L low);
        return FloatExponentialLanes.ExpOfSum(difference, low, out usual);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ExponentialLanes.Exp(x - L.All(origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Exp(x - L.All(origin));
}

/// <summary>(x - first) - second.</summary>
internal readonly struct DifferenceFunction(double first, double second) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => (x - L.All(first)) - L.All(second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => (x - L.All(first)) - L.All(second);
}
