using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Powers of errors for step control, eight at a time: x^p = 2^(p log2 x) with a relative error below 1e-7 for |p| up to 1. A step size needs no more, and the next step
/// waits for it: the logarithm and exponential of full accuracy take more than half as long as the rest of a small system's step.
/// </summary>
/// <remarks>
/// Minimax polynomials on x = 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), and on [-1/2, 1/2], evaluated by pairs (Estrin's scheme). No branch: zero has the logarithm
/// <see cref="LogOfZero"/>; infinity and NaN have one of 1024 or more.
/// </remarks>
internal static class StepPower
{
    /// <summary>What stands for the logarithm of zero: any power of it is beyond every limit of a step controller.</summary>
    public const double LogOfZero = -1e6;

    private const double Round = 6755399441055744.0;

    // Powers beyond are cut by every controller.
    private const double Range = 1000;

    /// <summary>The binary logarithm of numbers that aren't negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Log2(Real8 x) => new(Log2(new PowerVector(x.Low)).Value, Log2(new PowerVector(x.High)).Value);

    /// <summary>2^x, with x cut to [-1000, 1000].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Exp2(Real8 x) => new(Exp2(new PowerVector(x.Low)).Value, Exp2(new PowerVector(x.High)).Value);

    /// <summary>The binary logarithm of numbers that aren't negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Log2<L>(L x) where L : struct, IPowerLanes<L>
    {
        // The offset makes the exponent field step at sqrt(1/2). A NaN may have a sign, which would make it small.
        const long SqrtHalf = 0x3FE6A09E667F3BCD;
        L shifted = L.AddBits(L.Abs(x), 0x3FF0000000000000 - SqrtHalf);
        L k = L.Exponent(shifted) - L.All(4503599627370496.0 + 1023);
        L f = L.AddBits(L.Mantissa(shifted), SqrtHalf) - L.All(1.0);
        L f2 = f * f;
        L low = L.Fma(Line(f, 0.48093939210668496, -0.3600881196939348), f2, Line(f, 1.4426947734753306, -0.7213571214344899));
        L high = L.Fma(Line(f, 0.23688251571902783, -0.14575758781436757), f2, Line(f, 0.28670853575988264, -0.25006118246311937));
        L log = L.Fma(L.Fma(high, f2 * f2, low), f, k);
        return L.IfZero(x, L.All(LogOfZero), log);
    }

    /// <summary>2^x, with x cut to [-1000, 1000].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Exp2<L>(L x) where L : struct, IPowerLanes<L>
    {
        x = L.Least(L.Largest(x, L.All(-Range)), L.All(Range));
        L rounded = x + L.All(Round), r = x - (rounded - L.All(Round)), r2 = r * r;
        L low = L.Fma(Line(r, 0.2402264689062511, 0.05550328776973276), r2, Line(r, 1.0000000005541667, 0.6931472057372619));
        L high = L.Fma(L.All(0.00015345811730524406), r2, Line(r, 0.009618488958106547, 0.0013399931216436303));
        return L.Fma(high, r2 * r2, low) * L.PowerOfTwo(rounded);
    }

    /// <summary>a + b x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Line<L>(L x, double a, double b) where L : struct, IPowerLanes<L> => L.Fma(L.All(b), x, L.All(a));
}
