using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Polynomials of lanes with fused multiply-add, c0 + c1 t + c2 t^2 + ..., with the coefficients rounded to the lanes' element.</summary>
/// <remarks>
/// Up to ten coefficients one chain (Horner's rule), as the processor works on the chains of several registers at a time; two chains in t^2 up to fifteen and four in t^4 beyond, because whole
/// functions that long fill its window of instructions. The compiler unrolls no loop over coefficients; but it drops what constants decide, so that nothing is left of those that aren't given. The
/// coefficients must therefore be literals, and the last one that is given not 0. Three methods because the compiler stops inlining where a function has too much to be read.
/// </remarks>
internal static class LanePolynomial
{
    /// <summary>Three to ten coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(
        L t,
        double c0, double c1, double c2, double c3 = 0, double c4 = 0, double c5 = 0, double c6 = 0, double c7 = 0,
        double c8 = 0, double c9 = 0)
        where L : struct, ILaneArithmetic<L>
    {
        L p = L.Constant(c9);
        p = c9 == 0 ? L.Constant(c8) : L.Fma(p, t, L.Constant(c8));
        p = c8 == 0 ? L.Constant(c7) : L.Fma(p, t, L.Constant(c7));
        p = c7 == 0 ? L.Constant(c6) : L.Fma(p, t, L.Constant(c6));
        p = c6 == 0 ? L.Constant(c5) : L.Fma(p, t, L.Constant(c5));
        p = c5 == 0 ? L.Constant(c4) : L.Fma(p, t, L.Constant(c4));
        p = c4 == 0 ? L.Constant(c3) : L.Fma(p, t, L.Constant(c3));
        p = c3 == 0 ? L.Constant(c2) : L.Fma(p, t, L.Constant(c2));
        p = L.Fma(p, t, L.Constant(c1));
        p = L.Fma(p, t, L.Constant(c0));
        return p;
    }

    /// <summary>Eleven to fifteen coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(
        L t,
        double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7,
        double c8, double c9, double c10, double c11 = 0, double c12 = 0, double c13 = 0, double c14 = 0)
        where L : struct, ILaneArithmetic<L>
    {
        L square = t * t;
        L even = L.Constant(c14);
        even = c14 == 0 ? L.Constant(c12) : L.Fma(even, square, L.Constant(c12));
        even = c12 == 0 ? L.Constant(c10) : L.Fma(even, square, L.Constant(c10));
        even = L.Fma(even, square, L.Constant(c8));
        even = L.Fma(even, square, L.Constant(c6));
        even = L.Fma(even, square, L.Constant(c4));
        even = L.Fma(even, square, L.Constant(c2));
        even = L.Fma(even, square, L.Constant(c0));
        L odd = L.Constant(c13);
        odd = c13 == 0 ? L.Constant(c11) : L.Fma(odd, square, L.Constant(c11));
        odd = c11 == 0 ? L.Constant(c9) : L.Fma(odd, square, L.Constant(c9));
        odd = L.Fma(odd, square, L.Constant(c7));
        odd = L.Fma(odd, square, L.Constant(c5));
        odd = L.Fma(odd, square, L.Constant(c3));
        odd = L.Fma(odd, square, L.Constant(c1));
        return L.Fma(odd, t, even);
    }

    /// <summary>Sixteen to twenty-two coefficients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(
        L t,
        double c0, double c1, double c2, double c3, double c4, double c5, double c6, double c7,
        double c8, double c9, double c10, double c11, double c12, double c13, double c14, double c15,
        double c16 = 0, double c17 = 0, double c18 = 0, double c19 = 0, double c20 = 0, double c21 = 0)
        where L : struct, ILaneArithmetic<L>
    {
        L square = t * t, fourth = square * square;
        L first = L.Constant(c20);
        first = c20 == 0 ? L.Constant(c16) : L.Fma(first, fourth, L.Constant(c16));
        first = c16 == 0 ? L.Constant(c12) : L.Fma(first, fourth, L.Constant(c12));
        first = L.Fma(first, fourth, L.Constant(c8));
        first = L.Fma(first, fourth, L.Constant(c4));
        first = L.Fma(first, fourth, L.Constant(c0));
        L second = L.Constant(c21);
        second = c21 == 0 ? L.Constant(c17) : L.Fma(second, fourth, L.Constant(c17));
        second = c17 == 0 ? L.Constant(c13) : L.Fma(second, fourth, L.Constant(c13));
        second = L.Fma(second, fourth, L.Constant(c9));
        second = L.Fma(second, fourth, L.Constant(c5));
        second = L.Fma(second, fourth, L.Constant(c1));
        L third = L.Constant(c18);
        third = c18 == 0 ? L.Constant(c14) : L.Fma(third, fourth, L.Constant(c14));
        third = L.Fma(third, fourth, L.Constant(c10));
        third = L.Fma(third, fourth, L.Constant(c6));
        third = L.Fma(third, fourth, L.Constant(c2));
        L last = L.Constant(c19);
        last = c19 == 0 ? L.Constant(c15) : L.Fma(last, fourth, L.Constant(c15));
        last = L.Fma(last, fourth, L.Constant(c11));
        last = L.Fma(last, fourth, L.Constant(c7));
        last = L.Fma(last, fourth, L.Constant(c3));
        return L.Fma(L.Fma(last, t, third), square, L.Fma(second, t, first));
    }
}
