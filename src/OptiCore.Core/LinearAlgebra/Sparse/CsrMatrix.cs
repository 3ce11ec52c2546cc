using System.Globalization;
using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// A sparse m x n matrix in compressed rows: the columns and values of row i are at the positions <c>RowStarts[i]</c> to <c>RowStarts[i + 1] - 1</c>, columns ascending, none twice. The structure
/// doesn't change; the values may.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>As an operator, products cost 2 operations for each stored element. Row sums run in an order that depends on the number of the row's elements only, with fused multiply-adds, so that products have the
/// same bits on all hardware and for any number of workers.</para>
/// <para>The transposed product scatters and isn't shared among workers: where it is the hot one, hold the <see cref="Transpose"/> too. Reading is safe from several threads; writing values isn't.</para>
/// <para>A stored zero is an element like others: it takes part in structure and products.</para>
/// </remarks>
public sealed partial class CsrMatrix<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly T[] _values;

    /// <summary>Copies a matrix in compressed rows.</summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="rowStarts">The positions at which rows begin, m + 1 of them: from 0 to the number of elements, not falling.</param>
    /// <param name="columnIndices">The columns of the elements, ascending within each row.</param>
    /// <param name="values">The values of the elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">The structure isn't that of compressed rows; the message says where.</exception>
    public CsrMatrix(int rows, int columns, ReadOnlySpan<int> rowStarts, ReadOnlySpan<int> columnIndices, ReadOnlySpan<T> values)
    {
        Rows = Require.NonNegative(rows, nameof(rows));
        Columns = Require.NonNegative(columns, nameof(columns));
        Require.Length(values.Length, columnIndices.Length, nameof(values));
        CompressedStructure.Check(rows, columns, rowStarts, columnIndices, nameof(rowStarts), nameof(columnIndices));
        (_starts, _columns, _values) = (rowStarts.ToArray(), columnIndices.ToArray(), values.ToArray());
    }

    /// <summary>Takes arrays that are known to be right, without a copy.</summary>
    internal CsrMatrix(int rows, int columns, int[] starts, int[] columnIndices, T[] values)
    {
        (Rows, Columns, _starts, _columns, _values) = (rows, columns, starts, columnIndices, values);
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns { get; }

    /// <summary>The number of stored elements.</summary>
    public int Count => _columns.Length;

    /// <summary>The positions at which rows begin, m + 1 of them.</summary>
    public ReadOnlySpan<int> RowStarts => _starts;

    /// <summary>The columns of the elements, row by row.</summary>
    public ReadOnlySpan<int> ColumnIndices => _columns;

    /// <summary>The values of the elements, row by row; may be written.</summary>
    public Span<T> Values => _values;

    /// <summary>The element (i, j); 0 where none is stored. Costs a binary search in the row.</summary>
    /// <param name="i">The row.</param>
    /// <param name="j">The column.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside.</exception>
    public T this[int i, int j]
    {
        get
        {
            int at = Find(i, j);
            return at < 0 ? T.Zero : _values[at];
        }
    }

    internal int[] StartsArray => _starts;

    internal int[] ColumnsArray => _columns;

    internal T[] ValuesArray => _values;

    /// <summary>A matrix of triplets (row, column, value) in any order; the values of equal places are summed in the order given. O(m + n + number).</summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="i">The rows of the triplets.</param>
    /// <param name="j">The columns of the triplets.</param>
    /// <param name="values">The values of the triplets.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">The lengths differ, or an index lies outside; the message says which.</exception>
    public static CsrMatrix<T> FromTriplets(int rows, int columns, ReadOnlySpan<int> i, ReadOnlySpan<int> j, ReadOnlySpan<T> values)
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        Require.Length(j.Length, i.Length, nameof(j));
        Require.Length(values.Length, i.Length, nameof(values));
        CompressedStructure.CheckIndices(i, rows, nameof(i));
        CompressedStructure.CheckIndices(j, columns, nameof(j));

        // Sorted by column first and by row then, both stably: two passes of a counting sort.
        int count = i.Length;
        int[] byColumn = CompressedStructure.StableOrder(j, columns, null), starts = new int[rows + 1], indices = new int[count];
        int[] order = CompressedStructure.StableOrder(i, rows, byColumn);
        T[] summed = new T[count];
        int written = 0, position = 0;
        for (int row = 0; row < rows; row++)
        {
            int begin = written;
            for (; position < count && i[order[position]] == row; position++)
            {
                int column = j[order[position]];
                if (written > begin && indices[written - 1] == column)
                {
                    summed[written - 1] += values[order[position]];
                    continue;
                }

                indices[written] = column;
                summed[written++] = values[order[position]];
            }

            starts[row + 1] = written;
        }

        return new(rows, columns, starts, indices[..written], summed[..written]);
    }

    /// <summary>The elements of a dense row-major matrix that aren't 0.</summary>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="lda">The distance between rows; 0 for n.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static CsrMatrix<T> FromDense(ReadOnlySpan<T> a, int rows, int columns, int lda = 0)
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        lda = lda == 0 ? Math.Max(1, columns) : lda;
        MatrixArgument.Check(a.Length, rows, columns, lda, nameof(a));
        int count = 0;
        int[] starts = new int[rows + 1];
        for (int i = 0; i < rows; i++)
        {
            foreach (T value in columns == 0 ? default : a.Slice(i * lda, columns))
                count += T.IsZero(value) ? 0 : 1;
            starts[i + 1] = count;
        }

        int[] indices = new int[count];
        T[] values = new T[count];
        count = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                T value = a[(i * lda) + j];
                if (T.IsZero(value))
                    continue;
                indices[count] = j;
                values[count++] = value;
            }
        }

        return new(rows, columns, starts, indices, values);
    }

    /// <summary>The identity.</summary>
    /// <param name="order">The order n.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public static CsrMatrix<T> Identity(int order)
    {
        Require.NonNegative(order, nameof(order));
        int[] starts = new int[order + 1], indices = new int[order];
        T[] values = new T[order];
        for (int i = 0; i < order; i++)
            (starts[i + 1], indices[i], values[i]) = (i + 1, i, T.One);
        return new(order, order, starts, indices, values);
    }

    /// <summary>The columns of row i.</summary>
    /// <param name="i">The row.</param>
    public ReadOnlySpan<int> RowColumns(int i) => _columns.AsSpan(_starts[i].._starts[i + 1]);

    /// <summary>The values of row i; may be written.</summary>
    /// <param name="i">The row.</param>
    public Span<T> RowValues(int i) => _values.AsSpan(_starts[i].._starts[i + 1]);

    /// <summary>The position of the element (i, j) in <see cref="Values"/>, or a negative number where none is stored.</summary>
    /// <param name="i">The row.</param>
    /// <param name="j">The column.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside.</exception>
    public int Find(int i, int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Rows);
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Columns);
        int at = Array.BinarySearch(_columns, _starts[i], _starts[i + 1] - _starts[i], j);
        return at;
    }

    /// <summary>Writes the dense matrix, row-major.</summary>
    /// <param name="a">Receives m x n elements.</param>
    /// <param name="lda">The distance between rows; 0 for n.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public void ToDense(Span<T> a, int lda = 0)
    {
        lda = lda == 0 ? Math.Max(1, Columns) : lda;
        MatrixArgument.Check(a.Length, Rows, Columns, lda, nameof(a));
        for (int i = 0; i < Rows; i++)
        {
            Span<T> row = Columns == 0 ? default : a.Slice(i * lda, Columns);
            row.Clear();
            for (int p = _starts[i]; p < _starts[i + 1]; p++)
                row[_columns[p]] = _values[p];
        }
    }

    /// <summary>The transpose, in compressed rows. O(m + n + number).</summary>
    public CsrMatrix<T> Transpose()
    {
        (int[] starts, int[] indices, int[] source) = CompressedStructure.Transpose(Rows, Columns, _starts, _columns);
        T[] values = new T[Count];
        for (int p = 0; p < values.Length; p++)
            values[p] = _values[source[p]];
        return new(Columns, Rows, starts, indices, values);
    }

    /// <summary>The same matrix in compressed columns.</summary>
    public CscMatrix<T> ToCsc() => new(Transpose());

    /// <summary>Writes the diagonal; 0 where no element is stored.</summary>
    /// <param name="diagonal">Receives min(m, n) elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void Diagonal(Span<T> diagonal)
    {
        Require.Length(diagonal.Length, Math.Min(Rows, Columns), nameof(diagonal));
        for (int i = 0; i < diagonal.Length; i++)
            diagonal[i] = this[i, i];
    }

    /// <summary>The rows <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1, copied.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">The number of rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rows lie outside.</exception>
    public CsrMatrix<T> SliceRows(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, Rows - count);
        int begin = _starts[first], end = _starts[first + count];
        int[] starts = _starts[first..(first + count + 1)];
        foreach (ref int start in starts.AsSpan())
            start -= begin;
        return new(count, Columns, starts, _columns[begin..end], _values[begin..end]);
    }

    /// <summary>The matrix with rows and columns in a new order, element (i, j) of the result being element (p[i], p[j]) of this one.</summary>
    /// <param name="permutation">The permutation p: each of 0 to n - 1 once.</param>
    /// <exception cref="ArgumentException">The matrix isn't square, or it isn't a permutation.</exception>
    public CsrMatrix<T> PermuteSymmetric(ReadOnlySpan<int> permutation)
    {
        OperatorArgument.Square(this, "The matrix");
        int[] inverse = CompressedStructure.Inverse(permutation, Rows, nameof(permutation));
        int[] starts = new int[Rows + 1], indices = new int[Count];
        T[] values = new T[Count];
        for (int i = 0; i < Rows; i++)
        {
            int from = _starts[permutation[i]], length = _starts[permutation[i] + 1] - from, begin = starts[i];
            starts[i + 1] = begin + length;
            for (int p = 0; p < length; p++)
                (indices[begin + p], values[begin + p]) = (inverse[_columns[from + p]], _values[from + p]);
            indices.AsSpan(begin, length).Sort(values.AsSpan(begin, length));
        }

        return new(Rows, Columns, starts, indices, values);
    }

    /// <summary>The 1-norm, max_j sum_i |a_ij|.</summary>
    public T NormOne()
    {
        T[] sums = new T[Columns];
        for (int p = 0; p < _values.Length; p++)
            sums[_columns[p]] += T.Abs(_values[p]);
        return Reduce.MaxNorm<T>(sums);
    }

    /// <summary>The infinity-norm, max_i sum_j |a_ij|.</summary>
    public T NormInfinity()
    {
        T largest = T.Zero;
        for (int i = 0; i < Rows; i++)
        {
            T sum = T.Zero;
            foreach (T value in RowValues(i))
                sum += T.Abs(value);
            largest = T.Max(largest, sum);
        }

        return largest;
    }

    /// <summary>The Frobenius norm, safe against overflow.</summary>
    public T NormFrobenius() => Reduce.Norm<T>(_values);

    /// <summary>The size and the number of elements.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Rows} x {Columns}, {Count} elements");
}
