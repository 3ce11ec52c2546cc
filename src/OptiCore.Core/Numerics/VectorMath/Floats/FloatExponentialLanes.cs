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

    /// <summary>tanh x = (1 - 2^-k + E) / (1 + 2^-k + E) with 2 |x| = k ln 2 + r and E = e^r - 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Tanh<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Equal(x, x);

        // From here on the result is 1.
        L magnitude = L.Abs(x);
        magnitude = L.Select(L.Less(magnitude, L.All(Saturated)), magnitude, L.All(Saturated));
        L rounded = Reduce(magnitude + magnitude, out L r, out L tail);
        L power = L.ShiftLeft(L.SubtractBits(L.AllBits(0x4B400000 + 127), rounded), 23);
        L minus = LaneSums.FastSum(L.All(1.0f), LaneSums.Negate(power), out L minusLow), plus = LaneSums.FastSum(L.All(1.0f), power, out L plusLow);
        L n = LaneSums.FastSum(minus, r, out L nLow), d = LaneSums.FastSum(plus, r, out L dLow);
        n = LaneSums.FastSum(n, (nLow + minusLow) + tail, out nLow);
        d = LaneSums.FastSum(d, (dLow + plusLow) + tail, out dLow);
        return LaneSums.Quotient(n, nLow, d, dLow) | LaneSums.SignOf(x);
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
