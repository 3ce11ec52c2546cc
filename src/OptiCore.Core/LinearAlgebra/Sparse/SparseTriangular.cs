using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Solutions of systems with a triangle of a sparse matrix.</summary>
public static class SparseTriangular
{
    /// <summary>Solves op(A) x = b in place, where A is a triangle of a square matrix. 2 operations for each element.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix; elements outside of the triangle aren't read.</param>
    /// <param name="triangle">The triangle.</param>
    /// <param name="transpose">True: the system of the transpose is solved.</param>
    /// <param name="diagonal">Whether the diagonal is the stored one or ones.</param>
    /// <param name="x">The right side, n elements; replaced by the solution.</param>
    /// <returns>False when the diagonal has an element that is 0 or isn't stored: there is no solution, and x is overwritten in part.</returns>
    /// <exception cref="ArgumentException">The matrix isn't square, or the length doesn't fit.</exception>
    public static bool TrySolve<T>(CsrMatrix<T> a, Triangle triangle, bool transpose, Diagonal diagonal, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        Require.Defined(triangle, nameof(triangle));
        Require.Defined(diagonal, nameof(diagonal));
        Require.Length(x.Length, a.Rows, nameof(x));
        bool forward = (triangle == Triangle.Lower) != transpose;
        for (int step = 0; step < x.Length; step++)
        {
            int i = forward ? step : x.Length - 1 - step;
            ReadOnlySpan<int> columns = a.RowColumns(i);
            Span<T> values = a.RowValues(i);
            int at = columns.BinarySearch(i), split = at < 0 ? ~at : at;
            T pivot = diagonal == Diagonal.Unit ? T.One : at < 0 ? T.Zero : values[at];
            if (T.IsZero(pivot))
                return false;
            (int from, int to) = triangle == Triangle.Lower ? (0, split) : (at < 0 ? split : split + 1, columns.Length);
            if (!transpose)
            {
                T sum = x[i];
                for (int p = from; p < to; p++)
                    sum = T.FusedMultiplyAdd(-values[p], x[columns[p]], sum);
                x[i] = sum / pivot;
                continue;
            }

            T value = x[i] / pivot;
            x[i] = value;
            for (int p = from; p < to; p++)
                x[columns[p]] = T.FusedMultiplyAdd(-values[p], value, x[columns[p]]);
        }

        return true;
    }
}
