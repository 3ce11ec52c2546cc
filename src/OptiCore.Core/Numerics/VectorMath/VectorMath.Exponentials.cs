using System.Numerics;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    /// <summary>e^x. Largest error 1 ULP, for floats 0.66 ULP.</summary>
    /// <remarks>0 at -infinity, infinity from 709.79 on; results below the smallest normal number are rounded once more.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Exp<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(ExpFunction), x, destination);

    /// <inheritdoc cref="Exp{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Exp<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(ExpFunction), x);

    /// <summary>2^x. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Exact for integers.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Exp2<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(Exp2Function), x, destination);

    /// <inheritdoc cref="Exp2{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Exp2<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(Exp2Function), x);

    /// <summary>e^x - 1, with all digits near 0. Largest error 2 ULP, for floats 0.52 ULP.</summary>
    /// <remarks>-1 at -infinity; keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Expm1<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(Expm1Function), x, destination);

    /// <inheritdoc cref="Expm1{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Expm1<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(Expm1Function), x);

    /// <summary>ln x. Largest error 1 ULP, for floats 0.64 ULP.</summary>
    /// <remarks>-infinity at 0, NaN below, infinity at infinity.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Log<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(LogFunction), x, destination);

    /// <inheritdoc cref="Log{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Log<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(LogFunction), x);

    /// <summary>log2 x. Largest error 1 ULP, for floats 0.7 ULP.</summary>
    /// <remarks>Exact at powers of two. -infinity at 0, NaN below, infinity at infinity.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Log2<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(Log2Function), x, destination);

    /// <inheritdoc cref="Log2{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Log2<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(Log2Function), x);

    /// <summary>log10 x. Largest error 1 ULP, for floats 0.67 ULP.</summary>
    /// <remarks>-infinity at 0, NaN below, infinity at infinity.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Log10<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(Log10Function), x, destination);

    /// <inheritdoc cref="Log10{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Log10<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(Log10Function), x);

    /// <summary>ln(1 + x), with all digits near 0. Largest error 1 ULP, for floats 0.66 ULP.</summary>
    /// <remarks>-infinity at -1, NaN below, infinity at infinity; keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Log1p<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(Log1pFunction), x, destination);

    /// <inheritdoc cref="Log1p{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Log1p<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(Log1pFunction), x);

    /// <summary>x^y, with every special case of C99, annex F. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>1 where y is 0 or x is 1, even with NaN; NaN for negative x unless y is an integer.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The bases.</param>
    /// <param name="y">The exponents.</param>
    /// <param name="destination">The values; may be either of the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the destination overlaps an argument without being it.</exception>
    public static void Pow<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneLoop.Map(default(PowFunction), x, y, destination);

    /// <inheritdoc cref="Pow{T}(ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static T Pow<T>(T x, T y) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(PowFunction), x, y);

    /// <summary>The cube root of x, with the sign of x. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Exact for cubes of integers.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Cbrt<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(CbrtFunction), x, destination);

    /// <inheritdoc cref="Cbrt{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Cbrt<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(CbrtFunction), x);

    /// <summary>sqrt(x^2 + y^2) without overflow or underflow on the way. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Infinity if either is infinite, even if the other is NaN.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The first legs.</param>
    /// <param name="y">The second legs.</param>
    /// <param name="destination">The values; may be either of the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the destination overlaps an argument without being it.</exception>
    public static void Hypot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneLoop.Map(default(HypotFunction), x, y, destination);

    /// <inheritdoc cref="Hypot{T}(ReadOnlySpan{T}, ReadOnlySpan{T}, Span{T})"/>
    public static T Hypot<T>(T x, T y) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(HypotFunction), x, y);
}
