using System.Buffers;
using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Norms of row-major matrices that need no decomposition. NaN where an element is NaN; 0 for empty matrices. Nothing is allocated after the first calls.</summary>
public static class MatrixNorm
{
    /// <summary>The largest sum of absolute values of a column, max_j sum_i |A[i, j]|.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static T One<T>(ReadOnlySpan<T> a, int rows, int columns, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, rows, columns, lda);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, columns));
        Span<T> sums = rented.AsSpan(0, columns);
        sums.Clear();
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<T> row = a.Slice(i * lda, columns);
            for (int j = 0; j < columns; j++)
                sums[j] += T.Abs(row[j]);
        }

        T norm = Reduce.MaxNorm<T>(sums);
        ArrayPool<T>.Shared.Return(rented);
        return norm;
    }

    /// <summary>The largest sum of absolute values of a row, max_i sum_j |A[i, j]|.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static T Infinity<T>(ReadOnlySpan<T> a, int rows, int columns, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, rows, columns, lda);
        T norm = T.Zero;
        for (int i = 0; i < rows; i++)
        {
            T sum = T.Zero;
            foreach (T value in a.Slice(i * lda, columns))
                sum += T.Abs(value);
            norm = T.Max(norm, sum);
        }

        return norm;
    }

    /// <summary>The root of the sum of squares of all elements, safe against overflow and underflow.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static T Frobenius<T>(ReadOnlySpan<T> a, int rows, int columns, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, rows, columns, lda);
        T[] rented = ArrayPool<T>.Shared.Rent(Math.Max(1, rows));
        Span<T> norms = rented.AsSpan(0, rows);
        for (int i = 0; i < rows; i++)
            norms[i] = Reduce.Norm(a.Slice(i * lda, columns));
        T norm = Reduce.Norm<T>(norms);
        ArrayPool<T>.Shared.Return(rented);
        return norm;
    }

    /// <summary>The largest absolute value of an element, max_ij |A[i, j]|.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="lda">The distance between rows.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static T Max<T>(ReadOnlySpan<T> a, int rows, int columns, int lda) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(a.Length, rows, columns, lda);
        T norm = T.Zero;
        for (int i = 0; i < rows; i++)
            norm = T.Max(norm, Reduce.MaxNorm(a.Slice(i * lda, columns)));
        return norm;
    }

    private static void Check(int length, int rows, int columns, int lda)
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        MatrixArgument.Check(length, rows, columns, lda, "a");
    }
}
