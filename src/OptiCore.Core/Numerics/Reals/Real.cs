using System.Globalization;
using System.Runtime.InteropServices;

namespace OptiCore.Numerics;

/// <summary>One real number, a double: formulas over <see cref="IReal{TSelf}"/> for one problem at a time.</summary>
/// <param name="value">The number.</param>
public readonly struct Real(double value) : IReal<Real>
{
    private readonly double _value = value;

    /// <summary>The number.</summary>
    public double Value => _value;

    /// <summary>A double as a real number.</summary>
    public static implicit operator Real(double value) => new(value);

    /// <summary>A real number as a double.</summary>
    public static implicit operator double(Real x) => x._value;

    /// <summary>Doubles as real numbers, without a copy.</summary>
    /// <param name="values">The doubles.</param>
    public static ReadOnlySpan<Real> Of(ReadOnlySpan<double> values) => MemoryMarshal.Cast<double, Real>(values);

    /// <summary>Doubles as real numbers, without a copy.</summary>
    /// <param name="values">The doubles.</param>
    public static Span<Real> Of(Span<double> values) => MemoryMarshal.Cast<double, Real>(values);

    /// <inheritdoc/>
    public static Real Constant(double value) => new(value);

    /// <inheritdoc/>
    public static Real operator +(Real x, Real y) => new(x._value + y._value);

    /// <inheritdoc/>
    public static Real operator +(Real x, double y) => new(x._value + y);

    /// <inheritdoc/>
    public static Real operator +(double x, Real y) => new(x + y._value);

    /// <inheritdoc/>
    public static Real operator -(Real x, Real y) => new(x._value - y._value);

    /// <inheritdoc/>
    public static Real operator -(Real x, double y) => new(x._value - y);

    /// <inheritdoc/>
    public static Real operator -(double x, Real y) => new(x - y._value);

    /// <inheritdoc/>
    public static Real operator -(Real x) => new(-x._value);

    /// <inheritdoc/>
    public static Real operator *(Real x, Real y) => new(x._value * y._value);

    /// <inheritdoc/>
    public static Real operator *(Real x, double y) => new(x._value * y);

    /// <inheritdoc/>
    public static Real operator *(double x, Real y) => new(x * y._value);

    /// <inheritdoc/>
    public static Real operator /(Real x, Real y) => new(x._value / y._value);

    /// <inheritdoc/>
    public static Real operator /(Real x, double y) => new(x._value / y);

    /// <inheritdoc/>
    public static Real operator /(double x, Real y) => new(x / y._value);

    /// <inheritdoc/>
    public static Real Sqrt(Real x) => new(Math.Sqrt(x._value));

    /// <inheritdoc/>
    public static Real Abs(Real x) => new(Math.Abs(x._value));

    /// <inheritdoc/>
    public static Real Exp(Real x) => Apply(default(ExpFunction), x);

    /// <inheritdoc/>
    public static Real Log(Real x) => Apply(default(LogFunction), x);

    /// <inheritdoc/>
    public static Real Sin(Real x) => Apply(default(SinFunction), x);

    /// <inheritdoc/>
    public static Real Cos(Real x) => Apply(default(CosFunction), x);

    /// <inheritdoc/>
    public static Real Tanh(Real x) => Apply(default(TanhFunction), x);

    /// <inheritdoc/>
    public static Real Pow(Real x, double exponent) => new(default(PowFunction).Of(new Lanes1<double>(x._value), new Lanes1<double>(exponent)).Value);

    /// <inheritdoc/>
    public static Real IfLess(Real x, Real y, Real then, Real otherwise) => x._value < y._value ? then : otherwise;

    /// <summary>The number as text.</summary>
    public override string ToString() => _value.ToString(CultureInfo.InvariantCulture);

    private static Real Apply<TFunction>(TFunction f, Real x)
        where TFunction : struct, ILaneFunction => new(f.Of(new Lanes1<double>(x._value)).Value);
}
