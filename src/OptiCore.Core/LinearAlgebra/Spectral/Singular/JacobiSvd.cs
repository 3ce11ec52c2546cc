using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The singular value decomposition A = U diag(s) V' by one-sided Jacobi rotations after a QR factorization with pivoting: small singular values with high relative accuracy, where the
/// matrix determines them.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>If A = C D with a diagonal D and a well-conditioned C, the error of each singular value is of the order of cond(C) n eps relative to itself, however badly D is scaled: graded
/// matrices are the case for which <see cref="Svd{T}"/>, whose errors are relative to the largest value, loses the small ones. It is much slower.</para>
/// <para>A P = Q R with column pivoting, then the rows of R are orthogonalised by sweeps of rotations over all pairs until every pair is orthogonal to rounding; rows are sorted by
/// pivoting before, so that few sweeps are needed. The object is allocated once for a size; nothing is allocated after the constructor.</para>
/// <para>Drmac and Veselic (2008), New fast and accurate Jacobi SVD algorithm I and II; Demmel and Veselic (1992), Jacobi's method is more accurate than QR.</para>
/// </remarks>
public sealed class JacobiSvd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Cyclic sweeps converge quadratically; 6 to 10 are usual.
    private const int MaxSweeps = 60;

    private readonly int _long;
    private readonly int _short;
    private readonly PivotedQr<T> _qr;
    private readonly T[] _a;
    private readonly T[] _rows;
    private readonly T[] _rotations;
    private readonly T[] _values;
    private readonly T[] _left;
    private readonly T[] _right;
    private readonly T[] _vector;
    private readonly int[] _order;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public JacobiSvd(int rows, int columns)
    {
        SpectralKernels.RequireVectors<T>();
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        _long = Math.Max(rows, columns);
        _short = Math.Min(rows, columns);
        _qr = new PivotedQr<T>(_long, _short);
        _a = new T[checked(rows * columns)];
        _rows = new T[_short * _short];
        _rotations = new T[_short * _short];
        _values = new T[_short];
        _left = new T[_short * _long];
        _right = new T[_short * _short];
        _vector = new T[_short];
        _order = new int[_short];
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The k = min(m, n) singular values s in descending order.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>The matrix U', k x m, row-major: row j is the left singular vector j.</summary>
    public ReadOnlySpan<T> LeftRows => Rows >= Columns ? _left : _right;

    /// <summary>The matrix V', k x n, row-major: row j is the right singular vector j, whose element of largest magnitude is positive.</summary>
    public ReadOnlySpan<T> RightRows => Rows >= Columns ? _right : _left;

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, m x n, row-major. Is only read.</param>
    /// <returns>False when the sweeps did not converge, which is not known to happen: the results are then less accurate.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public unsafe bool Factor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, _a.Length, nameof(a));
        Require.AllFinite(a, nameof(a));
        int k = _short;
        if (Rows >= Columns)
            a.CopyTo(_a);
        else
            MatrixCopy.Transpose(Rows, Columns, a, Columns, _a, Rows);

        // Largest element about 1: the smallest values that are told from zero are then about 1e-290 of it.
        T largest = Reduce.MaxNorm(a);
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest);
        for (int i = 0; i < _a.Length && exponent != 0; i++)
            _a[i] = T.ScaleB(_a[i], -exponent);
        _qr.Factor(_a);

        // One-sided rotations from the left: with J the product of all, J R has orthogonal rows, J R = diag(s) W', and A P = Q J' diag(s) W'.
        _qr.CopyR(_rows);
        _rotations.AsSpan().Clear();
        for (int i = 0; i < k; i++)
            _rotations[(i * k) + i] = T.One;
        bool converged = false;
        fixed (T* r = _rows, j = _rotations)
        {
            for (int sweep = 0; sweep < MaxSweeps && !converged; sweep++)
                converged = Sweep(r, j);
        }

        for (int i = 0; i < k; i++)
        {
            _vector[i] = -Reduce.Norm<T>(_rows.AsSpan(i * k, k));
            _order[i] = i;
        }

        _vector.AsSpan().Sort(_order.AsSpan());
        for (int i = 0; i < k; i++)
        {
            T value = -_vector[i];
            _values[i] = T.ScaleB(value, exponent);
            ReadOnlySpan<T> row = _rows.AsSpan(_order[i] * k, k);
            Span<T> right = _right.AsSpan(i * k, k), left = _left.AsSpan(i * _long, _long);
            for (int c = 0; c < k; c++)
                right[_qr.Permutation[c]] = value == T.Zero ? T.Zero : row[c] / value;
            left.Clear();
            _rotations.AsSpan(_order[i] * k, k).CopyTo(left);
            _qr.ApplyQ(left);
        }

        CompleteRight();
        for (int i = 0; i < k; i++)
        {
            Span<T> right = _right.AsSpan(i * k, k), left = _left.AsSpan(i * _long, _long);
            if (SignConvention.LargestPositive(Rows >= Columns ? right : left))
            {
                Span<T> other = Rows >= Columns ? left : right;
                System.Numerics.Tensors.TensorPrimitives.Negate(other, other);
            }
        }

        return converged;
    }

    /// <summary>Rotates all pairs of rows that aren't orthogonal to rounding; whether there were none.</summary>
    private unsafe bool Sweep(T* rows, T* rotations)
    {
        int k = _short;
        T two = T.One + T.One, tolerance = SpectralKernels.Epsilon<T>() * T.Sqrt(T.CreateTruncating(k));
        bool orthogonal = true;
        for (int p = 0; p < k - 1; p++)
        {
            for (int q = p + 1; q < k; q++)
            {
                T* x = rows + ((nint)p * k), y = rows + ((nint)q * k);
                T nx = Reduce.Norm(new ReadOnlySpan<T>(x, k)), ny = Reduce.Norm(new ReadOnlySpan<T>(y, k));
                if (nx < ny)
                {
                    // The larger row goes first: rotations then keep the order, and small rows aren't polluted.
                    Exchange(x, y, k);
                    Exchange(rotations + ((nint)p * k), rotations + ((nint)q * k), k);
                    (nx, ny) = (ny, nx);
                }

                if (ny == T.Zero)
                    continue;
                T cosine = ScaledDot(x, nx, y, ny, k);
                if (T.Abs(cosine) <= tolerance)
                    continue;
                orthogonal = false;

                // tan of twice the angle: 2 x'y / (x'x - y'y), by ratios of norms.
                T ratio = ny / nx, zeta = (T.One - ratio) * (T.One + ratio) / (two * ratio * cosine);
                T tangent = T.CopySign(T.One / (T.Abs(zeta) + T.Hypot(T.One, zeta)), zeta);
                T c = T.One / T.Sqrt(T.One + (tangent * tangent)), s = tangent * c;
                SpectralKernels.Rotate(x, y, k, c, s);
                SpectralKernels.Rotate(rotations + ((nint)p * k), rotations + ((nint)q * k), k, c, s);
            }
        }

        return orthogonal;
    }

    private static unsafe T ScaledDot(T* x, T nx, T* y, T ny, int k)
    {
        T product = nx * ny, bound = SpectralKernels.SmallestNormal<T>() / (SpectralKernels.Epsilon<T>() * SpectralKernels.Epsilon<T>());
        if (product > bound)
            return SpectralKernels.Dot(x, y, k) / product;
        T sum = T.Zero;
        for (int i = 0; i < k; i++)
            sum = T.FusedMultiplyAdd(x[i] / nx, y[i] / ny, sum);
        return sum;
    }

    private static unsafe void Exchange(T* x, T* y, int n)
    {
        for (int i = 0; i < n; i++)
            (x[i], y[i]) = (y[i], x[i]);
    }

    /// <summary>Orthonormal vectors in the place of those that belong to a zero singular value.</summary>
    private void CompleteRight()
    {
        int k = _short;
        for (int i = 0; i < k; i++)
        {
            if (_values[i] != T.Zero)
                continue;
            Span<T> row = _right.AsSpan(i * k, k);
            for (int candidate = 0; candidate < k; candidate++)
            {
                row.Clear();
                row[candidate] = T.One;

                // Twice is enough (Parlett 1998, section 6.9).
                for (int pass = 0; pass < 2; pass++)
                {
                    for (int j = 0; j < i; j++)
                    {
                        ReadOnlySpan<T> other = _right.AsSpan(j * k, k);
                        VectorKernels.AddScaled(-Reduce.Dot<T>(other, row), other, row);
                    }
                }

                T norm = Reduce.Norm<T>(row);
                if (norm * norm * T.CreateTruncating(4 * k) < T.One)
                    continue;
                System.Numerics.Tensors.TensorPrimitives.Divide(row, norm, row);
                break;
            }
        }
    }
}
