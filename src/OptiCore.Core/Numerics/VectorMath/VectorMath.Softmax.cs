using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
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
        SoftmaxRow(x, destination);
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
        for (int from = 0; from < x.Length; from += columns)
            SoftmaxRow(x.Slice(from, columns), destination.Slice(from, columns));
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

    private static void SoftmaxRow<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LaneLoop.Map(new ShiftedExpFunction(double.CreateTruncating(Reduce.Max(x))), x, destination);
        LaneLoop.Map(new QuotientFunction(double.CreateTruncating(Reduce.Sum<T>(destination))), destination, destination);
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
internal readonly struct ShiftedExpFunction(double origin) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ExponentialLanes.Exp(x - L.All(origin));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Exp(x - L.All(origin));
}

/// <summary>x / divisor.</summary>
internal readonly struct QuotientFunction(double divisor) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => x / L.All(divisor);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => x / L.All(divisor);
}

/// <summary>(x - first) - second.</summary>
internal readonly struct DifferenceFunction(double first, double second) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => (x - L.All(first)) - L.All(second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => (x - L.All(first)) - L.All(second);
}
