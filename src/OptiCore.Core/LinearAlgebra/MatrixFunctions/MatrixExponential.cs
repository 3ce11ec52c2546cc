using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The exponential e^A = I + A + A^2 / 2! + ... of a square matrix.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the computation is in double precision for both.</typeparam>
/// <remarks>
/// <para>Scaling and squaring: a diagonal Pade approximant of order 3, 5, 7, 9 or 13 of A / 2^s, squared s times. Order and s follow from the norms of powers of A, not of A alone, so that a
/// matrix that is far from normal isn't scaled more than it needs. About (12 + 2 s) n^3 operations. The backward error is at most one rounding of |A| up to the errors of
/// the squarings. Where an element of the result overflows, the result has infinities or NaN.</para>
/// <para>The object is allocated once for an order; nothing is allocated after the constructor. For e^A of a symmetric A with its eigendecomposition at hand, V diag(e^w) V' is
/// cheaper; for e^A b with large sparse A use a Krylov method.</para>
/// <para>Al-Mohy and Higham (2009), A new scaling and squaring algorithm for the matrix exponential; Higham (2008), Functions of matrices, chapter 10.</para>
/// </remarks>
public sealed class MatrixExponential<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Table 3.1 of the paper: the largest eta for which the approximant's backward error is below 2^-53.
    private static readonly (int Order, double Theta, double Coefficient)[] Orders =
    [
        (3, 1.495585217958292e-2, 1 / 100800.0),
        (5, 2.539398330063230e-1, 1 / 10059033600.0),
        (7, 9.504178996162932e-1, 1 / 4487938430976000.0),
        (9, 2.097847961257068, 1 / 5914384781877411840000.0),
        (13, 4.25, 1 / 113250775606021113483283660800000000.0),
    ];

    private readonly double[] _a;
    private readonly double[] _a2;
    private readonly double[] _a4;
    private readonly double[] _a6;
    private readonly double[] _a8;
    private readonly double[] _u;
    private readonly double[] _v;
    private readonly double[] _vector;
    private readonly double[] _image;
    private readonly int[] _permutation;

    /// <summary>Allocates everything for matrices of one order.</summary>
    /// <param name="order">The order n, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public MatrixExponential(int order)
    {
        Order = Require.NonNegative(order, nameof(order));
        int square = checked(order * order);
        _a = new double[square];
        _a2 = new double[square];
        _a4 = new double[square];
        _a6 = new double[square];
        _a8 = new double[square];
        _u = new double[square];
        _v = new double[square];
        _vector = new double[order];
        _image = new double[order];
        _permutation = new int[order];
    }

    /// <summary>The order n.</summary>
    public int Order { get; }

    /// <summary>Writes e^A.</summary>
    /// <param name="a">The matrix A, n x n, row-major. Is only read.</param>
    /// <param name="result">Receives e^A, n x n; may be A itself.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element of A isn't finite.</exception>
    public void Compute(ReadOnlySpan<T> a, Span<T> result)
    {
        int n = Order;
        Require.Length(a.Length, n * n, nameof(a));
        Require.Length(result.Length, n * n, nameof(result));
        Require.AllFinite(a, nameof(a));
        if (n == 0)
            return;
        for (int i = 0; i < a.Length; i++)
            _a[i] = double.CreateChecked(a[i]);

        // Powers are taken of A 2^-unit, of norm about 1, so that they don't overflow.
        double norm = OneNorm(_a);
        int unit = norm > 1 ? Math.ILogB(norm) : 0;
        Scale(_a, -unit);
        Multiply(_a, _a, _a2);
        Multiply(_a2, _a2, _a4);
        Multiply(_a2, _a4, _a6);
        double n4 = OneNorm(_a4), n6 = OneNorm(_a6), n8 = double.NaN;
        int order = 13;
        for (int i = 0; i < 4 && order == 13; i++)
        {
            (int candidate, double theta, _) = Orders[i];
            if (i == 2)
            {
                Multiply(_a4, _a4, _a8);
                n8 = OneNorm(_a8);
            }

            bool small = Below(n6, 6, theta, unit) && (i < 2 ? Below(n4, 4, theta, unit) : Below(n8, 8, theta, unit));
            if (small && ExtraScaling(i, unit) == 0)
                order = candidate;
        }

        int squarings = 0;
        if (order == 13)
        {
            Multiply(_a4, _a6, _a8);
            double n10 = OneNorm(_a8), theta = Orders[4].Theta;
            while (!(Below(n8, 8, theta, unit - squarings) && (Below(n6, 6, theta, unit - squarings) || Below(n10, 10, theta, unit - squarings))))
                squarings++;
            squarings += ExtraScaling(4, unit - squarings);
        }

        Scale(_a, unit - squarings);
        Scale(_a2, 2 * (unit - squarings));
        Scale(_a4, 4 * (unit - squarings));
        Scale(_a6, 6 * (unit - squarings));
        Approximate(order);
        for (int i = 0; i < squarings; i++)
        {
            Multiply(_v, _v, _u);
            _u.CopyTo(_v, 0);
        }

        for (int i = 0; i < result.Length; i++)
            result[i] = T.CreateTruncating(_v[i]);
    }

    // |A^k|^(1/k) <= theta, where the norm is that of (A 2^-unit)^k.
    private static bool Below(double norm, int power, double theta, int unit)
    {
        double bound = 1, factor = Math.ScaleB(theta, -unit);
        for (int i = 0; i < power; i++)
            bound *= factor;
        return norm <= bound;
    }

    /// <summary>How often A 2^unit must be halved so that the first neglected term of the backward error is below one rounding, by the norm of |A|^(2m+1).</summary>
    private int ExtraScaling(int index, int unit)
    {
        (int order, _, double coefficient) = Orders[index];
        int n = Order;
        Array.Fill(_vector, 1.0);
        for (int p = 0; p < (2 * order) + 1; p++)
        {
            Array.Clear(_image);
            for (int i = 0; i < n; i++)
            {
                double x = _vector[i];
                for (int j = 0; j < n; j++)
                    _image[j] = Math.FusedMultiplyAdd(x, Math.Abs(_a[(i * n) + j]), _image[j]);
            }

            _image.CopyTo(_vector, 0);
        }

        double norm = OneNorm(_a), power = Numerics.Reduce.MaxNorm<double>(_vector);
        if (norm == 0 || power == 0)
            return 0;
        double ratio = coefficient * power / (norm * Math.ScaleB(1, -53));

        // ceil(log2(ratio 2^(2 m unit)) / (2 m)).
        double mantissa = Math.ScaleB(ratio, -Math.ILogB(ratio));
        int logarithm = Math.ILogB(ratio) + (2 * order * unit) + (mantissa > 1 ? 1 : 0);
        return Math.Max(0, (logarithm + (2 * order) - 1) / (2 * order));
    }

    /// <summary>V = (q(A))^-1 p(A) for the approximant p(A) / q(A), p = V + U, q = V - U, with U the odd and V the even powers.</summary>
    private void Approximate(int order)
    {
        int n = Order;

        // The coefficients (2m - j)! m! / ((2m)! (m - j)! j!), made integers.
        Span<double> b = stackalloc double[14];
        b[order] = 1;
        for (int j = order; j > 0; j--)
            b[j - 1] = b[j] * (((2 * order) - j + 1) * j) / (order - j + 1);
        if (order == 13)
        {
            Combine(_u, b[13], b[11], b[9], 0, 0);
            Multiply(_a6, _u, _v);
            Combine(_u, b[7], b[5], b[3], 0, b[1]);
            Add(_v, _u);
            Multiply(_a, _v, _u);
            Combine(_v, b[12], b[10], b[8], 0, 0);
            Multiply(_a6, _v, _a8);
            Combine(_v, b[6], b[4], b[2], 0, b[0]);
            Add(_v, _a8);
        }
        else
        {
            if (order == 9)
                Multiply(_a4, _a4, _a8);
            Combine(_v, At(b, 7, order), At(b, 5, order), b[3], At(b, 9, order), b[1]);
            Multiply(_a, _v, _u);
            Combine(_v, At(b, 6, order), At(b, 4, order), b[2], At(b, 8, order), b[0]);
        }

        for (int i = 0; i < _u.Length; i++)
        {
            _a2[i] = _v[i] - _u[i];
            _a4[i] = _v[i] + _u[i];
        }

        Lu.TryFactor(_a2, n, n, _permutation);
        for (int i = 0; i < n; i++)
            _a4.AsSpan(_permutation[i] * n, n).CopyTo(_v.AsSpan(i * n));
        Blas.Trsm(Side.Left, OptiCore.LinearAlgebra.Triangle.Lower, false, Diagonal.Unit, n, n, 1.0, _a2, n, _v, n);
        Blas.Trsm(Side.Left, OptiCore.LinearAlgebra.Triangle.Upper, false, Diagonal.Stored, n, n, 1.0, _a2, n, _v, n);

        static double At(Span<double> b, int j, int order) => j <= order ? b[j] : 0;
    }

    /// <summary>X = c6 A^6 + c4 A^4 + c2 A^2 + c8 A^8 + c0 I.</summary>
    private void Combine(double[] x, double c6, double c4, double c2, double c8, double c0)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] = (c8 == 0 ? 0 : c8 * _a8[i]) + (c6 * _a6[i]) + (c4 * _a4[i]) + (c2 * _a2[i]);
        for (int i = 0; i < Order; i++)
            x[(i * Order) + i] += c0;
    }

    private static void Add(double[] x, double[] y)
    {
        for (int i = 0; i < x.Length; i++)
            x[i] += y[i];
    }

    private static void Scale(double[] x, int exponent)
    {
        for (int i = 0; i < x.Length && exponent != 0; i++)
            x[i] = Math.ScaleB(x[i], exponent);
    }

    private double OneNorm(double[] x)
    {
        int n = Order;
        Array.Clear(_image);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _image[j] += Math.Abs(x[(i * n) + j]);
        }

        return Numerics.Reduce.MaxNorm<double>(_image);
    }

    private void Multiply(double[] x, double[] y, double[] product) => Blas.Multiply<double>(x, y, product, Order, Order, Order);
}
