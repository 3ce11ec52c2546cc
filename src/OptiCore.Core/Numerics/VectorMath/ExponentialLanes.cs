using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>The exponential and its relatives in lanes of doubles.</summary>
/// <remarks>
/// x = k ln 2 + r with |r| at most ln(2)/2, and e^r by a polynomial that interpolates at the Chebyshev points, computed with 70 digits (J.-M. Muller (2016), "Elementary
/// Functions: Algorithms and Implementation", 3rd edition, chapters 4 and 11). The remainder r is exact before its last part is taken off, which is carried along
/// where it counts. Arguments near the ends of the range take a separate way that gives the others the same bits.
/// </remarks>
internal static class ExponentialLanes
{
    /// <summary>1.5 * 2^52: adding it rounds to an integer, whose low bits are then the low bits of the sum.</summary>
    internal const double Round = 6755399441055744.0;

    internal const double Log2E = 1.4426950408889634, Ln2 = 0.6931471805599453, Ln2Low = 2.3190468138462996e-17;

    /// <summary>The largest magnitude for which 2^k needs no care.</summary>
    internal const double Range = 708.0;

    /// <summary>x = k ln 2 + r + low; k + <see cref="Round"/> is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Reduce<L>(L x, out L k, out L r, out L low) where L : struct, ILanes<L, double>
    {
        L rounded = L.Fma(x, L.All(Log2E), L.All(Round));
        k = rounded - L.All(Round);
        L exact = L.Fma(k, L.All(-Ln2), x);
        r = L.Fma(k, L.All(-Ln2Low), exact);
        low = L.Fma(k, L.All(-Ln2Low), exact - r);
        return rounded;
    }

    /// <summary>(e^r - 1 - r) / r^2 for |r| of at most ln(2)/2. Error 2^-61.4, relative to e^r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tail<L>(L r) where L : struct, ILanes<L, double> => LanePolynomial.Of(
        r,
        0.5,
        0.1666666666666667,
        0.04166666666666667,
        0.00833333333332613,
        0.0013888888888883744,
        0.0001984126987483908,
        2.480158732556092e-05,
        2.755725537680046e-06,
        2.755727362639589e-07,
        2.510522674534512e-08,
        2.0914693923934727e-09);

    /// <summary>2^k from k + <see cref="Round"/>, for k of -1022 to 1023.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L PowerOfTwo<L>(L rounded) where L : struct, ILanes<L, double> => L.ShiftLeft(L.AddBits(rounded, L.AllBits(1023)), 52);

    /// <summary>2^k p in two factors, of which only the second can round, for k of -2000 to 2000.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Scale<L>(L p, L k) where L : struct, ILanes<L, double>
    {
        L half = L.Fma(k, L.All(0.5), L.All(Round));
        L rest = (k - (half - L.All(Round))) + L.All(Round);
        return p * PowerOfTwo(half) * PowerOfTwo(rest);
    }

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp<L>(L x) where L : struct, ILanes<L, double>
    {
        L rounded = Reduce(x, out _, out L r, out _);
        L result = (L.All(1.0) + L.Fma(r * r, Tail(r), r)) * PowerOfTwo(rounded);
        return L.Every(L.Less(L.Abs(x), L.All(Range))) ? result : ExpWide(x);
    }

    /// <summary>e^x of every double.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static L ExpWide<L>(L x) where L : struct, ILanes<L, double>
    {
        Reduce(Clamp(x, -750.0, 712.0), out L k, out L r, out _);
        return Scale(L.All(1.0) + L.Fma(r * r, Tail(r), r), k);
    }

    /// <summary>e^(x + xLow) = 2^k (high + low) with an error of about 2^-61; k + <see cref="Round"/> is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L ExpOfSum<L>(L x, L xLow, out L k, out L high, out L low) where L : struct, ILanes<L, double>
    {
        L rounded = Reduce(x, out k, out L r, out L rest);
        r = LaneSums.FastSum(r, rest + xLow, out rest);
        L tail = L.Fma(r * r, Tail(r), rest);
        L sum = LaneSums.FastSum(r, tail, out L sumLow);
        high = LaneSums.FastSum(L.All(1.0), sum, out low);
        low += sumLow;
        return rounded;
    }

    /// <summary>2^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp2<L>(L x) where L : struct, ILanes<L, double>
    {
        L p = Exp2Reduced(x, out L rounded, out _);
        L result = p * PowerOfTwo(rounded);
        return L.Every(L.Less(L.Abs(x), L.All(1021.0))) ? result : Exp2Wide(x);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Exp2Wide<L>(L x) where L : struct, ILanes<L, double>
    {
        L p = Exp2Reduced(Clamp(x, -1100.0, 1100.0), out _, out L k);
        return Scale(p, k);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Exp2Reduced<L>(L x, out L rounded, out L k) where L : struct, ILanes<L, double>
    {
        rounded = x + L.All(Round);
        k = rounded - L.All(Round);
        L f = x - k;
        L r = f * L.All(Ln2);
        L low = L.Fma(f, L.All(Ln2Low), L.Fma(f, L.All(Ln2), LaneSums.Negate(r)));
        return L.All(1.0) + (r + L.Fma(r * r, Tail(r), low));
    }

    /// <summary>e^x - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Expm1<L>(L x) where L : struct, ILanes<L, double>
    {
        L rounded = Reduce(x, out L k, out L r, out L low);

        // 2^k ((1 - 2^-k) + (e^r - 1)): the first difference is exact, or so far from the second that its rounding doesn't count.
        L c = L.All(1.0) - PowerOfTwo(L.All(Round) - k);
        L sum = LaneSums.FastSum(c, r, out L rest);
        L result = (sum + (rest + L.Fma(r * r, Tail(r), low))) * PowerOfTwo(rounded);
        result |= LaneSums.SignOf(x);
        return L.Every(L.Less(L.Abs(x), L.All(Range))) ? result : Expm1Wide(x, result);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Expm1Wide<L>(L x, L result) where L : struct, ILanes<L, double>
    {
        L outside = L.Select(L.Less(x, L.All(0.0)), L.All(-1.0), ExpWide(x));
        return L.Select(L.Less(L.Abs(x), L.All(Range)), result, outside);
    }

    /// <summary>x, but no less than the first and no more than the second limit; NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Clamp<L>(L x, double least, double most) where L : struct, ILanes<L, double>
    {
        L clamped = L.Select(L.Less(x, L.All(least)), L.All(least), x);
        return L.Select(L.Less(L.All(most), clamped), L.All(most), clamped);
    }
}
