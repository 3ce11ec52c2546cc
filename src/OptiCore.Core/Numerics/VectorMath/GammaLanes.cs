using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>The logarithm of the gamma function and its derivative in lanes of doubles.</summary>
/// <remarks>
/// Near the zeros a polynomial in the distance from them; up to 8 the recurrence from there, with the product or the reciprocals as sums of two doubles; beyond, the asymptotic series
/// (M. Abramowitz, I. A. Stegun (1964), "Handbook of Mathematical Functions", 6.1.41 and 6.3.18). Numbers below 0 go through the reflection formulas (6.1.17, 6.3.7).
/// </remarks>
internal static class GammaLanes
{
    private const double HalfLogTwoPi = 0.9189385332046728, HalfLogTwoPiLow = -3.8782941580672414e-17;
    private const double LogPi = 1.1447298858494002, LogPiLow = 1.0265951162707826e-17;
    private const double Pi = Math.PI;

    /// <summary>ln |Gamma(x)|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogGamma<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = LogGammaOfPositive(x, out L low) + low;
        L usual = LogarithmLanes.IsNormal(x) & L.Less(x, L.All(2E305));
        return L.Every(usual) ? result : LogGammaWide(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogGammaOfPositive<L>(L x, out L low) where L : struct, ILanes<L, double>
    {
        L one = L.All(1.0), large = L.Less(L.All(8.5), x);

        // Gamma(x) = Gamma(2 + t) f with the product f or its reciprocal: of x (1 + x) below 1/2, of x up to 3/2, of x - 1, x - 2, ... from 5/2 on.
        L below = L.Less(x, L.All(0.5)), middle = L.Less(x, L.All(1.5));
        L product = L.Select(middle, x, one), productLow = L.All(0.0);
        L next = LaneSums.Sum(one, x, out L nextLow);
        L two = LaneSums.Product(x, next, out L twoLow);
        product = L.Select(below, two, product);
        productLow = below & L.Fma(x, nextLow, twoLow);
        L t = L.Select(below, x, L.Select(middle, x - one, x - L.All(2.0)));
        for (int i = 1; i <= 6; i++)
        {
            L factor = x - L.All(i);
            L more = L.Less(L.All(1.4999999999999998), factor);
            factor = L.Select(more, factor, one);
            product = LaneSums.Product(product, factor, out L rest);
            productLow = L.Fma(productLow, factor, rest);
            t = L.Select(more, factor - L.All(2.0), t);
        }

        L log = LogarithmLanes.LogAsSum(L.Select(large, x, product), LogarithmLanes.Bias<L>(), out L logLow);
        L relative = productLow / product;

        // ln Gamma(2 + t) = t (1 - gamma) + t^2 P(t). Error 2^-56.8.
        t = L.Select(large, L.All(0.0), t);
        L p = LanePolynomial.Of(
            t,
            0.3224670334241132,
            -0.0673523010531981,
            0.020580808427784557,
            -0.007385551028671943,
            0.0028905103307401165,
            -0.0011927539118462493,
            0.0005096695248306153,
            -0.00022315475391108277,
            9.945751018360887e-05,
            -4.492631473748309e-05,
            2.050725535086947e-05,
            -9.438704047400707e-06,
            4.374453620697175e-06,
            -2.043955752833312e-06,
            9.575676210365712e-07,
            -4.3239991201019566e-07,
            2.03658357697415e-07,
            -1.3232328522046834e-07,
            6.327193191783664e-08);
        L linear = LaneSums.Product(t, L.All(0.42278433509846713), out L linearLow);
        L tSquare = LaneSums.Product(t, t, out L tSquareLow);
        L curved = LaneSums.Product(tSquare, p, out L curvedLow);
        linearLow += L.Fma(tSquareLow, p, curvedLow);
        L near = LaneSums.Sum(linear, curved, out L nearLow);
        L sign = middle & L.AllBits(long.MinValue);
        L small = LaneSums.Sum(log ^ sign, near, out L smallLow);
        smallLow += ((logLow + relative) ^ sign) + (nearLow + L.Fma(t, L.All(4.942915152430645e-18), linearLow));

        // (x - 1/2) ln x - x + ln(2 pi)/2 + 1/(12 x) - ...
        L inverse = one / x, square = inverse * inverse;
        L series = inverse * LanePolynomial.Of(
            square,
            0.08333333333333333,
            -0.002777777777777778,
            0.0007936507936507937,
            -0.0005952380952380953,
            0.0008417508417508417,
            -0.0019175269175269176,
            0.00641025641025641,
            -0.029550653594771242);
        L shifted = LaneSums.FastSum(x, L.All(-0.5), out L shiftedLow);
        L main = LaneSums.Product(shifted, log, out L mainLow);
        mainLow = L.Fma(shifted, logLow, L.Fma(shiftedLow, log, mainLow));
        main = LaneSums.Sum(main, LaneSums.Negate(x), out L rest1);
        main = LaneSums.Sum(main, L.All(HalfLogTwoPi), out L rest2);
        mainLow += rest1 + (rest2 + (series + L.All(HalfLogTwoPiLow)));

        low = L.Select(large, mainLow, smallLow);
        return L.Select(large, main, small);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L LogGammaWide<L>(L x, L usual, L result) where L : struct, ILanes<L, double>
    {
        L infinity = L.All(double.PositiveInfinity), a = L.Abs(x);

        // ln pi - ln|sin pi x| - ln|x| - ln Gamma(|x|).
        L sine = L.Abs(TrigonometricLanes.SinBelowLarge(L.All(Pi) * FromNearestWhole(a)));
        L log = LogarithmLanes.LogAsSum(sine, LogarithmLanes.Bias<L>(), out L logLow);
        L logA = LogarithmLanes.LogAsSum(a, LogarithmLanes.Bias<L>(), out L logALow);
        L gamma = LogGammaOfPositive(a, out L gammaLow);
        L sum = LaneSums.Sum(L.All(LogPi), LaneSums.Negate(log), out L low);
        L other = LaneSums.Sum(logA, gamma, out L otherLow);
        sum = LaneSums.Sum(sum, LaneSums.Negate(other), out L last);
        L wide = sum + (last + (low - otherLow) + (L.All(LogPiLow) - logLow - logALow - gammaLow));

        // Gamma(x) = 1/x to the last place of its logarithm; x (ln x - 1) for the largest.
        L plain = LogarithmLanes.LogWide(a);
        wide = L.Select(L.Less(a, L.All(1E-300)), LaneSums.Negate(plain), wide);
        wide = L.Select(IsPole(x), infinity, wide);
        wide = L.Select(L.Less(x, L.All(2E305)), wide, x * (plain - L.All(1.0)));
        return L.Select(usual, result, wide);
    }

    /// <summary>a less the nearest integer, for a of 0 on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L FromNearestWhole<L>(L a) where L : struct, ILanes<L, double> => a - ((a + L.WholeFrom) - L.WholeFrom);

    /// <summary>Whether x is 0 or a negative integer, of which minus infinity counts as one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L IsPole<L>(L x) where L : struct, ILanes<L, double>
    {
        L a = L.Abs(x);
        return L.Less(x, L.All(double.Epsilon)) & (L.Equal(FromNearestWhole(a), L.All(0.0)) | L.Less(L.All(4503599627370495.5), a));
    }

    /// <summary>psi(x) = d ln Gamma(x)/dx.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Digamma<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = DigammaOfPositive(x);
        L usual = LogarithmLanes.IsNormal(x);
        return L.Every(usual) ? result : DigammaWide(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L DigammaOfPositive<L>(L x) where L : struct, ILanes<L, double>
    {
        L one = L.All(1.0), large = L.Less(L.All(7.999999999999999), x), below = L.Less(x, one);

        // psi(x) = psi(u) + 1/u + ... + 1/(x - 1) with u of [1, 2), or psi(x + 1) - 1/x.
        L up = LaneSums.Sum(one, x, out L uLow);
        L u = L.Select(below, up, x);
        uLow = below & uLow;
        L inverse = Inverse(x, out L inverseLow);
        L sum = LaneSums.Negate(below & inverse), sumLow = LaneSums.Negate(below & inverseLow);
        for (int i = 1; i <= 6; i++)
        {
            L a = x - L.All(i);
            L more = L.Less(L.All(0.9999999999999999), a);
            u = L.Select(more, a, u);
            L term = more & Inverse(L.Select(more, a, one), out L termLow);
            sum = LaneSums.Sum(sum, term, out L rest);
            sumLow += rest + (more & termLow);
        }

        u = L.Select(large, one, u);
        L t = u - L.All(1.5);
        // psi(u) = (u - x0) (c + t P(t)) with the zero x0 and t = u - 3/2. Error 2^-55.7.
        L p = LanePolynomial.Of(
            t,
            -0.4236274212814605,
            0.24054248424078692,
            -0.14840492305390854,
            0.09498872445290542,
            -0.06192213327311188,
            0.040760833939576496,
            -0.026975796753509147,
            0.01790724836640463,
            -0.011908218075233314,
            0.007927020754614928,
            -0.005279963694314539,
            0.003518119851196667,
            -0.0023452790638343324,
            0.0015632635646860098,
            -0.0010375690976727621,
            0.000691459655856545,
            -0.00048244483183481084,
            0.000322312307242833,
            -0.00015099790768402478,
            9.937666728296725e-05,
            -0.0001735331403393806,
            0.00011671561781612044);
        p = LaneSums.FastSum(L.All(0.9510558760318328), t * p, out L pLow);
        L distance = (u - L.All(1.4616321449683622)) + (uLow - L.All(9.549995429965697e-17));
        L near = LaneSums.Product(distance, p, out L nearLow);
        nearLow = L.Fma(distance, pLow + L.All(4.330743078649653e-17), nearLow);
        sum = LaneSums.Sum(near, sum, out L last);
        L small = sum + (last + (nearLow + sumLow));

        // ln x - 1/(2x) - 1/(12 x^2) + ...
        L square = inverse * inverse;
        L series = square * LanePolynomial.Of(
            square,
            0.08333333333333333,
            -0.008333333333333333,
            0.003968253968253968,
            -0.004166666666666667,
            0.007575757575757576,
            -0.021092796092796094,
            0.08333333333333333,
            -0.4432598039215686,
            3.0539543302701198);
        return L.Select(large, LogarithmLanes.Log(x) - L.Fma(inverse, L.All(0.5), series), small);
    }

    /// <summary>1/a = high + low.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Inverse<L>(L a, out L low) where L : struct, ILanes<L, double>
    {
        L high = L.All(1.0) / a;
        low = L.Fma(LaneSums.Negate(high), a, L.All(1.0)) * high;
        return high;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L DigammaWide<L>(L x, L usual, L result) where L : struct, ILanes<L, double>
    {
        // psi(1 - x) - pi cot(pi x), with psi(1 - x) = psi(-x) - 1/x. Near 0 -1/x is left, which it is at 0 too; there is no value at the other poles.
        L a = L.Abs(x), distance = LaneSums.Negate(FromNearestWhole(a));
        L cotangent = L.All(Pi) / TrigonometricLanes.TanBelowLarge(L.All(Pi) * distance);
        L wide = DigammaOfPositive(a) - (L.All(1.0) / x) - cotangent;
        wide = L.Select(IsPole(x), L.All(double.NaN), wide);
        wide = L.Select(L.Less(a, L.All(1E-300)), L.All(-1.0) / x, wide);
        wide = L.Select(L.Less(x, L.All(double.PositiveInfinity)), wide, x);
        return L.Select(usual, result, wide);
    }
}
