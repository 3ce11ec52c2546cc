using System.Numerics;
using OptiCore.Randomness;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The k largest singular values and their vectors of a large m x n matrix, A ~ U diag(s) V', from the products with a few random vectors.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
/// <remarks>
/// <para>Y = (A A')^q A W with a Gaussian n x (k + p) matrix W is orthonormalised, after each product, to Q; the decomposition of the small matrix Q' A gives that of A. About
/// 4 m n (k + p) (q + 1) operations, all but few in matrix products. The expected error |A - Q Q' A| is at most
/// (1 + sqrt(k / (p - 1)) + e sqrt(k + p) / p sqrt(min(m, n) - k))^(1/(2q+1)) s[k]: for a slow decay of singular values take q = 2 or more.</para>
/// <para>The same key gives the same bits. The object is allocated once for a size; nothing is allocated after the constructor. For all singular values see <see cref="Svd{T}"/>.</para>
/// <para>Halko, Martinsson and Tropp (2011), Finding structure with randomness: probabilistic algorithms for constructing approximate matrix decompositions.</para>
/// </remarks>
public sealed class RandomizedSvd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _sample;
    private readonly T[] _tall;
    private readonly T[] _wide;
    private readonly T[] _q;
    private readonly T[] _basis;
    private readonly T[] _left;
    private readonly RowHouseholder<T> _tallQr;
    private readonly RowHouseholder<T> _wideQr;
    private readonly Svd<T> _small;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <param name="rank">The number k of singular values, from 1 to min(m, n).</param>
    /// <param name="oversampling">The number p of further random vectors, at least 0; fewer where min(m, n) ends.</param>
    /// <param name="powerIterations">The number q of power iterations, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number lies outside of its range.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public RandomizedSvd(int rows, int columns, int rank, int oversampling = 10, int powerIterations = 2)
    {
        SpectralKernels.RequireVectors<T>();
        Rows = Require.Positive(rows, nameof(rows));
        Columns = Require.Positive(columns, nameof(columns));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Require.Positive(rank, nameof(rank)), Math.Min(rows, columns), nameof(rank));
        TargetRank = rank;
        Oversampling = Require.NonNegative(oversampling, nameof(oversampling));
        PowerIterations = Require.NonNegative(powerIterations, nameof(powerIterations));
        _sample = (int)Math.Min((long)rank + oversampling, Math.Min(rows, columns));
        _tall = new T[checked(_sample * rows)];
        _q = new T[_sample * rows];
        _wide = new T[checked(_sample * columns)];
        _basis = new T[powerIterations > 0 ? _sample * columns : 0];
        _left = new T[rank * rows];
        _tallQr = new RowHouseholder<T>(_sample, rows, _sample);
        _wideQr = new RowHouseholder<T>(_sample, columns, _sample);
        _small = new Svd<T>(_sample, columns);
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows { get; }

    /// <summary>The number n of columns of A.</summary>
    public int Columns { get; }

    /// <summary>The number k of singular values.</summary>
    public int TargetRank { get; }

    /// <summary>The number p of further random vectors.</summary>
    public int Oversampling { get; }

    /// <summary>The number q of power iterations.</summary>
    public int PowerIterations { get; }

    /// <summary>The k singular values in descending order.</summary>
    public ReadOnlySpan<T> Values => _small.Values[..TargetRank];

    /// <summary>The matrix U', k x m, row-major: row j is the left singular vector j.</summary>
    public ReadOnlySpan<T> LeftRows => _left;

    /// <summary>The matrix V', k x n, row-major: row j is the right singular vector j, whose element of largest magnitude is positive.</summary>
    public ReadOnlySpan<T> RightRows => _small.RightRows[..(TargetRank * Columns)];

    /// <summary>Decomposes a matrix; replaces the decomposition before.</summary>
    /// <param name="a">The matrix A, m x n, row-major. Is only read.</param>
    /// <param name="key">The key of the random vectors.</param>
    /// <returns>False when an iteration did not converge, which is not known to happen.</returns>
    /// <exception cref="ArgumentException">The matrix has another size, or an element isn't finite.</exception>
    public bool Factor(ReadOnlySpan<T> a, RandomKey key)
    {
        int m = Rows, n = Columns, l = _sample;
        Require.Length(a.Length, m * n, nameof(a));
        SpectralKernels.MaxNorm(a, m, n, n, nameof(a));
        if (typeof(T) == typeof(double))
            RandomFill.Normal(key, System.Runtime.InteropServices.MemoryMarshal.Cast<T, double>(_wide.AsSpan()));
        else
            RandomFill.Normal(key, System.Runtime.InteropServices.MemoryMarshal.Cast<T, float>(_wide.AsSpan()));

        // All bases as rows: Y' = W' A'.
        Blas.Gemm(false, true, l, m, n, T.One, _wide, n, a, n, T.Zero, _tall, m);
        Orthonormalize(_tallQr, _tall, m, _q);
        for (int i = 0; i < PowerIterations; i++)
        {
            Blas.Gemm(false, false, l, n, m, T.One, _q, m, a, n, T.Zero, _wide, n);
            Orthonormalize(_wideQr, _wide, n, _basis);
            Blas.Gemm(false, true, l, m, n, T.One, _basis, n, a, n, T.Zero, _tall, m);
            Orthonormalize(_tallQr, _tall, m, _q);
        }

        Blas.Gemm(false, false, l, n, m, T.One, _q, m, a, n, T.Zero, _wide, n);
        if (!_small.Factor(_wide))
            return false;

        // U' = (left vectors of Q' A)' Q'.
        Blas.Gemm(false, false, TargetRank, m, l, T.One, _small.LeftRows, l, _q, m, T.Zero, _left, m);
        return true;
    }

    private static void Orthonormalize(RowHouseholder<T> qr, T[] rows, int length, T[] basis)
    {
        qr.Factor(rows, length);
        qr.FormRows(rows, length, basis, length);
    }
}
