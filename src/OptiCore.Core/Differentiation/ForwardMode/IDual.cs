using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Differentiation;

/// <summary>
/// The rules of forward-mode differentiation, written once for every dual number: a value and how fast it changes in one or several directions.
/// Each function f says its value f(x) and its slope f'(x), in terms of the scalar alone.
/// </summary>
/// <typeparam name="TSelf">The dual number.</typeparam>
/// <typeparam name="T">The scalar, itself a number or a dual number.</typeparam>
internal interface IDual<TSelf, T> :
    IRootFunctions<TSelf>, IExponentialFunctions<TSelf>, ILogarithmicFunctions<TSelf>, IPowerFunctions<TSelf>,
    ITrigonometricFunctions<TSelf>, IHyperbolicFunctions<TSelf>, IComparisonOperators<TSelf, TSelf, bool>
    where TSelf : struct, IDual<TSelf, T>
    where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
        ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
{
    /// <summary>The value.</summary>
    T Value { get; }

    /// <summary>The constant: a value that doesn't change.</summary>
    static abstract TSelf Constant(T value);

    /// <summary>The chain rule: <paramref name="value"/>, changing <paramref name="slope"/> times as fast as x; not at all where x doesn't change.</summary>
    static abstract TSelf Chain(T value, T slope, TSelf x);

    /// <summary>The chain rule for two arguments.</summary>
    static abstract TSelf Chain(T value, T slopeX, TSelf x, T slopeY, TSelf y);

    /// <summary>True when the value changes in no direction.</summary>
    static abstract bool IsConstant(TSelf x);

    /// <summary>True when the value is 0 and changes in no direction.</summary>
    static abstract bool IsConstantZero(TSelf x);

    private static T Two => T.One + T.One;

    private static T Ten => T.CreateChecked(10);

    private static T Half => T.One / Two;

    // Constants.
    static TSelf INumberBase<TSelf>.One => TSelf.Constant(T.One);

    static TSelf INumberBase<TSelf>.Zero => TSelf.Constant(T.Zero);

    static int INumberBase<TSelf>.Radix => T.Radix;

    static TSelf IAdditiveIdentity<TSelf, TSelf>.AdditiveIdentity => TSelf.Constant(T.Zero);

    static TSelf IMultiplicativeIdentity<TSelf, TSelf>.MultiplicativeIdentity => TSelf.Constant(T.One);

    static TSelf IFloatingPointConstants<TSelf>.E => TSelf.Constant(T.E);

    static TSelf IFloatingPointConstants<TSelf>.Pi => TSelf.Constant(T.Pi);

    static TSelf IFloatingPointConstants<TSelf>.Tau => TSelf.Constant(T.Tau);

    // Powers and roots.
    static TSelf IRootFunctions<TSelf>.Sqrt(TSelf x)
    {
        T root = T.Sqrt(x.Value);
        return TSelf.Chain(root, Half / root, x);
    }

    static TSelf IRootFunctions<TSelf>.Cbrt(TSelf x)
    {
        T root = T.Cbrt(x.Value);
        return TSelf.Chain(root, T.One / (T.CreateChecked(3) * root * root), x);
    }

    static TSelf IRootFunctions<TSelf>.RootN(TSelf x, int n)
    {
        T root = T.RootN(x.Value, n);
        return TSelf.Chain(root, root / (T.CreateChecked(n) * x.Value), x);
    }

    static TSelf IRootFunctions<TSelf>.Hypot(TSelf x, TSelf y)
    {
        T length = T.Hypot(x.Value, y.Value);

        // At the origin, a kink like that of |x|: the slope 0 is the middle of all subgradients.
        return IsSurelyZero(length)
            ? TSelf.Chain(length, T.Zero, x, T.Zero, y)
            : TSelf.Chain(length, Cosine(x.Value, length), x, Cosine(y.Value, length), y);
    }

    static TSelf IPowerFunctions<TSelf>.Pow(TSelf x, TSelf y)
    {
        T value = T.Pow(x.Value, y.Value);

        // d/dx x^y = y x^(y-1), which is 0 for the constant exponent 0 even at x = 0; d/dy x^y = x^y log x, whose limit at x = 0 is 0 for y > 0.
        T slopeX = TSelf.IsConstantZero(y) ? T.Zero : y.Value * T.Pow(x.Value, y.Value - T.One);
        if (TSelf.IsConstant(y))
            return TSelf.Chain(value, slopeX, x);
        T slopeY = IsSurelyZero(x.Value) && y.Value > T.Zero ? T.Zero : value * T.Log(x.Value);
        return TSelf.Chain(value, slopeX, x, slopeY, y);
    }

    // Exponentials.
    static TSelf IExponentialFunctions<TSelf>.Exp(TSelf x)
    {
        T value = T.Exp(x.Value);
        return TSelf.Chain(value, value, x);
    }

    static TSelf IExponentialFunctions<TSelf>.ExpM1(TSelf x) => TSelf.Chain(T.ExpM1(x.Value), T.Exp(x.Value), x);

    static TSelf IExponentialFunctions<TSelf>.Exp2(TSelf x)
    {
        T value = T.Exp2(x.Value);
        return TSelf.Chain(value, value * T.Log(Two), x);
    }

    static TSelf IExponentialFunctions<TSelf>.Exp2M1(TSelf x) => TSelf.Chain(T.Exp2M1(x.Value), T.Exp2(x.Value) * T.Log(Two), x);

    static TSelf IExponentialFunctions<TSelf>.Exp10(TSelf x)
    {
        T value = T.Exp10(x.Value);
        return TSelf.Chain(value, value * T.Log(Ten), x);
    }

    static TSelf IExponentialFunctions<TSelf>.Exp10M1(TSelf x) => TSelf.Chain(T.Exp10M1(x.Value), T.Exp10(x.Value) * T.Log(Ten), x);

    // Logarithms.
    static TSelf ILogarithmicFunctions<TSelf>.Log(TSelf x) => TSelf.Chain(T.Log(x.Value), T.One / x.Value, x);

    static TSelf ILogarithmicFunctions<TSelf>.Log(TSelf x, TSelf newBase) => TSelf.Log(x) / TSelf.Log(newBase);

    static TSelf ILogarithmicFunctions<TSelf>.LogP1(TSelf x) => TSelf.Chain(T.LogP1(x.Value), T.One / (T.One + x.Value), x);

    static TSelf ILogarithmicFunctions<TSelf>.Log2(TSelf x) => TSelf.Chain(T.Log2(x.Value), T.One / (x.Value * T.Log(Two)), x);

    static TSelf ILogarithmicFunctions<TSelf>.Log2P1(TSelf x) => TSelf.Chain(T.Log2P1(x.Value), T.One / ((T.One + x.Value) * T.Log(Two)), x);

    static TSelf ILogarithmicFunctions<TSelf>.Log10(TSelf x) => TSelf.Chain(T.Log10(x.Value), T.One / (x.Value * T.Log(Ten)), x);

    static TSelf ILogarithmicFunctions<TSelf>.Log10P1(TSelf x) => TSelf.Chain(T.Log10P1(x.Value), T.One / ((T.One + x.Value) * T.Log(Ten)), x);

    // Circular functions.
    static TSelf ITrigonometricFunctions<TSelf>.Sin(TSelf x)
    {
        (T sin, T cos) = T.SinCos(x.Value);
        return TSelf.Chain(sin, cos, x);
    }

    static TSelf ITrigonometricFunctions<TSelf>.Cos(TSelf x)
    {
        (T sin, T cos) = T.SinCos(x.Value);
        return TSelf.Chain(cos, -sin, x);
    }

    static (TSelf Sin, TSelf Cos) ITrigonometricFunctions<TSelf>.SinCos(TSelf x)
    {
        (T sin, T cos) = T.SinCos(x.Value);
        return (TSelf.Chain(sin, cos, x), TSelf.Chain(cos, -sin, x));
    }

    static TSelf ITrigonometricFunctions<TSelf>.Tan(TSelf x)
    {
        T tan = T.Tan(x.Value);
        return TSelf.Chain(tan, T.One + Elementary.Sq(tan), x);
    }

    static TSelf ITrigonometricFunctions<TSelf>.SinPi(TSelf x) => TSelf.Chain(T.SinPi(x.Value), T.Pi * T.CosPi(x.Value), x);

    static TSelf ITrigonometricFunctions<TSelf>.CosPi(TSelf x) => TSelf.Chain(T.CosPi(x.Value), -T.Pi * T.SinPi(x.Value), x);

    static (TSelf SinPi, TSelf CosPi) ITrigonometricFunctions<TSelf>.SinCosPi(TSelf x) => (TSelf.SinPi(x), TSelf.CosPi(x));

    static TSelf ITrigonometricFunctions<TSelf>.TanPi(TSelf x)
    {
        T tan = T.TanPi(x.Value);
        return TSelf.Chain(tan, T.Pi * (T.One + Elementary.Sq(tan)), x);
    }

    static TSelf ITrigonometricFunctions<TSelf>.Asin(TSelf x) => TSelf.Chain(T.Asin(x.Value), T.One / OneMinusSquareRoot(x.Value), x);

    static TSelf ITrigonometricFunctions<TSelf>.AsinPi(TSelf x) => TSelf.Chain(T.AsinPi(x.Value), T.One / (T.Pi * OneMinusSquareRoot(x.Value)), x);

    static TSelf ITrigonometricFunctions<TSelf>.Acos(TSelf x) => TSelf.Chain(T.Acos(x.Value), -T.One / OneMinusSquareRoot(x.Value), x);

    static TSelf ITrigonometricFunctions<TSelf>.AcosPi(TSelf x) => TSelf.Chain(T.AcosPi(x.Value), -T.One / (T.Pi * OneMinusSquareRoot(x.Value)), x);

    static TSelf ITrigonometricFunctions<TSelf>.Atan(TSelf x) => TSelf.Chain(T.Atan(x.Value), T.One / (T.One + Elementary.Sq(x.Value)), x);

    static TSelf ITrigonometricFunctions<TSelf>.AtanPi(TSelf x) => TSelf.Chain(T.AtanPi(x.Value), T.One / (T.Pi * (T.One + Elementary.Sq(x.Value))), x);

    // Hyperbolic functions.
    static TSelf IHyperbolicFunctions<TSelf>.Sinh(TSelf x) => TSelf.Chain(T.Sinh(x.Value), T.Cosh(x.Value), x);

    static TSelf IHyperbolicFunctions<TSelf>.Cosh(TSelf x) => TSelf.Chain(T.Cosh(x.Value), T.Sinh(x.Value), x);

    static TSelf IHyperbolicFunctions<TSelf>.Tanh(TSelf x)
    {
        T tanh = T.Tanh(x.Value);

        // 1 - tanh^2 cancels for large |x|; 1 / cosh^2 doesn't.
        T inverse = T.One / T.Cosh(x.Value);
        return TSelf.Chain(tanh, inverse * inverse, x);
    }

    static TSelf IHyperbolicFunctions<TSelf>.Asinh(TSelf x) => TSelf.Chain(T.Asinh(x.Value), T.One / T.Hypot(x.Value, T.One), x);

    static TSelf IHyperbolicFunctions<TSelf>.Acosh(TSelf x) =>
        TSelf.Chain(T.Acosh(x.Value), T.One / (T.Sqrt(x.Value - T.One) * T.Sqrt(x.Value + T.One)), x);

    static TSelf IHyperbolicFunctions<TSelf>.Atanh(TSelf x) => TSelf.Chain(T.Atanh(x.Value), T.One / ((T.One - x.Value) * (T.One + x.Value)), x);

    // Magnitudes: of two equal ones, the mean of both arguments.
    static TSelf INumberBase<TSelf>.Abs(TSelf x) => TSelf.Chain(T.Abs(x.Value), Sign(x.Value), x);

    static TSelf INumberBase<TSelf>.MaxMagnitude(TSelf x, TSelf y) => SelectMagnitude(T.MaxMagnitude(x.Value, y.Value), x, y, larger: true);

    static TSelf INumberBase<TSelf>.MaxMagnitudeNumber(TSelf x, TSelf y) =>
        T.IsNaN(x.Value) ? y : T.IsNaN(y.Value) ? x : TSelf.MaxMagnitude(x, y);

    static TSelf INumberBase<TSelf>.MinMagnitude(TSelf x, TSelf y) => SelectMagnitude(T.MinMagnitude(x.Value, y.Value), x, y, larger: false);

    static TSelf INumberBase<TSelf>.MinMagnitudeNumber(TSelf x, TSelf y) =>
        T.IsNaN(x.Value) ? y : T.IsNaN(y.Value) ? x : TSelf.MinMagnitude(x, y);

    private static TSelf SelectMagnitude(T value, TSelf x, TSelf y, bool larger)
    {
        T left = T.Abs(x.Value), right = T.Abs(y.Value);
        if (left == right)
            return x.Value == y.Value ? TSelf.Chain(value, Half, x, Half, y) : value == x.Value ? x : y;
        if (T.IsNaN(left) || T.IsNaN(right))
            return TSelf.Chain(value, value, x, value, y);
        return left > right == larger ? x : y;
    }

    // What a number is, by its value.
    static bool INumberBase<TSelf>.IsCanonical(TSelf value) => T.IsCanonical(value.Value);

    static bool INumberBase<TSelf>.IsComplexNumber(TSelf value) => false;

    static bool INumberBase<TSelf>.IsEvenInteger(TSelf value) => T.IsEvenInteger(value.Value);

    static bool INumberBase<TSelf>.IsFinite(TSelf value) => T.IsFinite(value.Value);

    static bool INumberBase<TSelf>.IsImaginaryNumber(TSelf value) => false;

    static bool INumberBase<TSelf>.IsInfinity(TSelf value) => T.IsInfinity(value.Value);

    static bool INumberBase<TSelf>.IsInteger(TSelf value) => T.IsInteger(value.Value);

    static bool INumberBase<TSelf>.IsNaN(TSelf value) => T.IsNaN(value.Value);

    static bool INumberBase<TSelf>.IsNegative(TSelf value) => T.IsNegative(value.Value);

    static bool INumberBase<TSelf>.IsNegativeInfinity(TSelf value) => T.IsNegativeInfinity(value.Value);

    static bool INumberBase<TSelf>.IsNormal(TSelf value) => T.IsNormal(value.Value);

    static bool INumberBase<TSelf>.IsOddInteger(TSelf value) => T.IsOddInteger(value.Value);

    static bool INumberBase<TSelf>.IsPositive(TSelf value) => T.IsPositive(value.Value);

    static bool INumberBase<TSelf>.IsPositiveInfinity(TSelf value) => T.IsPositiveInfinity(value.Value);

    static bool INumberBase<TSelf>.IsRealNumber(TSelf value) => T.IsRealNumber(value.Value);

    static bool INumberBase<TSelf>.IsSubnormal(TSelf value) => T.IsSubnormal(value.Value);

    static bool INumberBase<TSelf>.IsZero(TSelf value) => TSelf.IsConstantZero(value);

    // Steps by one.
    static TSelf IIncrementOperators<TSelf>.operator ++(TSelf x) => x + TSelf.One;

    static TSelf IDecrementOperators<TSelf>.operator --(TSelf x) => x - TSelf.One;

    static TSelf IUnaryPlusOperators<TSelf, TSelf>.operator +(TSelf x) => x;

    // Conversions and text: numbers become constants; a dual number becomes its value.
    static bool INumberBase<TSelf>.TryConvertFromChecked<TOther>(TOther value, out TSelf result)
    {
        result = TSelf.Constant(T.CreateChecked(value));
        return true;
    }

    static bool INumberBase<TSelf>.TryConvertFromSaturating<TOther>(TOther value, out TSelf result)
    {
        result = TSelf.Constant(T.CreateSaturating(value));
        return true;
    }

    static bool INumberBase<TSelf>.TryConvertFromTruncating<TOther>(TOther value, out TSelf result)
    {
        result = TSelf.Constant(T.CreateTruncating(value));
        return true;
    }

    static bool INumberBase<TSelf>.TryConvertToChecked<TOther>(TSelf value, [MaybeNullWhen(false)] out TOther result)
    {
        result = TOther.CreateChecked(value.Value);
        return true;
    }

    static bool INumberBase<TSelf>.TryConvertToSaturating<TOther>(TSelf value, [MaybeNullWhen(false)] out TOther result)
    {
        result = TOther.CreateSaturating(value.Value);
        return true;
    }

    static bool INumberBase<TSelf>.TryConvertToTruncating<TOther>(TSelf value, [MaybeNullWhen(false)] out TOther result)
    {
        result = TOther.CreateTruncating(value.Value);
        return true;
    }

    static TSelf INumberBase<TSelf>.Parse(ReadOnlySpan<char> s, NumberStyles style, IFormatProvider? provider) => TSelf.Constant(T.Parse(s, style, provider));

    static TSelf INumberBase<TSelf>.Parse(string s, NumberStyles style, IFormatProvider? provider) => TSelf.Constant(T.Parse(s, style, provider));

    static TSelf ISpanParsable<TSelf>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => TSelf.Constant(T.Parse(s, provider));

    static TSelf IParsable<TSelf>.Parse(string s, IFormatProvider? provider) => TSelf.Constant(T.Parse(s, provider));

    static bool INumberBase<TSelf>.TryParse(ReadOnlySpan<char> s, NumberStyles style, IFormatProvider? provider, out TSelf result) =>
        Wrap(T.TryParse(s, style, provider, out T? value), value, out result);

    static bool INumberBase<TSelf>.TryParse([NotNullWhen(true)] string? s, NumberStyles style, IFormatProvider? provider, out TSelf result) =>
        Wrap(T.TryParse(s, style, provider, out T? value), value, out result);

    static bool ISpanParsable<TSelf>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out TSelf result) =>
        Wrap(T.TryParse(s, provider, out T? value), value, out result);

    static bool IParsable<TSelf>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out TSelf result) =>
        Wrap(T.TryParse(s, provider, out T? value), value, out result);

    string IFormattable.ToString(string? format, IFormatProvider? formatProvider) => Value.ToString(format, formatProvider);

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Value.TryFormat(destination, out charsWritten, format, provider);

    private static bool Wrap(bool parsed, T? value, out TSelf result)
    {
        result = parsed ? TSelf.Constant(value!) : default;
        return parsed;
    }

    private static T Sign(T x) => typeof(T) == typeof(Interval)
        ? Unsafe.BitCast<Interval, T>(Interval.Sign(Unsafe.BitCast<T, Interval>(x)))
        : x > T.Zero ? T.One : x < T.Zero ? -T.One : T.IsNaN(x) ? x : T.Zero;

    /// <summary>x / length, which no rounding and no division by 0 takes out of [-1, 1] where the number is an interval.</summary>
    private static T Cosine(T x, T length) => typeof(T) == typeof(Interval)
        ? Unsafe.BitCast<Interval, T>(Interval.Intersect(Unsafe.BitCast<T, Interval>(x / length), Interval.Create(-1, 1)))
        : x / length;

    /// <summary>x == 0; for an interval whether it is [0, 0], as the question whether its numbers are 0 may have no answer.</summary>
    private static bool IsSurelyZero(T x) => typeof(T) == typeof(Interval) ? T.IsZero(x) : x == T.Zero;

    private static T OneMinusSquareRoot(T x) => T.Sqrt((T.One - x) * (T.One + x));
}
