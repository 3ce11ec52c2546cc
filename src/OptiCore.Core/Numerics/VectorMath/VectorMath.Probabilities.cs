using System.Numerics;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    /// <summary>The error function 2/sqrt(pi) integral_0^x e^(-t^2) dt. Largest error 1 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Erf<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(ErfFunction), x, destination);

    /// <inheritdoc cref="Erf{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Erf<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(ErfFunction), x);

    /// <summary>The complementary error function 1 - erf x, with all digits in the upper tail. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>0 at infinity, 2 at -infinity.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Erfc<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(ErfcFunction), x, destination);

    /// <inheritdoc cref="Erfc{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Erfc<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(ErfcFunction), x);

    /// <summary>The standard normal distribution function Phi(x) = erfc(-x/sqrt(2))/2, with all digits in the lower tail. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>0 at -infinity, 1 at infinity.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void NormalCdf<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(NormalCdfFunction), x, destination);

    /// <inheritdoc cref="NormalCdf{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T NormalCdf<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(NormalCdfFunction), x);

    /// <summary>The inverse of the error function. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Infinite at 1 and -1, NaN beyond; keeps the sign of zero.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void ErfInv<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(ErfInvFunction), x, destination);

    /// <inheritdoc cref="ErfInv{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T ErfInv<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(ErfInvFunction), x);
}
