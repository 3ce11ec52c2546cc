using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Trigonometric and hyperbolic functions and their inverses. One row each: the name, the kernel, the derivative's rule.

/// <summary>sin x.</summary>
internal readonly struct Sine : IUnary
{
    public static string Name => "sin";

    public static Type InLanes => typeof(SinFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Sin(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Cos(x);
}

/// <summary>cos x.</summary>
internal readonly struct Cosine : IUnary
{
    public static string Name => "cos";

    public static Type InLanes => typeof(CosFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Cos(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => -(g * Operations.Sin(x));
}

/// <summary>tan x.</summary>
internal readonly struct Tangent : IUnary
{
    public static string Name => "tan";

    public static Type InLanes => typeof(TanFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Tan(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (1 + Operations.Square(y));
}

/// <summary>arcsin x.</summary>
internal readonly struct ArcSine : IUnary
{
    public static string Name => "asin";

    public static Type InLanes => typeof(AsinFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Asin(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / Operations.Sqrt((1 - x) * (1 + x));
}

/// <summary>arccos x.</summary>
internal readonly struct ArcCosine : IUnary
{
    public static string Name => "acos";

    public static Type InLanes => typeof(AcosFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Acos(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => -(g / Operations.Sqrt((1 - x) * (1 + x)));
}

/// <summary>arctan x.</summary>
internal readonly struct ArcTangent : IUnary
{
    public static string Name => "atan";

    public static Type InLanes => typeof(AtanFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Atan(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (1 + Operations.Square(x));
}

/// <summary>sinh x.</summary>
internal readonly struct HyperbolicSine : IUnary
{
    public static string Name => "sinh";

    public static Type InLanes => typeof(SinhFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Sinh(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Cosh(x);
}

/// <summary>cosh x.</summary>
internal readonly struct HyperbolicCosine : IUnary
{
    public static string Name => "cosh";

    public static Type InLanes => typeof(CoshFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Cosh(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Sinh(x);
}

/// <summary>tanh x.</summary>
internal readonly struct HyperbolicTangent : IUnary
{
    public static string Name => "tanh";

    public static Type InLanes => typeof(TanhOfNetworksFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.TanhOfNetworks(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => Binary<HyperbolicTangentPullback>.Of(y, g);
}

/// <summary>arsinh x.</summary>
internal readonly struct AreaHyperbolicSine : IUnary
{
    public static string Name => "asinh";

    public static Type InLanes => typeof(AsinhFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Asinh(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / Operations.Sqrt(Operations.Square(x) + 1);
}

/// <summary>arcosh x.</summary>
internal readonly struct AreaHyperbolicCosine : IUnary
{
    public static string Name => "acosh";

    public static Type InLanes => typeof(AcoshFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Acosh(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (Operations.Sqrt(x - 1) * Operations.Sqrt(x + 1));
}

/// <summary>artanh x.</summary>
internal readonly struct AreaHyperbolicTangent : IUnary
{
    public static string Name => "atanh";

    public static Type InLanes => typeof(AtanhFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Atanh(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / ((1 - x) * (1 + x));
}
