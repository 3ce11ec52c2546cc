using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Numbers carried as an unevaluated sum of two, high and low, where one is not enough for the result's last place.</summary>
/// <remarks>T. J. Dekker (1971), "A floating-point technique for extending the available precision"; J.-M. Muller et al. (2018), "Handbook of Floating-Point Arithmetic", 2nd edition, chapter 4.</remarks>
internal static class LaneSums
{
    /// <summary>a + b = high + low exactly, for |a| >= |b| or a = 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L FastSum<L>(L a, L b, out L low) where L : struct, ILaneArithmetic<L>
    {
        L high = a + b;
        low = (a - high) + b;
        return high;
    }

    /// <summary>a + b = high + low exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sum<L>(L a, L b, out L low) where L : struct, ILaneArithmetic<L>
    {
        L high = a + b, part = high - a;
        low = (a - (high - part)) + (b - part);
        return high;
    }

    /// <summary>a b = high + low exactly, unless the low part is subnormal.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Product<L>(L a, L b, out L low) where L : struct, ILaneArithmetic<L>
    {
        L high = a * b;
        low = L.Fma(a, b, Negate(high));
        return high;
    }

    /// <summary>(n + nLow) / (d + dLow) with little more than the error of one rounding, by one division: the reciprocal serves the quotient and its correction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Quotient<L>(L n, L nLow, L d, L dLow) where L : struct, ILaneArithmetic<L>
    {
        L q = Quotient(n, nLow, d, dLow, out L low);
        return q + low;
    }

    /// <summary>(n + nLow) / (d + dLow) = high + low with about twice the digits of one number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Quotient<L>(L n, L nLow, L d, L dLow, out L low) where L : struct, ILaneArithmetic<L>
    {
        L inverse = L.Constant(1.0) / d;
        L q = n * inverse, minus = Negate(q);
        L rest = L.Fma(minus, d, n) + L.Fma(minus, dLow, nLow);
        low = rest * inverse;
        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Negate<L>(L a) where L : struct, ILaneArithmetic<L> => a ^ L.SignBit;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SignOf<L>(L a) where L : struct, ILaneArithmetic<L> => a & L.SignBit;
}
