namespace OptiCore.Interpolation;

/// <summary>
/// Interpolation by one polynomial or one rational function in barycentric form: p(x) is the sum of w[i] y[i] / (x - x[i]) over the sum of w[i] / (x - x[i]).
/// </summary>
/// <remarks>
/// <para>Polynomials of high degree are excellent on Chebyshev points and useless on equidistant ones, where they oscillate (Runge); Floater and Hormann's
/// rational functions, which have no poles on the real line, are good on any points. A value costs 4 n operations.</para>
/// <para>Berrut and Trefethen (2004), Barycentric Lagrange interpolation; Floater and Hormann (2007), Barycentric rational interpolation with no poles and
/// high rates of approximation.</para>
/// </remarks>
[Algorithm("Barycentric interpolation", "Interpolation", "Berrut, Trefethen (2004), Barycentric Lagrange interpolation; Floater, Hormann (2007), Barycentric rational interpolation with no poles and high rates of approximation")]
public sealed class BarycentricInterpolant
{
    private readonly double[] _x, _y, _weights;

    private BarycentricInterpolant(double[] x, double[] y, double[] weights) => (_x, _y, _weights) = (x, y, weights);

    /// <summary>The abscissae.</summary>
    public ReadOnlySpan<double> Nodes => _x;

    /// <summary>The weights, up to a common factor.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The polynomial of degree n - 1 through n points. n^2 operations.</summary>
    /// <param name="x">The abscissae, at least 1, all different, in any order.</param>
    /// <param name="y">The values.</param>
    /// <exception cref="ArgumentException">No points, two abscissae are the same, a number isn't finite, or the lengths differ.</exception>
    public static BarycentricInterpolant Lagrange(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        CheckDistinct(x, y);
        int n = x.Length;
        double[] logs = new double[n], weights = new double[n];
        double largest = double.NegativeInfinity;
        for (int i = 0; i < n; i++)
        {
            // Logarithms only carry the scale: products are taken in groups that can't overflow.
            double product = 1, log = 0;
            for (int j = 0; j < n; j++)
            {
                if (j == i)
                    continue;
                product *= x[i] - x[j];
                int exponent = Math.ILogB(product);
                product = Math.ScaleB(product, -exponent);
                log += exponent;
            }

            (weights[i], logs[i]) = (1 / product, -log);
            largest = Math.Max(largest, -log);
        }

        for (int i = 0; i < n; i++)
            weights[i] = Math.ScaleB(weights[i], (int)Math.Max(logs[i] - largest, -2000));
        return new BarycentricInterpolant(x.ToArray(), y.ToArray(), weights);
    }

    /// <summary>The rational interpolant that blends polynomials of degree d through d + 1 neighbouring points each: error of order h^(d + 1), no poles.</summary>
    /// <param name="x">The abscissae, strictly increasing.</param>
    /// <param name="y">The values.</param>
    /// <param name="degree">The degree d, from 0 to n - 1, where n - 1 gives the polynomial. Default: 3. More helps smooth functions on dense points.</param>
    /// <exception cref="ArgumentException">No points, not increasing or not finite, or the lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The degree lies outside.</exception>
    public static BarycentricInterpolant FloaterHormann(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int degree = 3)
    {
        Data.Check(x, y, 1);
        int n = x.Length;
        Require.NonNegative(degree);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(degree, n);
        // Distances in units of the mean spacing keep products of degree factors near 1.
        double unit = n > 1 ? (n - 1) / (x[n - 1] - x[0]) : 1;
        double[] weights = new double[n];
        for (int k = 0; k < n; k++)
        {
            double sum = 0;
            for (int i = Math.Max(0, k - degree); i <= Math.Min(k, n - 1 - degree); i++)
            {
                double product = 1;
                for (int j = i; j <= i + degree; j++)
                {
                    if (j != k)
                        product /= Math.Abs((x[k] - x[j]) * unit);
                }

                sum += product;
            }

            weights[k] = ((k - degree) & 1) == 0 ? sum : -sum;
        }

        return new BarycentricInterpolant(x.ToArray(), y.ToArray(), weights);
    }

    /// <summary>The value at a point; exactly y[i] at x[i].</summary>
    /// <param name="x">The point.</param>
    public double Value(double x)
    {
        double above = 0, below = 0;
        for (int i = 0; i < _x.Length; i++)
        {
            double distance = x - _x[i];
            if (distance == 0)
                return _y[i];
            double term = _weights[i] / distance;
            above += term * _y[i];
            below += term;
        }

        return above / below;
    }

    /// <summary>Values at many points.</summary>
    /// <param name="x">The points.</param>
    /// <param name="y">Receives one value per point.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public void Evaluate(ReadOnlySpan<double> x, Span<double> y)
    {
        Require.Length(y.Length, x.Length, nameof(y));
        for (int i = 0; i < x.Length; i++)
            y[i] = Value(x[i]);
    }

    private static void CheckDistinct(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Require.Positive(x.Length, nameof(x));
        Require.Length(y.Length, x.Length, nameof(y));
        Require.AllFinite(x, nameof(x));
        Require.AllFinite(y, nameof(y));
        double[] sorted = x.ToArray();
        Array.Sort(sorted);
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] == sorted[i - 1])
                throw new ArgumentException($"x holds {sorted[i]:r} twice; abscissae must differ.", nameof(x));
        }
    }
}
