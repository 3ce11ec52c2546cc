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
    private const float DensityAtZero = 0.3989422804f;

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

    /// <summary>The derivative of x Phi(x), Phi(x) + x phi(x), with an absolute error of 2^-21: it has a zero at -0.75.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L GeluSlope<L>(L x, out L usual) where L : struct, ILanes<L, float>
    {
        L a = L.Abs(x);
        usual = L.Less(a, L.All(Largest));
        L power = Gaussian(a, out L excess);

        // R(a) = n / d; error 2^-27.6. Below 0 the slope is e^(-a^2/2) (R(a) - a phi(0)), above 0 what that leaves of 1.
        L n = LanePolynomial.Of(a, 0.5000000023684736, 0.4349754819732266, 0.1807834697350114, 0.03980860366773919, 0.0039943269361640745);
        L d = LanePolynomial.Of(a, 1.0, 1.667835867408331, 1.192303456793237, 0.4629993680383919, 0.09979302339801784, 0.010012142652187988);
        L r = L.Fma(a * L.All(-DensityAtZero), d, n) / d;
        L tail = L.Fma(r, excess, r) * power;
        return L.Select(L.Less(x, L.All(0.0f)), tail, L.All(1.0f) - tail);
    }

    /// <summary>e^(-a^2/2) as a power of two and an excess: see <see cref="FloatExponentialLanes.Split{L}"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Gaussian<L>(L a, out L excess) where L : struct, ILanes<L, float>
    {
        L square = LaneSums.Product(a, a, out L low);
        return FloatExponentialLanes.SplitSum(L.All(-0.5f) * square, L.All(-0.5f) * low, out excess);
    }
}
