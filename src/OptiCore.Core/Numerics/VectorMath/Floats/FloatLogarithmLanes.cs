using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Logarithms of usual floats in lanes of floats.</summary>
/// <remarks>
/// x = 2^k (1 + f) as in <see cref="LogarithmLanes"/>, and ln(1 + f) = f - f^2/2 + f^3 P(f) with the first difference as a sum of two floats: what is rounded more than once is the last term only,
/// a fifteenth of the result at most. No division, of which lanes of floats would get one for the price of five products.
/// </remarks>
internal static class FloatLogarithmLanes
{
    private const float LargestSubnormal = 1.1754942E-38f;

    // Two parts of each constant; those that are multiplied by an exponent have trailing zeros in the first, so that the product is exact.
    private const float Ln2High = 0.693145751953125f, Ln2Low = 1.428606765330187e-06f;
    private const float Log10Of2High = 0.30103302001953125f, Log10Of2Low = -3.024355464731343e-06f;
    private const float Log2EHigh = 1.4426950216293335f, Log2ELow = 1.925963033500011e-08f, Log10EHigh = 0.4342944920063019f, Log10ELow = -1.0103049952192578e-08f;

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = IsNormal(x);
        Split(x, out _, out L k, out L f);
        L high = OfOnePlus(f, out L low);
        return OfParts(k, high, low);
    }

    /// <summary>log2 x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log2<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = IsNormal(x);
        Split(x, out _, out L k, out L f);
        L product = Scaled(OfOnePlus(f, out L low), low, Log2EHigh, Log2ELow, out L productLow);
        L sum = LaneSums.FastSum(k, product, out L rest);
        return sum + (rest + productLow);
    }

    /// <summary>log10 x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log10<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = IsNormal(x);
        Split(x, out _, out L k, out L f);
        L product = Scaled(OfOnePlus(f, out L low), low, Log10EHigh, Log10ELow, out L productLow);
        L sum = LaneSums.FastSum(k * L.All(Log10Of2High), product, out L rest);
        return sum + L.Fma(k, L.All(Log10Of2Low), rest + productLow);
    }

    /// <summary>ln(1 + x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log1p<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        // From 2^100 on the scale below would be subnormal.
        usual = L.Less(L.All(-1.0f), x) & L.Less(x, L.All(1.2676506E+30f));
        L u = LaneSums.Sum(L.All(1.0f), x, out L lost);
        Split(u, out L exponent, out L k, out L f);
        L near = L.Equal(k, L.All(0.0f));
        f = L.Select(near, x, f);

        // What 1 + x has lost, over 1 + x: at most 2^-24, so that two digits of the reciprocal are enough.
        L scale = L.ShiftLeft(L.SubtractBits(L.AllBits(254), exponent), 23);
        L inverse = LanePolynomial.Of(f, 1.00499515, -1.08061344, 0.914239639);
        lost = L.Select(near, L.All(0.0f), lost * scale);
        L high = OfOnePlus(f, out L low);
        return OfParts(k, high, L.Fma(lost, inverse, low)) | LaneSums.SignOf(x);
    }

    /// <summary>Whether x is positive, normal and finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L IsNormal<L>(L x) where L : struct, ILanes<L, float> => L.Less(L.All(LargestSubnormal), x) & L.Less(x, L.All(float.PositiveInfinity));

    /// <summary>x = 2^k (1 + f) with 1 + f of [sqrt(1/2), sqrt(2)); the exponent is k + 127 as an integer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split<L>(L x, out L exponent, out L k, out L f) where L : struct, ILanes<L, float>
    {
        const int SqrtHalf = 0x3F3504F3;
        L shifted = L.AddBits(x, L.AllBits(0x3F800000 - SqrtHalf));
        exponent = L.ShiftRight(shifted, 23);
        k = (exponent | L.AllBits(0x4B000000)) - L.All(8388608.0f + 127.0f);
        f = L.AddBits(shifted & L.AllBits(0x007FFFFF), L.AllBits(SqrtHalf)) - L.All(1.0f);
    }

    /// <summary>ln(1 + f) = the result + low. Error 2^-28.2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L OfOnePlus<L>(L f, out L low) where L : struct, ILanes<L, float>
    {
        L square = LaneSums.Product(f, f, out L squareLow);
        L high = LaneSums.FastSum(f, square * L.All(-0.5f), out low);
        L p = LanePolynomial.Of(f, 0.333333126, -0.250000096, 0.200021186, -0.16667996, 0.142195541, -0.124055899, 0.118881528, -0.116756313, 0.067466259);
        low = L.Fma(f * square, p, L.Fma(squareLow, L.All(-0.5f), low));
        return high;
    }

    /// <summary>k ln 2 + high + low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L OfParts<L>(L k, L high, L low) where L : struct, ILanes<L, float>
    {
        L sum = LaneSums.FastSum(k * L.All(Ln2High), high, out L rest);
        return sum + L.Fma(k, L.All(Ln2Low), rest + low);
    }

    /// <summary>(high + low) times a constant: the result + productLow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Scaled<L>(L high, L low, float factor, float factorLow, out L productLow) where L : struct, ILanes<L, float>
    {
        L product = LaneSums.Product(high, L.All(factor), out productLow);
        productLow = L.Fma(low, L.All(factor), L.Fma(high, L.All(factorLow), productLow));
        return product;
    }
}
