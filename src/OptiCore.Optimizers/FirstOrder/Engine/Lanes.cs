using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>The few operations on registers that many rules share.</summary>
internal static class Lanes
{
    /// <summary>A hyperparameter, rounded once to the element type.</summary>
    public static T Of<T>(double value) where T : unmanaged, IFloatingPointIeee754<T> => T.CreateTruncating(value);

    /// <summary>-1, 0 or 1 by the sign of each element; 0, -0 and NaN stay what they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Sign<L>(L x) where L : struct, ILaneArithmetic<L> => L.SelectLess(L.Constant(0), x, L.Constant(1), L.SelectLess(x, L.Constant(0), L.Constant(-1), x));

    /// <summary>The larger of two elements; <paramref name="b"/> where one is NaN. Two instructions, where <see cref="ILaneArithmetic{TSelf}.Max"/> takes more to be right for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Larger<L>(L a, L b) where L : struct, ILaneArithmetic<L> => L.SelectLess(b, a, a, b);

    /// <summary>The smaller of two elements; <paramref name="b"/> where one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Smaller<L>(L a, L b) where L : struct, ILaneArithmetic<L> => L.SelectLess(a, b, a, b);

    /// <summary>
    /// What an exponential average keeps: elements below the smallest normal number become 0. Where gradients stay 0, as behind a rectifier that is off, the average would sink to the
    /// denormal numbers and stay there for good, since 0.9 of the four smallest rounds to themselves; a step is then some thirty times slower on processors that handle them in microcode.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Normal<L>(L x) where L : struct, ILaneArithmetic<L> => L.Normal(x);

    /// <summary>1 - beta^count: what the weights of an exponential average that began at zero sum to.</summary>
    public static double BiasCorrection(double beta, long count) => 1 - Math.Pow(beta, count);
}
