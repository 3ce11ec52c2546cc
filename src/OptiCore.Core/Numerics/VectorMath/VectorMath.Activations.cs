using System.Numerics;

namespace OptiCore.Numerics;

public static partial class VectorMath
{
    /// <summary>The logistic function 1/(1 + e^-x). Largest error 1 ULP, for floats 0.85 ULP.</summary>
    /// <remarks>0 at -infinity, 1 at infinity; all digits in the lower tail.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Sigmoid<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(SigmoidFunction), x, destination);

    /// <inheritdoc cref="Sigmoid{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Sigmoid<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.One(default(SigmoidFunction), x);

    /// <summary>ln(1 + e^x). Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>0 at -infinity, infinity at infinity; all digits in the lower tail.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Softplus<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(SoftplusFunction), x, destination);

    /// <inheritdoc cref="Softplus{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Softplus<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(SoftplusFunction), x);

    /// <summary>ln(1/(1 + e^-x)) = -softplus(-x). Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>-infinity at -infinity, -0 at infinity; all digits in the upper tail.</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void LogSigmoid<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(LogSigmoidFunction), x, destination);

    /// <inheritdoc cref="LogSigmoid{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T LogSigmoid<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(LogSigmoidFunction), x);

    /// <summary>The Gaussian error linear unit x Phi(x) with the normal distribution function Phi. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>-0 at -infinity. D. Hendrycks, K. Gimpel (2016), "Gaussian error linear units (GELUs)".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Gelu<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(GeluFunction), x, destination);

    /// <inheritdoc cref="Gelu{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Gelu<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(GeluFunction), x);

    /// <summary><see cref="Gelu{T}(ReadOnlySpan{T}, Span{T})"/> for networks: floats in lanes of floats, three times as fast, largest error 4 ULP.</summary>
    internal static void GeluOfNetworks<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(GeluFunction), x, destination);

    /// <summary>The derivative of <see cref="Gelu{T}(ReadOnlySpan{T}, Span{T})"/>, Phi(x) + x phi(x). Absolute error 2^-51, for floats 2^-21.</summary>
    internal static void GeluSlope<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(GeluSlopeFunction), x, destination);

    /// <summary>The tanh form of the Gaussian error linear unit, x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))/2. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>It differs from <see cref="Gelu{T}(ReadOnlySpan{T}, Span{T})"/> by up to 5e-4 and is there for networks trained with it. D. Hendrycks, K. Gimpel (2016), "Gaussian error linear units (GELUs)".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void GeluTanh<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(GeluTanhFunction), x, destination);

    /// <inheritdoc cref="GeluTanh{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T GeluTanh<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(GeluTanhFunction), x);

    /// <summary>The sigmoid linear unit x/(1 + e^-x), also called swish. Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>-0 at -infinity. S. Elfwing, E. Uchibe, K. Doya (2018), "Sigmoid-weighted linear units for neural network function approximation in reinforcement learning".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Silu<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(SiluFunction), x, destination);

    /// <inheritdoc cref="Silu{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Silu<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(SiluFunction), x);

    /// <summary>x tanh(ln(1 + e^x)). Largest error 2 ULP, for floats 0.51 ULP.</summary>
    /// <remarks>-0 at -infinity. D. Misra (2020), "Mish: A self regularized non-monotonic activation function".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The arguments.</param>
    /// <param name="destination">The values; may be the arguments.</param>
    /// <exception cref="ArgumentException">The lengths differ, or the spans overlap without being the same.</exception>
    public static void Mish<T>(ReadOnlySpan<T> x, Span<T> destination) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.Map(default(MishFunction), x, destination);

    /// <inheritdoc cref="Mish{T}(ReadOnlySpan{T}, Span{T})"/>
    public static T Mish<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => LaneLoop.One(default(MishFunction), x);
}
