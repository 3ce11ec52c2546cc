using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>
/// Elementary functions of lanes, the same bits for every vector width and processor, with stated largest errors in units in the last place
/// (ULP) of the exact result. The errors are checked by sweeps over all binades.
/// </summary>
/// <remarks>
/// Only correctly rounded operations and bit operations are used and nothing is fused, so that hardware without fused multiply-add gives the
/// same bits. The polynomials interpolate the functions at the Chebyshev points of the reduced interval, computed with 28 digits; the stated
/// approximation error is that of the polynomial, relative to the function. The reductions are the classical ones: J.-M. Muller (2016),
/// "Elementary Functions: Algorithms and Implementation", 3rd edition, chapters 4 and 11; the form of the logarithm is that of P. T. P. Tang (1990),
/// "Table-driven implementation of the logarithm function in IEEE floating-point arithmetic", without the table.
/// </remarks>
internal static class LaneMath
{
    /// <summary>The largest errors in ULP that the sweeps enforce.</summary>
    internal const double LogUlp = 1.0, LogSingleUlp = 1.0, ExpUlp = 1.0, ExpSingleUlp = 1.0, SinCosUlp = 2.0, SinCosSingleUlp = 2.0;

    // 1.5 * 2^52 and 1.5 * 2^23: adding one rounds to an integer, whose low bits are then the low bits of the sum.
    private const double Round = 6755399441055744.0;
    private const float RoundSingle = 12582912.0f;

    // ln 2 in two parts; the first has trailing zeros so that its product with an exponent is exact.
    private const double Ln2High = 0.6931471803691238, Ln2Low = 1.9082149292705877e-10;
    private const float Ln2HighSingle = 0.69311523f, Ln2LowSingle = 3.1946183e-05f;

    private const double TwoPi = 6.283185307179586, TwoPiLow = 2.4492935982947064e-16;
    private const float TwoPiSingle = 6.2831855f, TwoPiLowSingle = -1.7484555e-07f;

    /// <summary>
    /// ln x of every double: NaN below 0, -infinity at 0, infinity at infinity. Largest error 1 ULP.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log<L>(L x) where L : struct, ILanes<L, double>
    {
        L subnormal = L.Less(x, L.All(2.2250738585072014E-308));
        L result = LogOfNormal(L.Select(subnormal, x * L.All(18014398509481984.0), x), L.Select(subnormal, L.All(1023.0 + 54.0), L.All(1023.0)));
        result = L.Select(L.Equal(x, L.All(0.0)), L.All(double.NegativeInfinity), result);
        result = L.Select(L.Less(x, L.All(0.0)), L.All(double.NaN), result);
        return L.Select(L.Less(x, L.All(double.PositiveInfinity)), result, x);
    }

    /// <summary>ln x of positive, normal, finite doubles; anything else gives no meaningful result. Largest error 1 ULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogOfNormal<L>(L x) where L : struct, ILanes<L, double> => LogOfNormal(x, L.All(1023.0));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfNormal<L>(L x, L exponentBias) where L : struct, ILanes<L, double>
    {
        // x = 2^k m with m of [sqrt(1/2), sqrt(2)): the offset makes the exponent field step at sqrt(1/2).
        const long SqrtHalf = 0x3FE6A09E667F3BCD;
        L shifted = L.AddBits(x, L.AllBits(0x3FF0000000000000 - SqrtHalf));
        L k = (L.ShiftRight(shifted, 52) | L.AllBits(0x4330000000000000)) - (L.All(4503599627370496.0) + exponentBias);
        L m = L.AddBits(shifted & L.AllBits(0x000FFFFFFFFFFFFF), L.AllBits(SqrtHalf));

        // ln(1 + f) = f - (f^2/2 - s (f^2/2 + R)), s = f / (2 + f), R = (2 atanh(s) - 2 s) / s. Approximation error 2^-57.6.
        L f = m - L.All(1.0);
        L s = f / (L.All(2.0) + f);
        L z = s * s, w = z * z;
        L even = L.All(0.666666666666667) + (w * (L.All(0.28571428625975487) + (w * (L.All(0.18182889125261723) + (w * L.All(0.14616449685043414))))));
        L odd = L.All(0.39999999999899505) + (w * (L.All(0.2222221113479508) + (w * L.All(0.1533172160055604))));
        L r = z * (even + (z * odd));
        L halfSquare = L.All(0.5) * f * f;
        return (k * L.All(Ln2High)) - ((halfSquare - ((s * (halfSquare + r)) + (k * L.All(Ln2Low)))) - f);
    }

    /// <summary>ln x of every float: NaN below 0, -infinity at 0, infinity at infinity. Largest error 1 ULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogSingle<L>(L x) where L : struct, ILanes<L, float>
    {
        L subnormal = L.Less(x, L.All(1.17549435E-38f));
        L result = LogOfNormalSingle(L.Select(subnormal, x * L.All(33554432.0f), x), L.Select(subnormal, L.All(127.0f + 25.0f), L.All(127.0f)));
        result = L.Select(L.Equal(x, L.All(0.0f)), L.All(float.NegativeInfinity), result);
        result = L.Select(L.Less(x, L.All(0.0f)), L.All(float.NaN), result);
        return L.Select(L.Less(x, L.All(float.PositiveInfinity)), result, x);
    }

    /// <summary>ln x of positive, normal, finite floats; anything else gives no meaningful result. Largest error 1 ULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogOfNormalSingle<L>(L x) where L : struct, ILanes<L, float> => LogOfNormalSingle(x, L.All(127.0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfNormalSingle<L>(L x, L exponentBias) where L : struct, ILanes<L, float>
    {
        const int SqrtHalf = 0x3F3504F3;
        L shifted = L.AddBits(x, L.AllBits(0x3F800000 - SqrtHalf));
        L k = (L.ShiftRight(shifted, 23) | L.AllBits(0x4B000000)) - (L.All(8388608.0f) + exponentBias);
        L m = L.AddBits(shifted & L.AllBits(0x007FFFFF), L.AllBits(SqrtHalf));

        // As for double; approximation error 2^-31.6.
        L f = m - L.All(1.0f);
        L s = f / (L.All(2.0f) + f);
        L z = s * s;
        L r = z * (L.All(0.6666667f) + (z * (L.All(0.40000123f) + (z * (L.All(0.28550822f) + (z * L.All(0.23330468f)))))));
        L halfSquare = L.All(0.5f) * f * f;
        return (k * L.All(Ln2HighSingle)) - ((halfSquare - ((s * (halfSquare + r)) + (k * L.All(Ln2LowSingle)))) - f);
    }

    /// <summary>e^x of every double, down to subnormal results. Largest error 1 ULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp<L>(L x) where L : struct, ILanes<L, double>
    {
        // Beyond these the result is 0 or infinity anyway, and the exponent arithmetic below stays in range.
        L clamped = L.Select(L.Less(x, L.All(-750.0)), L.All(-750.0), x);
        clamped = L.Select(L.Less(L.All(712.0), clamped), L.All(712.0), clamped);

        // x = k ln 2 + r, |r| <= ln(2)/2.
        L k = (clamped * L.All(1.4426950408889634)) + L.All(Round) - L.All(Round);
        L r = clamped - (k * L.All(Ln2High)) - (k * L.All(Ln2Low));

        // e^r = 1 + (r + r^2 P(r)). Approximation error 2^-61.9.
        L q = r * r, w = q * q;
        L even = L.All(0.5) + (q * L.All(0.04166666666666667)) + (w * (L.All(0.001388888888888375) + (q * L.All(2.4801587325547743e-05)) + (w * (L.All(2.7557273643110287e-07) + (q * L.All(2.0914686968090528e-09))))));
        L odd = L.All(0.1666666666666667) + (q * L.All(0.008333333333326134)) + (w * (L.All(0.00019841269874820627) + (q * L.All(2.7557255400206427e-06)) + (w * L.All(2.5105217004720602e-08))));
        L p = L.All(1.0) + (r + (q * (even + (r * odd))));

        // 2^k in two factors, since k reaches beyond the exponents of normal numbers; only the second product can round.
        L half = (k * L.All(0.5)) + L.All(Round);
        L rest = (k - (half - L.All(Round))) + L.All(Round);
        L result = p * PowerOfTwo(half) * PowerOfTwo(rest);
        return L.Select(L.Equal(x, x), result, x);
    }

    /// <summary>e^x of every float, down to subnormal results. Largest error 1 ULP.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L ExpSingle<L>(L x) where L : struct, ILanes<L, float>
    {
        L clamped = L.Select(L.Less(x, L.All(-106.0f)), L.All(-106.0f), x);
        clamped = L.Select(L.Less(L.All(90.0f), clamped), L.All(90.0f), clamped);
        L k = (clamped * L.All(1.44269504f)) + L.All(RoundSingle) - L.All(RoundSingle);
        L r = clamped - (k * L.All(Ln2HighSingle)) - (k * L.All(Ln2LowSingle));

        // As for double; approximation error 2^-26.4.
        L p = L.All(0.008363179f) + (r * L.All(0.0013926184f));
        p = L.All(0.5f) + (r * (L.All(0.16666576f) + (r * (L.All(0.041666556f) + (r * p)))));
        p = L.All(1.0f) + (r + (r * r * p));
        L half = (k * L.All(0.5f)) + L.All(RoundSingle);
        L rest = (k - (half - L.All(RoundSingle))) + L.All(RoundSingle);
        L result = p * PowerOfTwoSingle(half) * PowerOfTwoSingle(rest);
        return L.Select(L.Equal(x, x), result, x);
    }

    /// <summary>The sine and cosine of 2 pi u for |u| of at most 2^30. Largest error 2 ULP (1 from the product with 2 pi where it crosses a power of two, 1/2 from the last sum, the rest from the correction); exact at multiples of 1/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCosTurns<L>(L u, out L sin, out L cos) where L : struct, ILanes<L, double>
    {
        // u = q/4 + r with |r| <= 1/8, exact; the low bits of the sum, which rounds to quarters, are those of q.
        L quarter = u + L.All(0.25 * Round);
        L r = u - (quarter - L.All(0.25 * Round));
        L y = r * r, w = y * y;

        // Approximation errors 2^-56 (sine) and 2^-62 (cosine).
        L even = L.All(-41.341702240399755) + (w * (L.All(-76.70585973562093) + (w * L.All(-15.094054182079997))));
        L odd = L.All(81.6052492760517) + (w * (L.All(42.05868918088512) + (w * L.All(3.7864333495654505))));
        L s = (r * L.All(TwoPi)) + (r * (L.All(TwoPiLow) + (y * (even + (y * odd)))));
        even = L.All(-19.739208802178716) + (w * (L.All(-85.4568172066438) + (w * (L.All(-26.42625327585472) + (w * L.All(-1.6990343940658954))))));
        odd = L.All(64.93939402266825) + (w * (L.All(60.24464135270201) + (w * L.All(7.903206911569671))));
        L c = L.All(1.0) + (y * (even + (y * odd)));

        // Exchanged in odd quarters, where both change by the bits in which they differ; the cosine's sign is that of the sine in even quarters and the other one in odd quarters.
        L top = L.AllBits(long.MinValue), sign = L.ShiftLeft(quarter, 62) & top;
        L inOdd = L.SubtractBits(L.AllBits(0), quarter & L.AllBits(1)), difference = s ^ c;
        sin = s ^ (inOdd & difference) ^ sign;
        cos = c ^ (inOdd & (difference ^ top)) ^ sign;
    }

    /// <summary>The sine and cosine of 2 pi u for |u| of at most 2^10. Largest error 2 ULP (1 from the product with 2 pi where it crosses a power of two, 1/2 from the last sum, the rest from the correction); exact at multiples of 1/4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCosTurnsSingle<L>(L u, out L sin, out L cos) where L : struct, ILanes<L, float>
    {
        L quarter = (u * L.All(4.0f)) + L.All(RoundSingle);
        L r = u - ((quarter - L.All(RoundSingle)) * L.All(0.25f));
        L y = r * r;

        // Approximation errors 2^-26.
        L s = (r * L.All(TwoPiSingle)) + (r * (L.All(TwoPiLowSingle) + (y * (L.All(-41.341698f) + (y * (L.All(81.59952f) + (y * L.All(-75.7263f))))))));
        L c = L.All(1.0f) + (y * (L.All(-19.739208f) + (y * (L.All(64.93937f) + (y * (L.All(-85.44882f) + (y * L.All(59.424107f))))))));

        L one = L.AllBits(1), top = L.AllBits(int.MinValue);
        L swap = L.SubtractBits(L.AllBits(0), quarter & one);
        sin = L.Select(swap, c, s) ^ (L.ShiftLeft(quarter, 30) & top);
        cos = L.Select(swap, s, c) ^ (L.ShiftLeft(L.AddBits(quarter, one), 30) & top);
    }

    /// <summary>2^n from n + 1.5 * 2^52, whose low bits are those of n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L PowerOfTwo<L>(L rounded) where L : struct, ILanes<L, double> =>
        L.ShiftLeft(L.AddBits(rounded, L.AllBits(1023)), 52);

    /// <summary>2^n from n + 1.5 * 2^23, whose low bits are those of n.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L PowerOfTwoSingle<L>(L rounded) where L : struct, ILanes<L, float> =>
        L.ShiftLeft(L.AddBits(rounded, L.AllBits(127)), 23);
}
