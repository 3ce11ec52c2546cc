using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Sine, cosine and tangent in lanes of doubles, for every argument.</summary>
/// <remarks>
/// Below 2^40 the multiple of pi/2 is taken off in three parts (W. J. Cody, W. Waite (1980), "Software Manual for the Elementary Functions"): the first difference is exact with a
/// fused multiply-add, and the three parts have 160 bits, so that the remainder keeps all its digits even where it nearly vanishes. Beyond, see <see cref="LargeAngle"/>.
/// </remarks>
internal static class TrigonometricLanes
{
    internal const double HalfPi = 1.5707963267948966, HalfPiMiddle = 6.123233995736766e-17, HalfPiLow = -1.4973849048591698e-33;
    private const double TwoOverPi = 0.6366197723675814, Large = 1099511627776.0;

    /// <summary>x = q pi/2 + r + low; returns q in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Reduce<L>(L x, out L r, out L low) where L : struct, ILanes<L, double>
    {
        L q = L.Fma(x, L.All(TwoOverPi), L.All(ExponentialLanes.Round));
        L k = q - L.All(ExponentialLanes.Round);
        L first = L.Fma(k, L.All(-HalfPi), x);
        L second = k * L.All(-HalfPiMiddle);
        L secondLow = L.Fma(k, L.All(-HalfPiMiddle), LaneSums.Negate(second));
        r = LaneSums.Sum(first, second, out low);
        low += L.Fma(k, L.All(-HalfPiLow), secondLow);
        return q;
    }

    /// <summary>sin(r + low) = r + the result. Error 2^-57.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L SinRest<L>(L r, L low, L z) where L : struct, ILanes<L, double>
    {
        L p = LanePolynomial.Of(
            z,
            -0.16666666666666666,
            0.008333333333333331,
            -0.0001984126984126506,
            2.7557319219335453e-06,
            -2.5052106231157904e-08,
            1.605853141458901e-10,
            -7.586685070091267e-13);
        return L.Fma(r * z, p, L.Fma(z * L.All(-0.5), low, low));
    }

    /// <summary>cos(r + low) = the result + rest. Error 2^-60.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L CosParts<L>(L r, L low, L z, out L rest) where L : struct, ILanes<L, double>
    {
        L p = LanePolynomial.Of(
            z,
            0.041666666666666664,
            -0.0013888888888887395,
            2.4801587298763433e-05,
            -2.7557317270560326e-07,
            2.0876146024689747e-09,
            -1.1382614868556325e-11);
        L half = z * L.All(0.5);
        L c = LaneSums.FastSum(L.All(1.0), LaneSums.Negate(half), out rest);

        // The rounding of z itself, which only the tangent near its poles would miss, is far below.
        rest += L.Fma(z * z, p, LaneSums.Negate(r * low));
        return c;
    }

    /// <summary>The sine and cosine of r + low for |r| of at most about pi/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static L SinCosOf<L>(L r, L low, out L cos) where L : struct, ILanes<L, double>
    {
        L z = r * r;
        cos = CosParts(r, low, z, out L rest);
        cos += rest;
        return r + SinRest(r, low, z);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L SwapMask<L>(L q) where L : struct, ILanes<L, double> => L.SubtractBits(L.AllBits(0), q & L.AllBits(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L SinOf<L>(L q, L r, L low) where L : struct, ILanes<L, double>
    {
        L s = SinCosOf(r, low, out L c);
        return L.Select(SwapMask(q), c, s) ^ (L.ShiftLeft(q, 62) & L.AllBits(long.MinValue));
    }

    /// <summary>sin x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sin<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = SinBelowLarge(x), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<SinOfLarge>(x, usual, result);
    }

    /// <summary>sin x for |x| of less than 2^40.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static L SinBelowLarge<L>(L x) where L : struct, ILanes<L, double>
    {
        L q = Reduce(x, out L r, out L low);
        return L.Select(L.Equal(x, L.All(0.0)), x, SinOf(q, r, low));
    }

    /// <summary>cos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cos<L>(L x) where L : struct, ILanes<L, double>
    {
        L q = Reduce(x, out L r, out L low);
        L result = SinOf(L.AddBits(q, L.AllBits(1)), r, low), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<CosOfLarge>(x, usual, result);
    }

    /// <summary>sin x and cos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SinCos<L>(L x, out L cos) where L : struct, ILanes<L, double>
    {
        L sin = SinCosBelow(x, out cos), usual = L.Less(L.Abs(x), L.All(Large));
        if (L.Every(usual))
            return sin;
        cos = L.OneByOne<CosOfLarge>(x, usual, cos);
        return L.OneByOne<SinOfLarge>(x, usual, sin);
    }

    /// <summary>sin x and cos x of |x| below 2^40, without a branch; of others no meaningful result. The bits of <see cref="SinCos"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SinCosBelow<L>(L x, out L cos) where L : struct, ILanes<L, double>
    {
        L q = Reduce(x, out L r, out L low);
        L s = SinCosOf(r, low, out L c);
        L swap = SwapMask(q), top = L.AllBits(long.MinValue);
        L sin = L.Select(swap, c, s) ^ (L.ShiftLeft(q, 62) & top);
        cos = L.Select(swap, s, c) ^ (L.ShiftLeft(L.AddBits(q, L.AllBits(1)), 62) & top);
        return L.Select(L.Equal(x, L.All(0.0)), x, sin);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L TanOf<L>(L q, L r, L low) where L : struct, ILanes<L, double>
    {
        L z = r * r;
        L s = SinRest(r, low, z);
        L c = CosParts(r, low, z, out L rest);
        L swap = SwapMask(q);
        c = LaneSums.FastSum(c, rest, out rest);
        s = LaneSums.FastSum(r, s, out L sLow);
        L result = LaneSums.Quotient(L.Select(swap, c, s), L.Select(swap, rest, sLow), L.Select(swap, s, c), L.Select(swap, sLow, rest));
        return result ^ (L.ShiftLeft(q, 63) & L.AllBits(long.MinValue));
    }

    /// <summary>tan x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tan<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = TanBelowLarge(x), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<TanOfLarge>(x, usual, result);
    }

    /// <summary>tan x for |x| of less than 2^40.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static L TanBelowLarge<L>(L x) where L : struct, ILanes<L, double>
    {
        L q = Reduce(x, out L r, out L low);
        return L.Select(L.Equal(x, L.All(0.0)), x, TanOf(q, r, low));
    }

    private readonly struct SinOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out S low);
            return SinOf(q, r, low);
        }
    }

    private readonly struct CosOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out S low);
            return SinOf(S.AddBits(q, S.AllBits(1)), r, low);
        }
    }

    private readonly struct TanOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out S low);
            return TanOf(q, r, low);
        }
    }
}
