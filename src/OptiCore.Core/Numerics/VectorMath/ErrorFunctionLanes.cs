using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>The error function and its relatives in lanes of doubles.</summary>
/// <remarks>
/// Up to 1/2, erf x = x P(x^2). Beyond, erfc x = e^(-x^2) erfcx(x) with (1 + 2 x) erfcx(x) = 1 + P(t), t = (x - K)/(x + K), which is smooth up to infinity: M. M. Shepherd, J. G. Laframboise
/// (1981), "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x in 0 &lt;= x &lt; infinity". The square and the exponential are carried as sums.
/// </remarks>
internal static class ErrorFunctionLanes
{
    private const double TwoOverRootPi = 1.1283791670955126, TwoOverRootPiLow = 1.533545961316588e-17;
    private const double RootHalf = 0.7071067811865476, RootHalfLow = -4.833646656726457e-17;

    /// <summary>Where the polynomial of the error function gives way; above, the complement is below one half.</summary>
    private const double Small = 0.5;

    /// <summary>factor erfc(a + aLow) for a of 1/2 to 28 where the square is square + squareLow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Complement<L>(L a, L aLow, L square, L squareLow, L factor, out L q) where L : struct, ILanes<L, double>
    {
        // Absolute error 2^-55.9.
        L t = (a - L.All(3.5)) / (a + L.All(3.5));
        L p = LanePolynomial.Of(
            t,
            0.2423492448711544,
            -0.1400091801376194,
            -0.010555596332218154,
            0.09751909515325562,
            -0.11508959816020019,
            0.087983153824976,
            -0.0488233258277025,
            0.019099330940564232,
            -0.0042150199103127145,
            -0.0003022678609295371,
            0.000564384436572275,
            -0.00012151250855919406,
            -4.2782318421047015e-05,
            2.4261219654736827e-05,
            2.3285567251751068e-06,
            -3.814987450232776e-06,
            -4.465350897687625e-08,
            6.009449502750155e-07,
            -7.553277541969853e-09,
            -9.360608074710018e-08,
            4.3090671598063845e-10,
            1.0588932309061287e-08);
        L n = LaneSums.FastSum(L.All(1.0), p, out L nLow);
        L d = LaneSums.Sum(L.All(1.0), a + a, out L dLow);
        q = LaneSums.Quotient(n, nLow, d, L.Fma(aLow, L.All(2.0), dLow), out L qLow);

        L rounded = ExponentialLanes.ExpOfSum(LaneSums.Negate(square), LaneSums.Negate(squareLow), out L k, out L high, out L low);
        L result = factor * L.Fma(high, q, L.Fma(high, qLow, low * q));
        return L.Every(L.Less(square, L.All(700.0))) ? result * ExponentialLanes.PowerOfTwo(rounded) : ExponentialLanes.Scale(result, k);
    }

    /// <summary>erf(x)/x - 2/sqrt(pi) for x^2 = z of at most 1/4. Error 2^-57.9, relative to erf(x)/x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Series<L>(L z) where L : struct, ILanes<L, double> => L.Fma(
        z,
        LanePolynomial.Of(
            z,
            -0.37612638903183754,
            0.112837916709551,
            -0.026866170645104014,
            0.0052239776243227015,
            -0.0008548326792781157,
            0.00012055306252594572,
            -1.4923827486228955e-05,
            1.6389390291205426e-06,
            -1.4786787853202602e-07),
        L.All(TwoOverRootPiLow));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L ComplementOf<L>(L magnitude) where L : struct, ILanes<L, double>
    {
        L a = ExponentialLanes.Clamp(magnitude, Small, 28.0);
        L square = LaneSums.Product(a, a, out L squareLow);
        return Complement(a, L.All(0.0), square, squareLow, L.All(1.0), out _);
    }

    /// <summary>erf x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Erf<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L small = L.Fma(magnitude, L.All(TwoOverRootPi), magnitude * Series(magnitude * magnitude));
        return L.Select(L.Less(L.All(Small), magnitude), L.All(1.0) - ComplementOf(magnitude), small) | LaneSums.SignOf(x);
    }

    /// <summary>erfc x = 1 - erf x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Erfc<L>(L x) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L tail = ComplementOf(magnitude);
        L result = L.Select(L.Less(x, L.All(0.0)), L.All(2.0) - tail, tail);
        L small = L.Fma(x, L.All(-TwoOverRootPi), L.All(1.0)) - (x * Series(x * x));
        return L.Select(L.Less(L.All(Small), magnitude), result, small);
    }

    /// <summary>The normal distribution function Phi(x) = erfc(-x / sqrt(2)) / 2 times a weight, which is there before a tiny result is rounded to a subnormal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L NormalCdf<L>(L x, L weight) where L : struct, ILanes<L, double>
    {
        // The quotient and its square as sums: far out, erfc magnifies their errors a thousandfold.
        L magnitude = L.Select(L.Less(L.All(39.5), L.Abs(x)), L.All(39.5), L.Abs(x));
        L a = LaneSums.Product(magnitude, L.All(RootHalf), out L aLow);
        aLow = L.Fma(magnitude, L.All(RootHalfLow), aLow);
        L square = LaneSums.Product(magnitude, magnitude, out L squareLow);
        L inner = L.Less(a, L.All(Small));
        L tail = Complement(
            L.Select(inner, L.All(Small), a),
            aLow,
            L.All(0.5) * L.Select(inner, L.All(Small), square),
            L.All(0.5) * squareLow,
            L.All(0.5) * ExponentialLanes.Clamp(weight, -1000.0, 1000.0),
            out _);
        L result = L.Select(L.Less(x, L.All(0.0)), tail, weight - tail);
        L signed = a | LaneSums.SignOf(x), half = signed * L.All(0.5);
        L small = L.Fma(half, L.All(TwoOverRootPi), L.All(0.5)) + (half * Series(signed * signed));
        return L.Select(inner, weight * small, result);
    }

    /// <summary>
    /// The inverse of <see cref="Erf{L}"/>: a polynomial in x^2 up to 1/2; beyond, one in (t - 2)/(t + 2), t = sqrt(-ln(1 - x)), after J. M. Blair, C. A. Edwards, J. H. Johnson (1976), "Rational
    /// Chebyshev approximations for the inverse of the error function", with one step of Newton's method on the complement.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L ErfInv<L>(L x) where L : struct, ILanes<L, double>
    {
        // Error 2^-62.6; sqrt(pi)/2 apart, with its low part.
        L magnitude = L.Abs(x), z = magnitude * magnitude;
        L p = LanePolynomial.Of(
            z,
            0.2320136665346545,
            0.12755617530559762,
            0.08655212924164647,
            0.06495961773378449,
            0.051731282695085895,
            0.042836694528290836,
            0.036466553948515903,
            0.031678810514213604,
            0.028097494779806713,
            0.024068203861166936,
            0.02816041774975283,
            -0.0020711228999282564,
            0.08164204568373952,
            -0.09102089046991597,
            0.11257405066542531);
        L small = L.Fma(magnitude, L.All(0.886226925452758), magnitude * L.Fma(z, p, L.All(-3.8332932499128993e-17)));

        L inner = L.Less(magnitude, L.All(0.5));
        L c = L.All(1.0) - L.Select(inner, L.All(0.5), magnitude);
        c = L.Select(L.Less(c, L.All(1E-17)), L.All(1E-17), c);
        L t = L.Sqrt(LaneSums.Negate(LogarithmLanes.Log(c)));

        // Error 2^-32.8, which the step squares.
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
        L square = LaneSums.Product(y, y, out L squareLow);
        L complement = Complement(y, L.All(0.0), square, squareLow, L.All(1.0), out L q);
        y = L.Fma((complement - c) / complement, q * L.All(0.886226925452758), y);

        L result = L.Select(inner, small, y);
        result = L.Select(L.Less(magnitude, L.All(1.0)), result, L.Select(L.Equal(magnitude, L.All(1.0)), L.All(double.PositiveInfinity), L.All(double.NaN)));
        return result | LaneSums.SignOf(x);
    }
}
