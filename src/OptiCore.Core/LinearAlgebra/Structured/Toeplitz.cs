using System.Buffers;
using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Systems with a Toeplitz matrix, A[i, j] = t(i - j): stationary time series, Wiener filters, linear prediction. The recursion of Levinson needs 4 n^2 operations (3 n^2 for
/// symmetric ones) and O(n) memory, where <see cref="Lu"/> needs 2 n^3 / 3 and n^2.
/// </summary>
/// <remarks>
/// The recursion solves with all leading blocks of the matrix in turn, so these must be regular, and its rounding errors grow with their conditions: stable
/// for symmetric positive definite matrices (Cybenko 1980), not for general ones, for which a small residual should be checked or <see cref="Lu"/> used. Workspace is rented.
/// Levinson (1947), The Wiener RMS error criterion in filter design and prediction; Golub and Van Loan (2013), Matrix computations, section 4.7.
/// </remarks>
public static class Toeplitz
{
    /// <summary>Solves A x = b for a general Toeplitz matrix.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="column">The first column, t(0), t(1), ..., t(n-1).</param>
    /// <param name="row">The first row, t(0), t(-1), ..., t(1-n); its first element isn't read.</param>
    /// <param name="b">The right side, n elements.</param>
    /// <param name="x">Receives the solution, n elements; must not overlap the other arguments.</param>
    /// <param name="singularMinor">The order of the first leading block that is singular (or not finite), or 0.</param>
    /// <returns>False when a leading block is singular: the matrix itself may be regular, and <see cref="Lu"/> solve the system.</returns>
    /// <exception cref="ArgumentException">The lengths differ or x overlaps an operand.</exception>
    public static bool TrySolve<T>(ReadOnlySpan<T> column, ReadOnlySpan<T> row, ReadOnlySpan<T> b, Span<T> x, out int singularMinor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = column.Length;
        Require.Length(row.Length, n, nameof(row));
        Require.Length(b.Length, n, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), column, n, 1, nameof(column));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), row, n, 1, nameof(row));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), b, n, 1, nameof(b));
        singularMinor = 0;
        if (n == 0)
            return true;

        // Of the leading block of order k: forward f with A f = e_1 scaled to f[0] = 1, backward g with A g = e_k scaled to g[k-1] = 1; A f = delta e_1, A g = delta e_k.
        T[] rented = ArrayPool<T>.Shared.Rent(2 * n);
        Span<T> f = rented.AsSpan(0, n), g = rented.AsSpan(n, n);
        f[0] = g[0] = T.One;
        T delta = column[0];
        for (int k = 1; ; k++)
        {
            if (delta == T.Zero || !T.IsFinite(delta))
            {
                singularMinor = k;
                break;
            }

            // The new unknown makes the k-th equation right.
            T error = b[k - 1];
            for (int j = 0; j < k - 1; j++)
                error = T.FusedMultiplyAdd(-column[k - 1 - j], x[j], error);
            T weight = error / delta;
            VectorKernels.AddScaled(weight, g[..(k - 1)], x[..(k - 1)]);
            x[k - 1] = weight;
            if (k == n)
                break;

            // A (f, 0) = (delta, 0, ..., below), A (0, g) = (above, 0, ..., delta).
            T below = T.Zero, above = T.Zero;
            for (int j = 0; j < k; j++)
            {
                below = T.FusedMultiplyAdd(column[k - j], f[j], below);
                above = T.FusedMultiplyAdd(row[j + 1], g[j], above);
            }

            T alpha = -below / delta, beta = -above / delta;
            f[k] = T.Zero;
            for (int j = k; j > 0; j--)
                g[j] = g[j - 1];
            g[0] = T.Zero;
            for (int j = 0; j <= k; j++)
            {
                T forward = f[j];
                f[j] = T.FusedMultiplyAdd(alpha, g[j], forward);
                g[j] = T.FusedMultiplyAdd(beta, forward, g[j]);
            }

            delta *= T.One - (alpha * beta);
        }

        ArrayPool<T>.Shared.Return(rented);
        return singularMinor == 0;
    }

    /// <summary>Solves A x = b for a symmetric Toeplitz matrix.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="column">The first column, t(0), ..., t(n-1).</param>
    /// <param name="b">The right side, n elements.</param>
    /// <param name="x">Receives the solution, n elements; must not overlap the other arguments.</param>
    /// <param name="singularMinor">The order of the first leading block that is singular (or not finite), or 0.</param>
    /// <returns>False when a leading block is singular: the matrix itself may be regular, and <see cref="Lu"/> solve the system.</returns>
    /// <exception cref="ArgumentException">The lengths differ or x overlaps an operand.</exception>
    public static bool TrySolve<T>(ReadOnlySpan<T> column, ReadOnlySpan<T> b, Span<T> x, out int singularMinor) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = column.Length;
        Require.Length(b.Length, n, nameof(b));
        Require.Length(x.Length, n, nameof(x));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), column, n, 1, nameof(column));
        MatrixArgument.Apart(x, n, int.MaxValue, nameof(x), b, n, 1, nameof(b));
        singularMinor = 0;
        if (n == 0)
            return true;

        // The forward vector is the backward one reversed.
        T[] rented = ArrayPool<T>.Shared.Rent(n);
        Span<T> f = rented.AsSpan(0, n);
        f[0] = T.One;
        T delta = column[0];
        for (int k = 1; ; k++)
        {
            if (delta == T.Zero || !T.IsFinite(delta))
            {
                singularMinor = k;
                break;
            }

            T error = b[k - 1], below = T.Zero;
            for (int j = 0; j < k - 1; j++)
                error = T.FusedMultiplyAdd(-column[k - 1 - j], x[j], error);
            T weight = error / delta;
            for (int j = 0; j < k - 1; j++)
                x[j] = T.FusedMultiplyAdd(weight, f[k - 1 - j], x[j]);
            x[k - 1] = weight;
            if (k == n)
                break;
            for (int j = 0; j < k; j++)
                below = T.FusedMultiplyAdd(column[k - j], f[j], below);
            T alpha = -below / delta;
            f[k] = T.Zero;
            for (int j = 0; j <= k - j; j++)
            {
                T low = f[j], high = f[k - j];
                f[j] = T.FusedMultiplyAdd(alpha, high, low);
                f[k - j] = T.FusedMultiplyAdd(alpha, low, high);
            }

            delta *= T.One - (alpha * alpha);
        }

        ArrayPool<T>.Shared.Return(rented);
        return singularMinor == 0;
    }

    /// <summary>The product y = A x in n^2 fused operations, the matrix not being formed.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="column">The first column, t(0), t(1), ..., t(m-1).</param>
    /// <param name="row">The first row, t(0), t(-1), ..., t(1-n); its first element isn't read.</param>
    /// <param name="x">The vector, n elements.</param>
    /// <param name="y">Receives m elements; must not overlap the other arguments.</param>
    /// <exception cref="ArgumentException">The lengths don't fit or y overlaps an operand.</exception>
    public static void Multiply<T>(ReadOnlySpan<T> column, ReadOnlySpan<T> row, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(x.Length, row.Length, nameof(x));
        Require.Length(y.Length, column.Length, nameof(y));
        MatrixArgument.Apart(y, y.Length, int.MaxValue, nameof(y), column, y.Length, 1, nameof(column));
        MatrixArgument.Apart(y, y.Length, int.MaxValue, nameof(y), row, x.Length, 1, nameof(row));
        MatrixArgument.Apart(y, y.Length, int.MaxValue, nameof(y), x, x.Length, 1, nameof(x));
        y.Clear();
        for (int j = 0; j < x.Length; j++)
        {
            // Column j: row[j], ..., row[1] above the diagonal, the first column from there on.
            for (int i = 0; i < j && i < y.Length; i++)
                y[i] = T.FusedMultiplyAdd(row[j - i], x[j], y[i]);
            if (j < y.Length)
                VectorKernels.AddScaled(x[j], column[..(y.Length - j)], y[j..]);
        }
    }
}
