using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Differentiation;

/// <summary>
/// A double and its derivatives in four directions, kept in one 256-bit vector: one sweep of a computation gives its exact value and four components of
/// its gradient.
/// </summary>
/// <param name="value">The value.</param>
/// <param name="derivatives">Its four derivatives.</param>
/// <remarks>The rules are those of <see cref="Dual{T}"/>. A plain number converts to a constant by itself: <c>1 - x</c>.</remarks>
public readonly struct Dual4(double value, Vector256<double> derivatives) : IDual<Dual4, double>
{
    /// <summary>The value.</summary>
    public double Value { get; } = value;

    /// <summary>The derivatives in the four directions.</summary>
    public Vector256<double> Derivatives { get; } = derivatives;

    /// <summary>An independent variable: derivative 1 in its own direction, 0 in the others.</summary>
    /// <param name="value">The point.</param>
    /// <param name="direction">The direction, from 0 to 3.</param>
    /// <exception cref="ArgumentOutOfRangeException">The direction lies outside.</exception>
    public static Dual4 Variable(double value, int direction) => new(value, Vector256<double>.Zero.WithElement(direction, 1));

    /// <summary>A constant: its derivatives are 0.</summary>
    /// <param name="value">The value.</param>
    public static Dual4 Constant(double value) => new(value, Vector256<double>.Zero);

    /// <summary>A constant.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Dual4(double value) => new(value, Vector256<double>.Zero);

    /// <summary>The sum.</summary>
    public static Dual4 operator +(Dual4 x, Dual4 y) => new(x.Value + y.Value, x.Derivatives + y.Derivatives);

    /// <summary>The sum.</summary>
    public static Dual4 operator +(Dual4 x, double y) => new(x.Value + y, x.Derivatives);

    /// <summary>The sum.</summary>
    public static Dual4 operator +(double x, Dual4 y) => new(x + y.Value, y.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual4 operator -(Dual4 x, Dual4 y) => new(x.Value - y.Value, x.Derivatives - y.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual4 operator -(Dual4 x, double y) => new(x.Value - y, x.Derivatives);

    /// <summary>The difference.</summary>
    public static Dual4 operator -(double x, Dual4 y) => new(x - y.Value, -y.Derivatives);

    /// <summary>The negative.</summary>
    public static Dual4 operator -(Dual4 x) => new(-x.Value, -x.Derivatives);

    /// <summary>The product.</summary>
    public static Dual4 operator *(Dual4 x, Dual4 y) => new(x.Value * y.Value, Scale(y.Value, x.Derivatives) + Scale(x.Value, y.Derivatives));

    /// <summary>The product.</summary>
    public static Dual4 operator *(Dual4 x, double y) => new(x.Value * y, Scale(y, x.Derivatives));

    /// <summary>The product.</summary>
    public static Dual4 operator *(double x, Dual4 y) => new(x * y.Value, Scale(x, y.Derivatives));

    /// <summary>The quotient.</summary>
    public static Dual4 operator /(Dual4 x, Dual4 y)
    {
        double quotient = x.Value / y.Value;
        return new(quotient, Divide(x.Derivatives - Scale(quotient, y.Derivatives), y.Value));
    }

    /// <summary>The quotient.</summary>
    public static Dual4 operator /(Dual4 x, double y) => new(x.Value / y, Divide(x.Derivatives, y));

    /// <summary>The quotient.</summary>
    public static Dual4 operator /(double x, Dual4 y)
    {
        double quotient = x / y.Value;
        return new(quotient, Divide(-Scale(quotient, y.Derivatives), y.Value));
    }

    /// <summary>Whether the values are equal.</summary>
    public static bool operator ==(Dual4 x, Dual4 y) => x.Value == y.Value;

    /// <summary>Whether the values differ.</summary>
    public static bool operator !=(Dual4 x, Dual4 y) => x.Value != y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <(Dual4 x, Dual4 y) => x.Value < y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >(Dual4 x, Dual4 y) => x.Value > y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <=(Dual4 x, Dual4 y) => x.Value <= y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >=(Dual4 x, Dual4 y) => x.Value >= y.Value;

    /// <summary>Whether values and derivatives are equal; NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    public bool Equals(Dual4 other) => Value.Equals(other.Value) && Derivatives.Equals(other.Derivatives);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dual4 other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Derivatives);

    /// <summary>Value and derivatives.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Value}; {Derivatives[0]}, {Derivatives[1]}, {Derivatives[2]}, {Derivatives[3]})");

    static Dual4 IDual<Dual4, double>.Chain(double value, double slope, Dual4 x) => new(value, Scale(slope, x.Derivatives));

    static Dual4 IDual<Dual4, double>.Chain(double value, double slopeX, Dual4 x, double slopeY, Dual4 y) =>
        new(value, Scale(slopeX, x.Derivatives) + Scale(slopeY, y.Derivatives));

    static bool IDual<Dual4, double>.IsConstant(Dual4 x) => x.Derivatives == Vector256<double>.Zero;

    static bool IDual<Dual4, double>.IsConstantZero(Dual4 x) => x.Value == 0 && x.Derivatives == Vector256<double>.Zero;

    /// <summary>slope * derivatives, where a derivative of 0 stays 0 even for an infinite slope.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Scale(double slope, Vector256<double> derivatives) =>
        Vector256.ConditionalSelect(Vector256.Equals(derivatives, Vector256<double>.Zero), Vector256<double>.Zero, Vector256.Create(slope) * derivatives);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Divide(Vector256<double> derivatives, double divisor) =>
        Vector256.ConditionalSelect(Vector256.Equals(derivatives, Vector256<double>.Zero), derivatives, derivatives / Vector256.Create(divisor));
}
