using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Sine and cosine of floats below 2^16 in lanes of floats.</summary>
/// <remarks>The reduction of <see cref="TrigonometricLanes"/> with parts of pi/2 that are floats, 72 bits in all: the remainder and its low part keep what the nearest multiple leaves.</remarks>
internal static class FloatTrigonometricLanes
{
    private const float Round = 12582912.0f, TwoOverPi = 0.636619747f, Large = 65536.0f;
    private const float HalfPi = 1.5707963705062866f, HalfPiMiddle = -4.371138828673793e-08f, HalfPiLow = -1.7151245100058819e-15f;

    /// <summary>sin x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sin<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L q = Parts(x, out L sin, out L cos, out usual);
        return L.Select(L.Equal(x, L.All(0.0f)), x, Turned(q, sin, cos));
    }

    /// <summary>cos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Cos<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L q = Parts(x, out L sin, out L cos, out usual);
        return Turned(L.AddBits(q, L.AllBits(1)), sin, cos);
    }

    /// <summary>sin x and cos x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L SinCos<L>(L x, out L second, out L usual) where L : struct, ILanes<L, float>
    {
        L q = Parts(x, out L sin, out L cos, out usual);
        second = Turned(L.AddBits(q, L.AllBits(1)), sin, cos);
        return L.Select(L.Equal(x, L.All(0.0f)), x, Turned(q, sin, cos));
    }

    /// <summary>x = q pi/2 + r; the sine and cosine of r, and q in the low bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Parts<L>(L x, out L sin, out L cos, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Less(L.Abs(x), L.All(Large));
        L q = L.Fma(x, L.All(TwoOverPi), L.All(Round));
        L k = q - L.All(Round);

        // The first difference is exact: a multiple of 2^-24 below 1.
        L first = L.Fma(k, L.All(-HalfPi), x);
        L second = LaneSums.Product(k, L.All(-HalfPiMiddle), out L secondLow);
        L r = LaneSums.Sum(first, second, out L low);
        low += L.Fma(k, L.All(-HalfPiLow), secondLow);

        // Errors 2^-28.2 and 2^-30.9.
        L z = LaneSums.Product(r, r, out L zLow);
        L s = L.Fma(r * z, LanePolynomial.Of(z, -0.166666666, 0.00833332937, -0.000198393299, 2.71826409e-06), L.Fma(z * L.All(-0.5f), low, low));
        L half = z * L.All(0.5f);
        L c = LaneSums.FastSum(L.All(1.0f), LaneSums.Negate(half), out L rest);
        rest = L.Fma(z * z, LanePolynomial.Of(z, 0.0416666468, -0.00138873637, 2.44379942e-05), L.Fma(zLow, L.All(-0.5f), rest - (r * low)));
        sin = r + s;
        cos = c + rest;
        return q;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Turned<L>(L q, L sin, L cos) where L : struct, ILanes<L, float> =>
        L.Select(L.Equal(q & L.AllBits(1), L.AllBits(0)), sin, cos) ^ (L.ShiftLeft(q, 30) & L.SignBit);
}
