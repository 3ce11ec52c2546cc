using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Differentiation;

/// <summary>
/// A double and its derivatives in eight directions, kept in one 512-bit vector: one sweep of a computation gives its exact value and eight components of
/// its gradient.
/// </summary>
/// <param name="value">The value.</param>
/// <param name="derivatives">Its eight derivatives.</param>
/// <remarks>The rules are those of <see cref="Dual{T}"/>, and each direction has the bits that <see cref="Dual4"/> gives it. A plain number converts to a constant by
/// itself: <c>1 - x</c>. Where vectors of 512 bits aren't in hardware, each operation takes several shorter ones. It saves values: a formula of exponentials and
/// sines in eight variables is computed once rather than twice. For formulas of products and sums, and nested in <see cref="Dual{T}"/>, <see cref="Dual4"/> is faster.</remarks>
public readonly struct Dual8(double value, Vector512<double> derivatives) : IDual<Dual8, double>
{
    /// <summary>The value.</summary>
    public double Value { get; } = value;

    /// <summary>The derivatives in the eight directions.</summary>
    public Vector512<double> Derivatives { get; } = derivatives;

    /// <summary>An independent variable: derivative 1 in its own direction, 0 in the others.</summary>
    /// <param name="value">The point.</param>
    /// <param name="direction">The direction, from 0 to 7.</param>
    /// <exception cref="ArgumentOutOfRangeException">The direction lies outside.</exception>
    public static Dual8 Variable(double value, int direction) => new(value, Vector512<double>.Zero.WithElement(direction, 1));

    /// <summary>A constant: its derivatives are 0.</summary>
    /// <param name="value">The value.</param>
    public static Dual8 Constant(double value) => new(value, Vector512<double>.Zero);

    /// <summary>A constant.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Dual8(double value) => new(value, Vector512<double>.Zero);

    /// <summary>The sum.</summary>
    public static Dual8 operator +(Dual8 x, Dual8 y) => new(x.Value + y.Value, x.Derivatives + y.Derivatives);

    /// <summary>The sum.</summary>
    public static Dual8 operator +(Dual8 x, double y) => new(x.Value + y, x.Derivatives);

    /// <summary>The sum.</summary>
    public static Dual8 operator +(double x, Dual8 y) => new(x + y.Value, y.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual8 operator -(Dual8 x, Dual8 y) => new(x.Value - y.Value, x.Derivatives - y.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual8 operator -(Dual8 x, double y) => new(x.Value - y, x.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual8 operator -(double x, Dual8 y) => new(x - y.Value, -y.Derivatives);

    /// <summary>The negative.</summary>
    public static Dual8 operator -(Dual8 x) => new(-x.Value, -x.Derivatives);

    /// <summary>The product.</summary>
    public static Dual8 operator *(Dual8 x, Dual8 y) => new(x.Value * y.Value, Scale(y.Value, x.Derivatives) + Scale(x.Value, y.Derivatives));

    /// <summary>The product.</summary>
    public static Dual8 operator *(Dual8 x, double y) => new(x.Value * y, Scale(y, x.Derivatives));

    /// <summary>The product.</summary>
    public static Dual8 operator *(double x, Dual8 y) => new(x * y.Value, Scale(x, y.Derivatives));

    /// <summary>The quotient.</summary>
    public static Dual8 operator /(Dual8 x, Dual8 y)
    {
        double quotient = x.Value / y.Value;
        return new(quotient, Divide(x.Derivatives - Scale(quotient, y.Derivatives), y.Value));
    }

    /// <summary>The quotient.</summary>
    public static Dual8 operator /(Dual8 x, double y) => new(x.Value / y, Divide(x.Derivatives, y));

    /// <summary>The quotient.</summary>
    public static Dual8 operator /(double x, Dual8 y)
    {
        double quotient = x / y.Value;
        return new(quotient, Divide(-Scale(quotient, y.Derivatives), y.Value));
    }

    /// <summary>Whether the values are equal.</summary>
    public static bool operator ==(Dual8 x, Dual8 y) => x.Value == y.Value;

    /// <summary>Whether the values differ.</summary>
    public static bool operator !=(Dual8 x, Dual8 y) => x.Value != y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <(Dual8 x, Dual8 y) => x.Value < y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >(Dual8 x, Dual8 y) => x.Value > y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <=(Dual8 x, Dual8 y) => x.Value <= y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >=(Dual8 x, Dual8 y) => x.Value >= y.Value;

    /// <summary>Whether values and derivatives are equal; NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    public bool Equals(Dual8 other) => Value.Equals(other.Value) && Derivatives.Equals(other.Derivatives);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dual8 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Derivatives);

    /// <summary>Value and derivatives.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Value}; {Derivatives[0]}, {Derivatives[1]}, {Derivatives[2]}, {Derivatives[3]}, {Derivatives[4]}, {Derivatives[5]}, {Derivatives[6]}, {Derivatives[7]})");

    static Dual8 IDual<Dual8, double>.Chain(double value, double slope, Dual8 x) => new(value, Scale(slope, x.Derivatives));

    static Dual8 IDual<Dual8, double>.Chain(double value, double slopeX, Dual8 x, double slopeY, Dual8 y) =>
        new(value, Scale(slopeX, x.Derivatives) + Scale(slopeY, y.Derivatives));

    static bool IDual<Dual8, double>.IsConstant(Dual8 x) => x.Derivatives == Vector512<double>.Zero;

    static bool IDual<Dual8, double>.IsConstantZero(Dual8 x) => x.Value == 0 && x.Derivatives == Vector512<double>.Zero;

    /// <summary>slope * derivatives, where a derivative of 0 stays 0 even for an infinite slope.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Scale(double slope, Vector512<double> derivatives) =>
        Vector512.ConditionalSelect(Vector512.Equals(derivatives, Vector512<double>.Zero), Vector512<double>.Zero, Vector512.Create(slope) * derivatives);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Divide(Vector512<double> derivatives, double divisor) =>
        Vector512.ConditionalSelect(Vector512.Equals(derivatives, Vector512<double>.Zero), derivatives, derivatives / Vector512.Create(divisor));
}
