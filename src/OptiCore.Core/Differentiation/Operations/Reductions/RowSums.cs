using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// Sums over rows within a kernel, the same bits on all hardware: of short ones two accumulators of 256 bits, folded in a fixed order, then what is left; long ones by <see cref="Reduce"/>.
/// </summary>
internal static unsafe class RowSums
{
    // Up to here a lane adds so few terms that their roundings don't matter, and a call costs more than the sum.
    private const int Short = 512;

    /// <summary>The sum of the x_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sum<T>(T* x, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (n > Short)
            return Reduce.Sum(new ReadOnlySpan<T>(x, n));
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> first = Vector256<T>.Zero, second = first;
        for (; i <= n - (2 * width); i += 2 * width)
        {
            first += Vector256.Load(x + i);
            second += Vector256.Load(x + i + width);
        }

        if (i <= n - width)
        {
            first += Vector256.Load(x + i);
            i += width;
        }

        T sum = Fold(first + second);
        for (; i < n; i++)
            sum += x[i];
        return sum;
    }

    /// <summary>The sum of the x_i y_i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Dot<T>(T* x, T* y, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (n > Short)
            return Reduce.Dot(new ReadOnlySpan<T>(x, n), new ReadOnlySpan<T>(y, n));
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> first = Vector256<T>.Zero, second = first;
        for (; i <= n - (2 * width); i += 2 * width)
        {
            first += Vector256.Load(x + i) * Vector256.Load(y + i);
            second += Vector256.Load(x + i + width) * Vector256.Load(y + i + width);
        }

        if (i <= n - width)
        {
            first += Vector256.Load(x + i) * Vector256.Load(y + i);
            i += width;
        }

        T sum = Fold(first + second);
        for (; i < n; i++)
            sum += x[i] * y[i];
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Fold<T>(Vector256<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector128<T> half = x.GetLower() + x.GetUpper();
        return Vector128<T>.Count == 4
            ? (half.GetElement(0) + half.GetElement(2)) + (half.GetElement(1) + half.GetElement(3))
            : half.GetElement(0) + half.GetElement(1);
    }
}
