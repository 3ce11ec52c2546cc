using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <content>The error function and its inverse, the gamma function's logarithm and its derivative.</content>
internal static partial class SingleLanes
{
    /// <summary>erfc a for a of 1/2 on where the square is given. Error 2^-34.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Complement<L>(L a, L square) where L : struct, ILanes<L, double>
    {
        a = ExponentialLanes.Clamp(a, 0.5, 10.3);
        L t = (a - L.All(2.5)) / (a + L.All(2.5));
        L p = LanePolynomial.Of(
            t,
            1.26483818436247086,
            -0.12235676306590429,
            -0.09902453841758324,
            0.15762992214544702,
            -0.10296709987407066,
            0.032760762385266984,
            0.0009324631449056291,
            -0.004380444186791343,
            0.0004886590339830693,
            0.000623263177536065,
            -8.057052189361706e-05,
            -9.125014097478078e-05);
        return p * Exp(LaneSums.Negate(square)) / (L.All(1.0) + (a + a));
    }

    /// <summary>erf x for |x| of at most 1/2. Error 2^-36.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Series<L>(L x) where L : struct, ILanes<L, double> =>
        x * LanePolynomial.Of(x * x, 1.1283791670823784, -0.3761263852490886, 0.1128377398554103, -0.026863139500114524, 0.005200395582199738, -0.0007694212093517468);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Erf<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        return L.Select(L.Less(L.All(0.5), magnitude), L.All(1.0) - Complement(magnitude, magnitude * magnitude), Series(magnitude)) | LaneSums.SignOf(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Erfc<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L tail = Complement(magnitude, magnitude * magnitude);
        L result = L.Select(L.Less(x, L.All(0.0)), L.All(2.0) - tail, tail);
        return L.Select(L.Less(L.All(0.5), magnitude), result, L.All(1.0) - Series(x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L NormalCdf<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x) * L.All(0.7071067811865476);
        L tail = L.All(0.5) * Complement(magnitude, L.All(0.5) * x * x);
        L result = L.Select(L.Less(x, L.All(0.0)), tail, L.All(1.0) - tail);
        return L.Select(L.Less(L.All(0.5), magnitude), result, L.Fma(L.All(0.5), Series(x * L.All(0.7071067811865476)), L.All(0.5)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Gelu<L>(L x) where L : struct, ILanes<L, double> => Bounded(x) * NormalCdf(x);

    /// <summary>As <see cref="ErrorFunctionLanes.ErfInv"/>, without the last step.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L ErfInv<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x), z = x * x;
        L inner = L.Less(magnitude, L.All(0.5));
        L small = magnitude * LanePolynomial.Of(z, 0.8862269254135084, 0.23201368658730265, 0.12755450653619707, 0.086604590281972, 0.06415901249010597, 0.0582450309632879, 0.01449332345663843, 0.09523125091376079);
        L c = L.All(1.0) - L.Select(inner, L.All(0.5), magnitude);
        L t = L.Sqrt(LaneSums.Negate(LogOfNormal(L.Select(L.Less(c, L.All(1E-17)), L.All(1E-17), c))));
        L u = (t - L.All(2.0)) / (t + L.All(2.0));
        L y = t * LanePolynomial.Of(
            u,
            0.8340941580390064,
            0.43091773256349125,
            -0.42376322409547973,
            0.20193870520380455,
            0.006725539036419569,
            -0.12809856471922673,
            0.1377400302909566,
            -0.07293889343157625,
            -0.013166400676665595,
            0.07389444141347007,
            -0.08303931106398396,
            0.029586782326242102,
            0.03674344000101353,
            -0.03457677149647422);
        L result = L.Select(inner, small, y);
        result = L.Select(L.Less(magnitude, L.All(1.0)), result, L.Select(L.Equal(magnitude, L.All(1.0)), L.All(double.PositiveInfinity), L.All(double.NaN)));
        return result | LaneSums.SignOf(x);
    }

    /// <summary>As <see cref="GammaLanes.LogGamma"/>; for numbers that are not positive it is that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L LogGamma<L>(L x) where L : struct, ILanes<L, double>
    {
        L one = L.All(1.0), large = L.Less(L.All(8.5), x), below = L.Less(x, L.All(0.5)), middle = L.Less(x, L.All(1.5));
        L product = L.Select(below, L.Fma(x, x, x), L.Select(middle, x, one));
        L t = L.Select(below, x, L.Select(middle, x - one, x - L.All(2.0)));
        for (int i = 1; i <= 6; i++)
        {
            L factor = x - L.All(i);
            L more = L.Less(L.All(1.4999999999999998), factor);
            product *= L.Select(more, factor, one);
            t = L.Select(more, factor - L.All(2.0), t);
        }

        // Error 2^-34.
        L log = LogOfNormal(L.Select(large, x, product));
        L near = t * LanePolynomial.Of(
            t,
            0.42278433509982294,
            0.32246703342301647,
            -0.06735230144206325,
            0.020580808651819528,
            -0.007385533012887263,
            0.00289050085639661,
            -0.0011930578845646585,
            0.0005098220242593643,
            -0.00022085348314199304,
            9.833890585918194e-05,
            -5.281624556017836e-05,
            2.4248621853379607e-05);
        L inverse = one / x, square = inverse * inverse;
        L series = inverse * LanePolynomial.Of(square, 0.08333333333333333, -0.002777777777777778, 0.0007936507936507937, -0.0005952380952380953);
        L far = L.Fma(x - L.All(0.5), log, L.All(0.9189385332046728) - x) + series;
        L result = L.Select(large, far, (log ^ (middle & L.AllBits(long.MinValue))) + near);
        L usual = L.Less(L.All(0.0), x) & L.Less(x, L.All(double.PositiveInfinity));
        return L.Every(usual) ? result : LogGammaWide(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L LogGammaWide<L>(L x, L usual, L result) where L : struct, ILanes<L, double> => L.Select(usual, result, GammaLanes.LogGamma(x));

    /// <summary>As <see cref="GammaLanes.Digamma"/>; for numbers that are not positive it is that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Digamma<L>(L x) where L : struct, ILanes<L, double>
    {
        L one = L.All(1.0), large = L.Less(L.All(7.999999999999999), x), below = L.Less(x, one);
        L u = L.Select(below, x + one, x), inverse = one / x;

        // 1/a + 1/b = (a + b)/(a b): half the divisions.
        L sum = LaneSums.Negate(below & inverse);
        for (int i = 1; i <= 5; i += 2)
        {
            L a = x - L.All(i), b = a - one;
            L first = L.Less(L.All(0.9999999999999999), a), second = L.Less(L.All(0.9999999999999999), b);
            u = L.Select(second, b, L.Select(first, a, u));
            sum += (first & L.Select(second, a + b, one)) / L.Select(first, L.Select(second, a * b, a), one);
        }

        // Error 2^-33.
        u = L.Select(large, one, u);
        L p = LanePolynomial.Of(
            u - L.All(1.5),
            0.9510558760497809,
            -0.4236274213018448,
            0.2405424772383803,
            -0.14840491731130045,
            0.09498916839764972,
            -0.061922467792281374,
            0.040750340262802914,
            -0.026968215373302414,
            0.01802433095037958,
            -0.011990550952974466,
            0.007267355241929699,
            -0.00482535275304801,
            0.005288017514268942,
            -0.003544341687756226);
        L small = L.Fma((u - L.All(1.4616321449683622)) - L.All(9.549995429965697e-17), p, sum);
        L square = inverse * inverse;
        L series = square * LanePolynomial.Of(square, 0.08333333333333333, -0.008333333333333333, 0.003968253968253968, -0.004166666666666667, 0.007575757575757576);
        L result = L.Select(large, LogOfNormal(x) - L.Fma(inverse, L.All(0.5), series), small);
        L usual = L.Less(L.All(0.0), x) & L.Less(x, L.All(double.PositiveInfinity));
        return L.Every(usual) ? result : DigammaWide(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L DigammaWide<L>(L x, L usual, L result) where L : struct, ILanes<L, double> => L.Select(usual, result, GammaLanes.Digamma(x));
}
