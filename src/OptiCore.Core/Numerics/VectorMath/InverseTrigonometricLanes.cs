using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Inverse trigonometric functions in lanes of doubles.</summary>
/// <remarks>Reductions after J.-M. Muller (2016), "Elementary Functions: Algorithms and Implementation", 3rd edition, chapter 11; the constants in two parts, the quotients with their remainders.</remarks>
internal static class InverseTrigonometricLanes
{
    private const double HalfPi = TrigonometricLanes.HalfPi, HalfPiLow = TrigonometricLanes.HalfPiMiddle;

    /// <summary>The angle of b / a for 0 &lt;= b &lt;= a, a &gt; 0: high + low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L AngleOf<L>(L b, L a, out L low) where L : struct, ILanes<L, double>
    {
        // Above tan(pi/8) the angle is pi/4 less that of (a - b) / (a + b).
        L steep = L.Less(a * L.All(0.41421356237309503), b);
        L difference = LaneSums.FastSum(LaneSums.Negate(a), b, out L differenceLow);
        L sum = LaneSums.FastSum(a, b, out L sumLow);
        L t = LaneSums.Quotient(L.Select(steep, difference, b), steep & differenceLow, L.Select(steep, sum, a), steep & sumLow, out L tLow);

        // Error 2^-56.9.
        L z = t * t;
        L p = LanePolynomial.Of(
            z,
            -0.3333333333333333,
            0.19999999999995516,
            -0.14285714284665682,
            0.11111111015187018,
            -0.0909090457530649,
            0.07692183125376892,
            -0.06664510525508936,
            0.05858140904866328,
            -0.050854078345894844,
            0.03923044778479309,
            -0.019175404711104935);
        L rest = L.Fma(t * z, p, L.Fma(LaneSums.Negate(z), tLow, tLow));
        L high = LaneSums.FastSum(steep & L.All(HalfPi * 0.5), t, out low);
        low += rest + (steep & L.All(HalfPiLow * 0.5));
        return high;
    }

    /// <summary>arctan x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Atan<L>(L x) where L : struct, ILanes<L, double>
    {
        // From 2^60 on it is pi/2.
        L magnitude = L.Abs(x), one = L.All(1.0);
        magnitude = L.Select(L.Less(L.All(1152921504606846976.0), magnitude), L.All(1152921504606846976.0), magnitude);
        L large = L.Less(one, magnitude);
        L high = AngleOf(L.Select(large, one, magnitude), L.Select(large, magnitude, one), out L low);
        L sign = large & L.AllBits(long.MinValue);
        high = LaneSums.FastSum(large & L.All(HalfPi), high ^ sign, out L rest);
        return (high + (rest + ((low ^ sign) + (large & L.All(HalfPiLow))))) | LaneSums.SignOf(x);
    }

    /// <summary>The angle of the point (x, y), from -pi to pi.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Atan2<L>(L y, L x) where L : struct, ILanes<L, double>
    {
        L magnitudeX = L.Abs(x), magnitudeY = L.Abs(y);
        L swapped = L.Less(magnitudeX, magnitudeY);
        L a = L.Select(swapped, magnitudeY, magnitudeX), b = L.Select(swapped, magnitudeX, magnitudeY);

        // Away from overflow and underflow; then the angles of zeros and infinities by those of 0/1 and 1/1.
        L scale = L.Select(L.Less(L.All(1E300), a), L.All(6.223015277861142E-61), L.Select(L.Less(a, L.All(1E-240)), L.All(1.6069380442589903E+60), L.All(1.0)));
        L infinity = L.All(double.PositiveInfinity), infinite = L.Equal(a, infinity);
        b = L.Select(infinite, L.Equal(b, infinity) & L.All(1.0), b * scale);
        a = L.Select(infinite | L.Equal(a, L.All(0.0)), L.All(1.0), a * scale);

        L high = AngleOf(b, a, out L low);
        L left = L.SubtractBits(L.AllBits(0), L.ShiftRight(x, 63));
        L sign = (swapped ^ left) & L.AllBits(long.MinValue);
        L origin = L.Select(swapped, L.All(HalfPi), left & L.All(HalfPi * 2.0));
        L originLow = L.Select(swapped, L.All(HalfPiLow), left & L.All(HalfPiLow * 2.0));
        high = LaneSums.FastSum(origin, high ^ sign, out L rest);
        L result = (high + (rest + ((low ^ sign) + originLow))) | LaneSums.SignOf(y);
        return L.Select(L.Equal(x, x) & L.Equal(y, y), result, L.All(double.NaN));
    }

    /// <summary>
    /// arcsin of a = |x|, or of s = sqrt((1 - a)/2) where a is above 1/2: s + sLow is the number whose arcsine it is, and the result what the arcsine adds to s.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L ArcsineRest<L>(L a, L large, out L s, out L sLow) where L : struct, ILanes<L, double>
    {
        L z = L.Select(large, L.Fma(a, L.All(-0.5), L.All(0.5)), a * a);
        L root = L.Sqrt(z);

        // The smallest number keeps 0/0 away and changes no other denominator.
        L rootLow = L.Fma(LaneSums.Negate(root), root, z) / (root + root + L.All(1E-300));
        s = L.Select(large, root, a);
        sLow = large & rootLow;

        // Error 2^-57.3.
        L p = LanePolynomial.Of(
            z,
            0.16666666666666669,
            0.07499999999998425,
            0.04464285714637338,
            0.030381944137085216,
            0.022372173002005596,
            0.017352391265909227,
            0.013971235301124539,
            0.011478952690257387,
            0.010324318288744113,
            0.00545087818772055,
            0.017419357964884856,
            -0.014881409392818066,
            0.02877844261259304);
        return L.Fma(s * z, p, sLow);
    }

    /// <summary>arcsin x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Asin<L>(L x) where L : struct, ILanes<L, double>
    {
        // pi/2 - 2 arcsin(s) above 1/2.
        L a = L.Abs(x), large = L.Less(L.All(0.5), a);
        L rest = ArcsineRest(a, large, out L s, out _);
        L factor = L.Select(large, L.All(-2.0), L.All(1.0));
        L high = LaneSums.FastSum(large & L.All(HalfPi), factor * s, out L low);
        return (high + (low + L.Fma(factor, rest, large & L.All(HalfPiLow)))) | LaneSums.SignOf(x);
    }

    /// <summary>arccos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Acos<L>(L x) where L : struct, ILanes<L, double>
    {
        // 2 arcsin(s) above 1/2, pi - 2 arcsin(s) below -1/2, pi/2 - arcsin(x) between.
        L a = L.Abs(x), large = L.Less(L.All(0.5), a), sign = LaneSums.SignOf(x);
        L rest = ArcsineRest(a, large, out L s, out _);
        L negative = L.Less(x, L.All(0.0));
        L factor = L.Select(large, L.All(2.0), L.All(-1.0)) ^ sign;
        L origin = L.Select(large, negative & L.All(HalfPi * 2.0), L.All(HalfPi));
        L originLow = L.Select(large, negative & L.All(HalfPiLow * 2.0), L.All(HalfPiLow));
        L high = LaneSums.FastSum(origin, factor * s, out L low);
        return high + (low + L.Fma(factor, rest, originLow));
    }
}
