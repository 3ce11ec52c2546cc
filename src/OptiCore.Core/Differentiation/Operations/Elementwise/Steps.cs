using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.Differentiation;

// Magnitudes, signs and roundings. One row each.

/// <summary>|x|, with the derivative 0 at 0, the middle of all subgradients.</summary>
internal readonly struct Magnitude : IUnary
{
    public static string Name => "abs";

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Abs(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * Operations.Sign(x);
}

/// <summary>-1, 0 or 1; a NaN stays one.</summary>
internal readonly struct SignFunction : IUnary
{
    public static string Name => "sign";

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = x[i] > T.Zero ? T.One : x[i] < T.Zero ? -T.One : x[i];
    }

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The largest integer that isn't larger.</summary>
internal readonly struct Floor : IUnary
{
    public static string Name => "floor";

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Floor(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The smallest integer that isn't smaller.</summary>
internal readonly struct Ceiling : IUnary
{
    public static string Name => "ceiling";

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Ceiling(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>The nearest integer, of two the even one.</summary>
internal readonly struct Nearest : IUnary
{
    public static string Name => "round";

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => TensorPrimitives.Round(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>1 for a NaN, else 0.</summary>
internal readonly struct IsNotANumber : IUnary
{
    public static string Name => "is-nan";

    public static bool IsStep => true;

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < x.Length; i++)
            y[i] = T.IsNaN(x[i]) ? T.One : T.Zero;
    }

    public static Variable Pull(Variable x, Variable y, Variable g) => throw new System.Diagnostics.UnreachableException();
}
