using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>The element-wise product of complex numbers.</summary>
internal static unsafe class ComplexProduct
{
    /// <summary>product[i] = scale a[i] b[i]; the exchanges of the parts stand for the inverse direction of a transform.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply<T>(T* a, T* b, T* product, int count, bool exchangeIn, bool exchangeOut, T scale) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int width = Vector256<T>.Count, i = 0;
        Vector256<T> factor = Vector256.Create(scale);
        for (; i <= count - width; i += width)
        {
            Lanes.LoadPairs(a + (2 * i), out Vector256<T> ar, out Vector256<T> ai);
            Lanes.LoadPairs(b + (2 * i), out Vector256<T> br, out Vector256<T> bi);
            if (exchangeIn)
                (ar, ai) = (ai, ar);
            Vector256<T> re = factor * Lanes.MultiplySubtract(ar, br, ai * bi), im = factor * Lanes.MultiplyAdd(ar, bi, ai * br);
            if (exchangeOut)
                (re, im) = (im, re);
            Lanes.StorePairs(product + (2 * i), re, im);
        }

        for (; i < count; i++)
        {
            T ar = a[2 * i], ai = a[(2 * i) + 1], br = b[2 * i], bi = b[(2 * i) + 1];
            if (exchangeIn)
                (ar, ai) = (ai, ar);
            T re = scale * T.FusedMultiplyAdd(ar, br, -(ai * bi)), im = scale * T.FusedMultiplyAdd(ar, bi, ai * br);
            if (exchangeOut)
                (re, im) = (im, re);
            product[2 * i] = re;
            product[(2 * i) + 1] = im;
        }
    }

    /// <summary>a[i] = a[i] b[i].</summary>
    public static void Multiply<T>(Span<T> a, ReadOnlySpan<T> b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        fixed (T* pa = a, pb = b)
            Multiply(pa, pb, pa, a.Length / 2, false, false, T.One);
    }
}
