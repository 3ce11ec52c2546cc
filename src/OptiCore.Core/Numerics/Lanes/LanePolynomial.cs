using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Polynomials of lanes with fused multiply-add; the coefficients come in rising powers.</summary>
/// <remarks>
/// Up to ten coefficients one chain (Horner's rule), as the processor works on the chains of several registers at a time; two chains in t^2 up to fifteen and four in t^4 beyond, because whole
/// functions that long fill its window of instructions. The overloads are written out because the compiler unrolls no loop over coefficients.
/// </remarks>
internal static class LanePolynomial
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c3), L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c4), L.All(c3));
        p = L.Fma(p, t, L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c5), L.All(c4));
        p = L.Fma(p, t, L.All(c3));
        p = L.Fma(p, t, L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c6), L.All(c5));
        p = L.Fma(p, t, L.All(c4));
        p = L.Fma(p, t, L.All(c3));
        p = L.Fma(p, t, L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c7), L.All(c6));
        p = L.Fma(p, t, L.All(c5));
        p = L.Fma(p, t, L.All(c4));
        p = L.Fma(p, t, L.All(c3));
        p = L.Fma(p, t, L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8) where L : struct, ILanes<L, double>
    {
        L p = L.Fma(t, L.All(c8), L.All(c7));
        p = L.Fma(p, t, L.All(c6));
        p = L.Fma(p, t, L.All(c5));
        p = L.Fma(p, t, L.All(c4));
        p = L.Fma(p, t, L.All(c3));
        p = L.Fma(p, t, L.All(c2));
        p = L.Fma(p, t, L.All(c1));
        p = L.Fma(p, t, L.All(c0));
        return p;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10) where L : struct, ILanes<L, double>
    {
        L square = t * t;
        L even = L.Fma(square, L.All(c10), L.All(c8));
        even = L.Fma(even, square, L.All(c6));
        even = L.Fma(even, square, L.All(c4));
        even = L.Fma(even, square, L.All(c2));
        even = L.Fma(even, square, L.All(c0));
        L odd = L.Fma(square, L.All(c9), L.All(c7));
        odd = L.Fma(odd, square, L.All(c5));
        odd = L.Fma(odd, square, L.All(c3));
        odd = L.Fma(odd, square, L.All(c1));
        return L.Fma(odd, t, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11) where L : struct, ILanes<L, double>
    {
        L square = t * t;
        L even = L.Fma(square, L.All(c10), L.All(c8));
        even = L.Fma(even, square, L.All(c6));
        even = L.Fma(even, square, L.All(c4));
        even = L.Fma(even, square, L.All(c2));
        even = L.Fma(even, square, L.All(c0));
        L odd = L.Fma(square, L.All(c11), L.All(c9));
        odd = L.Fma(odd, square, L.All(c7));
        odd = L.Fma(odd, square, L.All(c5));
        odd = L.Fma(odd, square, L.All(c3));
        odd = L.Fma(odd, square, L.All(c1));
        return L.Fma(odd, t, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12) where L : struct, ILanes<L, double>
    {
        L square = t * t;
        L even = L.Fma(square, L.All(c12), L.All(c10));
        even = L.Fma(even, square, L.All(c8));
        even = L.Fma(even, square, L.All(c6));
        even = L.Fma(even, square, L.All(c4));
        even = L.Fma(even, square, L.All(c2));
        even = L.Fma(even, square, L.All(c0));
        L odd = L.Fma(square, L.All(c11), L.All(c9));
        odd = L.Fma(odd, square, L.All(c7));
        odd = L.Fma(odd, square, L.All(c5));
        odd = L.Fma(odd, square, L.All(c3));
        odd = L.Fma(odd, square, L.All(c1));
        return L.Fma(odd, t, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12, double c13) where L : struct, ILanes<L, double>
    {
        L square = t * t;
        L even = L.Fma(square, L.All(c12), L.All(c10));
        even = L.Fma(even, square, L.All(c8));
        even = L.Fma(even, square, L.All(c6));
        even = L.Fma(even, square, L.All(c4));
        even = L.Fma(even, square, L.All(c2));
        even = L.Fma(even, square, L.All(c0));
        L odd = L.Fma(square, L.All(c13), L.All(c11));
        odd = L.Fma(odd, square, L.All(c9));
        odd = L.Fma(odd, square, L.All(c7));
        odd = L.Fma(odd, square, L.All(c5));
        odd = L.Fma(odd, square, L.All(c3));
        odd = L.Fma(odd, square, L.All(c1));
        return L.Fma(odd, t, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12, double c13, double c14) where L : struct, ILanes<L, double>
    {
        L square = t * t;
        L even = L.Fma(square, L.All(c14), L.All(c12));
        even = L.Fma(even, square, L.All(c10));
        even = L.Fma(even, square, L.All(c8));
        even = L.Fma(even, square, L.All(c6));
        even = L.Fma(even, square, L.All(c4));
        even = L.Fma(even, square, L.All(c2));
        even = L.Fma(even, square, L.All(c0));
        L odd = L.Fma(square, L.All(c13), L.All(c11));
        odd = L.Fma(odd, square, L.All(c9));
        odd = L.Fma(odd, square, L.All(c7));
        odd = L.Fma(odd, square, L.All(c5));
        odd = L.Fma(odd, square, L.All(c3));
        odd = L.Fma(odd, square, L.All(c1));
        return L.Fma(odd, t, even);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12, double c13, double c14, double c15, double c16, double c17, double c18) where L : struct, ILanes<L, double>
    {
        L square = t * t, fourth = square * square;
        L first = L.Fma(fourth, L.All(c16), L.All(c12));
        first = L.Fma(first, fourth, L.All(c8));
        first = L.Fma(first, fourth, L.All(c4));
        first = L.Fma(first, fourth, L.All(c0));
        L second = L.Fma(fourth, L.All(c17), L.All(c13));
        second = L.Fma(second, fourth, L.All(c9));
        second = L.Fma(second, fourth, L.All(c5));
        second = L.Fma(second, fourth, L.All(c1));
        L third = L.Fma(fourth, L.All(c18), L.All(c14));
        third = L.Fma(third, fourth, L.All(c10));
        third = L.Fma(third, fourth, L.All(c6));
        third = L.Fma(third, fourth, L.All(c2));
        L last = L.Fma(fourth, L.All(c15), L.All(c11));
        last = L.Fma(last, fourth, L.All(c7));
        last = L.Fma(last, fourth, L.All(c3));
        return L.Fma(L.Fma(last, t, third), square, L.Fma(second, t, first));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L t, double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7, double c8, double c9, double c10, double c11, double c12, double c13, double c14, double c15, double c16, double c17, double c18, double c19, double c20, double c21) where L : struct, ILanes<L, double>
    {
        L square = t * t, fourth = square * square;
        L first = L.Fma(fourth, L.All(c20), L.All(c16));
        first = L.Fma(first, fourth, L.All(c12));
        first = L.Fma(first, fourth, L.All(c8));
        first = L.Fma(first, fourth, L.All(c4));
        first = L.Fma(first, fourth, L.All(c0));
        L second = L.Fma(fourth, L.All(c21), L.All(c17));
        second = L.Fma(second, fourth, L.All(c13));
        second = L.Fma(second, fourth, L.All(c9));
        second = L.Fma(second, fourth, L.All(c5));
        second = L.Fma(second, fourth, L.All(c1));
        L third = L.Fma(fourth, L.All(c18), L.All(c14));
        third = L.Fma(third, fourth, L.All(c10));
        third = L.Fma(third, fourth, L.All(c6));
        third = L.Fma(third, fourth, L.All(c2));
        L last = L.Fma(fourth, L.All(c19), L.All(c15));
        last = L.Fma(last, fourth, L.All(c11));
        last = L.Fma(last, fourth, L.All(c7));
        last = L.Fma(last, fourth, L.All(c3));
        return L.Fma(L.Fma(last, t, third), square, L.Fma(second, t, first));
    }
}
