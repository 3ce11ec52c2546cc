using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Neighbors;

/// <summary>What a metric does with the difference of two coordinates, and between power sums and distances.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal interface IPointMetric<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether the vector forms of the operations exist.</summary>
    static abstract bool IsVectorized { get; }

    /// <summary>
    /// The factor by which a lower bound is reduced before it is compared: 1 where every operation is monotonic in its rounded form too, so that the
    /// bound of a box never exceeds the power sum of a point in it, bit for bit.
    /// </summary>
    static abstract T BoundFactor { get; }

    /// <summary>Adds the term of a difference.</summary>
    T Join(T sum, T difference);

    /// <summary>Adds the terms of differences, lane by lane.</summary>
    Vector256<T> Join(Vector256<T> sum, Vector256<T> difference);

    /// <summary>Joins two sums.</summary>
    static abstract T Merge(T a, T b);

    /// <summary>Joins two sums, lane by lane.</summary>
    static abstract Vector256<T> Merge(Vector256<T> a, Vector256<T> b);

    /// <summary>The distance of a power sum.</summary>
    T Root(T sum);

    /// <summary>The power sum of a distance.</summary>
    T Raise(T distance);
}

/// <summary>
/// Power sums and products of two points. The order of operations is fixed by the dimension alone: two accumulators of 32 bytes, whose lanes are joined
/// in halves, then the rest one coordinate at a time.
/// </summary>
internal static class PointKernels
{
    /// <summary>The power sum of x - y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PowerSum<T, TMetric>(TMetric metric, ref readonly T x, ref readonly T y, int dimension)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        ref T xs = ref Unsafe.AsRef(in x);
        ref T ys = ref Unsafe.AsRef(in y);
        nuint i = 0, length = (nuint)dimension;
        T sum = T.Zero;
        if (TMetric.IsVectorized && length >= (nuint)Vector256<T>.Count)
        {
            nuint width = (nuint)Vector256<T>.Count;
            Vector256<T> a = Vector256<T>.Zero, b = Vector256<T>.Zero;
            for (; i + (2 * width) <= length; i += 2 * width)
            {
                a = metric.Join(a, Vector256.LoadUnsafe(ref xs, i) - Vector256.LoadUnsafe(ref ys, i));
                b = metric.Join(b, Vector256.LoadUnsafe(ref xs, i + width) - Vector256.LoadUnsafe(ref ys, i + width));
            }

            if (i + width <= length)
            {
                a = metric.Join(a, Vector256.LoadUnsafe(ref xs, i) - Vector256.LoadUnsafe(ref ys, i));
                i += width;
            }

            sum = Fold<T, TMetric>(TMetric.Merge(a, b));
        }

        for (; i < length; i++)
            sum = metric.Join(sum, Unsafe.Add(ref xs, i) - Unsafe.Add(ref ys, i));
        return sum;
    }

    /// <summary>
    /// The power sum of the distance from a point to a box, by the same operations in the same order as <see cref="PowerSum"/>. Each of its differences is at
    /// most that of any point of the box, and rounding is monotonic, hence so is the whole.
    /// </summary>
    public static T BoxBound<T, TMetric>(TMetric metric, ref readonly T x, ref readonly T low, ref readonly T high, int dimension)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        ref T xs = ref Unsafe.AsRef(in x);
        ref T lows = ref Unsafe.AsRef(in low);
        ref T highs = ref Unsafe.AsRef(in high);
        nuint i = 0, length = (nuint)dimension;
        T sum = T.Zero;
        if (TMetric.IsVectorized && length >= (nuint)Vector256<T>.Count)
        {
            nuint width = (nuint)Vector256<T>.Count;
            Vector256<T> a = Vector256<T>.Zero, b = Vector256<T>.Zero;
            for (; i + (2 * width) <= length; i += 2 * width)
            {
                a = metric.Join(a, Outside(ref xs, ref lows, ref highs, i));
                b = metric.Join(b, Outside(ref xs, ref lows, ref highs, i + width));
            }

            if (i + width <= length)
            {
                a = metric.Join(a, Outside(ref xs, ref lows, ref highs, i));
                i += width;
            }

            sum = Fold<T, TMetric>(TMetric.Merge(a, b));
        }

        for (; i < length; i++)
        {
            T coordinate = Unsafe.Add(ref xs, i);
            T below = Unsafe.Add(ref lows, i) - coordinate, above = coordinate - Unsafe.Add(ref highs, i);
            sum = metric.Join(sum, below > T.Zero ? below : above > T.Zero ? above : T.Zero);
        }

        return sum * TMetric.BoundFactor;
    }

    /// <summary>The inner product of x and y.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Dot<T>(ref readonly T x, ref readonly T y, int dimension) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T xs = ref Unsafe.AsRef(in x);
        ref T ys = ref Unsafe.AsRef(in y);
        nuint i = 0, length = (nuint)dimension;
        T sum = T.Zero;
        if (VectorKernels.IsVectorized<T>() && length >= (nuint)Vector256<T>.Count)
        {
            nuint width = (nuint)Vector256<T>.Count;
            Vector256<T> a = Vector256<T>.Zero, b = Vector256<T>.Zero;
            for (; i + (2 * width) <= length; i += 2 * width)
            {
                a = VectorKernels.Fma(Vector256.LoadUnsafe(ref xs, i), Vector256.LoadUnsafe(ref ys, i), a);
                b = VectorKernels.Fma(Vector256.LoadUnsafe(ref xs, i + width), Vector256.LoadUnsafe(ref ys, i + width), b);
            }

            if (i + width <= length)
            {
                a = VectorKernels.Fma(Vector256.LoadUnsafe(ref xs, i), Vector256.LoadUnsafe(ref ys, i), a);
                i += width;
            }

            sum = Fold<T, EuclideanMetric<T>>(a + b);
        }

        for (; i < length; i++)
            sum = T.FusedMultiplyAdd(Unsafe.Add(ref xs, i), Unsafe.Add(ref ys, i), sum);
        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Outside<T>(ref T x, ref T low, ref T high, nuint i) where T : unmanaged
    {
        Vector256<T> point = Vector256.LoadUnsafe(ref x, i);
        return Vector256.Max(Vector256.Max(Vector256.LoadUnsafe(ref low, i) - point, point - Vector256.LoadUnsafe(ref high, i)), Vector256<T>.Zero);
    }

    /// <summary>Joins lane j with lane j + half, until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Fold<T, TMetric>(Vector256<T> lanes)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TMetric : struct, IPointMetric<T>
    {
        lanes = TMetric.Merge(lanes, Vector256.Create(lanes.GetUpper(), lanes.GetUpper()));
        Vector128<T> half = lanes.GetLower();
        if (Vector256<T>.Count == 4)
            return TMetric.Merge(half[0], half[1]);
        return TMetric.Merge(TMetric.Merge(half[0], half[2]), TMetric.Merge(half[1], half[3]));
    }
}

/// <summary>sum d^2.</summary>
internal readonly struct EuclideanMetric<T> : IPointMetric<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVectorized => VectorKernels.IsVectorized<T>();

    public static T BoundFactor => T.One;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Join(T sum, T difference) => T.FusedMultiplyAdd(difference, difference, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Join(Vector256<T> sum, Vector256<T> difference) => VectorKernels.Fma(difference, difference, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge(T a, T b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Merge(Vector256<T> a, Vector256<T> b) => a + b;

    public T Root(T sum) => T.Sqrt(sum);

    public T Raise(T distance) => distance * distance;
}

/// <summary>sum |d|.</summary>
internal readonly struct ManhattanMetric<T> : IPointMetric<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVectorized => VectorKernels.IsVectorized<T>();

    public static T BoundFactor => T.One;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Join(T sum, T difference) => sum + T.Abs(difference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Join(Vector256<T> sum, Vector256<T> difference) => sum + Vector256.Abs(difference);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge(T a, T b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Merge(Vector256<T> a, Vector256<T> b) => a + b;

    public T Root(T sum) => sum;

    public T Raise(T distance) => distance;
}

/// <summary>max |d|.</summary>
internal readonly struct ChebyshevMetric<T> : IPointMetric<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVectorized => VectorKernels.IsVectorized<T>();

    public static T BoundFactor => T.One;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Join(T sum, T difference) => T.Max(sum, T.Abs(difference));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector256<T> Join(Vector256<T> sum, Vector256<T> difference) => Vector256.Max(sum, Vector256.Abs(difference));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Merge(T a, T b) => T.Max(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Merge(Vector256<T> a, Vector256<T> b) => Vector256.Max(a, b);

    public T Root(T sum) => sum;

    public T Raise(T distance) => distance;
}

/// <summary>sum |d|^p, by our own logarithm and exponential, so that every processor gives the same bits.</summary>
internal readonly struct PowerMetric<T>(double p) : IPointMetric<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static bool IsVectorized => false;

    // |p ln d| of at most 745 with a relative error of 2^-51 makes a relative error of 4e-13 in a power; rounding to T adds its own.
    public static T BoundFactor => T.CreateTruncating(typeof(T) == typeof(double) ? 1 - 1e-11 : 1 - 1e-5);

    public T Join(T sum, T difference) => sum + T.CreateTruncating(Pow(double.CreateTruncating(T.Abs(difference)), p));

    public Vector256<T> Join(Vector256<T> sum, Vector256<T> difference) => throw new UnreachableException("Powers have no vector form; IsVectorized says so.");

    public static T Merge(T a, T b) => a + b;

    public static Vector256<T> Merge(Vector256<T> a, Vector256<T> b) => throw new UnreachableException("Powers have no vector form; IsVectorized says so.");

    public T Root(T sum) => T.CreateTruncating(Pow(double.CreateTruncating(sum), 1 / p));

    public T Raise(T distance) => T.CreateTruncating(Pow(double.CreateTruncating(distance), p));

    private static double Pow(double x, double power) =>
        x == 0 ? 0 : double.IsInfinity(x) ? x : LaneMath.Exp(new Lanes1<double>(power * LaneMath.Log(new Lanes1<double>(x)).Value)).Value;
}
