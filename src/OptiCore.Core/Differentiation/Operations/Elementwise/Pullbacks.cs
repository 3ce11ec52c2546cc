using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Cotangents of functions whose derivative is a polynomial of their value: one pass over memory for two or three, and nothing but the value to be kept for the way back.

/// <summary>The cotangent of x for y = tanh x, g (1 - y^2).</summary>
internal readonly struct HyperbolicTangentPullback : IBinary
{
    public static string Name => "tanh-pullback";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => y * (L.Constant(1.0) - (x * x));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => -2 * (g * y * x);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => Binary<HyperbolicTangentPullback>.Of(x, g);
}

/// <summary>The cotangent of x for y = 1 / (1 + e^-x), g y (1 - y).</summary>
internal readonly struct LogisticPullback : IBinary
{
    public static string Name => "sigmoid-pullback";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => y * (x * (L.Constant(1.0) - x));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * y * (1 - (2 * x));

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => Binary<LogisticPullback>.Of(x, g);
}
