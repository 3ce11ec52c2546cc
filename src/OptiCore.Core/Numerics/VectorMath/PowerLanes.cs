using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Powers and roots in lanes of doubles.</summary>
internal static class PowerLanes
{
    /// <summary>
    /// x^y = e^(y ln |x|) with the logarithm and the product as sums of two doubles, which leaves an error of the exponent of less than 2^-56; the sign of odd powers of negative
    /// numbers is put on. Zeros, subnormal and infinite numbers, huge exponents and results near the ends of the range take a separate way.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Pow<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L result = Pow(x, y, out L usual);
        return L.Every(usual) ? result : PowWide(x, y, usual, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Pow<L>(L x, L y, out L usual) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L log = LogarithmLanes.LogAsSum(magnitude, LogarithmLanes.Bias<L>(), out L logLow);
        L product = LaneSums.Product(log, y, out L productLow);
        productLow = L.Fma(logLow, y, productLow);
        L rounded = ExponentialLanes.ExpOfSum(product, productLow, out _, out L high, out L low);
        L result = (high + low) * ExponentialLanes.PowerOfTwo(rounded);

        // A negative number to the power y: NaN unless y is an integer, whose lowest bit decides the sign.
        L integer = y + L.All(ExponentialLanes.Round);
        L negative = L.Less(x, L.All(0.0));
        L isInteger = L.Equal(integer - L.All(ExponentialLanes.Round), y);
        result ^= negative & L.ShiftLeft(integer, 63);
        result = L.Select(L.Select(negative, isInteger, L.Equal(x, x)), result, L.All(double.NaN));
        usual = LogarithmLanes.IsNormal(magnitude) & L.Less(L.Abs(product), L.All(ExponentialLanes.Range)) & L.Less(L.Abs(y), L.All(1125899906842624.0));
        return result;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L PowWide<L>(L x, L y, L usual, L result) where L : struct, ILanes<L, double>
    {
        L zero = L.All(0.0), one = L.All(1.0), infinity = L.All(double.PositiveInfinity);
        L magnitude = L.Abs(x), size = L.Abs(y);

        // An integer of less than 2^53 has its lowest bit in the mantissa's, from 2^52 on as it is, below with 2^52 added.
        L isLarge = L.Less(L.All(4503599627370495.5), size), shifted = size + L.WholeFrom;
        L isWhole = isLarge | L.Equal(shifted - L.WholeFrom, size);
        L lowest = L.Select(isLarge, size, shifted) & L.AllBits(1);
        L isOdd = L.SubtractBits(L.AllBits(0), lowest) & isWhole & L.Less(size, L.All(9007199254740992.0));

        // What needs no arithmetic, by C99, annex F: of 0 and infinity and to the power infinity 0, 1 or infinity; to the power 0 and of 1 it is 1, even if the other is NaN.
        L isEnd = L.Equal(magnitude, zero) | L.Equal(magnitude, infinity) | L.Equal(size, infinity);
        L end = L.Select(L.Less(one, magnitude) ^ L.Less(zero, y), zero, infinity);
        L wide = L.Select(L.Equal(magnitude, one), one, end);
        if (!L.Every(usual | isEnd))
            wide = L.Select(isEnd, wide, PowOfAny(magnitude, y));
        wide ^= isOdd & LaneSums.SignOf(x);
        L isNumber = L.Select(L.Less(x, zero), isEnd | isWhole, L.Equal(x, x)) & L.Equal(y, y);
        wide = L.Select(isNumber, wide, L.All(double.NaN));
        wide = L.Select(L.Equal(y, zero) | L.Equal(x, one), one, wide);
        return L.Select(usual, result, wide);
    }

    /// <summary>x^y of positive finite x, subnormal ones too, and finite y, down to subnormal results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L PowOfAny<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        // Exponents beyond 2^64 give 0, 1 or infinity; held there, the low part of the product is finite.
        L log = LogarithmLanes.LogAsSum(LogarithmLanes.Normalized(x, out L bias), bias, out L logLow);
        L exponent = ExponentialLanes.Clamp(y, -1.8446744073709552E+19, 1.8446744073709552E+19);
        L product = LaneSums.Product(log, exponent, out L low);
        low = L.Select(L.Less(L.All(760.0), L.Abs(product)), L.All(0.0), low + (logLow * exponent));
        ExponentialLanes.ExpOfSum(ExponentialLanes.Clamp(product, -760.0, 760.0), low, out L k, out L high, out L highLow);
        return ExponentialLanes.Scale(high + highLow, k);
    }

    /// <summary>
    /// The cube root: m^(-1/3) of the mantissa by a polynomial (error 2^-14.4) and one step of third order, then one step of Newton's method for the root itself with the exact
    /// remainder.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cbrt<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L normal = LogarithmLanes.Normalized(magnitude, out L bias);

        // |x| = 2^(3k + j) m with m of [1, 2).
        L e = (L.ShiftRight(normal, 52) | L.AllBits(0x4330000000000000)) - bias;
        L m = (normal & L.AllBits(0x000FFFFFFFFFFFFF)) | L.AllBits(0x3FF0000000000000);
        L rounded = L.Fma(e - L.All(1.0), L.All(0.3333333333333333), L.All(ExponentialLanes.Round));
        L j = L.Fma(rounded - L.All(ExponentialLanes.Round), L.All(-3.0), e);
        L one = L.Equal(j, L.All(1.0)), two = L.Equal(j, L.All(2.0));
        L factor = L.Select(two, L.All(1.5874010519681996), L.Select(one, L.All(1.2599210498948732), L.All(1.0)));
        L inverse = L.Select(two, L.All(0.6299605249474366), L.Select(one, L.All(0.7937005259840998), L.All(1.0)));
        L scaled = m * L.Select(two, L.All(4.0), L.Select(one, L.All(2.0), L.All(1.0)));

        L r = LanePolynomial.Of(m, 1.6662787377309156, -1.1623973573078166, 0.6846527077322325, -0.21636185469244387, 0.02778280101858424);
        L h = L.Fma(LaneSums.Negate(m * r), r * r, L.All(1.0));
        r = L.Fma(r * h, L.Fma(h, L.All(0.2222222222222222), L.All(0.3333333333333333)), r);
        L root = m * (r * r) * factor;
        r *= inverse;
        L square = LaneSums.Product(root, root, out L squareLow);
        L excess = L.Fma(squareLow, root, L.Fma(square, root, LaneSums.Negate(scaled)));
        root = L.Fma(excess, r * r * L.All(-0.3333333333333333), root);
        root *= ExponentialLanes.PowerOfTwo(rounded);
        L inside = L.Less(L.All(0.0), magnitude) & L.Less(magnitude, L.All(double.PositiveInfinity));
        return L.Select(inside, root | LaneSums.SignOf(x), x);
    }

    /// <summary>sqrt(x^2 + y^2) without overflow or underflow on the way: the squares with their low parts, the root with its remainder.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Hypot<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L magnitudeX = L.Abs(x), magnitudeY = L.Abs(y);
        L swapped = L.Less(magnitudeX, magnitudeY);
        L largest = L.Select(swapped, magnitudeY, magnitudeX);
        L huge = L.Less(L.All(1E150), largest), tiny = L.Less(largest, L.All(1E-130));
        L down = L.All(2.409919865102884E-181), up = L.All(4.149515568880993E+180);
        L scale = L.Select(huge, down, L.Select(tiny, up, L.All(1.0))), back = L.Select(huge, up, L.Select(tiny, down, L.All(1.0)));
        L a = largest * scale, b = L.Select(swapped, magnitudeX, magnitudeY) * scale;
        L squareA = LaneSums.Product(a, a, out L lowA), squareB = LaneSums.Product(b, b, out L lowB);
        L sum = LaneSums.FastSum(squareA, squareB, out L low);
        L root = L.Sqrt(sum);
        L rest = L.Fma(LaneSums.Negate(root), root, sum) + (low + (lowA + lowB));
        L result = (root + (rest / (root + root + L.All(1E-300)))) * back;
        L infinity = L.All(double.PositiveInfinity);
        return L.Select(L.Equal(magnitudeX, infinity) | L.Equal(magnitudeY, infinity), infinity, result);
    }
}
