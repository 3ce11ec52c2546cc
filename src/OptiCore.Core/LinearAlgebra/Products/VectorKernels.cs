using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using X86Fma = System.Runtime.Intrinsics.X86.Fma;

namespace OptiCore.LinearAlgebra;

/// <summary>The element-wise loops below the linear algebra. Each element's operations are fixed, so that its bits don't depend on the vector width.</summary>
internal static class VectorKernels
{
    /// <summary>a b + c with one rounding, on all hardware.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Fma<T>(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(double)
        ? Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>a b + c with one rounding, on all hardware.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Fma<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(double)
        ? Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>a b + c with one rounding, on all hardware.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Fma<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(double)
        ? Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
        : Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>c - a b with one rounding, on all hardware. The instruction is asked for, because the compiler would negate a first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FmaNegated<T>(Vector128<T> a, Vector128<T> b, Vector128<T> c) => !X86Fma.IsSupported
        ? Fma(-a, b, c)
        : typeof(T) == typeof(double)
            ? X86Fma.MultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
            : X86Fma.MultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>c - a b with one rounding, on all hardware. The instruction is asked for, because the compiler would negate a first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FmaNegated<T>(Vector256<T> a, Vector256<T> b, Vector256<T> c) => !X86Fma.IsSupported
        ? Fma(-a, b, c)
        : typeof(T) == typeof(double)
            ? X86Fma.MultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
            : X86Fma.MultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>c - a b with one rounding, on all hardware. The instruction is asked for, because the compiler would negate a first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FmaNegated<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c) => !Avx512F.IsSupported
        ? Fma(-a, b, c)
        : typeof(T) == typeof(double)
            ? Avx512F.FusedMultiplyAddNegated(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>()
            : Avx512F.FusedMultiplyAddNegated(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>();

    /// <summary>Whether <see cref="Fma{T}(Vector256{T}, Vector256{T}, Vector256{T})"/> exists for the type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsVectorized<T>() => typeof(T) == typeof(double) || typeof(T) == typeof(float);

    /// <summary>y[i] = fma(alpha, x[i], y[i]).</summary>
    public static void AddScaled<T>(T alpha, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref T xs = ref MemoryMarshal.GetReference(x);
        ref T ys = ref MemoryMarshal.GetReference(y);
        nuint i = 0, length = (nuint)Math.Min(x.Length, y.Length);
        if (IsVectorized<T>())
        {
            Vector256<T> scale = Vector256.Create(alpha);
            for (; i + (nuint)Vector256<T>.Count <= length; i += (nuint)Vector256<T>.Count)
                Fma(scale, Vector256.LoadUnsafe(ref xs, i), Vector256.LoadUnsafe(ref ys, i)).StoreUnsafe(ref ys, i);
        }

        if (IsVectorized<T>() && i + (nuint)Vector128<T>.Count <= length)
        {
            Fma(Vector128.Create(alpha), Vector128.LoadUnsafe(ref xs, i), Vector128.LoadUnsafe(ref ys, i)).StoreUnsafe(ref ys, i);
            i += (nuint)Vector128<T>.Count;
        }

        for (; i < length; i++)
            Unsafe.Add(ref ys, i) = T.FusedMultiplyAdd(alpha, Unsafe.Add(ref xs, i), Unsafe.Add(ref ys, i));
    }
}
