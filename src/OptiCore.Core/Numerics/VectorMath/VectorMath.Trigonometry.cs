using System.Numerics;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    /// <summary>The sine of x in radians, for every x. Largest error 1 ULP, for floats 0.77 ULP.</summary>
    /// <remarks>NaN at the infinities; keeps the sign of zero. Arguments from 2^40 on are reduced one by one and take some twenty times as long; floats from 2^16 on take twice as long.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Sin<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(SinFunction), x, destination);

    /// <inheritdoc cref="Sin{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Sin<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(SinFunction), x);

    /// <summary>The cosine of x in radians, for every x. Largest error 1 ULP, for floats 0.77 ULP.</summary>
    /// <remarks>NaN at the infinities. Arguments from 2^40 on are reduced one by one and take some twenty times as long; floats from 2^16 on take twice as long.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Cos<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(CosFunction), x, destination);

    /// <inheritdoc cref="Cos{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Cos<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(CosFunction), x);

    /// <summary>The tangent of x in radians, for every x. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>NaN at the infinities; keeps the sign of zero. Arguments from 2^40 on are reduced one by one and take some twenty times as long.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Tan<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(TanFunction), x, destination);

    /// <inheritdoc cref="Tan{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Tan<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(TanFunction), x);

    /// <summary>The arcsine of x in radians, from -pi/2 to pi/2. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>NaN outside of [-1, 1]; keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Asin<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(AsinFunction), x, destination);

    /// <inheritdoc cref="Asin{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Asin<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(AsinFunction), x);

    /// <summary>The arccosine of x in radians, from 0 to pi. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>NaN outside of [-1, 1].</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Acos<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(AcosFunction), x, destination);

    /// <inheritdoc cref="Acos{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Acos<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(AcosFunction), x);

    /// <summary>The arctangent of x in radians, from -pi/2 to pi/2. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Atan<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(AtanFunction), x, destination);

    /// <inheritdoc cref="Atan{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Atan<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(AtanFunction), x);

    /// <summary>The angle in radians of the point with abscissa x and ordinate y, from -pi to pi, with every special case of C99, annex F. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>The signs of zeros choose the side of the cut: +-pi for y = +-0 and negative x, -0 included.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="y">The ordinates.</param>
    /// <param name="x">The abscissas.</param>
    /// <param name="destination">The values; may be either of the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the destination overlaps an argument without being it.</exception>
    public static void Atan2<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneLoop.Map(default(Atan2Function), y, x, destination);

    /// <inheritdoc cref="Atan2{T}(ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static T Atan2<T>(T y, T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(Atan2Function), y, x);
}
