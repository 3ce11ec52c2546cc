using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Fourier;

/// <summary>
/// The moves between vectors below the transforms. Every algorithm of this folder is written for vectors of 256 bits, whatever the hardware has, so
/// that the operations behind each element are the same everywhere.
/// </summary>
internal static class Lanes
{
    /// <summary>a b - c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplySubtract<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c)
    {
        if (Fma.IsSupported)
        {
            return typeof(T) == typeof(double)
                ? Fma.MultiplySubtract(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
                : Fma.MultiplySubtract(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        return MultiplyAdd(a, b, -c);
    }

    /// <summary>c - a b with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> SubtractProduct<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c)
    {
        if (Fma.IsSupported)
        {
            return typeof(T) == typeof(double)
                ? Fma.MultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
                : Fma.MultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();
        }

        return MultiplyAdd(-a, b, c);
    }

    /// <summary>a b + c with one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(double)
        ? Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>The first elements of each half of a and b in turn: a0 b0 a2 b2 for doubles, a0 b0 a1 b1 | a4 b4 a5 b5 for floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> UnpackLow<T>(Vector256<T> a, Vector256<T> b)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(double)
                ? Avx.UnpackLow(a.AsDouble(), b.AsDouble()).As<double, T>()
                : Avx.UnpackLow(a.AsSingle(), b.AsSingle()).As<float, T>();
        }

        return Vector256.Create(UnpackLow(a.GetLower(), b.GetLower()), UnpackLow(a.GetUpper(), b.GetUpper()));
    }

    /// <summary>The counterpart of <see cref="UnpackLow{T}(Vector256{T}, Vector256{T})"/>: a1 b1 a3 b3, or a2 b2 a3 b3 | a6 b6 a7 b7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> UnpackHigh<T>(Vector256<T> a, Vector256<T> b)
    {
        if (Avx.IsSupported)
        {
            return typeof(T) == typeof(double)
                ? Avx.UnpackHigh(a.AsDouble(), b.AsDouble()).As<double, T>()
                : Avx.UnpackHigh(a.AsSingle(), b.AsSingle()).As<float, T>();
        }

        return Vector256.Create(UnpackHigh(a.GetLower(), b.GetLower()), UnpackHigh(a.GetUpper(), b.GetUpper()));
    }

    /// <summary>The lower halves of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LowerHalves<T>(Vector256<T> a, Vector256<T> b) => Avx.IsSupported
        ? Avx.Permute2x128(a.AsDouble(), b.AsDouble(), 0x20).As<double, T>()
        : Vector256.Create(a.GetLower(), b.GetLower());

    /// <summary>The upper halves of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> UpperHalves<T>(Vector256<T> a, Vector256<T> b) => Avx.IsSupported
        ? Avx.Permute2x128(a.AsDouble(), b.AsDouble(), 0x31).As<double, T>()
        : Vector256.Create(a.GetUpper(), b.GetUpper());

    /// <summary>The elements in the opposite order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Reverse<T>(Vector256<T> a) => typeof(T) == typeof(double)
        ? Vector256.Shuffle(a.AsDouble(), Vector256.Create(3L, 2, 1, 0)).As<double, T>()
        : Vector256.Shuffle(a.AsSingle(), Vector256.Create(7, 6, 5, 4, 3, 2, 1, 0)).As<float, T>();

    /// <summary>Reads complex numbers that lie as (re, im) pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void LoadPairs<T>(T* at, out Vector256<T> re, out Vector256<T> im) where T : unmanaged
    {
        int half = Vector128<T>.Count;
        Vector256<T> c = Vector256.Create(Vector128.Load(at), Vector128.Load(at + (2 * half)));
        Vector256<T> d = Vector256.Create(Vector128.Load(at + half), Vector128.Load(at + (3 * half)));
        if (typeof(T) == typeof(double))
        {
            re = UnpackLow(c, d);
            im = UnpackHigh(c, d);
        }
        else if (Avx.IsSupported)
        {
            re = Avx.Shuffle(c.AsSingle(), d.AsSingle(), 0b10_00_10_00).As<float, T>();
            im = Avx.Shuffle(c.AsSingle(), d.AsSingle(), 0b11_01_11_01).As<float, T>();
        }
        else
        {
            // c = r0 i0 r1 i1 | r4 i4 r5 i5 and d = r2 i2 r3 i3 | r6 i6 r7 i7: twice the perfect shuffle.
            Vector256<T> low = UnpackLow(c, d), high = UnpackHigh(c, d);
            re = UnpackLow(low, high);
            im = UnpackHigh(low, high);
        }
    }

    /// <summary>Writes complex numbers as (re, im) pairs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void StorePairs<T>(T* at, Vector256<T> re, Vector256<T> im) where T : unmanaged
    {
        Vector256<T> low = UnpackLow(re, im), high = UnpackHigh(re, im);
        LowerHalves(low, high).Store(at);
        UpperHalves(low, high).Store(at + Vector256<T>.Count);
    }

    /// <summary>Writes the transpose of a square of one vector per row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Transpose<T>(T* from, nint fromStride, T* to, nint toStride) where T : unmanaged
    {
        if (typeof(T) == typeof(double))
        {
            Vector256<T> a0 = Vector256.Load(from), a1 = Vector256.Load(from + fromStride);
            Vector256<T> a2 = Vector256.Load(from + (2 * fromStride)), a3 = Vector256.Load(from + (3 * fromStride));
            Vector256<T> t0 = UnpackLow(a0, a1), t1 = UnpackHigh(a0, a1), t2 = UnpackLow(a2, a3), t3 = UnpackHigh(a2, a3);
            LowerHalves(t0, t2).Store(to);
            LowerHalves(t1, t3).Store(to + toStride);
            UpperHalves(t0, t2).Store(to + (2 * toStride));
            UpperHalves(t1, t3).Store(to + (3 * toStride));
        }
        else
        {
            Columns(from, fromStride, out Vector256<T> p0, out Vector256<T> p1, out Vector256<T> p2, out Vector256<T> p3);
            Columns(from + (4 * fromStride), fromStride, out Vector256<T> q0, out Vector256<T> q1, out Vector256<T> q2, out Vector256<T> q3);
            LowerHalves(p0, q0).Store(to);
            LowerHalves(p1, q1).Store(to + toStride);
            LowerHalves(p2, q2).Store(to + (2 * toStride));
            LowerHalves(p3, q3).Store(to + (3 * toStride));
            UpperHalves(p0, q0).Store(to + (4 * toStride));
            UpperHalves(p1, q1).Store(to + (5 * toStride));
            UpperHalves(p2, q2).Store(to + (6 * toStride));
            UpperHalves(p3, q3).Store(to + (7 * toStride));
        }
    }

    /// <summary>The transposes of the two 4 x 4 halves of four rows of floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Columns<T>(T* from, nint stride, out Vector256<T> c0, out Vector256<T> c1, out Vector256<T> c2, out Vector256<T> c3) where T : unmanaged
    {
        Vector256<T> a0 = Vector256.Load(from), a1 = Vector256.Load(from + stride), a2 = Vector256.Load(from + (2 * stride)), a3 = Vector256.Load(from + (3 * stride));
        Vector256<double> t0 = UnpackLow(a0, a1).AsDouble(), t1 = UnpackHigh(a0, a1).AsDouble(), t2 = UnpackLow(a2, a3).AsDouble(), t3 = UnpackHigh(a2, a3).AsDouble();
        c0 = UnpackLow(t0, t2).As<double, T>();
        c1 = UnpackHigh(t0, t2).As<double, T>();
        c2 = UnpackLow(t1, t3).As<double, T>();
        c3 = UnpackHigh(t1, t3).As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> UnpackLow<T>(Vector128<T> a, Vector128<T> b)
    {
        if (typeof(T) == typeof(double))
        {
            if (Sse2.IsSupported)
                return Sse2.UnpackLow(a.AsDouble(), b.AsDouble()).As<double, T>();
            return AdvSimd.Arm64.IsSupported
                ? AdvSimd.Arm64.ZipLow(a.AsDouble(), b.AsDouble()).As<double, T>()
                : Vector128.Create(a.AsDouble()[0], b.AsDouble()[0]).As<double, T>();
        }

        if (Sse.IsSupported)
            return Sse.UnpackLow(a.AsSingle(), b.AsSingle()).As<float, T>();
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipLow(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Vector128.Create(a.AsSingle()[0], b.AsSingle()[0], a.AsSingle()[1], b.AsSingle()[1]).As<float, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<T> UnpackHigh<T>(Vector128<T> a, Vector128<T> b)
    {
        if (typeof(T) == typeof(double))
        {
            if (Sse2.IsSupported)
                return Sse2.UnpackHigh(a.AsDouble(), b.AsDouble()).As<double, T>();
            return AdvSimd.Arm64.IsSupported
                ? AdvSimd.Arm64.ZipHigh(a.AsDouble(), b.AsDouble()).As<double, T>()
                : Vector128.Create(a.AsDouble()[1], b.AsDouble()[1]).As<double, T>();
        }

        if (Sse.IsSupported)
            return Sse.UnpackHigh(a.AsSingle(), b.AsSingle()).As<float, T>();
        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.ZipHigh(a.AsSingle(), b.AsSingle()).As<float, T>()
            : Vector128.Create(a.AsSingle()[2], b.AsSingle()[2], a.AsSingle()[3], b.AsSingle()[3]).As<float, T>();
    }
}
