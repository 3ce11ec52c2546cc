using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Optimizers;

/// <summary>The few operations on registers that many rules share.</summary>
internal static class Lanes
{
    /// <summary>A hyperparameter, rounded once to the element type, in every element.</summary>
    public static Vector<T> Of<T>(double value) where T : unmanaged, IFloatingPointIeee754<T> => Vector.Create(T.CreateTruncating(value));

    /// <summary>-1, 0 or 1 by the sign of each element; 0, -0 and NaN stay what they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Sign<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> => Vector.ConditionalSelect(
        Vector.GreaterThan(x, Vector<T>.Zero), Vector<T>.One, Vector.ConditionalSelect(Vector.LessThan(x, Vector<T>.Zero), -Vector<T>.One, x));

    /// <summary>
    /// The larger of two elements; <paramref name="b"/> where one is NaN. Two instructions, where <see cref="Vector.Max{T}"/> takes nine to be right for NaN on
    /// either side and for zeros of either sign.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Larger<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.ConditionalSelect(Vector.GreaterThan(a, b), a, b);

    /// <summary>The smaller of two elements; <paramref name="b"/> where one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Smaller<T>(Vector<T> a, Vector<T> b) where T : unmanaged, IFloatingPointIeee754<T> => Vector.ConditionalSelect(Vector.LessThan(a, b), a, b);

    /// <summary>
    /// What an exponential average keeps: elements below the smallest normal number become 0. Where gradients stay 0, as behind a rectifier that is off, the average would sink to the
    /// denormal numbers and stay there for good, since 0.9 of the four smallest rounds to themselves; a step is then some thirty times slower on processors that handle them in microcode.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<T> Normal<T>(Vector<T> x) where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.AndNot(x, Vector.LessThan(Vector.Abs(x), Of<T>(typeof(T) == typeof(float) ? 1.1754943508222875e-38 : 2.2250738585072014e-308)));

    /// <summary>1 - beta^count: what the weights of an exponential average that began at zero sum to.</summary>
    public static double BiasCorrection(double beta, long count) => 1 - Math.Pow(beta, count);
}
