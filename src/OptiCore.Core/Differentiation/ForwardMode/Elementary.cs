using System.Numerics;
using System.Runtime.CompilerServices;
using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// The elementary functions under short names, for plain numbers, dual numbers and intervals alike: with <c>using static OptiCore.Elementary;</c> one formula,
/// <c>100 * Sq(x[1] - x[0] * x[0]) + Sq(1 - x[0])</c>, gives values and derivatives.
/// </summary>
/// <remarks>Accuracy is that of the number type; for <see cref="double"/> that of <see cref="Math"/>, a few ULP. No function branches on an <see cref="Interval"/> or a
/// <c>Dual&lt;Interval&gt;</c>: their bounds hold on both sides of every branch.</remarks>
public static class Elementary
{
    /// <summary>The square x^2.</summary>
    public static T Sq<T>(T x) where T : IMultiplyOperators<T, T, T> =>
        typeof(T) == typeof(Interval) ? As<Interval, T>(Interval.Square(As<T, Interval>(x)))
        : typeof(T) == typeof(Dual<Interval>) ? As<Dual<Interval>, T>(IntervalRules.Square(As<T, Dual<Interval>>(x)))
        : x * x;

    /// <summary>The exponential e^x.</summary>
    public static T Exp<T>(T x) where T : IExponentialFunctions<T> => T.Exp(x);

    /// <summary>e^x - 1, accurate near 0 for <see cref="double"/> as well (the in-box function subtracts).</summary>
    public static T Expm1<T>(T x) where T : IExponentialFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
    {
        if (IsInterval<T>())
            return T.ExpM1(x);

        // e^x - 1 = 2 sinh(x/2) e^(x/2): no cancellation. Large arguments would make it infinity times a number.
        if (!(T.Abs(x) < T.One))
            return T.Exp(x) - T.One;
        T half = x / (T.One + T.One);
        return (T.One + T.One) * T.Sinh(half) * T.Exp(half);
    }

    /// <summary>The natural logarithm.</summary>
    public static T Log<T>(T x) where T : ILogarithmicFunctions<T> => T.Log(x);

    /// <summary>log(1 + x), accurate near 0 for <see cref="double"/> as well (the in-box function adds).</summary>
    public static T Log1p<T>(T x) where T : ILogarithmicFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
    {
        if (IsInterval<T>())
            return T.LogP1(x);

        // log(1 + x) = 2 artanh(x / (2 + x)): no cancellation.
        T two = T.One + T.One;
        return T.Abs(x) < T.One / two ? two * T.Atanh(x / (two + x)) : T.Log(T.One + x);
    }

    /// <summary>The square root.</summary>
    public static T Sqrt<T>(T x) where T : IRootFunctions<T> => T.Sqrt(x);

    /// <summary>The sine.</summary>
    public static T Sin<T>(T x) where T : ITrigonometricFunctions<T> => T.Sin(x);

    /// <summary>The cosine.</summary>
    public static T Cos<T>(T x) where T : ITrigonometricFunctions<T> => T.Cos(x);

    /// <summary>The tangent.</summary>
    public static T Tan<T>(T x) where T : ITrigonometricFunctions<T> => T.Tan(x);

    /// <summary>The inverse tangent.</summary>
    public static T Atan<T>(T x) where T : ITrigonometricFunctions<T> => T.Atan(x);

    /// <summary>
    /// The angle of the point (x, y), from -pi to pi. At the origin 0 (with the signs of IEEE 754) for plain numbers, but NaN for dual ones: the angle
    /// has no derivative there.
    /// </summary>
    public static T Atan2<T>(T y, T x) where T : ITrigonometricFunctions<T>, IComparisonOperators<T, T, bool>
    {
        if (typeof(T) == typeof(double))
            return As<double, T>(Math.Atan2(As<T, double>(y), As<T, double>(x)));
        if (typeof(T) == typeof(float))
            return As<float, T>(MathF.Atan2(As<T, float>(y), As<T, float>(x)));
        if (typeof(T) == typeof(Interval))
            return As<Interval, T>(Interval.Atan2(As<T, Interval>(y), As<T, Interval>(x)));
        if (typeof(T) == typeof(Dual<Interval>))
            return As<Dual<Interval>, T>(IntervalRules.Atan2(As<T, Dual<Interval>>(y), As<T, Dual<Interval>>(x)));
        T halfTurn = T.IsNegative(y) ? -T.Pi : T.Pi;
        if (T.Abs(y) > T.Abs(x))
            return (halfTurn / (T.One + T.One)) - T.Atan(x / y);
        T angle = T.Atan(y / x);
        return T.IsNegative(x) ? angle + halfTurn : angle;
    }

    /// <summary>The hyperbolic tangent.</summary>
    public static T Tanh<T>(T x) where T : IHyperbolicFunctions<T> => T.Tanh(x);

    /// <summary>The power x^y.</summary>
    public static T Pow<T>(T x, T y) where T : IPowerFunctions<T> => T.Pow(x, y);

    /// <summary>The absolute value; slope 0 at 0.</summary>
    public static T Abs<T>(T x) where T : INumberBase<T> => T.Abs(x);

    /// <summary>The larger of two numbers, NaN if one is; of equal ones the mean, which for dual numbers is the mean of their derivatives.</summary>
    public static T Max<T>(T x, T y) where T : INumberBase<T>, IComparisonOperators<T, T, bool> =>
        typeof(T) == typeof(Interval) ? As<Interval, T>(Interval.Max(As<T, Interval>(x), As<T, Interval>(y)))
        : typeof(T) == typeof(Dual<Interval>) ? As<Dual<Interval>, T>(IntervalRules.Max(As<T, Dual<Interval>>(x), As<T, Dual<Interval>>(y)))
        : T.IsNaN(x) ? x : T.IsNaN(y) ? y : x > y ? x : y > x ? y : Middle(x, y);

    /// <summary>The smaller of two numbers, NaN if one is; of equal ones the mean, which for dual numbers is the mean of their derivatives.</summary>
    public static T Min<T>(T x, T y) where T : INumberBase<T>, IComparisonOperators<T, T, bool> =>
        typeof(T) == typeof(Interval) ? As<Interval, T>(Interval.Min(As<T, Interval>(x), As<T, Interval>(y)))
        : typeof(T) == typeof(Dual<Interval>) ? As<Dual<Interval>, T>(IntervalRules.Min(As<T, Dual<Interval>>(x), As<T, Dual<Interval>>(y)))
        : T.IsNaN(x) ? x : T.IsNaN(y) ? y : x < y ? x : y < x ? y : Middle(x, y);

    /// <summary>The logistic function 1 / (1 + e^-x), without overflow on either side.</summary>
    public static T Sigmoid<T>(T x) where T : IExponentialFunctions<T>, IComparisonOperators<T, T, bool>
    {
        if (IsInterval<T>() || x >= T.Zero)
            return T.One / (T.One + T.Exp(-x));
        T e = T.Exp(x);
        return e / (T.One + e);
    }

    /// <summary>log(1 + e^x), without overflow, and accurate where it is nearly x or nearly 0.</summary>
    public static T SoftPlus<T>(T x)
        where T : IExponentialFunctions<T>, ILogarithmicFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool> =>
        typeof(T) == typeof(Interval) ? As<Interval, T>(Interval.SoftPlus(As<T, Interval>(x)))
        : typeof(T) == typeof(Dual<Interval>) ? As<Dual<Interval>, T>(IntervalRules.SoftPlus(As<T, Dual<Interval>>(x)))
        : x > T.Zero ? x + Log1p(T.Exp(-x)) : Log1p(T.Exp(x));

    private static bool IsInterval<T>() => typeof(T) == typeof(Interval) || typeof(T) == typeof(Dual<Interval>);

    /// <summary>The number as what its type was found to be; the compiler of the runtime leaves nothing of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TTo As<TFrom, TTo>(TFrom x) => Unsafe.As<TFrom, TTo>(ref x);

    // For infinities of one sign the sum of halves is right as well; for a plain number it is the number itself, subnormals apart.
    private static T Middle<T>(T x, T y) where T : INumberBase<T>
    {
        if (typeof(T) == typeof(double) || typeof(T) == typeof(float))
            return x;
        T two = T.One + T.One;
        return (x / two) + (y / two);
    }
}
