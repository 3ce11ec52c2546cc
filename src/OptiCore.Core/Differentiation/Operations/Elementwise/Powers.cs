using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

// Functions of two numbers by calls for whole spans. One row each.

/// <summary>x^y. The derivative by y is taken as 0 where x is 0.</summary>
internal readonly struct Power : IBinaryCall
{
    public static string Name => "pow";

    public static Type InLanes => typeof(PowFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Pow(x, y, z);

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * y * Operations.Pow(x, y - 1);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g)
    {
        // x^y log x has the limit 0 at x = 0 for positive y; the logarithm there would make a NaN of it.
        Variable isZero = Operations.EqualTo(x, 0);
        return g * z * Operations.Select(isZero, 0, Operations.Log(Operations.Select(isZero, 1, x)));
    }
}

/// <summary>The angle of the point (x, y), here with y as the first argument.</summary>
internal readonly struct ArcTangent2 : IBinaryCall
{
    public static string Name => "atan2";

    public static Type InLanes => typeof(Atan2Function);

    public static void Apply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Atan2(x, y, z);

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * y / (Operations.Square(x) + Operations.Square(y));

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => -(g * x / (Operations.Square(x) + Operations.Square(y)));
}

/// <summary>sqrt(x^2 + y^2) without overflow; at the origin the derivative is taken as 0.</summary>
internal readonly struct Hypotenuse : IBinaryCall
{
    public static string Name => "hypot";

    public static Type InLanes => typeof(HypotFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Hypot(x, y, z);

    public static Variable PullX(Variable x, Variable y, Variable z, Variable g) => g * x / Operations.Select(z, z, 1);

    public static Variable PullY(Variable x, Variable y, Variable z, Variable g) => g * y / Operations.Select(z, z, 1);
}
