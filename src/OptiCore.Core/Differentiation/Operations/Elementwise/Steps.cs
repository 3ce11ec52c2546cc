using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Magnitudes, signs and roundings. One row each.

/// <summary>|x|, with the derivative 0 at 0, the middle of all subgradients.</summary>
internal readonly struct Magnitude : IUnary, ILaneExpression
{
    public static string Name => "abs";

    public static Type InLanes => typeof(Magnitude);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Abs(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Abs(x);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Sign(x);
}

/// <summary>-1, 0 or 1; a NaN stays one.</summary>
internal readonly struct SignFunction : IUnary, ILaneExpression
{
    public static string Name => "sign";

    public static Type InLanes => typeof(SignFunction);

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = x[i] > T.Zero ? T.One : x[i] < T.Zero ? -T.One : x[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Select(L.Less(L.Constant(0.0), x), L.Constant(1.0), L.Select(L.Less(x, L.Constant(0.0)), L.Constant(-1.0), x));

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The largest integer that isn't larger.</summary>
internal readonly struct Floor : IUnary, ILaneExpression
{
    public static string Name => "floor";

    public static Type InLanes => typeof(Floor);

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Floor(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => Wholes.Floor(x);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The smallest integer that isn't smaller.</summary>
internal readonly struct Ceiling : IUnary, ILaneExpression
{
    public static string Name => "ceiling";

    public static Type InLanes => typeof(Ceiling);

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Ceiling(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => Wholes.Ceiling(x);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The nearest integer, of two the even one.</summary>
internal readonly struct Nearest : IUnary, ILaneExpression
{
    public static string Name => "round";

    public static Type InLanes => typeof(Nearest);

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Round(x, y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => Wholes.Nearest(x);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>1 for a NaN, else 0.</summary>
internal readonly struct IsNotANumber : IUnary, ILaneExpression
{
    public static string Name => "is-nan";

    public static Type InLanes => typeof(IsNotANumber);

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = T.IsNaN(x[i]) ? T.One : T.Zero;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x) where L : struct, ILaneArithmetic<L> => L.Select(L.Equal(x, x), L.Constant(0.0), L.Constant(1.0));

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}
