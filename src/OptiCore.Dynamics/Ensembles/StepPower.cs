using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
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
    public static Real8 Log2(Real8 x) => new(Log2(x.Low), Log2(x.High));

    /// <summary>2^x, with x cut to [-1000, 1000].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real8 Exp2(Real8 x) => new(Exp2(x.Low), Exp2(x.High));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Log2(Vector256<double> x)
    {
        // The offset makes the exponent field step at sqrt(1/2). A NaN may have a sign, which would make it small.
        const long SqrtHalf = 0x3FE6A09E667F3BCD;
        Vector256<long> shifted = Vector256.Abs(x).AsInt64() + Vector256.Create(0x3FF0000000000000 - SqrtHalf);
        Vector256<double> k = (Vector256.ShiftRightLogical(shifted, 52) | Vector256.Create(0x4330000000000000)).AsDouble() - Vector256.Create(4503599627370496.0 + 1023);
        Vector256<double> f = ((shifted & Vector256.Create(0x000FFFFFFFFFFFFF)) + Vector256.Create(SqrtHalf)).AsDouble() - Vector256.Create(1.0);
        Vector256<double> f2 = f * f;
        Vector256<double> low = Fma(Line(f, 0.48093939210668496, -0.3600881196939348), f2, Line(f, 1.4426947734753306, -0.7213571214344899));
        Vector256<double> high = Fma(Line(f, 0.23688251571902783, -0.14575758781436757), f2, Line(f, 0.28670853575988264, -0.25006118246311937));
        Vector256<double> log = Fma(Fma(high, f2 * f2, low), f, k);
        return Vector256.ConditionalSelect(Vector256.Equals(x, Vector256<double>.Zero), Vector256.Create(LogOfZero), log);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Exp2(Vector256<double> x)
    {
        x = Vector256.MinNative(Vector256.MaxNative(x, Vector256.Create(-Range)), Vector256.Create(Range));
        Vector256<double> rounded = x + Vector256.Create(Round), r = x - (rounded - Vector256.Create(Round)), r2 = r * r;
        Vector256<double> low = Fma(Line(r, 0.2402264689062511, 0.05550328776973276), r2, Line(r, 1.0000000005541667, 0.6931472057372619));
        Vector256<double> high = Fma(Vector256.Create(0.00015345811730524406), r2, Line(r, 0.009618488958106547, 0.0013399931216436303));
        Vector256<long> power = Vector256.ShiftLeft(rounded.AsInt64() + Vector256.Create(1023L), 52);
        return Fma(high, r2 * r2, low) * power.AsDouble();
    }

    /// <summary>a + b x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Line(Vector256<double> x, double a, double b) => Fma(Vector256.Create(b), x, Vector256.Create(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Fma(Vector256<double> a, Vector256<double> b, Vector256<double> c) => Vector256.FusedMultiplyAdd(a, b, c);
}
