using System.Globalization;

namespace OptiCore.Differentiation;

/// <summary>Computes a value from hyper-dual numbers, so that second derivatives come with it.</summary>
/// <param name="x">The point.</param>
public delegate HyperDual HyperDualDelegate(ReadOnlySpan<HyperDual> x);

/// <summary>
/// A number a + b e1 + c e2 + d e1 e2 with e1^2 = e2^2 = 0: a value, its derivatives in two directions, and the second derivative along both. What is computed
/// from x + e1 u + e2 v has the exact value f(x), the slopes f'(x) u and f'(x) v, and the curvature u f''(x) v: no step size, no cancellation.
/// </summary>
/// <remarks>
/// <para>It is the dual number of dual numbers, <c>Dual&lt;Dual&lt;double&gt;&gt;</c>, with its four parts by name, and follows the rules of <see cref="Dual{T}"/>.
/// Comparisons, <c>==</c> included, look at values only; <see cref="Equals(HyperDual)"/> compares all parts.</para>
/// <para>The cost was measured as seven to thirty times that of plain numbers, by the formula. A product of a Hessian and a vector is cheaper by <see cref="ITwiceDifferentiableFunction{T}"/>;
/// large Hessians are cheaper by <see cref="Derivative"/>.</para>
/// <para>Fike and Alonso (2011), The development of hyper-dual numbers for exact second-derivative calculations, AIAA 2011-886.</para>
/// </remarks>
public readonly struct HyperDual : IDual<HyperDual, Dual<double>>
{
    // Value and derivative in the first direction; then how both change in the second one.
    private readonly Dual<Dual<double>> _number;

    /// <summary>The number a + b e1 + c e2 + d e1 e2.</summary>
    /// <param name="value">The value a.</param>
    /// <param name="first">The derivative b in the first direction.</param>
    /// <param name="second">The derivative c in the second direction.</param>
    /// <param name="mixed">The second derivative d along both.</param>
    public HyperDual(double value, double first, double second, double mixed) => _number = new(new(value, first), new(second, mixed));

    private HyperDual(Dual<Dual<double>> number) => _number = number;

    /// <summary>The value.</summary>
    public double Value => _number.Value.Value;

    /// <summary>The derivative in the first direction.</summary>
    public double First => _number.Value.Derivative;

    /// <summary>The derivative in the second direction.</summary>
    public double Second => _number.Derivative.Value;

    /// <summary>The second derivative along both directions.</summary>
    public double Mixed => _number.Derivative.Derivative;

    /// <summary>The independent variable of one-dimensional functions, both directions along it: then <see cref="Mixed"/> is the second derivative.</summary>
    /// <param name="value">The point.</param>
    public static HyperDual Variable(double value) => new(value, 1, 1, 0);

    /// <summary>A constant: its derivatives are 0.</summary>
    /// <param name="value">The value.</param>
    public static HyperDual Constant(double value) => new(value, 0, 0, 0);

    /// <summary>A constant.</summary>
    /// <param name="value">The value.</param>
    public static implicit operator HyperDual(double value) => new(value, 0, 0, 0);

    /// <summary>The same number as nested dual numbers: the inner derivative is that of the first direction.</summary>
    public Dual<Dual<double>> ToNested() => _number;

    /// <summary>The sum.</summary>
    public static HyperDual operator +(HyperDual x, HyperDual y) => new(x._number + y._number);

    /// <summary>The difference.</summary>
    public static HyperDual operator -(HyperDual x, HyperDual y) => new(x._number - y._number);

    /// <summary>The negative.</summary>
    public static HyperDual operator -(HyperDual x) => new(-x._number);

    /// <summary>The product.</summary>
    public static HyperDual operator *(HyperDual x, HyperDual y) => new(x._number * y._number);

    /// <summary>The quotient.</summary>
    public static HyperDual operator /(HyperDual x, HyperDual y) => new(x._number / y._number);

    /// <summary>Whether the values are equal.</summary>
    public static bool operator ==(HyperDual x, HyperDual y) => x.Value == y.Value;

    /// <summary>Whether the values differ.</summary>
    public static bool operator !=(HyperDual x, HyperDual y) => x.Value != y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <(HyperDual x, HyperDual y) => x.Value < y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >(HyperDual x, HyperDual y) => x.Value > y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator <=(HyperDual x, HyperDual y) => x.Value <= y.Value;

    /// <summary>Compares the values.</summary>
    public static bool operator >=(HyperDual x, HyperDual y) => x.Value >= y.Value;

    /// <summary>
    /// The value, gradient and Hessian of a function: H[i][j] = d2f/dx[i]dx[j], each from one evaluation, n (n + 1) / 2 in all, exact to the rounding of the function itself.
    /// </summary>
    /// <param name="function">Computes f(x) by arithmetic and elementary functions.</param>
    /// <param name="x">The point, n elements.</param>
    /// <param name="gradient">Receives n elements.</param>
    /// <param name="hessian">Receives the n x n matrix, row-major, both triangles.</param>
    /// <returns>f(x); NaN for n = 0.</returns>
    /// <exception cref="ArgumentException">gradient or hessian has another length.</exception>
    /// <remarks>For a few variables; nothing is allocated for up to 32 of them.</remarks>
    public static double Hessian(HyperDualDelegate function, ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian) =>
        Sweep(new DelegateFormula(Require.NotNull(function)), x, gradient, hessian);

    /// <summary>The value, gradient and Hessian of a formula that is generic in the kind of numbers, from n (n + 1) / 2 evaluations.</summary>
    /// <typeparam name="TFormula">The formula; best a struct, which is compiled for each kind of numbers.</typeparam>
    /// <param name="formula">Computes f(x).</param>
    /// <param name="x">The point, n elements.</param>
    /// <param name="gradient">Receives n elements.</param>
    /// <param name="hessian">Receives the n x n matrix, row-major, both triangles.</param>
    /// <returns>f(x); NaN for n = 0.</returns>
    /// <exception cref="ArgumentException">gradient or hessian has another length.</exception>
    public static double Hessian<TFormula>(TFormula formula, ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian) where TFormula : IFormula =>
        Sweep(new GenericFormula<TFormula>(formula), x, gradient, hessian);

    /// <summary>Whether all parts are equal; NaN equals NaN.</summary>
    /// <param name="other">The other number.</param>
    public bool Equals(HyperDual other) => _number.Equals(other._number);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is HyperDual other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _number.GetHashCode();

    /// <summary>Value, both derivatives and the second derivative.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"({Value}; {First}, {Second}; {Mixed})");

    Dual<double> IDual<HyperDual, Dual<double>>.Value => _number.Value;

    static HyperDual IDual<HyperDual, Dual<double>>.Constant(Dual<double> value) => new(new Dual<Dual<double>>(value, 0.0));

    static HyperDual IDual<HyperDual, Dual<double>>.Chain(Dual<double> value, Dual<double> slope, HyperDual x) => new(Nested<Dual<Dual<double>>>.Chain(value, slope, x._number));

    static HyperDual IDual<HyperDual, Dual<double>>.Chain(Dual<double> value, Dual<double> slopeX, HyperDual x, Dual<double> slopeY, HyperDual y) =>
        new(Nested<Dual<Dual<double>>>.Chain(value, slopeX, x._number, slopeY, y._number));

    static bool IDual<HyperDual, Dual<double>>.IsConstant(HyperDual x) => Nested<Dual<Dual<double>>>.IsConstant(x._number);

    static bool IDual<HyperDual, Dual<double>>.IsConstantZero(HyperDual x) => Nested<Dual<Dual<double>>>.IsConstantZero(x._number);

    private static double Sweep<TFunction>(TFunction function, ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian) where TFunction : IHyperDualFunction
    {
        int n = x.Length;
        Require.Length(gradient.Length, n, nameof(gradient));
        Require.Length(hessian.Length, n * n, nameof(hessian));
        Span<HyperDual> point = n <= 32 ? stackalloc HyperDual[n] : new HyperDual[n];
        for (int i = 0; i < n; i++)
            point[i] = x[i];
        double value = double.NaN;
        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
            {
                point[i] = new(x[i], 1, i == j ? 1 : 0, 0);
                if (i != j)
                    point[j] = new(x[j], 0, 1, 0);
                HyperDual result = function.Value(point);
                hessian[(i * n) + j] = hessian[(j * n) + i] = result.Mixed;
                if (i == j)
                {
                    value = result.Value;
                    gradient[i] = result.First;
                }

                point[j] = x[j];
            }

            point[i] = x[i];
        }

        return value;
    }

    /// <summary>Reaches the rules of the nested number, which are explicit members.</summary>
    private static class Nested<TNested> where TNested : struct, IDual<TNested, Dual<double>>
    {
        public static TNested Chain(Dual<double> value, Dual<double> slope, TNested x) => TNested.Chain(value, slope, x);

        public static TNested Chain(Dual<double> value, Dual<double> slopeX, TNested x, Dual<double> slopeY, TNested y) => TNested.Chain(value, slopeX, x, slopeY, y);

        public static bool IsConstant(TNested x) => TNested.IsConstant(x);

        public static bool IsConstantZero(TNested x) => TNested.IsConstantZero(x);
    }

    private interface IHyperDualFunction
    {
        HyperDual Value(ReadOnlySpan<HyperDual> x);
    }

    private readonly struct DelegateFormula(HyperDualDelegate function) : IHyperDualFunction
    {
        public HyperDual Value(ReadOnlySpan<HyperDual> x) => function(x);
    }

    private readonly struct GenericFormula<TFormula>(TFormula formula) : IHyperDualFunction where TFormula : IFormula
    {
        public HyperDual Value(ReadOnlySpan<HyperDual> x) => formula.Value(x);
    }
}
