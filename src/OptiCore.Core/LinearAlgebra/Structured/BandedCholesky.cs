using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorization A = L L' of a symmetric positive definite band matrix with k diagonals on each side: smoothing splines, random fields on a line. About n k^2 operations.
/// </summary>
/// <remarks>
/// The lower half is stored by rows: element (i, j), i - k &lt;= j &lt;= i, at i (k + 1) + j - i + k; the first elements of the first k rows belong to no element and are
/// neither read nor written. L takes the place of A: it has the same band. Golub and Van Loan (2013), Matrix computations, section 4.3.5.
/// </remarks>
public static class BandedCholesky
{
    /// <summary>Replaces the lower half of A by L.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="band">The lower half by rows, n (k + 1) elements.</param>
    /// <param name="n">The order.</param>
    /// <param name="width">The diagonals k below the main one.</param>
    /// <param name="failedPivot">The first row whose pivot isn't positive and finite, or -1.</param>
    /// <returns>False when A isn't positive definite; it is then overwritten in part.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">The band has another length.</exception>
    public static bool TryFactor<T>(Span<T> band, int n, int width, out int failedPivot) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(band.Length, n, width, nameof(band));
        for (int i = 0; i < n; i++)
        {
            int first = Math.Max(0, i - width);
            Span<T> row = From(band, i, first, width);
            for (int j = first; j < i; j++)
            {
                int common = Math.Max(first, j - width);
                ReadOnlySpan<T> other = From(band, j, common, width);
                row[j - first] = (row[j - first] - Reduce.Dot<T>(row[(common - first)..(j - first)], other[..^1])) / other[^1];
            }

            T pivot = row[^1] - Reduce.SumOfSquares<T>(row[..^1]);
            if (!(pivot > T.Zero) || !T.IsFinite(pivot))
            {
                failedPivot = i;
                return false;
            }

            row[^1] = T.Sqrt(pivot);
        }

        failedPivot = -1;
        return true;
    }

    /// <summary>Solves A x = b in place. About 4 n k operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="band">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="width">The diagonals k below the main one.</param>
    /// <param name="x">The right side, replaced by the solution; n elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    public static void Solve<T>(ReadOnlySpan<T> band, int n, int width, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(band.Length, n, width, nameof(band));
        Require.Length(x.Length, n, nameof(x));
        for (int i = 0; i < n; i++)
        {
            int first = Math.Max(0, i - width), start = (i * (width + 1)) + first - i + width;
            x[i] = (x[i] - Reduce.Dot(band.Slice(start, i - first), x[first..i])) / band[start + i - first];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            int first = Math.Max(0, i - width), start = (i * (width + 1)) + first - i + width;
            x[i] /= band[start + i - first];
            VectorKernels.AddScaled(-x[i], band.Slice(start, i - first), x[first..i]);
        }
    }

    /// <summary>The logarithm of the determinant of A, 2 sum_i log L[i,i].</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="band">The factor L.</param>
    /// <param name="n">The order.</param>
    /// <param name="width">The diagonals k below the main one.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">The band has another length.</exception>
    public static double LogDeterminant<T>(ReadOnlySpan<T> band, int n, int width) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(band.Length, n, width, nameof(band));
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += Math.Log(double.CreateTruncating(band[(i * (width + 1)) + width]));
        return 2 * sum;
    }

    private static void Check(int length, int n, int width, string name)
    {
        Require.NonNegative(n, nameof(n));
        Require.NonNegative(width, nameof(width));
        Require.Length(length, checked(n * (width + 1)), name);
    }

    /// <summary>Row i of the band from a column to the diagonal.</summary>
    private static Span<T> From<T>(Span<T> band, int i, int column, int width) => band.Slice((i * (width + 1)) + column - i + width, i - column + 1);
}
