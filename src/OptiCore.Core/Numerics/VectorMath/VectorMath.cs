using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>
/// Mathematical functions of all elements of a span: for float and double, the same bits for every vector width, processor and place of an element in its span, with a stated largest
/// error in units in the last place (ULP) of the exact result.
/// </summary>
/// <remarks>
/// <para>Every function takes the whole range of its type: subnormal numbers, zeros with their signs, infinities and NaN as C99, annex F, has them; a NaN result is always the same NaN. The
/// destination may be the argument itself; any other overlap is refused. Nothing is allocated. The methods of single numbers give the bits of those of spans.</para>
/// <para>Only correctly rounded operations are used, fused multiply-add among them, which is slower but not different where the processor has no instruction for it. Floats are computed in lanes of
/// doubles, so that little more than the rounding of the result is left of their error; logarithms, sine and cosine of the usual floats in lanes of floats, twice as many at a time, with sums
/// of two where it counts. The bounds are checked against values with 40 digits over the whole range, and for floats by
/// sweeps.</para>
/// <para>Prefer this to a loop over <see cref="Math"/> for its speed, and to <c>TensorPrimitives</c> where results must not depend on the machine or where digits near zero count (expm1, log1p, sinh, tanh).</para>
/// </remarks>
public static partial class VectorMath
{
    /// <summary>The sines and cosines of x in radians, for the price of little more than one of them. Largest errors as for each alone, with the same bits.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="sin">The sines; may be the arguments.</param>
    /// <param name="cos">The cosines; may be the arguments, but not the sines.</param>
    /// <exception cref="ArgumentException">The lengths differ, or spans overlap without being the same, or the results overlap.</exception>
    public static void SinCos<T>(ReadOnlySpan<T> x, Span<T> sin, Span<T> cos) where T : unmanaged, IFloatingPointIeee754<T> =>
        FloatLoop.MapTwo(default(SinCosFunction), x, sin, cos);

    /// <summary>The exponential linear unit: x for positive x, alpha (e^x - 1) otherwise. Largest error 2 ULP.</summary>
    /// <remarks>D.-A. Clevert, T. Unterthiner, S. Hochreiter (2016), "Fast and accurate deep network learning by exponential linear units (ELUs)".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="alpha">Minus the value at -infinity.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Elu<T>(ReadOnlySpan<T> x, T alpha, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneLoop.Map(new EluFunction(double.CreateTruncating(alpha), 1.0), x, destination);

    /// <summary>
    /// The scaled exponential linear unit: scale x for positive x, scale alpha (e^x - 1) otherwise, with the two constants for which zero mean and unit variance are a fixed point.
    /// Largest error 2 ULP.
    /// </summary>
    /// <remarks>G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter (2017), "Self-normalizing neural networks".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Selu<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneLoop.Map(new EluFunction(1.0507009873554805 * 1.6732632423543772, 1.0507009873554805), x, destination);
}

/// <summary>x times a scale for positive x, alpha (e^x - 1) otherwise.</summary>
internal readonly struct EluFunction(double alpha, double scale) : ILaneFunction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x) where L : struct, ILanes<L, double> => ActivationLanes.Elu(x, alpha, scale);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x) where L : struct, ILanes<L, double> => SingleLanes.Elu(x, alpha, scale);
}

/// <summary>sin x and cos x.</summary>
internal readonly struct SinCosFunction : IFloatFunctionToTwo
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L Of<L>(L x, out L second) where L : struct, ILanes<L, double> => TrigonometricLanes.SinCos(x, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfSingle<L>(L x, out L second) where L : struct, ILanes<L, double> => SingleLanes.SinCos(x, out second);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public L OfFloats<L>(L x, out L second, out L usual) where L : struct, ILanes<L, float> => FloatTrigonometricLanes.SinCos(x, out second, out usual);
}
