using OptiCore.Numerics;

namespace OptiCore.Integration;

/// <summary>
/// A Gauss rule: n nodes x and weights w such that sum w[i] f(x[i]) is the integral of w(x) f(x) exactly for every polynomial f of degree 2 n - 1.
/// </summary>
/// <remarks>
/// <para>Nodes are the zeros of the n-th orthogonal polynomial: separated by Sturm's count on the Jacobi matrix (for Legendre's by Tricomi's
/// asymptotic formula), then polished by Newton's method on the recurrence with 106 bits; the weights are the reciprocals of sums of squares. So nodes and weights are
/// those of exact arithmetic to a unit or two of rounding for any n; weights below 1e-308 are 0. Cost about 100 n^2 operations for Legendre's,
/// 500 n^2 for the others (n = 1000: a fraction of a second).</para>
/// <para>A rule is immutable and may be shared. Golub and Welsch (1969), Calculation of Gauss quadrature rules; Gautschi (2004), Orthogonal
/// polynomials: computation and approximation (the rules with given end points).</para>
/// </remarks>
[Algorithm("Gauss quadrature", "Quadrature", "Golub, Welsch (1969), Calculation of Gauss quadrature rules", Capabilities = "Legendre, Jacobi, Chebyshev, Laguerre, Hermite; Radau, Lobatto; any recurrence")]
public sealed class GaussRule
{
    private readonly double[] _nodes, _weights;

    private GaussRule(double[] nodes, double[] weights, double lower, double upper)
    {
        _nodes = nodes;
        _weights = weights;
        Lower = lower;
        Upper = upper;
    }

    /// <summary>The number n of nodes.</summary>
    public int Count => _nodes.Length;

    /// <summary>The nodes, ascending.</summary>
    public ReadOnlySpan<double> Nodes => _nodes;

    /// <summary>The weights, all positive but for those that underflow.</summary>
    public ReadOnlySpan<double> Weights => _weights;

    /// <summary>The lower end of the support; may be infinite, and is NaN for a rule from a recurrence.</summary>
    public double Lower { get; }

    /// <summary>The upper end of the support; may be infinite, and is NaN for a rule from a recurrence.</summary>
    public double Upper { get; }

    /// <summary>The sum w[i] f(x[i]): the integral of f with the rule's weight function over its support.</summary>
    /// <param name="f">The integrand, without the weight function.</param>
    public double Integrate(Func<double, double> f)
    {
        Require.NotNull(f);
        double sum = 0;
        for (int i = 0; i < _nodes.Length; i++)
            sum += _weights[i] * f(_nodes[i]);
        return sum;
    }

    /// <summary>
    /// The sum with nodes and weights mapped linearly from the support [-1, 1] to [a, b]: for the Legendre, Radau and Lobatto rules the integral of f over [a, b].
    /// </summary>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end.</param>
    /// <param name="b">The upper end.</param>
    /// <exception cref="InvalidOperationException">The support isn't [-1, 1].</exception>
    public double Integrate(Func<double, double> f, double a, double b)
    {
        Require.NotNull(f);
        Require.Finite(a);
        Require.Finite(b);
        if (Lower != -1 || Upper != 1)
            throw new InvalidOperationException($"A rule with the support [{Lower}, {Upper}] can't be mapped to a finite interval.");
        double centre = (0.5 * a) + (0.5 * b), radius = (0.5 * b) - (0.5 * a), sum = 0;
        for (int i = 0; i < _nodes.Length; i++)
            sum += _weights[i] * f(centre + (radius * _nodes[i]));
        return radius * sum;
    }

    /// <summary>The rule of Gauss and Legendre: weight 1 on [-1, 1].</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 1.</exception>
    public static GaussRule Legendre(int n)
    {
        JacobiMatrix matrix = LegendreMatrix(Require.Positive(n));
        double[] starts = new double[n];
        for (int i = 0; i < n; i++)
        {
            // Tricomi (1950): two terms of the expansion in 1/n.
            double cosine = Math.Cos(Math.PI * (n - i - 0.25) / (n + 0.5));
            starts[i] = (1 - ((n - 1.0) / (8.0 * n * n * n))) * cosine;
        }

        return Make(matrix, starts, -1, 1);
    }

    /// <summary>The rule of Gauss and Jacobi: weight (1 - x)^alpha (1 + x)^beta on [-1, 1].</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <param name="alpha">The exponent at 1, above -1.</param>
    /// <param name="beta">The exponent at -1, above -1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument lies outside of its range.</exception>
    public static GaussRule Jacobi(int n, double alpha, double beta)
    {
        Require.Positive(n);
        Require.InOpen(alpha, -1, 1e6);
        Require.InOpen(beta, -1, 1e6);
        var matrix = new JacobiMatrix(n);
        DoubleDouble total = (DoubleDouble)alpha + beta, difference = ((DoubleDouble)beta - alpha) * ((DoubleDouble)beta + alpha);
        for (int k = 0; k < n; k++)
        {
            DoubleDouble s = total + (2.0 * k);
            matrix.A[k] = k == 0 ? ((DoubleDouble)beta - alpha) / (total + 2) : difference / (s * (s + 2));
            if (k == 1)
                matrix.B[k] = (DoubleDouble)4 * ((DoubleDouble)alpha + 1) * ((DoubleDouble)beta + 1) / ((total + 2) * (total + 2) * (total + 3));
            else if (k > 1)
                matrix.B[k] = (DoubleDouble)(4.0 * k) * ((DoubleDouble)alpha + k) * ((DoubleDouble)beta + k) * (total + k) / (s * s * (s + 1) * (s - 1));
        }

        // 2^(a + b + 1) B(a + 1, b + 1). Gamma functions of large arguments overflow; there their logarithms are good enough.
        matrix.Mass = Math.Pow(2, alpha + beta + 1) * SpecialFunctions.Beta(alpha + 1, beta + 1);
        matrix.Symmetric = alpha == beta;
        return Make(matrix, null, -1, 1);
    }

    /// <summary>The rule of Gauss and Chebyshev of the first kind, weight (1 - x^2)^(-1/2) on [-1, 1]: x = cos((2 i - 1) pi / 2 n), equal weights.</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 1.</exception>
    public static GaussRule ChebyshevFirst(int n)
    {
        double[] x = new double[Require.Positive(n)], w = new double[n];
        for (int i = 0; i < n; i++)
        {
            // The sine of the small angle from the middle, so that the rule is symmetric to the bit.
            x[i] = double.SinPi(((2 * i) - n + 1) / (2.0 * n));
            w[i] = Math.PI / n;
        }

        return new GaussRule(x, w, -1, 1);
    }

    /// <summary>The rule of Gauss and Chebyshev of the second kind, weight (1 - x^2)^(1/2) on [-1, 1].</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 1.</exception>
    public static GaussRule ChebyshevSecond(int n)
    {
        double[] x = new double[Require.Positive(n)], w = new double[n];
        for (int i = 0; i < n; i++)
        {
            double sine = double.SinPi((Math.Min(i, n - 1 - i) + 1) / (n + 1.0));
            x[i] = double.SinPi(((2 * i) - n + 1) / (2.0 * (n + 1)));
            w[i] = Math.PI / (n + 1) * sine * sine;
        }

        return new GaussRule(x, w, -1, 1);
    }

    /// <summary>The rule of Gauss and Laguerre: weight x^alpha exp(-x) on [0, infinity).</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <param name="alpha">The exponent, above -1 and below 170. Default: 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument lies outside of its range.</exception>
    public static GaussRule Laguerre(int n, double alpha = 0)
    {
        Require.Positive(n);
        Require.InOpen(alpha, -1, 170);
        var matrix = new JacobiMatrix(n) { Mass = SpecialFunctions.Gamma(alpha + 1) };
        for (int k = 0; k < n; k++)
        {
            matrix.A[k] = (DoubleDouble)alpha + ((2.0 * k) + 1);
            matrix.B[k] = (DoubleDouble)k * ((DoubleDouble)alpha + k);
        }

        return Make(matrix, null, 0, double.PositiveInfinity);
    }

    /// <summary>The rule of Gauss and Hermite: the physicists' weight exp(-x^2) on the whole line.</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 1.</exception>
    public static GaussRule Hermite(int n)
    {
        var matrix = new JacobiMatrix(Require.Positive(n)) { Mass = Math.Sqrt(Math.PI), Symmetric = true };
        for (int k = 1; k < n; k++)
            matrix.B[k] = 0.5 * k;
        return Make(matrix, null, double.NegativeInfinity, double.PositiveInfinity);
    }

    /// <summary>The rule of Radau: weight 1 on [-1, 1] with -1 among the nodes; exact to degree 2 n - 2.</summary>
    /// <param name="n">The number of nodes, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 1.</exception>
    public static GaussRule Radau(int n)
    {
        JacobiMatrix matrix = LegendreMatrix(Require.Positive(n));
        matrix.Symmetric = false;
        // The last diagonal element that makes -1 an eigenvalue; for Legendre's polynomials p(n-2) / p(n-1) at -1 is known.
        double k = n - 1;
        matrix.A[n - 1] = n == 1 ? -1 : (DoubleDouble)(-1) + ((DoubleDouble)k / ((2 * k) + 1));
        return Make(matrix, null, -1, 1);
    }

    /// <summary>The rule of Lobatto: weight 1 on [-1, 1] with both ends among the nodes; exact to degree 2 n - 3.</summary>
    /// <param name="n">The number of nodes, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is smaller than 2.</exception>
    public static GaussRule Lobatto(int n)
    {
        JacobiMatrix matrix = LegendreMatrix(Require.AtLeast(n, 2));
        // The last off-diagonal element that makes -1 and 1 eigenvalues: p(n-1)(1) / p(n-2)(1) of the monic polynomials.
        double k = n - 2;
        matrix.B[n - 1] = (DoubleDouble)(k + 1) / ((2 * k) + 1);
        return Make(matrix, null, -1, 1);
    }

    /// <summary>
    /// The rule of any weight function from the recurrence of its monic orthogonal polynomials, p[k+1] = (x - a[k]) p[k] - b[k] p[k-1].
    /// </summary>
    /// <param name="a">The coefficients a[0..n-1].</param>
    /// <param name="b">The coefficients b[0..n-1]; b[0] is the integral of the weight function, the others are positive.</param>
    /// <exception cref="ArgumentException">The lengths differ or are 0, a value isn't finite or a b isn't positive.</exception>
    public static GaussRule FromRecurrence(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Require.Length(b.Length, a.Length, nameof(b));
        Require.Positive(a.Length, nameof(a));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(b, nameof(b));
        var matrix = new JacobiMatrix(a.Length) { Mass = b[0] };
        for (int k = 0; k < a.Length; k++)
        {
            if (!(b[k] > 0))
                throw new ArgumentException($"b[{k}] is {b[k]} but must be positive.", nameof(b));
            matrix.A[k] = a[k];
            matrix.B[k] = b[k];
        }

        return Make(matrix, null, double.NaN, double.NaN);
    }

    private static JacobiMatrix LegendreMatrix(int n)
    {
        var matrix = new JacobiMatrix(n) { Mass = 2, Symmetric = true };
        for (int k = 1; k < n; k++)
            matrix.B[k] = (DoubleDouble)((double)k * k) / ((4.0 * k * k) - 1);
        return matrix;
    }

    private static GaussRule Make(JacobiMatrix matrix, double[]? starts, double lower, double upper)
    {
        double[] x = new double[matrix.Count], w = new double[matrix.Count];
        matrix.Solve(starts, x, w);
        return new GaussRule(x, w, lower, upper);
    }
}
