namespace OptiCore.Interpolation;

/// <summary>
/// A spline of any degree k as a sum of B-splines: s(x) = sum c[i] B[i,k](x) over knots t[0] &lt;= ... &lt;= t[n+k], for t[k] &lt;= x &lt;= t[n].
/// </summary>
/// <remarks>
/// <para>Immutable. Outside of [t[k], t[n]] the end polynomials go on. A value costs k^2 operations by de Boor's recurrence, stable because it takes only
/// convex combinations; for many values convert to a <see cref="PiecewisePolynomial"/>, which costs k.</para>
/// <para>de Boor (2001), A practical guide to splines, chapters 9 to 14.</para>
/// </remarks>
[Algorithm("B-spline", "Interpolation", "de Boor (2001), A practical guide to splines", Capabilities = "any degree; interpolation, least squares")]
public sealed class BSpline
{
    private readonly double[] _knots, _coefficients;

    /// <summary>Makes a spline from knots and coefficients, which are copied.</summary>
    /// <param name="knots">The n + k + 1 knots, not decreasing, with t[k] below t[n].</param>
    /// <param name="coefficients">The n coefficients.</param>
    /// <param name="degree">The degree k, at least 0.</param>
    /// <exception cref="ArgumentException">The lengths don't fit, knots decrease, or a number isn't finite.</exception>
    public BSpline(ReadOnlySpan<double> knots, ReadOnlySpan<double> coefficients, int degree)
    {
        Degree = Require.NonNegative(degree);
        Require.Length(knots.Length, coefficients.Length + degree + 1, nameof(knots));
        Require.AllFinite(knots, nameof(knots));
        Require.AllFinite(coefficients, nameof(coefficients));
        for (int i = 1; i < knots.Length; i++)
        {
            if (knots[i] < knots[i - 1])
                throw new ArgumentException($"knots[{i}] = {knots[i]:r} is below knots[{i - 1}] = {knots[i - 1]:r}; knots must not decrease.", nameof(knots));
        }

        if (coefficients.Length <= degree || !(knots[degree] < knots[coefficients.Length]))
            throw new ArgumentException($"{coefficients.Length} coefficients of degree {degree} leave no interval between knots[{degree}] and knots[{coefficients.Length}].", nameof(knots));
        _knots = knots.ToArray();
        _coefficients = coefficients.ToArray();
    }

    /// <summary>The degree k.</summary>
    public int Degree { get; }

    /// <summary>The knots.</summary>
    public ReadOnlySpan<double> Knots => _knots;

    /// <summary>The coefficients.</summary>
    public ReadOnlySpan<double> Coefficients => _coefficients;

    /// <summary>The value at a point.</summary>
    /// <param name="x">The point; NaN gives NaN.</param>
    public double Value(double x)
    {
        if (double.IsNaN(x))
            return double.NaN;
        int k = Degree, span = Span(x);
        Span<double> d = k < 32 ? stackalloc double[k + 1] : new double[k + 1];
        _coefficients.AsSpan(span - k, k + 1).CopyTo(d);
        for (int r = 1; r <= k; r++)
        {
            for (int j = k; j >= r; j--)
            {
                double left = _knots[span - k + j], right = _knots[span + 1 + j - r];
                double share = (x - left) / (right - left);
                d[j] = ((1 - share) * d[j - 1]) + (share * d[j]);
            }
        }

        return d[k];
    }

    /// <summary>The derivative as a spline of degree k - 1; of degree 0 the function 0.</summary>
    public BSpline Differentiate()
    {
        int k = Degree, n = _coefficients.Length;
        if (k == 0)
            return new BSpline(_knots, new double[n], 0);
        double[] c = new double[n - 1];
        for (int i = 0; i < n - 1; i++)
        {
            double width = _knots[i + k + 1] - _knots[i + 1];
            c[i] = width > 0 ? k * (_coefficients[i + 1] - _coefficients[i]) / width : 0;
        }

        return new BSpline(_knots.AsSpan(1, n + k - 1), c, k - 1);
    }

    /// <summary>The antiderivative that is 0 at t[0], as a spline of degree k + 1.</summary>
    public BSpline Antiderivative()
    {
        int k = Degree, n = _coefficients.Length;
        double[] knots = [_knots[0], .. _knots, _knots[^1]], c = new double[n + 1];
        for (int i = 0; i < n; i++)
            c[i + 1] = c[i] + (_coefficients[i] * (_knots[i + k + 1] - _knots[i]) / (k + 1));
        return new BSpline(knots, c, k + 1);
    }

    /// <summary>The integral over [a, b].</summary>
    /// <param name="a">The lower end.</param>
    /// <param name="b">The upper end.</param>
    public double Integral(double a, double b)
    {
        PiecewisePolynomial pieces = ToPiecewisePolynomial();
        return pieces.Integral(a, b);
    }

    /// <summary>The same function in powers between distinct knots: the Taylor coefficients of all derivatives at the left ends.</summary>
    public PiecewisePolynomial ToPiecewisePolynomial()
    {
        int k = Degree, n = _coefficients.Length;
        var distinct = new List<double>(n - k + 1) { _knots[k] };
        for (int i = k + 1; i <= n; i++)
        {
            if (_knots[i] > distinct[^1])
                distinct.Add(_knots[i]);
        }

        double[] breaks = [.. distinct];
        double[] c = new double[(breaks.Length - 1) * (k + 1)];
        BSpline derivative = this;
        double factorial = 1;
        for (int order = 0; order <= k; order++)
        {
            for (int i = 0; i + 1 < breaks.Length; i++)
                c[(i * (k + 1)) + order] = derivative.Value(breaks[i]) / factorial;
            factorial *= order + 1;
            if (order < k)
                derivative = derivative.Differentiate();
        }

        return new PiecewisePolynomial(breaks, c, k);
    }

    /// <summary>The spline of degree k through n points, with knots by the not-a-knot rule: for odd k points themselves, for even k midpoints.</summary>
    /// <param name="x">The abscissae, at least k + 1, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="degree">The degree k, at least 1. Default: 3.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static BSpline Interpolate(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int degree = 3)
    {
        int k = Require.Positive(degree), n = x.Length;
        Data.Check(x, y, k + 1);
        double[] knots = new double[n + k + 1];
        knots.AsSpan(0, k + 1).Fill(x[0]);
        knots.AsSpan(n).Fill(x[^1]);
        for (int i = 0; i < n - k - 1; i++)
            knots[k + 1 + i] = k % 2 == 1 ? x[i + ((k + 1) / 2)] : 0.5 * (x[i + (k / 2)] + x[i + (k / 2) + 1]);
        return LeastSquares(x, y, knots, k);
    }

    /// <summary>
    /// The spline with given knots that minimises the weighted sum of squares sum (w[i] (y[i] - s(x[i])))^2, by Givens rotations on the banded design matrix: k^2
    /// operations per point, without the loss of digits of the normal equations.
    /// </summary>
    /// <param name="x">The abscissae, not decreasing, inside of [t[k], t[n]].</param>
    /// <param name="y">The values.</param>
    /// <param name="knots">The n + k + 1 knots.</param>
    /// <param name="degree">The degree k.</param>
    /// <param name="weights">The weights, or empty for 1.</param>
    /// <exception cref="ArgumentException">Lengths don't fit, a number isn't finite, or the points don't determine the spline: some B-spline has
    /// no point of its own in its support (Schoenberg and Whitney).</exception>
    public static BSpline LeastSquares(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> knots, int degree, ReadOnlySpan<double> weights = default)
    {
        int k = Require.NonNegative(degree), n = knots.Length - k - 1, m = x.Length;
        Require.Length(y.Length, m, nameof(y));
        Require.AllFinite(x, nameof(x));
        Require.AllFinite(y, nameof(y));
        if (!weights.IsEmpty)
        {
            Require.Length(weights.Length, m, nameof(weights));
            Require.AllFinite(weights, nameof(weights));
        }

        var shape = new BSpline(knots, new double[Math.Max(n, 0)], k);
        // Row i of the triangle R is in band[i, 0..k], columns i to i + k; its right side in c[i].
        double largest = weights.IsEmpty ? 1 : 0;
        foreach (double weight in weights)
            largest = Math.Max(largest, Math.Abs(weight));
        double[] band = new double[n * (k + 1)], c = new double[n], row = new double[k + 1];
        for (int i = 0; i < m; i++)
        {
            if (!(x[i] >= knots[k] && x[i] <= knots[n]))
                throw new ArgumentException($"x[{i}] = {x[i]:r} lies outside of [{knots[k]:r}, {knots[n]:r}].", nameof(x));
            double weight = weights.IsEmpty ? 1 : weights[i], right = weight * y[i];
            int first = shape.Basis(x[i], row) - k;
            for (int j = 0; j <= k; j++)
                row[j] *= weight;
            for (int j = first; j < n; j++)
            {
                double value = row[0];
                if (value != 0)
                {
                    Span<double> triangle = band.AsSpan(j * (k + 1), k + 1);
                    double length = double.Hypot(triangle[0], value), cosine = triangle[0] / length, sine = value / length;
                    for (int l = 0; l <= k; l++)
                        (triangle[l], row[l]) = ((cosine * triangle[l]) + (sine * row[l]), (cosine * row[l]) - (sine * triangle[l]));
                    (c[j], right) = ((cosine * c[j]) + (sine * right), (cosine * right) - (sine * c[j]));
                }

                row.AsSpan(1).CopyTo(row);
                row[k] = 0;
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            double pivot = band[i * (k + 1)], sum = c[i];
            for (int l = 1; l <= k && i + l < n; l++)
                sum -= band[(i * (k + 1)) + l] * c[i + l];
            if (!(Math.Abs(pivot) > 1e-14 * largest))
                throw new ArgumentException($"The points don't determine coefficient {i}: no point of its own lies in its support [{knots[i]:r}, {knots[i + k + 1]:r}].", nameof(x));
            c[i] = sum / pivot;
        }

        return new BSpline(knots, c, k);
    }

    /// <summary>The k + 1 B-splines that aren't 0 at a point.</summary>
    /// <param name="x">The point.</param>
    /// <param name="values">Receives B[i-k], ..., B[i].</param>
    /// <returns>The index i of the interval, t[i] &lt;= x &lt; t[i+1].</returns>
    /// <exception cref="ArgumentException">The span hasn't k + 1 elements.</exception>
    public int Basis(double x, Span<double> values)
    {
        int k = Degree, span = Span(x);
        Require.Length(values.Length, k + 1, nameof(values));
        values[0] = 1;
        for (int r = 1; r <= k; r++)
        {
            double saved = 0;
            for (int j = 0; j < r; j++)
            {
                double right = _knots[span + j + 1], left = _knots[span + 1 - r + j];
                double share = values[j] / (right - left);
                values[j] = saved + ((right - x) * share);
                saved = (x - left) * share;
            }

            values[r] = saved;
        }

        return span;
    }

    // The interval with distinct knots that holds x, from k to n - 1.
    private int Span(double x)
    {
        int low = Degree, high = _coefficients.Length;
        while (high - low > 1)
        {
            int middle = (low + high) >>> 1;
            if (x >= _knots[middle])
                low = middle;
            else
                high = middle;
        }

        while (low > Degree && _knots[low + 1] == _knots[low])
            low--;
        while (_knots[low + 1] == _knots[low])
            low++;
        return low;
    }
}
