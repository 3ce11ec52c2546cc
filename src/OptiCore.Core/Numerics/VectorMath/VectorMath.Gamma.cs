using System.Numerics;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    /// <summary>ln |Gamma(x)|. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Infinity at 0 and the negative integers and at both infinities. For negative x the bound is for the error relative to the larger of 1 and |x|: the function has a zero between any two of its poles below -2. Negative numbers are treated one by one.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void LogGamma<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(LogGammaFunction), x, destination);

    /// <inheritdoc cref="LogGamma{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T LogGamma<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(LogGammaFunction), x);

    /// <summary>The digamma function, the derivative of ln Gamma(x). Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>Minus infinity at 0 and infinity at -0, NaN at the negative integers and at -infinity. For negative x the bound is for the error relative to the larger of 1 and |pi cot(pi x)|. Negative numbers are treated one by one.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Digamma<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(DigammaFunction), x, destination);

    /// <inheritdoc cref="Digamma{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Digamma<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(DigammaFunction), x);
}
