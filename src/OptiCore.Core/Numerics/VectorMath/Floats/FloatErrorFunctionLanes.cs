using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>The Gaussian error linear unit and its slope of usual floats in lanes of floats.</summary>
/// <remarks>
/// With a = |x| the lower tail is Phi(-a) = e^(-a^2/2) R(a), where R(a) = e^(a^2/2) erfc(a / sqrt 2) / 2 falls from 1/2 like 1 / (a sqrt(2 pi)). Only the square is carried as a sum of two floats: the
/// exponential would magnify what it has lost a hundredfold.
/// </remarks>
internal static class FloatErrorFunctionLanes
{
    // Beyond, e^(-x^2/2) comes close to the subnormal numbers.
    private const float Largest = 12.9f;

    /// <summary>x Phi(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Gelu<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L a = L.Abs(x);
        usual = L.Less(a, L.All(Largest));
        L power = Gaussian(a, out L excess);

        // R(a) = u S(u) with u = 1 / (1 + a/4); error 2^-27. What u has lost of itself is known, and d ln R / d ln u is close to 1 + u (1.2 + u).
        L d = L.Fma(a, L.All(0.25f), L.All(1.0f)), dLow = L.Fma(a, L.All(0.25f), L.All(1.0f) - d);
        L u = L.All(1.0f) / d;
        L lost = L.Fma(LaneSums.Negate(dLow), u, L.Fma(LaneSums.Negate(d), u, L.All(1.0f)));
        lost *= L.Fma(u + L.All(1.2f), u, L.All(1.0f));

        // Two chains: the reciprocal comes late.
        L square = u * u;
        L even = LanePolynomial.Of(square, 0.09974976469, 0.09577902543, 0.08984043706, 0.03495160452, -0.06086190775);
        L odd = LanePolynomial.Of(square, 0.09945879421, 0.07083965498, 0.007055476111, 0.04695184878, 0.0162353058);
        L s = L.Fma(odd, u, even);
        L r = L.Fma(s, lost, s) * u;
        L tail = L.Fma(r, excess, r) * power;
        L result = L.Select(L.Less(x, L.All(0.0f)), x * tail, L.Fma(LaneSums.Negate(x), tail, x));
        return result | LaneSums.SignOf(x);
    }

    /// <summary>The derivative of x Phi(x), Phi(x) + x phi(x) = 1/2 + x P(x^2) / Q(x^2), with an absolute error of 2^-21: it has a zero at -0.75.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L GeluSlope<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        usual = L.Equal(x, x);

        // From here on the result is 0 or 1; the quotient at this number is 1/2, rounded as it is.
        L a = L.Least(L.Abs(x), L.All(5.996616f)), square = a * a;
        L n = LanePolynomial.Of(square, 0.7978845608028654, -0.030751600456395387, 0.01420983328009523, 2.402495334762365e-05, 3.585310584839695e-05, 1.9094387794155579e-07);
        L d = LanePolynomial.Of(square, 1.0, 0.29479563709579004, 0.04106191734514301, 0.0035285803142684298, 0.0001934682587471411, 8.889303774100383e-06);
        return L.All(0.5f) + (((a * n) / d) | LaneSums.SignOf(x));
    }

    /// <summary>e^(-a^2/2) as a power of two and an excess: see <see cref="FloatExponentialLanes.Split{L}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Gaussian<L>(L a, out L excess) where L : struct, ILanes<L, float>
    {
        L square = LaneSums.Product(a, a, out L low);
        return FloatExponentialLanes.SplitSum(L.All(-0.5f) * square, L.All(-0.5f) * low, out excess);
    }
}
