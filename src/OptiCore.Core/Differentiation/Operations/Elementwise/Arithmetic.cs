using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Functions of two numbers in registers. One row each: the name, the function of a vector and of a number, the derivatives' rules.

/// <summary>x + y.</summary>
internal readonly struct Add : IBinary
{
    public static string Name => "add";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => x + y;

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g;

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => g;

    public static Variable? Simplify(Variable x, Variable y) =>
        y.IsConstant(out double right) && right == 0 && y.Shape.BroadcastsTo(x.Shape) ? x
        : x.IsConstant(out double left) && left == 0 && x.Shape.BroadcastsTo(y.Shape) ? y : null;
}

/// <summary>x - y.</summary>
internal readonly struct Subtract : IBinary
{
    public static string Name => "subtract";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => x - y;

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g;

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => -g;

    public static Variable? Simplify(Variable x, Variable y) =>
        y.IsConstant(out double right) && right == 0 && y.Shape.BroadcastsTo(x.Shape) ? x
        : x.IsConstant(out double left) && left == 0 && x.Shape.BroadcastsTo(y.Shape) ? -y : null;
}

/// <summary>x y.</summary>
internal readonly struct Multiply : IBinary
{
    public static string Name => "multiply";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => x * y;

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * y;

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => g * x;

    public static Variable? Simplify(Variable x, Variable y)
    {
        if (y.IsConstant(out double right) && y.Shape.BroadcastsTo(x.Shape) && right is 1 or -1)
            return right == 1 ? x : -x;
        if (x.IsConstant(out double left) && x.Shape.BroadcastsTo(y.Shape) && left is 1 or -1)
            return left == 1 ? y : -y;
        return null;
    }
}

/// <summary>x / y.</summary>
internal readonly struct Divide : IBinary
{
    public static string Name => "divide";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => x / y;

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g / y;

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => -(g * z / y);

    public static Variable? Simplify(Variable x, Variable y) => y.IsConstant(out double right) && right == 1 && y.Shape.BroadcastsTo(x.Shape) ? x : null;
}

/// <summary>The larger of two; of equal ones each gets half of the derivative. A NaN wins.</summary>
internal readonly struct Maximum : IBinary
{
    public static string Name => "max";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => L.Max(x, y);

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * Share(x > y, x >= y);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => g * Share(y > x, y >= x);

    /// <summary>1 where strictly ahead, 1/2 where equal.</summary>
    public static Variable Share(Variable ahead, Variable notBehind) => 0.5 * (ahead + notBehind);
}

/// <summary>The smaller of two; of equal ones each gets half of the derivative. A NaN wins.</summary>
internal readonly struct Minimum : IBinary
{
    public static string Name => "min";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => L.Max(x ^ L.SignBit, y ^ L.SignBit) ^ L.SignBit;

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * Maximum.Share(x < y, x <= y);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => g * Maximum.Share(y < x, y <= x);
}

/// <summary>1 where x > y.</summary>
internal readonly struct Greater : IBinary
{
    public static string Name => "greater";

    public static bool IsStep => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => L.Select(L.Less(y, x), L.Constant(1.0), L.Constant(0.0));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>1 where x >= y.</summary>
internal readonly struct GreaterOrEqual : IBinary
{
    public static string Name => "greater or equal";

    public static bool IsStep => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => L.Select(L.Less(y, x) | L.Equal(y, x), L.Constant(1.0), L.Constant(0.0));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();
}

/// <summary>1 where x = y.</summary>
internal readonly struct Equal : IBinary
{
    public static string Name => "equal";

    public static bool IsStep => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static L Of<L>(L x, L y) where L : struct, ILaneArithmetic<L> => L.Select(L.Equal(x, y), L.Constant(1.0), L.Constant(0.0));

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => throw new System.Diagnostics.UnreachableException();
}
