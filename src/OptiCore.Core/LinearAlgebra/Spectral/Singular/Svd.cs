using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Which singular vectors a decomposition computes.</summary>
public enum SingularVectors
{
    /// <summary>The singular values only.</summary>
    None,

    /// <summary>The k = min(m, n) vectors that belong to singular values on either side.</summary>
    Thin,

    /// <summary>All m left and n right vectors, which complete the thin ones to orthogonal matrices.</summary>
    Full,
}

/// <summary>The singular value decomposition A = U diag(s) V' of an m x n matrix, with orthonormal columns in U and V and s in descending order.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>Householder reduction to bidiagonal form (after a QR factorization where one side is much longer), then divide and conquer for the vectors or the differential
/// quotient-difference algorithm for values only. About 4 m n^2 - 4 n^3 / 3 operations for values and m >= n, and up to 2 m n^2 + 4 n^3 more with vectors.</para>
/// <para>The singular values are exact for a matrix within max(m, n) eps |A| of A: small ones have no relative accuracy, for
/// which see <see cref="JacobiSvd{T}"/>. For a few large ones of a large matrix see <see cref="RandomizedSvd{T}"/>. The object is allocated once for a size and may
/// decompose any number of matrices; nothing is allocated after the constructor.</para>
/// <para>Sign: the element of largest magnitude in each right vector (the first of those that agree to half of the digits) is positive.</para>
/// <para>Golub and Kahan (1965), Calculating the singular values and pseudo-inverse of a matrix; Gu and Eisenstat (1995), A divide-and-conquer algorithm for the
/// bidiagonal SVD; Parlett and Marques (2000), An implementation of the dqds algorithm (positive case).</para>
/// </remarks>
public sealed class Svd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Where the QR factorization first saves operations: Chan (1982), An improved algorithm for computing the singular value decomposition.
    private const double TallRatio = 1.6;

    private readonly int _long;
    private readonly int _short;
    private readonly T[] _work;
    private readonly T[] _d;
    private readonly T[] _e;
    private readonly T[] _leftVectors;
    private readonly T[] _rightVectors;
    private readonly T[] _smallLeft;
    private readonly T[] _smallRight;
    private readonly T[] _square;
    private readonly T[] _array;
    private readonly Bidiagonalization<T> _reduction;
    private readonly RowHouseholder<T>? _qr;
    private readonly BidiagonalDivideAndConquer<T>? _divide;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 0.</param>
    /// <param name="columns">The number n of columns, at least 0.</param>
    /// <param name="vectors">Which singular vectors are wanted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative or the choice isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public Svd(int rows, int columns, SingularVectors vectors = SingularVectors.Thin)
    {
        SpectralKernels.RequireVectors<T>();
        Rows = Require.NonNegative(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        Vectors = Require.Defined(vectors, nameof(vectors));
        _long = Math.Max(rows, columns);
        _short = Math.Min(rows, columns);
        bool qr = _long > TallRatio * _short && _short > 0;
        int longRows = vectors switch { SingularVectors.None => 0, SingularVectors.Thin => _short, _ => _long };
        int square = vectors == SingularVectors.None ? 0 : checked(_short * _short);
        _work = new T[checked(_long * _short)];
        _d = new T[_short];
        _e = new T[_short];
        _leftVectors = new T[checked(longRows * _long)];
        _rightVectors = new T[square];
        _smallLeft = new T[square];
        _smallRight = new T[square];
        _square = new T[Math.Max(square, qr ? checked(_short * _short) : 0)];
        _reduction = new Bidiagonalization<T>(qr ? _short : _long, _short, longRows);
        if (qr)
            _qr = new RowHouseholder<T>(_short, _long, longRows);
        _array = vectors == SingularVectors.None ? new T[Dqds.WorkLength(_short)] : [];
        if (vectors != SingularVectors.None)
            _divide = new BidiagonalDivideAndConquer<T>(_short, _square);
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>Which singular vectors are computed.</summary>
    public SingularVectors Vectors { get; }

    /// <summary>The k = min(m, n) singular values s in descending order.</summary>
    public ReadOnlySpan<T> Values => _d;

    /// <summary>The matrix U', row-major: row j is the left singular vector j, m elements. k rows, m with <see cref="SingularVectors.Full"/>, none without vectors.</summary>
    public ReadOnlySpan<T> LeftRows => Rows >= Columns ? _leftVectors : RightBuffer;

    /// <summary>The matrix V', row-major: row j is the right singular vector j, n elements. k rows, n with <see cref="SingularVectors.Full"/>, none without vectors.</summary>
    public ReadOnlySpan<T> RightRows => Rows >= Columns ? RightBuffer : _leftVectors;

    private T[] RightBuffer => _rightVectors;

    /// <summary>Writes U, whose columns are the left singular vectors.</summary>
    /// <param name="u">Receives the matrix, m x k or m x m, row-major.</param>
    /// <param name="ldu">The distance between rows of U.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no vectors.</exception>
    public void CopyLeft(Span<T> u, int ldu) => CopyColumns(LeftRows, Rows, u, ldu, nameof(u));

    /// <summary>Writes V, whose columns are the right singular vectors.</summary>
    /// <param name="v">Receives the matrix, n x k or n x n, row-major.</param>
    /// <param name="ldv">The distance between rows of V.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There are no vectors.</exception>
    public void CopyRight(Span<T> v, int ldv) => CopyColumns(RightRows, Columns, v, ldv, nameof(v));

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, m x n, row-major. Is only read.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a)
    {
        Require.Length(a.Length, Rows * Columns, nameof(a));
        return Factor(a, Math.Max(1, Columns));
    }

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, m x n. Is only read.</param>
    /// <param name="lda">The distance between rows of A.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen: the results are then meaningless.</returns>
    /// <exception cref="ArgumentException">The matrix doesn't fit, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a, int lda)
    {
        MatrixArgument.Check(a.Length, Rows, Columns, lda, nameof(a));
        T largest = SpectralKernels.MaxNorm(a, Rows, Columns, lda, nameof(a));
        if (_short == 0)
        {
            CompleteIdentity(0);
            return true;
        }

        // The longer side is worked on as the rows of a tall matrix, or, for the QR factorization, as the length of rows.
        bool tall = Rows >= Columns;
        int k = _short;
        if (tall == (_qr is null))
            MatrixCopy.Copy(Rows, Columns, a, lda, _work, Columns);
        else
            MatrixCopy.Transpose(Rows, Columns, a, lda, _work, Rows);
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest), safe = typeof(T) == typeof(double) ? 400 : 40;
        exponent = Math.Abs(exponent) < safe ? 0 : exponent;
        if (exponent != 0)
        {
            foreach (ref T value in _work.AsSpan())
                value = T.ScaleB(value, -exponent);
        }

        if (_qr is null)
        {
            _reduction.Reduce(_work, _d, _e);
        }
        else
        {
            _qr.Factor(_work, _long);
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < k; j++)
                    _square[(i * k) + j] = i <= j ? _work[(j * _long) + i] : T.Zero;
            }

            _reduction.Reduce(_square, _d, _e);
        }

        if (!Diagonalize())
            return false;
        if (exponent != 0)
        {
            foreach (ref T value in _d.AsSpan())
                value = T.ScaleB(value, exponent);
        }

        return true;
    }

    private unsafe bool Diagonalize()
    {
        int k = _short;
        if (_divide is null)
        {
            fixed (T* d = _d, e = _e, array = _array)
            {
                if (!Dqds.Run(k, d, e, array) && !BidiagonalQr.Run(k, d, e, null, 0, 0, null, 0, 0))
                    return false;
            }

            _d.AsSpan().Sort();
            _d.AsSpan().Reverse();
            return true;
        }

        // Scaled to about 1, as the divide-and-conquer step asks.
        T largest = T.Max(Numerics.Reduce.MaxNorm<T>(_d), Numerics.Reduce.MaxNorm<T>(_e.AsSpan(0, k - 1)));
        int exponent = largest == T.Zero ? 0 : T.ILogB(largest);
        for (int i = 0; i < k; i++)
        {
            _d[i] = T.ScaleB(_d[i], -exponent);
            _e[i] = T.ScaleB(_e[i], -exponent);
        }

        ReadOnlySpan<int> order = _divide.Solve(_d, _e, _smallLeft, _smallRight);
        if (order.IsEmpty)
            return false;
        for (int j = 0; j < k; j++)
        {
            _d[j] = T.ScaleB(_d[j], exponent);
            Span<T> left = _leftVectors.AsSpan(j * _long, _long);
            _smallLeft.AsSpan(order[j] * k, k).CopyTo(left);
            left[k..].Clear();
            _smallRight.AsSpan(order[j] * k, k).CopyTo(_rightVectors.AsSpan(j * k, k));
        }

        CompleteIdentity(k);
        int rows = _leftVectors.Length / _long;
        _reduction.ApplyLeftToRows(_leftVectors, _qr is null ? rows : k, _long);
        _qr?.ApplyToRows(_work, _long, _leftVectors, rows, _long);
        _reduction.ApplyRightToRows(_rightVectors, k, k);
        bool tall = Rows >= Columns;
        for (int j = 0; j < k; j++)
        {
            Span<T> left = _leftVectors.AsSpan(j * _long, _long), right = _rightVectors.AsSpan(j * k, k);
            if (SignConvention.LargestPositive(tall ? right : left))
                System.Numerics.Tensors.TensorPrimitives.Negate(tall ? left : right, tall ? left : right);
        }

        return true;
    }

    /// <summary>Rows of the identity where vectors beyond the singular values are wanted.</summary>
    private void CompleteIdentity(int from)
    {
        for (int j = from; _leftVectors.Length > j * _long; j++)
        {
            _leftVectors.AsSpan(j * _long, _long).Clear();
            _leftVectors[(j * _long) + j] = T.One;
        }
    }

    private void CopyColumns(ReadOnlySpan<T> rows, int length, Span<T> to, int ld, string name)
    {
        if (Vectors == SingularVectors.None)
            throw new InvalidOperationException("The object was made for singular values only.");
        int count = length == 0 ? 0 : rows.Length / length;
        MatrixArgument.Check(to.Length, length, count, ld, name);
        MatrixCopy.Transpose(count, length, rows, length, to, ld);
    }
}
