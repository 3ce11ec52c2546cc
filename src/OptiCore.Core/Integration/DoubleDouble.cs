using System.Runtime.CompilerServices;

namespace OptiCore.Integration;

/// <summary>
/// An unevaluated sum of two doubles, about 106 bits, for the nodes of Gauss rules. Dekker (1971), A floating-point technique for extending the
/// available precision; products by fused multiply-add.
/// </summary>
internal readonly record struct DoubleDouble(double High, double Low)
{
    public static implicit operator DoubleDouble(double x) => new(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator +(DoubleDouble x, DoubleDouble y)
    {
        double sum = x.High + y.High, part = sum - x.High;
        double error = (x.High - (sum - part)) + (y.High - part) + (x.Low + y.Low);
        return Fast(sum, error);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator -(DoubleDouble x) => new(-x.High, -x.Low);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator -(DoubleDouble x, DoubleDouble y) => x + (-y);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleDouble operator *(DoubleDouble x, DoubleDouble y)
    {
        double product = x.High * y.High;
        double error = Math.FusedMultiplyAdd(x.High, y.High, -product) + ((x.High * y.Low) + (x.Low * y.High));
        return Fast(product, error);
    }

    public static DoubleDouble operator /(DoubleDouble x, DoubleDouble y)
    {
        double first = x.High / y.High;
        DoubleDouble rest = x - (y * first);
        double second = rest.High / y.High;
        rest -= y * second;
        return Fast(first, second) + (rest.High / y.High);
    }

    public static DoubleDouble Sqrt(DoubleDouble x)
    {
        if (x.High <= 0)
            return 0;
        DoubleDouble root = Math.Sqrt(x.High);
        return root + ((x - (root * root)) / (2 * root.High));
    }

    public DoubleDouble Scale(double powerOfTwo) => new(High * powerOfTwo, Low * powerOfTwo);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static DoubleDouble Fast(double large, double small)
    {
        double sum = large + small;
        return new DoubleDouble(sum, small - (sum - large));
    }
}
