using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Functions of networks and of probability. One row each: the name, the kernel, the derivative's rule.

/// <summary>max(x, 0), with the derivative 0 at 0.</summary>
internal readonly struct Rectifier : IUnary, ILaneExpression
{
    public static string Name => "relu";

    public static Type InLanes => typeof(Rectifier);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Max(x, T.Zero, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Max(x, L.Constant(0.0));

    public static Variable Pull(Variable x, Variable y, Variable g) => Operations.Select(x > 0, g, 0);
}

/// <summary>1 / (1 + e^-x).</summary>
internal readonly struct LogisticFunction : IUnary
{
    public static string Name => "sigmoid";

    public static Type InLanes => typeof(LogisticLanes);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => FloatLoop.Map(default(LogisticLanes), x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => Binary<LogisticPullback>.Of(y, g);
}

/// <summary>log(1 + e^x).</summary>
internal readonly struct SoftPlus : IUnary
{
    public static string Name => "softplus";

    public static Type InLanes => typeof(SoftplusFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Softplus(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Sigmoid(x);
}

/// <summary>x / (1 + e^-x).</summary>
internal readonly struct SigmoidLinear : IUnary
{
    public static string Name => "silu";

    public static Type InLanes => typeof(SiluFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Silu(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Sigmoid(x) * (1 + (x * (1 - Operations.Sigmoid(x))));
}

/// <summary>x Phi(x).</summary>
internal readonly struct GaussianErrorLinear : IUnary
{
    public static string Name => "gelu";

    public static Type InLanes => typeof(GeluFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.GeluOfNetworks(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Unary<GaussianErrorLinearSlope>.Of(x);
}

/// <summary>The derivative of x Phi(x), Phi(x) + x phi(x): one exponential for both terms.</summary>
internal readonly struct GaussianErrorLinearSlope : IUnary
{
    public static string Name => "gelu-slope";

    public static Type InLanes => typeof(GeluSlopeFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.GeluSlope(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * ((2 - Operations.Square(x)) * Operations.NormalDensity(x));
}

/// <summary>erf x.</summary>
internal readonly struct ErrorFunction : IUnary
{
    /// <summary>2 / sqrt(pi), the slope at 0.</summary>
    public const double Scale = 1.1283791670955126;

    public static string Name => "erf";

    public static Type InLanes => typeof(ErfFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Erf(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (ErrorFunction.Scale * Operations.Exp(-Operations.Square(x)));
}

/// <summary>1 - erf x.</summary>
internal readonly struct ComplementaryErrorFunction : IUnary
{
    public static string Name => "erfc";

    public static Type InLanes => typeof(ErfcFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Erfc(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (-ErrorFunction.Scale * Operations.Exp(-Operations.Square(x)));
}

/// <summary>The inverse of erf.</summary>
internal readonly struct InverseErrorFunction : IUnary
{
    public static string Name => "erfinv";

    public static Type InLanes => typeof(ErfInvFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.ErfInv(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (Operations.Exp(Operations.Square(y)) / ErrorFunction.Scale);
}

/// <summary>The distribution function Phi of the standard normal law.</summary>
internal readonly struct NormalDistributionFunction : IUnary
{
    public static string Name => "normal-cdf";

    public static Type InLanes => typeof(NormalCdfFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.NormalCdf(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.NormalDensity(x);
}

/// <summary>log |Gamma(x)|.</summary>
internal readonly struct LogGammaFunction : IUnary
{
    public static string Name => "lgamma";

    public static Type InLanes => typeof(Numerics.LogGammaFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.LogGamma(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Digamma(x);
}
