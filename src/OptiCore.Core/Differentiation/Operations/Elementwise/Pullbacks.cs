using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

// Cotangents of functions whose derivative is a polynomial of their value: one pass over memory for two or three, and nothing but the value to be kept for the way back.

/// <summary>The cotangent of x for y = tanh x, g (1 - y^2).</summary>
internal readonly struct HyperbolicTangentPullback : IBinary
{
    public static string Name => "tanh-pullback";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => y * (Vector<T>.One - (x * x));

    public static T Apply<T>(T x, T y) where T : unmanaged, IFloatingPointIeee754<T> => y * (T.One - (x * x));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => -2 * (g * y * x);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => Binary<HyperbolicTangentPullback>.Of(x, g);
}

/// <summary>The cotangent of x for y = 1 / (1 + e^-x), g y (1 - y).</summary>
internal readonly struct LogisticPullback : IBinary
{
    public static string Name => "sigmoid-pullback";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Apply<T>(Vector<T> x, Vector<T> y) where T : unmanaged, IFloatingPointIeee754<T> => y * (x * (Vector<T>.One - x));

    public static T Apply<T>(T x, T y) where T : unmanaged, IFloatingPointIeee754<T> => y * (x * (T.One - x));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * y * (1 - (2 * x));

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => Binary<LogisticPullback>.Of(x, g);
}
