using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The complete orthogonal decomposition A P = Q [T 0; 0 0] Z' of an m x n matrix of numerical rank r: least-squares solutions of minimum norm, whatever the
/// rank and shape, at a fraction of the cost of a singular value decomposition.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para><see cref="PivotedQr{T}"/> finds the rank, and r reflections from the right turn the trapezoid [R11 R12] into the triangle T. The diagonal of R is a good, not a
/// certain, guide to the rank: matrices whose singular values fall without a gap, and contrived ones, need the singular values.</para>
/// <para>The object is allocated once for a size; nothing is allocated after the constructor. The second step costs about 2 r^2 (n - r) operations.</para>
/// <para>Golub and Van Loan (2013), Matrix computations, section 5.5.2; Hanson and Lawson (1969), Extensions and applications of the Householder
/// algorithm for solving linear least squares problems.</para>
/// </remarks>
public sealed class CompleteOrthogonal<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly PivotedQr<T> _qr;

    // Row i: the i-th row of [T 0], and in the place of the zeros the tail of the reflection's vector, whose own element is 1.
    private readonly T[] _trapezoid;
    private readonly T[] _tau;
    private readonly T[] _work;

    /// <summary>Allocates everything for matrices of one size.</summary>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public CompleteOrthogonal(int rows, int columns)
    {
        _qr = new PivotedQr<T>(rows, columns);
        _trapezoid = new T[checked(_qr.Steps * columns)];
        _tau = new T[_qr.Steps];
        _work = new T[Math.Max(rows, columns)];
    }

    /// <summary>The number m of rows of A.</summary>
    public int Rows => _qr.Rows;

    /// <summary>The number n of columns of A.</summary>
    public int Columns => _qr.Columns;

    /// <summary>The numerical rank r of the matrix factored last.</summary>
    public int Rank { get; private set; }

    /// <summary>The first factorization.</summary>
    public PivotedQr<T> Pivoted => _qr;

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">The matrix A, row-major, m n elements. Is only read.</param>
    /// <param name="relativeTolerance">The cut: diagonal elements of R of at most this times the largest count as 0. Default: max(m, n) times the machine epsilon.</param>
    /// <exception cref="ArgumentException">The matrix has another number of elements, or one that isn't finite.</exception>
    public void Factor(ReadOnlySpan<T> a, double relativeTolerance = double.NaN)
    {
        Require.Length(a.Length, Rows * Columns, nameof(a));
        Require.AllFinite(a, nameof(a));
        _qr.Factor(a);
        Rank = _qr.Rank(relativeTolerance);
        int n = Columns, r = Rank;
        Span<T> trapezoid = _trapezoid;
        _qr.CopyR(trapezoid);
        if (r == n)
            return;

        // From the last row up: a reflection of columns i and r to n turns row i into (.., beta, 0, ..), and the rows above with it.
        for (int i = r - 1; i >= 0; i--)
        {
            Span<T> row = trapezoid.Slice(i * n, n), tail = row[r..];
            T tau = Reflect(ref row[i], tail);
            _tau[i] = tau;
            for (int above = 0; tau != T.Zero && above < i; above++)
            {
                Span<T> other = trapezoid.Slice(above * n, n);
                T scale = tau * (other[i] + Reduce.Dot<T>(tail, other[r..]));
                other[i] -= scale;
                VectorKernels.AddScaled(-scale, tail, other[r..]);
            }
        }
    }

    /// <summary>The minimiser x of |A x - b| that has the smallest norm. About 4 m r + 4 n r operations.</summary>
    /// <param name="b">The right side, m elements. Is only read.</param>
    /// <param name="x">Receives n elements.</param>
    /// <returns>The norm of the residual, |A x - b|, for A with the elements of R beyond the rank taken as 0.</returns>
    /// <exception cref="ArgumentException">A vector has another length.</exception>
    public T Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        int m = Rows, n = Columns, r = Rank;
        Require.Length(b.Length, m, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        Span<T> y = _work.AsSpan(0, m);
        b.CopyTo(y);
        _qr.ApplyQTransposed(y);
        T residual = Reduce.Norm<T>(y[r..]);
        for (int i = r - 1; i >= 0; i--)
        {
            ReadOnlySpan<T> row = _trapezoid.AsSpan(i * n, n);
            y[i] = (y[i] - Reduce.Dot(row[(i + 1)..r], y[(i + 1)..r])) / row[i];
        }

        // The permutation needs a second vector: x itself receives Z (y, 0), which is then scattered through the workspace.
        y[..r].CopyTo(x);
        x[r..].Clear();
        for (int i = 0; r < n && i < r; i++)
        {
            ReadOnlySpan<T> tail = _trapezoid.AsSpan((i * n) + r, n - r);
            T scale = _tau[i] * (x[i] + Reduce.Dot(tail, x[r..]));
            x[i] -= scale;
            VectorKernels.AddScaled(-scale, tail, x[r..]);
        }

        Span<T> ordered = _work.AsSpan(0, n);
        x.CopyTo(ordered);
        for (int j = 0; j < n; j++)
            x[_qr.Permutation[j]] = ordered[j];
        return residual;
    }

    /// <summary>Overwrites (x, tail) by (beta, v) such that (I - tau (1, v)(1, v)') (x, tail) = (beta, 0); returns tau.</summary>
    private static T Reflect(ref T x, Span<T> tail)
    {
        T tailNorm = Reduce.Norm<T>(tail);
        if (tailNorm == T.Zero)
            return T.Zero;
        T beta = -T.CopySign(T.Hypot(x, tailNorm), x), difference = x - beta;
        foreach (ref T value in tail)
            value /= difference;
        T tau = -difference / beta;
        x = beta;
        return tau;
    }
}
