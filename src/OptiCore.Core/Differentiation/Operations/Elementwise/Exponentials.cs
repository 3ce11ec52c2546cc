using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Exponentials, logarithms and powers. One row each: the name, the kernel, the derivative's rule.

/// <summary>-x.</summary>
internal readonly struct Negate : IUnary
{
    public static string Name => "negate";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Negate(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => -g;
}

/// <summary>x^2.</summary>
internal readonly struct Square : IUnary
{
    public static string Name => "square";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Multiply(x, x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => 2 * x * g;
}

/// <summary>1 / x.</summary>
internal readonly struct Reciprocal : IUnary
{
    public static string Name => "reciprocal";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Divide(T.One, x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => -(g * y * y);
}

/// <summary>The square root.</summary>
internal readonly struct SquareRoot : IUnary
{
    public static string Name => "sqrt";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Sqrt(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (2 * y);
}

/// <summary>The cube root.</summary>
internal readonly struct CubeRoot : IUnary
{
    public static string Name => "cbrt";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Cbrt(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (3 * y * y);
}

/// <summary>e^x.</summary>
internal readonly struct Exponential : IUnary
{
    public static string Name => "exp";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Exp(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * y;
}

/// <summary>e^x - 1.</summary>
internal readonly struct ExponentialMinus1 : IUnary
{
    public static string Name => "expm1";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Expm1(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (y + 1);
}

/// <summary>The natural logarithm.</summary>
internal readonly struct Logarithm : IUnary
{
    public static string Name => "log";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Log(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / x;
}

/// <summary>log(1 + x).</summary>
internal readonly struct Logarithm1Plus : IUnary
{
    public static string Name => "log1p";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Log1p(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (1 + x);
}
