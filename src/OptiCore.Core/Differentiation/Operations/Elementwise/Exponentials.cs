using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Exponentials, logarithms and powers. One row each: the name, the kernel, the derivative's rule.

/// <summary>-x.</summary>
internal readonly struct Negate : IUnary, ILaneExpression
{
    public static string Name => "negate";

    public static Type InLanes => typeof(Negate);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Negate(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => x ^ L.SignBit;

    public static Variable Pull(Variable x, Variable y, Variable g) => -g;
}

/// <summary>x^2.</summary>
internal readonly struct Square : IUnary, ILaneExpression
{
    public static string Name => "square";

    public static Type InLanes => typeof(Square);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Multiply(x, x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => x * x;

    public static Variable Pull(Variable x, Variable y, Variable g) => 2 * x * g;
}

/// <summary>1 / x.</summary>
internal readonly struct Reciprocal : IUnary, ILaneExpression
{
    public static string Name => "reciprocal";

    public static Type InLanes => typeof(Reciprocal);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Divide(T.One, x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Constant(1.0) / x;

    public static Variable Pull(Variable x, Variable y, Variable g) => -(g * y * y);
}

/// <summary>The square root.</summary>
internal readonly struct SquareRoot : IUnary, ILaneExpression
{
    public static string Name => "sqrt";

    public static Type InLanes => typeof(SquareRoot);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Sqrt(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Sqrt(x);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (2 * y);
}

/// <summary>The cube root.</summary>
internal readonly struct CubeRoot : IUnary
{
    public static string Name => "cbrt";

    public static Type InLanes => typeof(CbrtFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Cbrt(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (3 * y * y);
}

/// <summary>e^x.</summary>
internal readonly struct Exponential : IUnary
{
    public static string Name => "exp";

    public static Type InLanes => typeof(ExpFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Exp(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * y;
}

/// <summary>e^x - 1.</summary>
internal readonly struct ExponentialMinus1 : IUnary
{
    public static string Name => "expm1";

    public static Type InLanes => typeof(Expm1Function);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Expm1(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * (y + 1);
}

/// <summary>The natural logarithm.</summary>
internal readonly struct Logarithm : IUnary
{
    public static string Name => "log";

    public static Type InLanes => typeof(LogFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Log(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / x;
}

/// <summary>log(1 + x).</summary>
internal readonly struct Logarithm1Plus : IUnary
{
    public static string Name => "log1p";

    public static Type InLanes => typeof(Log1pFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Log1p(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g / (1 + x);
}
