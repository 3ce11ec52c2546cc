namespace OptiCore.Interpolation;

/// <summary>What a cubic spline fulfils at an end.</summary>
public readonly record struct SplineEnd
{
    internal enum Kind
    {
        NotAKnot,
        First,
        Second,
    }

    private SplineEnd(Kind kind, double value) => (Condition, Value) = (kind, value);

    internal Kind Condition { get; }

    internal double Value { get; }

    /// <summary>The first two pieces are one cubic: the best choice where nothing is known.</summary>
    public static SplineEnd NotAKnot => default;

    /// <summary>The second derivative is 0.</summary>
    public static SplineEnd Natural => SecondDerivative(0);

    /// <summary>The first derivative is given; with 0 the spline is called clamped.</summary>
    /// <param name="value">The derivative.</param>
    public static SplineEnd FirstDerivative(double value) => new(Kind.First, Require.Finite(value));

    /// <summary>The second derivative is given.</summary>
    /// <param name="value">The derivative.</param>
    public static SplineEnd SecondDerivative(double value) => new(Kind.Second, Require.Finite(value));
}

/// <summary>
/// Interpolating splines through points (x[i], y[i]) with strictly increasing x. Each method costs a few dozen operations per point.
/// </summary>
/// <remarks>
/// <see cref="Cubic(ReadOnlySpan{double}, ReadOnlySpan{double}, SplineEnd, SplineEnd)"/> is the most accurate one for smooth data, with an error of order h^4, but overshoots at steps;
/// <see cref="Pchip"/> keeps the data's monotony, <see cref="Akima"/> lies between. For functions that can be evaluated anywhere see <see cref="AutoKnots"/>,
/// for noisy data <see cref="SmoothingSpline"/>, for other degrees <see cref="BSpline"/>. de Boor (2001), A practical guide to splines.
/// </remarks>
public static partial class Spline
{
    /// <summary>The polygon through the points.</summary>
    /// <param name="x">The abscissae, at least 2, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static PiecewisePolynomial Linear(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Data.Check(x, y, 2);
        double[] c = new double[2 * (x.Length - 1)];
        for (int i = 0; i + 1 < x.Length; i++)
        {
            c[2 * i] = y[i];
            c[(2 * i) + 1] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        }

        return PiecewisePolynomial.Own(x.ToArray(), c, 1);
    }

    /// <summary>The piecewise cubic with given values and slopes (Hermite): continuous with its first derivative.</summary>
    /// <param name="x">The abscissae, at least 2, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="slopes">The first derivatives.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static PiecewisePolynomial Hermite(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> slopes)
    {
        Data.Check(x, y, 2);
        Require.Length(slopes.Length, x.Length, nameof(slopes));
        Require.AllFinite(slopes, nameof(slopes));
        return FromSlopes(x, y, slopes);
    }

    /// <summary>The cubic spline with not-a-knot ends.</summary>
    /// <inheritdoc cref="Cubic(ReadOnlySpan{double}, ReadOnlySpan{double}, SplineEnd, SplineEnd)"/>
    public static PiecewisePolynomial Cubic(ReadOnlySpan<double> x, ReadOnlySpan<double> y) => Cubic(x, y, SplineEnd.NotAKnot, SplineEnd.NotAKnot);

    /// <summary>The cubic spline, twice continuously differentiable, with a condition at each end.</summary>
    /// <remarks>Solves a tridiagonal system for the slopes. Three points with not-a-knot ends give the parabola; with two points a not-a-knot end takes the
    /// chord's slope.</remarks>
    /// <param name="x">The abscissae, at least 2, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="start">The condition at the first point.</param>
    /// <param name="end">The condition at the last point.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, or the lengths differ.</exception>
    public static PiecewisePolynomial Cubic(ReadOnlySpan<double> x, ReadOnlySpan<double> y, SplineEnd start, SplineEnd end)
    {
        Data.Check(x, y, 2);
        return FromSlopes(x, y, CubicSlopes(x, y, start, end));
    }

    /// <summary>The periodic cubic spline: value, slope and second derivative agree at both ends.</summary>
    /// <param name="x">The abscissae over one period, at least 2, strictly increasing.</param>
    /// <param name="y">The values; the last one must be the first one.</param>
    /// <exception cref="ArgumentException">Too few points, not increasing or not finite, the lengths differ, or the first and last value do.</exception>
    public static PiecewisePolynomial CubicPeriodic(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Data.Check(x, y, 2);
        if (Math.Abs(y[0] - y[^1]) > 1e-15 * Math.Max(Math.Abs(y[0]), Math.Abs(y[^1])))
            throw new ArgumentException($"The last value is {y[^1]:r} but must be the first one, {y[0]:r}.", nameof(y));
        int m = x.Length - 1;
        double[] slopes = new double[m + 1];
        if (m >= 2)
        {
            // Row i: h[i] s[i-1] + 2 (h[i-1] + h[i]) s[i] + h[i-1] s[i+1], indices modulo m.
            double[] lower = new double[m], diagonal = new double[m], upper = new double[m], right = new double[m];
            for (int i = 0; i < m; i++)
            {
                int before = i == 0 ? m - 1 : i - 1;
                double h = x[i + 1] - x[i], k = x[before + 1] - x[before];
                (lower[i], diagonal[i], upper[i]) = (h, 2 * (h + k), k);
                right[i] = 3 * ((h * ((y[before + 1] - y[before]) / k)) + (k * ((y[i + 1] - y[i]) / h)));
            }

            Cyclic(lower, diagonal, upper, right);
            right.CopyTo(slopes, 0);
            slopes[m] = slopes[0];
        }

        return FromSlopes(x, y, slopes);
    }

    private static double[] CubicSlopes(ReadOnlySpan<double> x, ReadOnlySpan<double> y, SplineEnd start, SplineEnd end)
    {
        int n = x.Length;
        double h0 = x[1] - x[0], d0 = (y[1] - y[0]) / h0, hn = x[n - 1] - x[n - 2], dn = (y[n - 1] - y[n - 2]) / hn;
        if (n == 2)
        {
            start = start.Condition == SplineEnd.Kind.NotAKnot ? SplineEnd.FirstDerivative(d0) : start;
            end = end.Condition == SplineEnd.Kind.NotAKnot ? SplineEnd.FirstDerivative(d0) : end;
        }

        if (n == 3 && start.Condition == SplineEnd.Kind.NotAKnot && end.Condition == SplineEnd.Kind.NotAKnot)
        {
            double bend = (dn - d0) / (h0 + hn);
            return [d0 - (bend * h0), d0 + (bend * h0), dn + (bend * hn)];
        }

        double[] lower = new double[n], diagonal = new double[n], upper = new double[n], right = new double[n];
        for (int i = 1; i < n - 1; i++)
        {
            double k = x[i] - x[i - 1], h = x[i + 1] - x[i];
            (lower[i], diagonal[i], upper[i]) = (h, 2 * (h + k), k);
            right[i] = 3 * ((h * ((y[i] - y[i - 1]) / k)) + (k * ((y[i + 1] - y[i]) / h)));
        }

        double h1 = n > 2 ? x[2] - x[1] : 0, hm = n > 2 ? x[n - 2] - x[n - 3] : 0;
        (diagonal[0], upper[0], right[0]) = EndRow(start, h0, h1, d0, n > 2 ? (y[2] - y[1]) / h1 : 0, 1);
        (diagonal[n - 1], lower[n - 1], right[n - 1]) = EndRow(end, hn, hm, dn, n > 2 ? (y[n - 2] - y[n - 3]) / hm : 0, -1);
        Tridiagonal(lower, diagonal, upper, right);
        return right;
    }

    // The equation of an end: h and d are width and chord slope of the outer piece, h2 and d2 those of its neighbour.
    private static (double Own, double Neighbour, double Right) EndRow(SplineEnd end, double h, double h2, double d, double d2, int sign) => end.Condition switch
    {
        SplineEnd.Kind.First => (1, 0, end.Value),
        SplineEnd.Kind.Second => (2, 1, (3 * d) - (sign * 0.5 * end.Value * h)),
        _ => (h2, h + h2, (((h + (2 * (h + h2))) * h2 * d) + (h * h * d2)) / (h + h2)),
    };

    private static PiecewisePolynomial FromSlopes(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> slopes)
    {
        double[] c = new double[4 * (x.Length - 1)];
        for (int i = 0; i + 1 < x.Length; i++)
        {
            double h = x[i + 1] - x[i], chord = (y[i + 1] - y[i]) / h, t = (slopes[i] + slopes[i + 1] - (2 * chord)) / h;
            c[4 * i] = y[i];
            c[(4 * i) + 1] = slopes[i];
            c[(4 * i) + 2] = ((chord - slopes[i]) / h) - t;
            c[(4 * i) + 3] = t / h;
        }

        return PiecewisePolynomial.Own(x.ToArray(), c, 3);
    }

    // Gaussian elimination without pivoting: the systems of splines are diagonally dominant but for the end rows, where it is safe too.
    internal static void Tridiagonal(Span<double> lower, Span<double> diagonal, Span<double> upper, Span<double> right)
    {
        int n = right.Length;
        for (int i = 1; i < n; i++)
        {
            double factor = lower[i] / diagonal[i - 1];
            diagonal[i] -= factor * upper[i - 1];
            right[i] -= factor * right[i - 1];
        }

        right[n - 1] /= diagonal[n - 1];
        for (int i = n - 2; i >= 0; i--)
            right[i] = (right[i] - (upper[i] * right[i + 1])) / diagonal[i];
    }

    // With corner elements lower[0] and upper[n-1]: one rank more, by Sherman and Morrison.
    private static void Cyclic(double[] lower, double[] diagonal, double[] upper, double[] right)
    {
        int n = right.Length;
        if (n == 2)
        {
            double u = upper[0] + lower[0], l = lower[1] + upper[1], determinant = (diagonal[0] * diagonal[1]) - (u * l);
            (right[0], right[1]) = (((right[0] * diagonal[1]) - (u * right[1])) / determinant, ((diagonal[0] * right[1]) - (l * right[0])) / determinant);
            return;
        }

        double corner = -diagonal[0], first = lower[0], last = upper[n - 1];
        double[] column = new double[n], copy = [.. lower], copyUpper = [.. upper];
        column[0] = corner;
        column[n - 1] = last;
        diagonal[0] -= corner;
        diagonal[n - 1] -= first * last / corner;
        double[] again = [.. diagonal];
        Tridiagonal(lower, diagonal, upper, right);
        Tridiagonal(copy, again, copyUpper, column);
        double factor = (right[0] + (first / corner * right[n - 1])) / (1 + column[0] + (first / corner * column[n - 1]));
        for (int i = 0; i < n; i++)
            right[i] -= factor * column[i];
    }
}
