using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>The exponential function, the hyperbolic tangent and the logistic function of usual floats in lanes of floats.</summary>
/// <remarks>
/// x = k ln 2 + r and e^r = 1 + r + r^2 P(r), with the first sum kept as two floats: what is rounded more than once is the last term only, a twentieth of the result at most. Quotients of such sums
/// take one division.
/// </remarks>
internal static class FloatExponentialLanes
{
    private const float Round = 12582912.0f, Log2E = 1.44269504f, Largest = 87.0f, Saturated = 9.5f;

    // k times the first part is exact.
    private const float Ln2High = 0.693145751953125f, Ln2Low = 1.428606765330187e-06f;

    /// <summary>e^x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Less(L.Abs(x), L.All(Largest));
        L rounded = Reduce(x, out L r, out L tail);
        L sum = LaneSums.FastSum(L.All(1.0f), r, out L rest);
        return (sum + (rest + tail)) * L.ShiftLeft(L.AddBits(rounded, L.AllBits(127)), 23);
    }

    /// <summary>tanh x: an odd polynomial up to 5/8, with an error of 2^-26.7, and 1 - 2 / (e^2|x| + 1) beyond, where what the quotient has lost is half of the result's last place at most.</summary>
    /// <remarks>Half the instructions that sums of two floats take, each of which a processor that waits for the results of a dozen others would pay for twice.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tanh<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Equal(x, x);

        // From here on the result is 1.
        L magnitude = L.Abs(x), square = x * x;
        L bounded = L.Select(L.Less(magnitude, L.All(Saturated)), magnitude, L.All(Saturated));
        L power = Split(bounded + bounded, out L excess);
        L far = L.All(1.0f) - (L.All(2.0f) / L.Fma(power, excess, power + L.All(1.0f)));
        L near = L.Fma(LanePolynomial.Of(square, -0.3333328788, 0.1333138311, -0.05372398876, 0.02056595811, -0.005607688866) * square, magnitude, magnitude);
        return L.Select(L.Less(magnitude, L.All(0.625f)), near, far) | LaneSums.SignOf(x);
    }

    /// <summary>tanh x = (x + x^3 P(x^2)) / Q(x^2), error 2^-25.4: half the instructions of <see cref="Tanh{L}"/>, for some places more of error.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L TanhOfNetworks<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Equal(x, x);

        // From here on the result is 1; the quotient at this number is, rounded as it is.
        L magnitude = L.Least(L.Abs(x), L.All(9.1f)), square = magnitude * magnitude;
        L p = LanePolynomial.Of(square, 0.13382634168473623, 0.0034973930073284388, 2.0634697234808232e-05, 1.3382632357455044e-08);
        L q = LanePolynomial.Of(square, 1.0, 0.46715955444817897, 0.025884119081781808, 0.0003288408876468973, 7.789590465535991e-07);
        return L.Least(L.Fma(square * magnitude, p, magnitude) / q, L.All(1.0f)) | LaneSums.SignOf(x);
    }

    /// <summary>e^(x + xLow) for numbers up to 0, where xLow is at most the rounding of x; 0 where half of the smallest float is more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L ExpOfSum<L>(L x, L xLow, out L usual) where L : struct, ILanes<L, float>
    {
        L vanishes = L.Less(x, L.All(-104.0f));
        usual = vanishes | L.Less(L.Abs(x), L.All(Largest));
        L power = SplitSum(x, xLow, out L excess);
        return L.Select(vanishes, L.All(0.0f), L.Fma(power, excess, power));
    }

    /// <summary>1 / (1 + e^-x): with E = e^-|x|, 1 or E over 1 + E.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sigmoid<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L magnitude = L.Abs(x);
        usual = L.Less(magnitude, L.All(Largest));
        L rounded = Reduce(LaneSums.Negate(magnitude), out L r, out L tail);
        L power = L.ShiftLeft(L.AddBits(rounded, L.AllBits(127)), 23);
        L e = LaneSums.FastSum(power, power * r, out L eLow);
        e = LaneSums.FastSum(e, L.Fma(power, tail, eLow), out eLow);
        L d = LaneSums.FastSum(L.All(1.0f), e, out L dLow);
        L isNegative = L.Less(x, L.All(0.0f));
        return LaneSums.Quotient(L.Select(isNegative, e, L.All(1.0f)), L.Select(isNegative, eLow, L.All(0.0f)), d, dLow + eLow);
    }

    /// <summary>e^x = 2^k (1 + excess), where the power is returned and the excess is rounded as a number of at most 0.42.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Split<L>(L x, out L excess) where L : struct, ILanes<L, float>
    {
        L rounded = L.Fma(x, L.All(Log2E), L.All(Round)), k = rounded - L.All(Round);
        excess = Excess(L.Fma(k, L.All(-Ln2Low), L.Fma(k, L.All(-Ln2High), x)));
        return L.ShiftLeft(L.AddBits(rounded, L.AllBits(127)), 23);
    }

    /// <summary>As <see cref="Split{L}"/> of x + xLow, where xLow is at most the rounding of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SplitSum<L>(L x, L xLow, out L excess) where L : struct, ILanes<L, float>
    {
        L rounded = L.Fma(x, L.All(Log2E), L.All(Round)), k = rounded - L.All(Round);
        excess = Excess(L.Fma(k, L.All(-Ln2Low), L.Fma(k, L.All(-Ln2High), x) + xLow));
        return L.ShiftLeft(L.AddBits(rounded, L.AllBits(127)), 23);
    }

    /// <summary>e^r - 1 for |r| of at most ln(2)/2; the approximation's error is 2^-28.3 of e^r. Two chains, as the power waits for nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Excess<L>(L r) where L : struct, ILanes<L, float>
    {
        L square = r * r;
        L odd = L.Fma(L.All(0.00836870953f), square, L.All(0.1666652069f));
        L even = L.Fma(L.Fma(L.All(0.001381455668f), square, L.All(0.04166838794f)), square, L.All(0.4999999345f));
        return L.Fma(square, L.Fma(odd, r, even), r);
    }

    /// <summary>x = k ln 2 + r, and e^r - 1 - r with what r has lost, error 2^-32; k + <see cref="Round"/> is returned, k in its low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Reduce<L>(L x, out L r, out L tail) where L : struct, ILanes<L, float>
    {
        L rounded = L.Fma(x, L.All(Log2E), L.All(Round));
        L k = rounded - L.All(Round), minus = L.All(-Ln2Low);

        // The first difference is exact.
        L difference = L.Fma(k, L.All(-Ln2High), x);
        r = L.Fma(k, minus, difference);
        L lost = L.Fma(k, minus, difference - r);
        tail = L.Fma(r * r, LanePolynomial.Of(r, 0.500000001, 0.166666667, 0.0416664642, 0.00833331084, 0.00139337307, 0.000198910805), lost);
        return rounded;
    }
}
