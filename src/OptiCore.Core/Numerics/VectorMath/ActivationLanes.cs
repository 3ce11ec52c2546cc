using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Activation functions of networks in lanes of doubles.</summary>
internal static class ActivationLanes
{
    /// <summary>weight / (1 + e^-(v + vLow)); the weight is there before a tiny result is rounded to a subnormal number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L SigmoidOfSum<L>(L v, L vLow, L weight) where L : struct, ILanes<L, double>
    {
        // With E = e^-|v|: 1/(1 + E) for positive v, E/(1 + E) for negative.
        L sign = LaneSums.SignOf(v), magnitude = L.Abs(v);
        L beyond = L.Less(L.All(760.0), magnitude);
        L negated = L.Select(beyond, L.All(-760.0), LaneSums.Negate(magnitude));
        L rounded = ExponentialLanes.ExpOfSum(negated, L.Select(beyond, L.All(0.0), LaneSums.Negate(vLow ^ sign)), out L k, out L high, out L low);
        L negative = L.Less(v, L.All(0.0));
        if (L.Every(L.Less(magnitude, L.All(700.0))))
        {
            L power = ExponentialLanes.PowerOfTwo(rounded);
            L e = high * power, eLow = low * power;
            L d = LaneSums.FastSum(L.All(1.0), e, out L dLow);
            return weight * LaneSums.Quotient(L.Select(negative, e, L.All(1.0)), negative & eLow, d, dLow + eLow);
        }

        return SigmoidWide(v, weight, high, low, k);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L SigmoidWide<L>(L v, L weight, L high, L low, L k) where L : struct, ILanes<L, double>
    {
        L inside = L.Less(L.Abs(v), L.All(700.0)), negative = L.Less(v, L.All(0.0));
        L power = ExponentialLanes.PowerOfTwo(L.Select(inside, k, L.All(0.0)) + L.All(ExponentialLanes.Round));
        L e = high * power, eLow = low * power;
        L d = LaneSums.FastSum(L.All(1.0), e, out L dLow);
        L result = weight * LaneSums.Quotient(L.Select(negative, e, L.All(1.0)), negative & eLow, d, dLow + eLow);
        L outside = L.Select(negative, ExponentialLanes.Scale(weight * (high + low), k), weight * L.Select(L.Equal(v, v), L.All(1.0), v));
        return L.Select(inside, result, outside);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sigmoid<L>(L x) where L : struct, ILanes<L, double> => SigmoidOfSum(x, L.All(0.0), L.All(1.0));

    /// <summary>ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Softplus<L>(L x) where L : struct, ILanes<L, double>
    {
        L e = ExponentialLanes.Exp(LaneSums.Negate(L.Abs(x)));
        L u = LaneSums.FastSum(L.All(1.0), e, out L low);
        L log = LogarithmLanes.LogOfSum(u, low);
        return L.Select(L.Less(x, L.All(0.0)), L.All(0.0), x) + log;
    }

    /// <summary>x / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Silu<L>(L x) where L : struct, ILanes<L, double> => SigmoidOfSum(x, L.All(0.0), Bounded(x));

    /// <summary>x Phi(x) with the normal distribution function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Gelu<L>(L x) where L : struct, ILanes<L, double> => ErrorFunctionLanes.NormalCdf(x, x);

    /// <summary>The derivative of x Phi(x), Phi(x) + x phi(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L GeluSlope<L>(L x) where L : struct, ILanes<L, double>
    {
        // Beyond, the density is 0 and would make infinity NaN.
        L inner = ExponentialLanes.Clamp(x, -40.0, 40.0);
        L density = L.All(0.3989422804014327) * ExponentialLanes.Exp(L.All(-0.5) * inner * inner);
        return L.Fma(inner, density, ErrorFunctionLanes.NormalCdf(x, L.All(1.0)));
    }

    /// <summary>x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2 = x / (1 + e^-2u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L GeluTanh<L>(L x) where L : struct, ILanes<L, double>
    {
        // 2u = x (c + d x^2), as a sum because the exponential magnifies its error.
        L inner = ExponentialLanes.Clamp(x, -50.0, 50.0);
        L square = LaneSums.Product(inner, inner, out L squareLow);
        L cubic = LaneSums.Product(square, L.All(0.07135481627260025), out L cubicLow);
        cubicLow = L.Fma(square, L.All(-6.175149918155315e-19), L.Fma(squareLow, L.All(0.07135481627260025), cubicLow));
        L w = LaneSums.Sum(L.All(1.5957691216057308), cubic, out L wLow);
        wLow += cubicLow + L.All(-9.96930880911092e-17);
        L v = LaneSums.Product(inner, w, out L vLow);
        return SigmoidOfSum(v, L.Fma(inner, wLow, vLow), Bounded(x));
    }

    /// <summary>x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Mish<L>(L x) where L : struct, ILanes<L, double>
    {
        // Above 40 the factor is 1; below -745 it is 0, also with the smallest numbers.
        L inner = ExponentialLanes.Clamp(x, -760.0, 40.0);
        ExponentialLanes.ExpOfSum(inner, L.All(0.0), out L k, out L high, out L low);
        L safe = L.Select(L.Less(inner, L.All(-700.0)), L.All(-1000.0), k);
        L power = ExponentialLanes.PowerOfTwo(safe + L.All(ExponentialLanes.Round));
        L e = high * power, eLow = low * power;
        L s = LaneSums.Sum(L.All(2.0), e, out L sLow);
        L n = LaneSums.Product(e, s, out L nLow);
        nLow = L.Fma(e, sLow + eLow, L.Fma(eLow, s, nLow));
        L d = LaneSums.Sum(L.All(2.0), n, out L dLow);
        L result = Bounded(x) * LaneSums.Quotient(n, nLow, d, dLow + nLow);
        return L.Every(L.Less(L.All(-700.0), x)) ? result : MishWide(x, result, high + low, k);
    }

    /// <summary>x e^x below -700.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static L MishWide<L>(L x, L result, L p, L k) where L : struct, ILanes<L, double> =>
        L.Select(L.Less(x, L.All(-700.0)), ExponentialLanes.Scale(Bounded(x) * p, k), result);

    /// <summary>x where it counts: a factor that has become 0 turns minus infinity into -0, not into NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Bounded<L>(L x) where L : struct, ILanes<L, double> => L.Select(L.Less(x, L.All(-1000.0)), L.All(-1000.0), x);

    /// <summary>x for positive x, alpha (e^x - 1) otherwise, all times the scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Elu<L>(L x, double alpha, double scale) where L : struct, ILanes<L, double>
    {
        L positive = L.Less(L.All(0.0), x);
        return L.Select(positive, x * L.All(scale), ExponentialLanes.Expm1(L.Select(positive, L.All(0.0), x)) * L.All(alpha));
    }
}
