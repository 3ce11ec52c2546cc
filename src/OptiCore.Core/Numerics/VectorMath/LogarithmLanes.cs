using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Logarithms in lanes of doubles.</summary>
/// <remarks>
/// x = 2^k m with m of [sqrt(1/2), sqrt(2)), f = m - 1, s = f / (2 + f), and ln(1 + f) = f - (f^2/2 - s (f^2/2 + R)) with R = (2 atanh(s) - 2 s) / s: the form of P. T. P. Tang
/// (1990), "Table-driven implementation of the logarithm function in IEEE floating-point arithmetic", without the table.
/// </remarks>
internal static class LogarithmLanes
{
    // ln 2 in two parts, of which the first has trailing zeros so that its product with an exponent is exact; likewise log10(2) and log10(e).
    private const double Ln2High = 0.6931471803691238, Ln2Low = 1.9082149292705877e-10;
    private const double Log10Of2High = 0.30102999566361177, Log10Of2Low = 3.694239077158931e-13;
    private const double Log2EHigh = 1.4426950408889634, Log2ELow = 2.0355273740931033e-17, Log10EHigh = 0.4342944819032518, Log10ELow = 1.098319650216765e-17;

    private const double LargestSubnormal = 2.2250738585072009E-308;

    /// <summary>x = 2^k (1 + f) for a positive normal x, with <paramref name="bias"/> added to the exponent's own.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Split<L>(L x, L bias, out L k, out L f) where L : struct, ILanes<L, double>
    {
        // The offset makes the exponent field step at sqrt(1/2).
        const long SqrtHalf = 0x3FE6A09E667F3BCD;
        L shifted = L.AddBits(x, L.AllBits(0x3FF0000000000000 - SqrtHalf));
        k = (L.ShiftRight(shifted, 52) | L.AllBits(0x4330000000000000)) - bias;
        f = L.AddBits(shifted & L.AllBits(0x000FFFFFFFFFFFFF), L.AllBits(SqrtHalf)) - L.All(1.0);
    }

    /// <summary>What <see cref="Split"/> takes for numbers as they are: the bias and the 2^52 that turned the exponent into a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Bias<L>() where L : struct, ILanes<L, double> => L.All(4503599627370496.0 + 1023.0);

    /// <summary>f^2/2 - ln(1 + f) + low and f^2/2 apart: s (f^2/2 + R). Error 2^-57.6, relative to the logarithm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Rest<L>(L f, out L halfSquare) where L : struct, ILanes<L, double>
    {
        L s = f / (L.All(2.0) + f);
        L z = s * s;
        L r = LanePolynomial.Of(
            z,
            0.666666666666667,
            0.39999999999899444,
            0.2857142862600327,
            0.22222211130259878,
            0.18182889455674947,
            0.15331710618210773,
            0.14616585424888623);
        halfSquare = L.All(0.5) * f * f;
        return s * L.Fma(z, r, halfSquare);
    }

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = LogOfNormal(x, Bias<L>());
        return L.Every(IsNormal(x)) ? result : LogWide(x);
    }

    /// <summary>Whether x is positive, normal and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L IsNormal<L>(L x) where L : struct, ILanes<L, double> =>
        L.Less(L.All(LargestSubnormal), x) & L.Less(x, L.All(double.PositiveInfinity));

    /// <summary>ln x of every double.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static L LogWide<L>(L x) where L : struct, ILanes<L, double> => Ends(x, LogOfNormal(Normalized(x, out L bias), bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfNormal<L>(L x, L bias) where L : struct, ILanes<L, double>
    {
        Split(x, bias, out L k, out L f);
        L rest = Rest(f, out L halfSquare);
        return L.Fma(k, L.All(Ln2High), f - (halfSquare - L.Fma(k, L.All(Ln2Low), rest)));
    }

    /// <summary>Subnormal numbers times 2^54, and the bias that undoes it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Normalized<L>(L x, out L bias) where L : struct, ILanes<L, double>
    {
        L subnormal = L.Less(x, L.All(2.2250738585072014E-308));
        bias = L.Select(subnormal, L.All(4503599627370496.0 + 1023.0 + 54.0), Bias<L>());
        return L.Select(subnormal, x * L.All(18014398509481984.0), x);
    }

    /// <summary>The values of a logarithm at 0, below it, at infinity and NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Ends<L>(L x, L result) where L : struct, ILanes<L, double>
    {
        result = L.Select(L.Equal(x, L.All(0.0)), L.All(double.NegativeInfinity), result);
        result = L.Select(L.Less(x, L.All(0.0)), L.All(double.NaN), result);
        return L.Select(L.Less(x, L.All(double.PositiveInfinity)), result, x);
    }

    /// <summary>log2 x, exact at powers of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log2<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = Log2OfNormal(x, Bias<L>());
        return L.Every(IsNormal(x)) ? result : Log2Wide(x);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Log2Wide<L>(L x) where L : struct, ILanes<L, double> => Ends(x, Log2OfNormal(Normalized(x, out L bias), bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Log2OfNormal<L>(L x, L bias) where L : struct, ILanes<L, double>
    {
        Split(x, bias, out L k, out L f);
        L high = LogOfMantissa(f, out L low);
        L product = LaneSums.Product(high, L.All(Log2EHigh), out L rest);
        rest = L.Fma(low, L.All(Log2EHigh), L.Fma(high, L.All(Log2ELow), rest));
        L sum = LaneSums.FastSum(k, product, out L sumLow);
        return sum + (sumLow + rest);
    }

    /// <summary>log10 x, exact at those powers of ten that are doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log10<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = Log10OfNormal(x, Bias<L>());
        return L.Every(IsNormal(x)) ? result : Log10Wide(x);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Log10Wide<L>(L x) where L : struct, ILanes<L, double> => Ends(x, Log10OfNormal(Normalized(x, out L bias), bias));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Log10OfNormal<L>(L x, L bias) where L : struct, ILanes<L, double>
    {
        Split(x, bias, out L k, out L f);
        L high = LogOfMantissa(f, out L low);
        L product = LaneSums.Product(high, L.All(Log10EHigh), out L rest);
        rest = L.Fma(low, L.All(Log10EHigh), L.Fma(high, L.All(Log10ELow), rest));
        L sum = LaneSums.FastSum(k * L.All(Log10Of2High), product, out L sumLow);
        return sum + (sumLow + L.Fma(k, L.All(Log10Of2Low), rest));
    }

    /// <summary>ln(1 + f) = high + low with an error of about 2^-57.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfMantissa<L>(L f, out L low) where L : struct, ILanes<L, double>
    {
        L rest = Rest(f, out L halfSquare);
        L high = LaneSums.FastSum(f, LaneSums.Negate(halfSquare), out low);
        low += rest;
        return LaneSums.FastSum(high, low, out low);
    }

    /// <summary>ln(1 + x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log1p<L>(L x) where L : struct, ILanes<L, double>
    {
        L u = LaneSums.Sum(L.All(1.0), x, out L low);
        L result = LogOfSum(u, low) | LaneSums.SignOf(x);
        L usual = L.Less(L.All(-1.0), x) & L.Less(x, L.All(1.7E308));
        return L.Every(usual) ? result : L.Select(usual, result, Log1pWide(x));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Log1pWide<L>(L x) where L : struct, ILanes<L, double> => LogWide(x + L.All(1.0));

    /// <summary>ln(u + low) where low is at most an ulp of u, or u = 1 + low to start with, and u is positive, normal and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogOfSum<L>(L u, L low) where L : struct, ILanes<L, double>
    {
        Split(u, Bias<L>(), out L k, out L f);
        L rest = Rest(f, out L halfSquare);

        // The derivative takes the low part along; 2^-k brings it to the mantissa's scale.
        L scaled = low * ExponentialLanes.PowerOfTwo(L.All(ExponentialLanes.Round) - k);
        rest += scaled / (L.All(1.0) + f);
        return L.Fma(k, L.All(Ln2High), f - (halfSquare - L.Fma(k, L.All(Ln2Low), rest)));
    }

    /// <summary>ln x = high + low with an error of about 2^-66, relative, for positive normal x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogAsSum<L>(L x, L bias, out L low) where L : struct, ILanes<L, double>
    {
        Split(x, bias, out L k, out L f);

        // s = f / (2 + f) = s + sLow.
        L d = LaneSums.FastSum(L.All(2.0), f, out L dLow);
        L s = LaneSums.Quotient(f, L.All(0.0), d, dLow, out L sLow);
        L z = LaneSums.Product(s, s, out L zLow);
        zLow = L.Fma(s + s, sLow, zLow);

        // ln(1 + f) = 2 s (1 + z/3 + z^2 P(z)). Approximation error 2^-66.4.
        L p = LanePolynomial.Of(
            z,
            0.2,
            0.14285714285714682,
            0.11111111110827943,
            0.09090909167696401,
            0.07692297481259215,
            0.06667402346923655,
            0.05853118169745603,
            0.05861589311938259);
        L third = LaneSums.Product(z, L.All(0.3333333333333333), out L thirdLow);
        thirdLow = L.Fma(z, L.All(1.850371707708594e-17), L.Fma(zLow, L.All(0.3333333333333333), thirdLow));
        L t = LaneSums.FastSum(third, z * z * p, out L tLow);
        tLow += thirdLow;
        L twice = s + s, twiceLow = sLow + sLow;
        L product = LaneSums.Product(twice, t, out L productLow);
        productLow += L.Fma(twice, tLow, L.Fma(twiceLow, t, twiceLow));
        L high = LaneSums.FastSum(twice, product, out L highLow);
        highLow += productLow;

        L sum = LaneSums.FastSum(k * L.All(Ln2High), high, out low);
        low += L.Fma(k, L.All(Ln2Low), highLow);
        return LaneSums.FastSum(sum, low, out low);
    }
}
