using System.Globalization;
using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>
/// A number and its derivative in one direction: a + b e with e^2 = 0. Whatever is computed from x + e by arithmetic and elementary functions has the
/// function's value and its exact derivative. Nested, <c>Dual&lt;Dual&lt;double&gt;&gt;</c>, it gives second derivatives.
/// </summary>
/// <typeparam name="T">The scalar: <see cref="double"/>, <see cref="float"/> or a dual number.</typeparam>
/// <param name="value">The value.</param>
/// <param name="derivative">Its derivative.</param>
/// <remarks>
/// <para>Rules where calculus leaves a choice: a quantity that doesn't change (derivative exactly 0) stays unchanged under every function, even where the slope
/// is infinite; sqrt, cbrt and log at 0 have an infinite slope; |x| and the length of a vector have slope 0 at 0; the larger or smaller of equal values has the
/// mean of both derivatives; x^y at x = 0 has the limit of its slopes. A NaN value stays NaN, and then the derivative means nothing. Comparisons, <c>==</c>
/// included, look at values only, so that branches are taken as for plain numbers; <see cref="Equals(Dual{T})"/> compares derivatives as well.</para>
/// <para>The functions are those of generic math, so that code written for numbers <c>T : IExponentialFunctions&lt;T&gt;, ...</c> works as it is;
/// <see cref="Elementary"/> names them shortly. The cost is two to three times that of plain numbers. For gradients of more than one variable
/// <see cref="Dual4"/> takes four directions at a time.</para>
/// <para>Wengert (1964), A simple automatic derivative evaluation program; Griewank and Walther (2008), Evaluating derivatives.</para>
/// </remarks>
public readonly struct Dual<T>(T value, T derivative) : IDual<Dual<T>, T>
    where T : IRootFunctions<T>, IExponentialFunctions<T>, ILogarithmicFunctions<T>, IPowerFunctions<T>,
        ITrigonometricFunctions<T>, IHyperbolicFunctions<T>, IComparisonOperators<T, T, bool>
{
    /// <summary>The value.</summary>
    public T Value { get; } = value;

    /// <summary>The derivative.</summary>
    public T Derivative { get; } = derivative;

    /// <summary>The independent variable at a point: its derivative is 1.</summary>
    /// <param name="value">The point.</param>
    public static Dual<T> Variable(T value) => new(value, T.One);

    /// <summary>A constant: its derivative is 0.</summary>
    /// <param name="value">The value.</param>
    public static Dual<T> Constant(T value) => new(value, T.Zero);

    /// <summary>A constant.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator Dual<T>(T value) => new(value, T.Zero);

    /// <summary>The sum.</summary>
    public static Dual<T> operator +(Dual<T> x, Dual<T> y) => new(x.Value + y.Value, x.Derivative + y.Derivative);

    /// <summary>The difference.</summary>
    public static Dual<T> operator -(Dual<T> x, Dual<T> y) => new(x.Value - y.Value, x.Derivative - y.Derivative);

    /// <summary>The negative.</summary>
    public static Dual<T> operator -(Dual<T> x) => new(-x.Value, -x.Derivative);

    /// <summary>The product.</summary>
    public static Dual<T> operator *(Dual<T> x, Dual<T> y) => new(x.Value * y.Value, Scale(y.Value, x.Derivative) + Scale(x.Value, y.Derivative));

    /// <summary>The quotient.</summary>
    public static Dual<T> operator /(Dual<T> x, Dual<T> y)
    {
        T quotient = x.Value / y.Value;
        T change = x.Derivative - Scale(quotient, y.Derivative);
        return new(quotient, T.IsZero(change) ? change : change / y.Value);
    }

    /// <summary>Whether the values are equal.</summary>
    public static bool operator ==(Dual<T> x, Dual<T> y) => x.Value == y.Value;

    /// <summary>Whether the values differ.</summary>
    public static bool operator !=(Dual<T> x, Dual<T> y) => x.Value != y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <(Dual<T> x, Dual<T> y) => x.Value < y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >(Dual<T> x, Dual<T> y) => x.Value > y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <=(Dual<T> x, Dual<T> y) => x.Value <= y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >=(Dual<T> x, Dual<T> y) => x.Value >= y.Value;

    /// <summary>Whether values and derivatives are equal; NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    public bool Equals(Dual<T> other) => Value.Equals(other.Value) && Derivative.Equals(other.Derivative);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dual<T> other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Value, Derivative);

    /// <summary>Value and derivative.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Value}; {Derivative})");

    static Dual<T> IDual<Dual<T>, T>.Chain(T value, T slope, Dual<T> x) => new(value, Scale(slope, x.Derivative));

    static Dual<T> IDual<Dual<T>, T>.Chain(T value, T slopeX, Dual<T> x, T slopeY, Dual<T> y) =>
        new(value, Scale(slopeX, x.Derivative) + Scale(slopeY, y.Derivative));

    static bool IDual<Dual<T>, T>.IsConstant(Dual<T> x) => T.IsZero(x.Derivative);

    static bool IDual<Dual<T>, T>.IsConstantZero(Dual<T> x) => T.IsZero(x.Value) && T.IsZero(x.Derivative);

    private static T Scale(T slope, T derivative) => T.IsZero(derivative) ? T.Zero : slope * derivative;
}
