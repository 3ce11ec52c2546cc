namespace OptiCore.Interpolation;

/// <summary>What a piecewise function is outside of its breaks.</summary>
public enum Extrapolation
{
    /// <summary>The first and the last piece go on.</summary>
    Extend,

    /// <summary>NaN.</summary>
    NaN,

    /// <summary>The value at the nearer end; derivatives are 0.</summary>
    Clamp,

    /// <summary>An <see cref="ArgumentOutOfRangeException"/>.</summary>
    Throw,
}

/// <summary>
/// A function that is a polynomial between neighbouring breaks x[0] &lt; x[1] &lt; ... &lt; x[m]: what every spline of this namespace is.
/// </summary>
/// <remarks>
/// <para>On piece i, from x[i] up to but without x[i+1] (the last one with), it is the sum of c[i, k] (x - x[i])^k for k = 0, ..., degree. Immutable, so it may be
/// shared by threads. A value costs the search of the piece, log2 m steps or fewer for sorted points in the overload for spans, and degree
/// multiplications; nothing is allocated.</para>
/// <para>de Boor (2001), A practical guide to splines, chapter 7.</para>
/// </remarks>
public sealed partial class PiecewisePolynomial
{
    private readonly double[] _breaks, _coefficients;
    private readonly int _order;

    /// <summary>Makes a piecewise polynomial from its breaks and coefficients, which are copied.</summary>
    /// <param name="breaks">The m + 1 breaks, strictly increasing.</param>
    /// <param name="coefficients">The coefficients, m x (degree + 1) row-major: row i belongs to piece i, with powers of (x - x[i]) ascending.</param>
    /// <param name="degree">The degree, at least 0.</param>
    /// <param name="extrapolation">What it is outside.</param>
    /// <exception cref="ArgumentException">Breaks don't increase or aren't finite, or the number of coefficients doesn't fit.</exception>
    public PiecewisePolynomial(ReadOnlySpan<double> breaks, ReadOnlySpan<double> coefficients, int degree, Extrapolation extrapolation = Extrapolation.Extend)
        : this(Data.Increasing(breaks, 2, nameof(breaks)).ToArray(), coefficients.ToArray(), degree, extrapolation, true)
    {
        Require.Length(coefficients.Length, (breaks.Length - 1) * (degree + 1), nameof(coefficients));
    }

    private PiecewisePolynomial(double[] breaks, double[] coefficients, int degree, Extrapolation extrapolation, bool check)
    {
        _breaks = breaks;
        _coefficients = coefficients;
        _order = Require.NonNegative(degree, nameof(degree)) + 1;
        Extrapolation = check ? Require.Defined(extrapolation, nameof(extrapolation)) : extrapolation;
    }

    /// <summary>The breaks, ascending.</summary>
    public ReadOnlySpan<double> Breaks => _breaks;

    /// <summary>The coefficients, row-major with one row per piece.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The degree of the pieces.</summary>
    public int Degree => _order - 1;

    /// <summary>The number m of pieces.</summary>
    public int Pieces => _breaks.Length - 1;

    /// <summary>What the function is outside of the breaks.</summary>
    public Extrapolation Extrapolation { get; }

    /// <summary>The same function with another rule outside.</summary>
    /// <param name="extrapolation">The rule.</param>
    public PiecewisePolynomial With(Extrapolation extrapolation) => new(_breaks, _coefficients, Degree, extrapolation, true);

    /// <summary>The value at a point; NaN at NaN.</summary>
    /// <param name="x">The point.</param>
    /// <exception cref="ArgumentOutOfRangeException">The point lies outside and the rule is <see cref="Extrapolation.Throw"/>.</exception>
    public double Value(double x) => At(x, 0, Find(x, 0));

    /// <summary>The derivative of an order at a point; at a break that of the piece to the right.</summary>
    /// <param name="x">The point.</param>
    /// <param name="order">The order, at least 0, where 0 is the value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative, or the point lies outside and the rule is <see cref="Extrapolation.Throw"/>.</exception>
    public double Derivative(double x, int order = 1) => At(x, Require.NonNegative(order), Find(x, 0));

    /// <summary>Values or derivatives at many points; the search starts at the piece of the point before, so sorted points cost no search.</summary>
    /// <param name="x">The points, in any order.</param>
    /// <param name="y">Receives one number per point.</param>
    /// <param name="order">The order of the derivative; 0 for values.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative, or a point lies outside and the rule is <see cref="Extrapolation.Throw"/>.</exception>
    public void Evaluate(ReadOnlySpan<double> x, Span<double> y, int order = 0)
    {
        Require.Length(y.Length, x.Length, nameof(y));
        Require.NonNegative(order);
        int piece = 0;
        double[] breaks = _breaks, coefficients = _coefficients;
        double first = breaks[0], last = breaks[^1];
        if (order > 0 || _order != 4)
        {
            for (int i = 0; i < x.Length; i++)
            {
                piece = Find(x[i], piece);
                y[i] = At(x[i], order, piece);
            }

            return;
        }

        // Values of cubics are most of what is asked.
        for (int i = 0; i < x.Length; i++)
        {
            double point = x[i];
            piece = Find(point, piece);
            if (!(point >= first && point <= last))
            {
                y[i] = At(point, 0, piece);
                continue;
            }

            double t = point - breaks[piece];
            ReadOnlySpan<double> c = coefficients.AsSpan(4 * piece, 4);
            y[i] = (((((c[3] * t) + c[2]) * t) + c[1]) * t) + c[0];
        }
    }

    /// <summary>The derivative of an order as a function.</summary>
    /// <param name="order">The order, at least 0; above the degree the result is 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public PiecewisePolynomial Differentiate(int order = 1)
    {
        int left = Math.Max(1, _order - Require.NonNegative(order));
        double[] c = new double[Pieces * left];
        for (int i = 0; i < Pieces; i++)
        {
            for (int k = 0; k + order < _order; k++)
            {
                double factor = 1;
                for (int j = 0; j < order; j++)
                    factor *= k + order - j;
                c[(i * left) + k] = factor * _coefficients[(i * _order) + k + order];
            }
        }

        // The derivative of a constant is 0.
        Extrapolation rule = Extrapolation;
        return new PiecewisePolynomial(_breaks, c, left - 1, rule, false);
    }

    /// <summary>The antiderivative that is 0 at the first break and continuous, of one degree more.</summary>
    /// <remarks>Extends by its own end pieces where this function is extended or clamped, so there it is only the antiderivative in the first case.</remarks>
    public PiecewisePolynomial Antiderivative()
    {
        int order = _order + 1;
        double[] c = new double[Pieces * order];
        double sum = 0;
        for (int i = 0; i < Pieces; i++)
        {
            c[i * order] = sum;
            for (int k = 0; k < _order; k++)
                c[(i * order) + k + 1] = _coefficients[(i * _order) + k] / (k + 1);
            sum += PieceIntegral(i, _breaks[i + 1] - _breaks[i]);
        }

        return new PiecewisePolynomial(_breaks, c, order - 1, Extrapolation == Extrapolation.Clamp ? Extrapolation.Extend : Extrapolation, false);
    }

    /// <summary>The integral over [a, b], with the rule outside of the breaks; negative if a lies above b.</summary>
    /// <param name="a">The lower end.</param>
    /// <param name="b">The upper end.</param>
    /// <returns>NaN if an end lies outside and the rule is <see cref="Extrapolation.NaN"/>.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite, or lies outside and the rule is <see cref="Extrapolation.Throw"/>.</exception>
    public double Integral(double a, double b)
    {
        Require.Finite(a);
        Require.Finite(b);
        if (a > b)
            return -Integral(b, a);
        double first = _breaks[0], last = _breaks[^1];
        if (a < first || b > last)
        {
            if (Extrapolation == Extrapolation.NaN)
                return double.NaN;
            if (Extrapolation == Extrapolation.Throw)
                throw Outside(a < first ? a : b, a < first ? nameof(a) : nameof(b));
            if (Extrapolation == Extrapolation.Clamp)
            {
                double left = Math.Max(0, Math.Min(b, first) - a) * Value(first), right = Math.Max(0, b - Math.Max(a, last)) * Value(last);
                return left + right + (b > first && a < last ? Integral(Math.Max(a, first), Math.Min(b, last)) : 0);
            }
        }

        int from = Find(a, 0), to = Find(b, from);
        if (from == to)
            return PieceIntegral(from, b - _breaks[from]) - PieceIntegral(from, a - _breaks[from]);
        double sum = PieceIntegral(from, _breaks[from + 1] - _breaks[from]) - PieceIntegral(from, a - _breaks[from]);
        for (int i = from + 1; i < to; i++)
            sum += PieceIntegral(i, _breaks[i + 1] - _breaks[i]);
        return sum + PieceIntegral(to, b - _breaks[to]);
    }

    private double PieceIntegral(int piece, double t)
    {
        double sum = 0;
        for (int k = _order - 1; k >= 0; k--)
            sum = (sum * t) + (_coefficients[(piece * _order) + k] / (k + 1));
        return sum * t;
    }

    private double At(double x, int order, int piece)
    {
        if (!(x >= _breaks[0] && x <= _breaks[^1]))
        {
            if (double.IsNaN(x) || Extrapolation == Extrapolation.NaN)
                return double.NaN;
            if (Extrapolation == Extrapolation.Throw)
                throw Outside(x, nameof(x));
            if (Extrapolation == Extrapolation.Clamp)
                return order > 0 ? 0 : x < _breaks[0] ? _coefficients[0] : At(_breaks[^1], 0, Pieces - 1);
        }

        ReadOnlySpan<double> c = _coefficients.AsSpan(piece * _order, _order);
        double t = x - _breaks[piece], sum = 0;
        for (int k = c.Length - 1; k >= order; k--)
        {
            double factor = 1;
            for (int j = 0; j < order; j++)
                factor *= k - j;
            sum = (sum * t) + (factor * c[k]);
        }

        return sum;
    }

    // The piece of a point: the one given, its right neighbour, or a binary search.
    private int Find(double x, int hint)
    {
        double[] breaks = _breaks;
        if (x >= breaks[hint])
        {
            if (hint + 1 >= breaks.Length - 1 || x < breaks[hint + 1])
                return hint;
            if (hint + 2 >= breaks.Length - 1 || x < breaks[hint + 2])
                return hint + 1;
        }

        int low = 0, high = breaks.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (x >= breaks[middle])
                low = middle;
            else
                high = middle;
        }

        return low;
    }

    private ArgumentOutOfRangeException Outside(double x, string name) => new(name, x, $"{name} is {x:r} but must lie in [{_breaks[0]:r}, {_breaks[^1]:r}].");

    internal static PiecewisePolynomial Own(double[] breaks, double[] coefficients, int degree) => new(breaks, coefficients, degree, Extrapolation.Extend, false);
}
