using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Hyperbolic functions and their inverses in lanes of doubles.</summary>
/// <remarks>
/// With |x| = k ln 2 + r and C = cosh r, S = sinh r, everything comes from sums without cancellation:
/// 2 sinh|x| = 2^k ((1 + 2^-2k) S + (1 - 2^-2k) C) and 2 cosh x = 2^k ((1 + 2^-2k) C + (1 - 2^-2k) S); tanh is their quotient. Low parts are carried along.
/// </remarks>
internal static class HyperbolicLanes
{
    /// <summary>2^(1-k) sinh|x| and 2^(1-k) cosh x as sums, for |x| of at most 354 where 2^-2k counts, or beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Parts<L>(L magnitude, out L k, out L sinh, out L sinhLow, out L cosh, out L coshLow) where L : struct, ILanes<L, double>
    {
        ExponentialLanes.Reduce(magnitude, out k, out L r, out L rLow);
        L z = r * r;

        // sinh r = r + s and cosh r = 1 + c. Errors 2^-59.6 and 2^-65.3.
        L s = L.Fma(
            r * z,
            LanePolynomial.Of(z, 0.16666666666666666, 0.008333333333333333, 0.00019841269841263295, 2.755731924723151e-06, 2.505207108061939e-08, 1.608663301509471e-10),
            rLow);
        L c = L.Fma(
            z,
            LanePolynomial.Of(z, 0.5, 0.04166666666666668, 0.0013888888888879067, 2.480158733646141e-05, 2.7557263258572767e-07, 2.0918145326789917e-09),
            r * rLow);
        L halves = L.Select(L.Less(k, L.All(500.0)), k, L.All(500.0));
        L power = ExponentialLanes.PowerOfTwo(L.All(ExponentialLanes.Round) - halves);
        power *= power;
        L plus = LaneSums.FastSum(L.All(1.0), power, out L plusLow);
        L minus = LaneSums.FastSum(L.All(1.0), LaneSums.Negate(power), out L minusLow);

        L product = LaneSums.Product(plus, r, out L productLow);
        sinh = LaneSums.FastSum(minus, product, out L rest);
        sinhLow = rest + L.Fma(minus, c, L.Fma(plus, s, productLow + minusLow));
        product = LaneSums.Product(minus, r, out productLow);
        cosh = LaneSums.FastSum(plus, product, out rest);
        coshLow = rest + L.Fma(plus, c, L.Fma(minus, s, productLow + plusLow));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tanh<L>(L x) where L : struct, ILanes<L, double>
    {
        // From here on the result is 1.
        L magnitude = L.Abs(x);
        magnitude = L.Select(L.Less(L.All(22.0), magnitude), L.All(22.0), magnitude);
        Parts(magnitude, out _, out L sinh, out L sinhLow, out L cosh, out L coshLow);
        sinh = LaneSums.FastSum(sinh, sinhLow, out sinhLow);
        cosh = LaneSums.FastSum(cosh, coshLow, out coshLow);
        return LaneSums.Quotient(sinh, sinhLow, cosh, coshLow) | LaneSums.SignOf(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sinh<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        Parts(magnitude, out L k, out L sinh, out L sinhLow, out _, out _);
        L result = (sinh + sinhLow) * ExponentialLanes.PowerOfTwo(k + L.All(ExponentialLanes.Round - 1.0));
        result = L.Every(L.Less(magnitude, L.All(ExponentialLanes.Range))) ? result : Wide(magnitude, result);
        return result | LaneSums.SignOf(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cosh<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        Parts(magnitude, out L k, out _, out _, out L cosh, out L coshLow);
        L result = (cosh + coshLow) * ExponentialLanes.PowerOfTwo(k + L.All(ExponentialLanes.Round - 1.0));
        return L.Every(L.Less(magnitude, L.All(ExponentialLanes.Range))) ? result : Wide(magnitude, result);
    }

    /// <summary>e^|x| / 2 where that overflows only together with the result.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L Wide<L>(L magnitude, L result) where L : struct, ILanes<L, double>
    {
        ExponentialLanes.Reduce(ExponentialLanes.Clamp(magnitude, 0.0, 712.0), out L k, out L r, out _);
        L p = L.All(1.0) + L.Fma(r * r, ExponentialLanes.Tail(r), r);
        return L.Select(L.Less(magnitude, L.All(ExponentialLanes.Range)), result, ExponentialLanes.Scale(p, k - L.All(1.0)));
    }

    /// <summary>sign(x) ln(|x| + sqrt(x^2 + 1)) = sign(x) ln(1 + y) with y = |x| + x^2 / (1 + sqrt(1 + x^2)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Asinh<L>(L x) where L : struct, ILanes<L, double>
    {
        // From 2^30 on it is ln(2 |x|) to the last place; the square of the clamped number doesn't overflow.
        L magnitude = L.Abs(x);
        L a = L.Select(L.Less(L.All(1073741824.0), magnitude), L.All(1073741824.0), magnitude);
        L square = LaneSums.Product(a, a, out L squareLow);
        L sum = LaneSums.Sum(L.All(1.0), square, out L sumLow);
        L root = Root(sum, sumLow + squareLow, out L rootLow);
        L d = LaneSums.FastSum(root, L.All(1.0), out L dLow);
        L q = LaneSums.Quotient(square, squareLow, d, dLow + rootLow, out L qLow);
        L y = LaneSums.Sum(a, q, out L yLow);
        L u = LaneSums.Sum(L.All(1.0), y, out L uLow);
        L result = LogarithmLanes.LogOfSum(u, uLow + (yLow + qLow));
        if (!L.Every(L.Less(magnitude, L.All(1073741824.0))))
            result = L.Select(L.Less(magnitude, L.All(1073741824.0)), result, LogOfTwice(magnitude));
        return result | LaneSums.SignOf(x);
    }

    /// <summary>ln(x + sqrt(x^2 - 1)) = ln(1 + y) with y = t + sqrt(2 t + t^2), t = x - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Acosh<L>(L x) where L : struct, ILanes<L, double>
    {
        L a = L.Select(L.Less(L.All(1073741824.0), x), L.All(1073741824.0), x);
        L t = a - L.All(1.0);
        L square = LaneSums.Product(t, t, out L squareLow);
        L sum = LaneSums.Sum(t + t, square, out L sumLow);
        L root = Root(sum, sumLow + squareLow, out L rootLow);
        L y = LaneSums.Sum(t, root, out L yLow);
        L u = LaneSums.Sum(L.All(1.0), y, out L uLow);
        L result = LogarithmLanes.LogOfSum(u, uLow + (yLow + rootLow));
        if (!L.Every(L.Less(x, L.All(1073741824.0))))
            result = L.Select(L.Less(x, L.All(1073741824.0)), result, LogOfTwice(x));
        return L.Select(L.Less(x, L.All(1.0)), L.All(double.NaN), result);
    }

    /// <summary>ln(2 x) where x may be near overflow.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L LogOfTwice<L>(L x) where L : struct, ILanes<L, double>
    {
        L inside = L.Select(L.Less(x, L.All(double.PositiveInfinity)), x, L.All(1.0));
        LogarithmLanes.Split(inside, LogarithmLanes.Bias<L>(), out L k, out L f);
        L high = LogarithmLanes.LogAsSum(f + L.All(1.0), LogarithmLanes.Bias<L>(), out L low);
        L exponent = k + L.All(1.0);
        L sum = LaneSums.FastSum(exponent * L.All(0.6931471803691238), high, out L rest);
        L result = sum + (rest + L.Fma(exponent, L.All(1.9082149292705877e-10), low));
        return L.Select(L.Less(x, L.All(double.PositiveInfinity)), result, x);
    }

    /// <summary>sqrt(a + aLow) = root + low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Root<L>(L a, L aLow, out L low) where L : struct, ILanes<L, double>
    {
        L root = L.Sqrt(a);
        L rest = L.Fma(LaneSums.Negate(root), root, a) + aLow;

        // The smallest number keeps 0/0 away and changes no other denominator.
        low = rest / (root + root + L.All(1E-300));
        return root;
    }

    /// <summary>ln((1 + x) / (1 - x)) / 2 = sign(x) ln(1 + 2 |x| / (1 - |x|)) / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Atanh<L>(L x) where L : struct, ILanes<L, double>
    {
        L a = L.Abs(x);
        L d = LaneSums.FastSum(L.All(1.0), LaneSums.Negate(a), out L dLow);
        L y = LaneSums.Quotient(a + a, L.All(0.0), d, dLow, out L yLow);
        L u = LaneSums.Sum(L.All(1.0), y, out L uLow);
        L result = L.All(0.5) * LogarithmLanes.LogOfSum(u, uLow + yLow);
        result = L.Select(L.Less(a, L.All(1.0)), result, L.Select(L.Equal(a, L.All(1.0)), L.All(double.PositiveInfinity), L.All(double.NaN)));
        return result | LaneSums.SignOf(x);
    }
}
