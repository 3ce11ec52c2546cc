using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>
/// The functions for floats in lanes of doubles: the formulas of their neighbours for doubles without low parts and with shorter polynomials. Their relative errors of at most 2^-31 leave
/// floats with at most 0.51 ULP, and the range of doubles makes overflow, underflow and subnormal numbers ordinary cases.
/// </summary>
internal static partial class SingleLanes
{
    /// <summary>x = k ln 2 + r with |x| held at 170 where e^x is 0 or infinite as a float, also times a factor; k + <see cref="ExponentialLanes.Round"/> is returned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Reduce<L>(L x, out L k, out L r) where L : struct, ILanes<L, double>
    {
        L clamped = ExponentialLanes.Clamp(x, -170.0, 170.0);
        L rounded = L.Fma(clamped, L.All(ExponentialLanes.Log2E), L.All(ExponentialLanes.Round));
        k = rounded - L.All(ExponentialLanes.Round);
        r = L.Fma(k, L.All(-ExponentialLanes.Ln2), clamped);
        return rounded;
    }

    /// <summary>e^r - 1 for |r| of at most ln(2)/2. Error 2^-32.1, relative to e^r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Excess<L>(L r) where L : struct, ILanes<L, double> => L.Fma(
        r * r,
        LanePolynomial.Of(r, 0.5000000013473217, 0.1666666668163146, 0.04166646485127931, 0.008333310917262268, 0.0013933658210029136, 0.0001989099994604816),
        r);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp<L>(L x) where L : struct, ILanes<L, double>
    {
        L power = ExponentialLanes.PowerOfTwo(Reduce(x, out _, out L r));
        return L.Fma(Excess(r), power, power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp2<L>(L x) where L : struct, ILanes<L, double>
    {
        L clamped = ExponentialLanes.Clamp(x, -200.0, 200.0);
        L rounded = clamped + L.All(ExponentialLanes.Round);
        L power = ExponentialLanes.PowerOfTwo(rounded);
        return L.Fma(Excess((clamped - (rounded - L.All(ExponentialLanes.Round))) * L.All(ExponentialLanes.Ln2)), power, power);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Expm1<L>(L x) where L : struct, ILanes<L, double>
    {
        L power = ExponentialLanes.PowerOfTwo(Reduce(x, out _, out L r));
        return L.Fma(Excess(r), power, power - L.All(1.0)) | LaneSums.SignOf(x);
    }

    /// <summary>ln(1 + f) for 1 + f of [sqrt(1/2), sqrt(2)). Error 2^-43.1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfMantissa<L>(L f) where L : struct, ILanes<L, double>
    {
        L s = f / (L.All(2.0) + f);
        L z = s * s;
        L p = LanePolynomial.Of(z, 0.6666666666737545, 0.39999998796848674, 0.2857175463573276, 0.22191394493175057, 0.19362776836747533);
        L halfSquare = L.All(0.5) * f * f;
        return f - L.Fma(LaneSums.Negate(s), L.Fma(z, p, halfSquare), halfSquare);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log<L>(L x) where L : struct, ILanes<L, double> => Ends(x, LogOfNormal(x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log2<L>(L x) where L : struct, ILanes<L, double>
    {
        LogarithmLanes.Split(x, LogarithmLanes.Bias<L>(), out L k, out L f);
        return Ends(x, L.Fma(LogOfMantissa(f), L.All(ExponentialLanes.Log2E), k));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log10<L>(L x) where L : struct, ILanes<L, double>
    {
        LogarithmLanes.Split(x, LogarithmLanes.Bias<L>(), out L k, out L f);
        return Ends(x, L.Fma(LogOfMantissa(f), L.All(0.4342944819032518), k * L.All(0.3010299956639812)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfNormal<L>(L x) where L : struct, ILanes<L, double>
    {
        LogarithmLanes.Split(x, LogarithmLanes.Bias<L>(), out L k, out L f);
        return L.Fma(k, L.All(ExponentialLanes.Ln2), LogOfMantissa(f));
    }

    /// <summary>The values of a logarithm at 0, below it, at infinity and NaN; floats that are subnormal are normal as doubles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Ends<L>(L x, L result) where L : struct, ILanes<L, double>
    {
        L usual = L.Less(L.All(0.0), x) & L.Less(x, L.All(double.PositiveInfinity));
        if (L.Every(usual))
            return result;
        L end = L.Select(L.Equal(x, L.All(0.0)), L.All(double.NegativeInfinity), L.Select(L.Less(x, L.All(0.0)), L.All(double.NaN), x));
        return L.Select(usual, result, end);
    }

    /// <summary>ln(1 + x) for x &gt; -1 whose last place is kept by what it adds to 1 exactly or in full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfOnePlus<L>(L x) where L : struct, ILanes<L, double>
    {
        LogarithmLanes.Split(L.All(1.0) + x, LogarithmLanes.Bias<L>(), out L k, out L f);
        f = L.Select(L.Equal(k, L.All(0.0)), x, f);
        return L.Fma(k, L.All(ExponentialLanes.Ln2), LogOfMantissa(f));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log1p<L>(L x) where L : struct, ILanes<L, double> => L.Select(L.Equal(x, L.All(0.0)), x, Ends(x + L.All(1.0), LogOfOnePlus(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tanh<L>(L x) where L : struct, ILanes<L, double>
    {
        // (e^2|x| - 1) / (e^2|x| + 1), both times 2^-k; from 10 on the result is 1.
        L magnitude = L.Abs(x);
        magnitude = L.Select(L.Less(L.All(10.0), magnitude), L.All(10.0), magnitude);
        Reduce(magnitude + magnitude, out L k, out L r);
        L power = ExponentialLanes.PowerOfTwo(L.All(ExponentialLanes.Round) - k), excess = Excess(r);
        return (((L.All(1.0) - power) + excess) / ((L.All(1.0) + power) + excess)) | LaneSums.SignOf(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sinh<L>(L x) where L : struct, ILanes<L, double>
    {
        // With E = e^|x| - 1: (E + E / (E + 1)) / 2.
        L power = ExponentialLanes.PowerOfTwo(Reduce(L.Abs(x), out _, out L r));
        L e = L.Fma(Excess(r), power, power - L.All(1.0));
        return (L.All(0.5) * (e + (e / (e + L.All(1.0))))) | LaneSums.SignOf(x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cosh<L>(L x) where L : struct, ILanes<L, double>
    {
        L e = Exp(L.Abs(x));
        return L.All(0.5) * (e + (L.All(1.0) / e));
    }

    /// <summary>x = q pi/2 + r; floats come no nearer to multiples than what the two parts keep. Returns q in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Angle<L>(L x, out L sin, out L cos) where L : struct, ILanes<L, double>
    {
        L q = L.Fma(x, L.All(0.6366197723675814), L.All(ExponentialLanes.Round));
        L k = q - L.All(ExponentialLanes.Round);
        L r = L.Fma(k, L.All(-TrigonometricLanes.HalfPiMiddle), L.Fma(k, L.All(-TrigonometricLanes.HalfPi), x));
        SinCosOf(r, out sin, out cos);
        return q;
    }

    /// <summary>Errors 2^-35.8 and 2^-40.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SinCosOf<L>(L r, out L sin, out L cos) where L : struct, ILanes<L, double>
    {
        // The factor r keeps the sign of zero.
        L z = r * r;
        sin = r * LanePolynomial.Of(z, 1.0, -0.16666666663853044, 0.008333331873837089, -0.00019840086263755443, 2.7249864655139585e-06);
        cos = LanePolynomial.Of(z, 1.0, -0.5, 0.04166666666431933, -0.0013888887671288108, 2.480059998353171e-05, -2.7300908167996537e-07);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Turned<L>(L q, L sin, L cos) where L : struct, ILanes<L, double> =>
        L.Select(L.Equal(q & L.AllBits(1), L.AllBits(0)), sin, cos) ^ (L.ShiftLeft(q, 62) & L.AllBits(long.MinValue));

    private const double Large = 1099511627776.0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sin<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = Turned(Angle(x, out L sin, out L cos), sin, cos), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<SinOfLarge>(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cos<L>(L x) where L : struct, ILanes<L, double>
    {
        L q = Angle(x, out L sin, out L cos);
        L result = Turned(L.AddBits(q, L.AllBits(1)), sin, cos), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<CosOfLarge>(x, usual, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SinCos<L>(L x, out L cos) where L : struct, ILanes<L, double>
    {
        L q = Angle(x, out L s, out L c);
        L sin = Turned(q, s, c), usual = L.Less(L.Abs(x), L.All(Large));
        cos = Turned(L.AddBits(q, L.AllBits(1)), s, c);
        if (L.Every(usual))
            return sin;
        cos = L.OneByOne<CosOfLarge>(x, usual, cos);
        return L.OneByOne<SinOfLarge>(x, usual, sin);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tan<L>(L x) where L : struct, ILanes<L, double>
    {
        L result = Ratio(Angle(x, out L sin, out L cos), sin, cos), usual = L.Less(L.Abs(x), L.All(Large));
        return L.Every(usual) ? result : L.OneByOne<TanOfLarge>(x, usual, result);
    }

    /// <summary>sin / cos, or -cos / sin in odd quadrants.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Ratio<L>(L q, L sin, L cos) where L : struct, ILanes<L, double>
    {
        L even = L.Equal(q & L.AllBits(1), L.AllBits(0));
        return L.Select(even, sin, cos) / L.Select(even, cos, sin) ^ L.ShiftLeft(q, 63);
    }

    private readonly struct SinOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out _);
            SinCosOf(r, out S sin, out S cos);
            return Turned(q, sin, cos);
        }
    }

    private readonly struct CosOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out _);
            SinCosOf(r, out S sin, out S cos);
            return Turned(S.AddBits(q, S.AllBits(1)), sin, cos);
        }
    }

    private readonly struct TanOfLarge : IOneLane
    {
        public static S Of<S>(S x) where S : struct, ILanes<S, double>
        {
            S q = LargeAngle.Reduce(x, out S r, out _);
            SinCosOf(r, out S sin, out S cos);
            return Ratio(q, sin, cos);
        }
    }

    /// <summary>x^y = e^(y ln |x|); the exponent's error is below 2^-35 where the result is neither 0 nor infinite as a float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Pow<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L magnitude = L.Abs(x);
        L result = Exp(y * LogOfNormal(magnitude));
        L integer = y + L.All(ExponentialLanes.Round);
        L negative = L.Less(x, L.All(0.0));
        L isInteger = L.Equal(integer - L.All(ExponentialLanes.Round), y);
        result ^= negative & L.ShiftLeft(integer, 63);
        result = L.Select(L.Select(negative, isInteger, L.Equal(x, x)), result, L.All(double.NaN));
        L usual = L.Less(L.All(0.0), magnitude) & L.Less(magnitude, L.All(double.PositiveInfinity)) & L.Less(L.Abs(y), L.All(1125899906842624.0));
        return L.Every(usual) ? result : PowWide(x, y, usual, result);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L PowWide<L>(L x, L y, L usual, L result) where L : struct, ILanes<L, double>
    {
        // Floats from 2^24 on are even integers; zeros, infinities, NaN and what is beyond 2^50 leave the doubles' own power nothing to round but 0, 1 and infinity.
        L power = PowerLanes.Pow(x, y);
        return L.Select(usual, result, power);
    }

    /// <summary>The squares of floats are exact as doubles, and in range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Hypot<L>(L x, L y) where L : struct, ILanes<L, double>
    {
        L square = L.Fma(x, x, y * y), result = L.Sqrt(square);
        if (L.Every(L.Less(square, L.All(double.PositiveInfinity))))
            return result;

        // Infinite if either is, whatever the other.
        L infinity = L.All(double.PositiveInfinity);
        return L.Select(L.Equal(L.Abs(x), infinity) | L.Equal(L.Abs(y), infinity), infinity, result);
    }

    /// <summary>sign(x) ln(1 + y) with y = |x| + x^2 / (1 + sqrt(1 + x^2)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Asinh<L>(L x) where L : struct, ILanes<L, double>
    {
        L a = L.Abs(x), square = a * a, one = L.All(1.0);
        L result = LogOfOnePlus(a + (square / (one + L.Sqrt(one + square))));
        return L.Select(L.Less(a, L.All(double.PositiveInfinity)), result, a) | LaneSums.SignOf(x);
    }

    /// <summary>ln(1 + y) with y = t + sqrt(2 t + t^2), t = x - 1; NaN below 1, where the root is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Acosh<L>(L x) where L : struct, ILanes<L, double>
    {
        L t = x - L.All(1.0);
        L result = LogOfOnePlusAny(t + L.Sqrt(t * (t + L.All(2.0))));
        return L.Select(L.Less(x, L.All(1.0)), L.All(double.NaN), result);
    }

    /// <summary>sign(x) ln(1 + 2 |x| / (1 - |x|)) / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Atanh<L>(L x) where L : struct, ILanes<L, double>
    {
        L a = L.Abs(x), one = L.All(1.0);
        L result = L.All(0.5) * LogOfOnePlusAny((a + a) / (one - a));
        return L.Select(L.Less(one, a), L.All(double.NaN), result) | LaneSums.SignOf(x);
    }

    /// <summary>ln(1 + y) for y of 0 on, infinite for infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L LogOfOnePlusAny<L>(L y) where L : struct, ILanes<L, double> =>
        L.Select(L.Less(y, L.All(double.PositiveInfinity)), LogOfOnePlus(y), y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sigmoid<L>(L x) where L : struct, ILanes<L, double> => L.All(1.0) / (L.All(1.0) + Exp(LaneSums.Negate(x)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Softplus<L>(L x) where L : struct, ILanes<L, double> =>
        L.Select(L.Less(x, L.All(0.0)), L.All(0.0), x) + LogOfOnePlus(Exp(LaneSums.Negate(L.Abs(x))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Silu<L>(L x) where L : struct, ILanes<L, double> => Bounded(x) * Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L GeluTanh<L>(L x) where L : struct, ILanes<L, double>
    {
        L inner = ExponentialLanes.Clamp(x, -50.0, 50.0);
        return Bounded(x) * Sigmoid(inner * L.Fma(inner * inner, L.All(0.07135481627260025), L.All(1.5957691216057308)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Mish<L>(L x) where L : struct, ILanes<L, double>
    {
        L e = Exp(L.Select(L.Less(L.All(40.0), x), L.All(40.0), x));
        L n = e * (e + L.All(2.0));
        return Bounded(x) * (n / (n + L.All(2.0)));
    }

    /// <summary>x where it counts: a factor that has become 0 turns minus infinity into -0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Bounded<L>(L x) where L : struct, ILanes<L, double> => L.Select(L.Less(x, L.All(-1000.0)), L.All(-1000.0), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Elu<L>(L x, double alpha, double scale) where L : struct, ILanes<L, double>
    {
        L positive = L.Less(L.All(0.0), x);
        return L.Select(positive, x * L.All(scale), Expm1(L.Select(positive, L.All(0.0), x)) * L.All(alpha));
    }
}
