using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Powers and roots in lanes of doubles.</summary>
internal static class PowerLanes
{
    /// <summary>
    /// x^y = e^(y ln |x|) with the logarithm and the product as sums of two doubles, which leaves an error of the exponent of less than 2^-56; the sign of odd powers of negative
    /// numbers is put on. Zeros, subnormal and infinite numbers, huge exponents and results near the ends of the range go lane by lane.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Pow<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L result = Pow(x, y, out L usual);
        return L.Every(usual) ? result : PowWide(x, y, usual, result);
    }

    /// <summary>The same without a branch, where x is a normal number and the result far from the ends of the range; NaN elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L PowOfUsual<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L result = Pow(x, y, out L usual);
        return L.Select(usual, result, L.All(double.NaN));
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
        Span<double> buffer = stackalloc double[4 * L.Count];
        x.Store(ref buffer[0], 0);
        y.Store(ref buffer[L.Count], 0);
        usual.Store(ref buffer[2 * L.Count], 0);
        result.Store(ref buffer[3 * L.Count], 0);
        for (int i = 0; i < L.Count; i++)
        {
            if (BitConverter.DoubleToInt64Bits(buffer[(2 * L.Count) + i]) == 0)
                buffer[(3 * L.Count) + i] = Pow(buffer[i], buffer[L.Count + i]);
        }

        return L.Load(ref buffer[3 * L.Count], 0);
    }

    private static double Pow(double x, double y)
    {
        // What needs no arithmetic is defined by C99, annex F, and the runtime follows it.
        if (x == 0 || y == 0 || x == 1 || !double.IsFinite(x) || !double.IsFinite(y))
            return Math.Pow(x, y);
        if (x < 0 && Math.Floor(y) != y)
            return double.NaN;
        var magnitude = new Lanes1<double>(Math.Abs(x));
        Lanes1<double> log = LogarithmLanes.LogAsSum(LogarithmLanes.Normalized(magnitude, out Lanes1<double> bias), bias, out Lanes1<double> logLow);

        // Exponents beyond 2^64 give 0, 1 or infinity; held there, the low part of the product is finite.
        double exponent = Math.Clamp(y, -1.8446744073709552E+19, 1.8446744073709552E+19);
        double product = log.Value * exponent, low = Math.FusedMultiplyAdd(log.Value, exponent, -product) + (logLow.Value * exponent);
        if (Math.Abs(product) > 760)
            (product, low) = (Math.Clamp(product, -760, 760), 0);
        ExponentialLanes.ExpOfSum(new Lanes1<double>(product), new Lanes1<double>(low), out Lanes1<double> k, out Lanes1<double> high, out Lanes1<double> highLow);
        double result = ExponentialLanes.Scale(high + highLow, k).Value;
        return x < 0 && double.IsOddInteger(y) ? -result : result;
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
