using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The principal logarithm X of a square matrix: e^X = A, with the imaginary parts of all eigenvalues of X in (-pi, pi].</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the computation is in double precision for both.</typeparam>
/// <remarks>
/// <para>Inverse scaling and squaring on the triangular Schur factor: square roots until it is close to I, a Pade approximant of log(I + Y) of order at most 7 as a sum of partial
/// fractions, and doubling. The differences from I on the diagonal and the diagonal of the result are computed directly, without cancellation. About 25 n^3 complex operations and (s + m) n^3 / 3
/// for s roots and order m.</para>
/// <para>The logarithm is real when no eigenvalue is real and negative or zero. The object is allocated once for an order; nothing is allocated after the constructor.</para>
/// <para>Al-Mohy and Higham (2012), Improved inverse scaling and squaring algorithms for the matrix logarithm; Higham (2008), Functions of matrices, chapter 11.</para>
/// </remarks>
public sealed class MatrixLogarithm<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Table 2.1 of the paper: for norms up to these the approximant of order m = 1, ..., 7 has a backward error below 2^-53.
    private static readonly double[] Theta = [1.59e-5, 2.31e-3, 1.94e-2, 6.21e-2, 1.28e-1, 2.06e-1, 2.88e-1];
    private const int MaxRoots = 100;

    private readonly ComplexSchur _schur;
    private readonly Complex[] _r;
    private readonly Complex[] _next;
    private readonly Complex[] _power;
    private readonly Complex[] _higher;
    private readonly Complex[] _sum;
    private readonly double[] _a;
    private readonly double[] _imaginary;

    // Gauss-Legendre nodes and weights on [0, 1] for each order.
    private static readonly (double[] Nodes, double[] Weights)[] Gauss = MakeGauss();

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public MatrixLogarithm(int order)
    {
        Order = Require.NonNegative(order, nameof(order));
        int square = checked(order * order);
        _schur = new ComplexSchur(order);
        _r = new Complex[square];
        _next = new Complex[square];
        _power = new Complex[square];
        _higher = new Complex[square];
        _sum = new Complex[square];
        _a = new double[square];
        _imaginary = new double[square];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Writes the real principal logarithm.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="logarithm">Receives X, n x n; may be A itself.</param>
    /// <returns>False when there is none: an eigenvalue is real and not positive. The result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of A isn't finite.</exception>
    public bool TryCompute(ReadOnlySpan<T> a, Span<T> logarithm)
    {
        Require.Length(a.Length, Order * Order, nameof(a));
        Require.Length(logarithm.Length, Order * Order, nameof(logarithm));
        bool found = Compute(a, out bool real) && real;
        for (int i = 0; i < logarithm.Length; i++)
            logarithm[i] = found ? T.CreateTruncating(_a[i]) : T.NaN;
        return found;
    }

    /// <summary>Writes the principal logarithm, real or complex.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="real">Receives the real part of X, n x n; may be A itself.</param>
    /// <param name="imaginary">Receives the imaginary part of X, n x n: zeros where X is real.</param>
    /// <returns>False when A is singular. The result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of A isn't finite.</exception>
    public bool TryCompute(ReadOnlySpan<T> a, Span<T> real, Span<T> imaginary)
    {
        Require.Length(a.Length, Order * Order, nameof(a));
        Require.Length(real.Length, Order * Order, nameof(real));
        Require.Length(imaginary.Length, Order * Order, nameof(imaginary));
        bool found = Compute(a, out bool isReal);
        for (int i = 0; i < real.Length; i++)
        {
            real[i] = found ? T.CreateTruncating(_a[i]) : T.NaN;
            imaginary[i] = !found ? T.NaN : isReal ? T.Zero : T.CreateTruncating(_imaginary[i]);
        }

        return found;
    }

    private bool Compute(ReadOnlySpan<T> a, out bool real)
    {
        int n = Order;
        real = true;
        Require.AllFinite(a, nameof(a));
        for (int i = 0; i < a.Length; i++)
            _a[i] = double.CreateChecked(a[i]);
        if (!_schur.Factor(_a))
            return false;
        Complex[] t = _schur.Triangle;
        for (int i = 0; i < n; i++)
        {
            Complex w = t[(i * n) + i];
            if (w == Complex.Zero)
                return false;
            real &= !(w.Imaginary == 0 && w.Real < 0);
        }

        if (!OfTriangle(t))
            return false;
        _schur.Assemble(_sum, _a, _imaginary);
        return true;
    }

    private bool OfTriangle(Complex[] t)
    {
        int n = Order, roots = 0, order = 0;
        t.CopyTo(_r, 0);
        for (; order == 0; roots++)
        {
            // Y = T^(1/2^roots) - I, and the roots |Y^k|^(1/k) of norms of its powers, which bound the error.
            Difference(t, roots);
            double d2 = PowerRoot(2), d3 = PowerRoot(3), d4 = PowerRoot(4), bound = Math.Min(Math.Max(d2, d3), Math.Max(d3, d4));
            double one = OneNorm(_next);
            bound = Math.Min(bound, one);
            if (bound <= Theta[6])
            {
                int i = 0;
                while (bound > Theta[i])
                    i++;

                // One more root halves the norm: worth it when it saves two orders or more.
                int afterRoot = 0;
                while (bound / 2 > Theta[afterRoot])
                    afterRoot++;
                if (i - afterRoot <= 1 || roots >= MaxRoots)
                {
                    order = i + 1;
                    break;
                }
            }

            if (roots >= MaxRoots || !MatrixSquareRoot<T>.OfTriangle(n, _r, _power))
                return false;
            _power.CopyTo(_r, 0);
        }

        // sum_j w_j Y (I + x_j Y)^-1.
        Array.Clear(_sum);
        (double[] nodes, double[] weights) = Gauss[order - 1];
        for (int q = 0; q < order; q++)
        {
            for (int j = 0; j < n; j++)
            {
                // Column j of Y (I + x Y)^-1 = (I + x Y)^-1 Y.
                for (int i = j; i >= 0; i--)
                {
                    Complex sum = _next[(i * n) + j];
                    for (int k = i + 1; k <= j; k++)
                        sum -= nodes[q] * _next[(i * n) + k] * _power[(k * n) + j];
                    _power[(i * n) + j] = sum / (Complex.One + (nodes[q] * _next[(i * n) + i]));
                    _sum[(i * n) + j] += weights[q] * _power[(i * n) + j];
                }
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = i; j < n; j++)
                _sum[(i * n) + j] = new Complex(Math.ScaleB(_sum[(i * n) + j].Real, roots), Math.ScaleB(_sum[(i * n) + j].Imaginary, roots));
        }

        for (int i = 0; i < n; i++)
            _sum[(i * n) + i] = Complex.Log(t[(i * n) + i]);
        for (int i = 0; i < n - 1; i++)
            _sum[(i * n) + i + 1] = t[(i * n) + i + 1] * DividedDifference(t[(i * n) + i], t[((i + 1) * n) + i + 1]);
        return true;
    }

    /// <summary>(log b - log a) / (b - a) without cancellation (equation 11.28 of Higham 2008).</summary>
    private static Complex DividedDifference(Complex a, Complex b)
    {
        if (a == b)
            return Complex.One / a;
        Complex z = (b - a) / (b + a);
        if (Complex.Abs(b - a) > Complex.Abs(a) / 2 || a.Imaginary * b.Imaginary < 0 && a.Real <= 0)
            return (Complex.Log(b) - Complex.Log(a)) / (b - a);

        // 2 atanh(z) by its series: |z| <= 1/3 here.
        Complex square = z * z, term = z, sum = Complex.Zero;
        for (int k = 1; k < 60; k += 2)
        {
            sum += term / k;
            term *= square;
        }

        return 2 * sum / (b - a);
    }

    /// <summary>The next matrix is R - I, with a diagonal that has no cancellation: a^(1/2^s) - 1.</summary>
    private void Difference(Complex[] t, int roots)
    {
        int n = Order;
        _r.CopyTo(_next, 0);
        for (int i = 0; i < n; i++)
        {
            // a - 1 = (a^(1/2) - 1)(a^(1/2) + 1) ..., Al-Mohy (2012), A more accurate Briggs method for the logarithm.
            Complex a = t[(i * n) + i];
            if (roots == 0)
            {
                _next[(i * n) + i] = a - Complex.One;
                continue;
            }

            int left = roots;
            if (a.Real < 0)
            {
                a = Complex.Sqrt(a);
                left--;
            }

            Complex z = a - Complex.One;
            if (left > 0)
            {
                a = Complex.Sqrt(a);
                Complex product = Complex.One + a;
                for (int k = 1; k < left; k++)
                {
                    a = Complex.Sqrt(a);
                    product *= Complex.One + a;
                }

                z /= product;
            }

            _next[(i * n) + i] = z;
        }
    }

    /// <summary>|Y^k|^(1/k) in the 1-norm.</summary>
    private double PowerRoot(int k)
    {
        int n = Order;
        Complex[] from = _next;
        for (int step = 1; step < k; step++)
        {
            Complex[] to = step % 2 == 1 ? _power : _higher;
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    Complex sum = Complex.Zero;
                    for (int l = i; l <= j; l++)
                        sum += from[(i * n) + l] * _next[(l * n) + j];
                    to[(i * n) + j] = sum;
                }
            }

            from = to;
        }

        double norm = OneNorm(from);
        return k switch { 2 => Math.Sqrt(norm), 3 => Math.Cbrt(norm), _ => Math.Sqrt(Math.Sqrt(norm)) };
    }

    private double OneNorm(Complex[] x)
    {
        double largest = 0;
        for (int j = 0; j < Order; j++)
        {
            double sum = 0;
            for (int i = 0; i <= j; i++)
                sum += Complex.Abs(x[(i * Order) + j]);
            largest = Math.Max(largest, sum);
        }

        return largest;
    }

    private static (double[] Nodes, double[] Weights)[] MakeGauss()
    {
        var rules = new (double[], double[])[Theta.Length];
        for (int m = 1; m <= rules.Length; m++)
        {
            var nodes = new double[m];
            var weights = new double[m];
            for (int i = 0; i < m; i++)
            {
                // Newton's iteration for the roots of the Legendre polynomial.
                double x = Math.Cos(Math.PI * (i + 0.75) / (m + 0.5)), derivative = 0;
                for (int step = 0; step < 50; step++)
                {
                    double p = 1, before = 0;
                    for (int k = 1; k <= m; k++)
                        (p, before) = ((((2 * k) - 1) * x * p / k) - ((k - 1.0) * before / k), p);
                    derivative = m * ((x * p) - before) / ((x * x) - 1);
                    x -= p / derivative;
                }

                nodes[i] = (1 + x) / 2;
                weights[i] = 1 / ((1 - (x * x)) * derivative * derivative);
            }

            rules[m - 1] = (nodes, weights);
        }

        return rules;
    }
}
