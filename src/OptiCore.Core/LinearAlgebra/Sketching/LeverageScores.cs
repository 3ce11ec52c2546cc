using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The leverage scores of a tall matrix: l_i = |row i of Q|^2 for an orthonormal basis Q of its columns; the diagonal of the hat matrix A A^+. Between 0 and 1, their sum is the rank. They say which rows matter: in sampling for least squares, in
/// regression diagnostics.
/// </summary>
/// <remarks>P. Drineas, M. Magdon-Ismail, M. W. Mahoney, D. P. Woodruff (2012), Fast approximation of matrix coherence and statistical leverage, J. Mach. Learn. Res. 13, 3475-3506.</remarks>
public static class LeverageScores
{
    /// <summary>The scores by a QR factorization with column pivoting: exact to rounding, 4 m n^2 operations. Allocates the factorization.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, m x n, row-major.</param>
    /// <param name="rows">The number m of rows, at least 1.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <param name="scores">Receives m scores.</param>
    /// <returns>The numerical rank.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static int Exact<T>(ReadOnlySpan<T> a, int rows, int columns, Span<T> scores) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var qr = new PivotedQr<T>(rows, columns);
        Require.Length(scores.Length, rows, nameof(scores));
        qr.Factor(a);
        int rank = qr.Rank();
        T[] column = new T[rows];
        scores.Clear();
        for (int j = 0; j < rank; j++)
        {
            column.AsSpan().Clear();
            column[j] = T.One;
            qr.ApplyQ(column);
            for (int i = 0; i < rows; i++)
                scores[i] = T.FusedMultiplyAdd(column[i], column[i], scores[i]);
        }

        return rank;
    }

    /// <summary>
    /// The scores by sketches: R of a sketch's QR factorization makes A R^-1 nearly orthonormal, and the lengths of its rows are estimated through a Gaussian matrix of few columns. Relative error about
    /// sqrt(n / s) + sqrt(2 / t) each with a sketch of s rows and t columns; O((m + s) n (t + log m) + s n^2) operations.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, m x n, row-major, of full column rank.</param>
    /// <param name="sketch">The sketch, s x m with s at least n: best several times n.</param>
    /// <param name="columns">The number n of columns, at least 1.</param>
    /// <param name="scores">Receives m scores.</param>
    /// <param name="key">The key of the Gaussian matrix.</param>
    /// <param name="directions">The number t of its columns; 0 for none: lengths are exact then, for 2 m n^2 operations.</param>
    /// <param name="workers">Who computes pieces of the sketch; null for the calling thread.</param>
    /// <returns>False when the sketch doesn't have full rank: no scores are written then. Prefer <see cref="Exact"/>.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or the sketch has too few rows.</exception>
    public static bool TryApproximate<T>(ReadOnlySpan<T> a, ISketch<T> sketch, int columns, Span<T> scores, RandomKey key, int directions = 0, IWorkers? workers = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(sketch);
        int m = sketch.Columns, n = Require.Positive(columns, nameof(columns)), s = sketch.Rows;
        Require.NonNegative(directions, nameof(directions));
        Require.Length(a.Length, checked(m * n), nameof(a));
        Require.Length(scores.Length, m, nameof(scores));
        if (s < n)
            throw new ArgumentException($"sketch has {s} rows, fewer than the {n} columns.", nameof(sketch));
        T[] sketched = new T[s * n];
        sketch.Apply(a, n, n, sketched, n, workers);
        var qr = new PivotedQr<T>(s, n);
        qr.Factor(sketched);
        if (qr.Rank() < n)
            return false;

        // Columns of P R^-1 G (G the identity without directions), n x width.
        int width = directions == 0 ? n : directions;
        T[] right = new T[n * width], column = new T[n], gaussian = new T[n * width];
        if (directions == 0)
        {
            for (int i = 0; i < n; i++)
                gaussian[(i * n) + i] = T.One;
        }
        else
        {
            NormalFill.Fill<T>(key, gaussian);
        }

        for (int j = 0; j < width; j++)
        {
            for (int i = 0; i < n; i++)
                column[i] = gaussian[(i * width) + j];
            qr.SolveR(column);
            for (int i = 0; i < n; i++)
                right[(qr.Permutation[i] * width) + j] = column[i];
        }

        const int Block = 256;
        T[] product = new T[Math.Min(Block, Math.Max(1, m)) * width];
        T scale = directions == 0 ? T.One : T.One / T.CreateTruncating(directions);
        for (int first = 0; first < m; first += Block)
        {
            int count = Math.Min(Block, m - first);
            Blas.Gemm(false, false, count, width, n, T.One, a[(first * n)..], n, right, width, T.Zero, product, width);
            for (int i = 0; i < count; i++)
                scores[first + i] = scale * Reduce.SumOfSquares<T>(product.AsSpan(i * width, width));
        }

        return true;
    }
}
