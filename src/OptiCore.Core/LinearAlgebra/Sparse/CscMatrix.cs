using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// A sparse m x n matrix in compressed columns: the rows and values of column j are at the positions <c>ColumnStarts[j]</c> to <c>ColumnStarts[j + 1] - 1</c>, rows ascending, none twice. The structure doesn't change;
/// the values may.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Compressed columns of A are compressed rows of A': this type is a view of <see cref="Transposed"/>. For products with A prefer <see cref="CsrMatrix{T}"/>; compressed columns have the fast product with A'.</remarks>
public sealed class CscMatrix<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Copies a matrix in compressed columns.</summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="columnStarts">The positions at which columns begin, n + 1 of them: from 0 to the number of elements, not falling.</param>
    /// <param name="rowIndices">The rows of the elements, ascending within each column.</param>
    /// <param name="values">The values of the elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    /// <exception cref="ArgumentException">The structure isn't that of compressed columns; the message says where.</exception>
    public CscMatrix(int rows, int columns, ReadOnlySpan<int> columnStarts, ReadOnlySpan<int> rowIndices, ReadOnlySpan<T> values)
    {
        Require.NonNegative(rows, nameof(rows));
        Require.NonNegative(columns, nameof(columns));
        Require.Length(values.Length, rowIndices.Length, nameof(values));
        CompressedStructure.Check(columns, rows, columnStarts, rowIndices, nameof(columnStarts), nameof(rowIndices));
        Transposed = new(columns, rows, columnStarts.ToArray(), rowIndices.ToArray(), values.ToArray());
    }

    internal CscMatrix(CsrMatrix<T> transposed) => Transposed = transposed;

    /// <summary>The transpose in compressed rows, sharing this matrix's values.</summary>
    public CsrMatrix<T> Transposed { get; }

    /// <inheritdoc/>
    public int Rows => Transposed.Columns;

    /// <inheritdoc/>
    public int Columns => Transposed.Rows;

    /// <summary>The number of stored elements.</summary>
    public int Count => Transposed.Count;

    /// <summary>The positions at which columns begin, n + 1 of them.</summary>
    public ReadOnlySpan<int> ColumnStarts => Transposed.RowStarts;

    /// <summary>The rows of the elements, column by column.</summary>
    public ReadOnlySpan<int> RowIndices => Transposed.ColumnIndices;

    /// <summary>The values of the elements, column by column; may be written.</summary>
    public Span<T> Values => Transposed.Values;

    /// <summary>The element (i, j); 0 where none is stored. Costs a binary search in the column.</summary>
    /// <param name="i">The row.</param>
    /// <param name="j">The column.</param>
    /// <exception cref="ArgumentOutOfRangeException">An index lies outside.</exception>
    public T this[int i, int j] => Transposed[j, i];

    /// <summary>A matrix of triplets (row, column, value) in any order; the values of equal places are summed in the order given.</summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="i">The rows of the triplets.</param>
    /// <param name="j">The columns of the triplets.</param>
    /// <param name="values">The values of the triplets.</param>
    /// <exception cref="ArgumentException">The lengths differ, or an index lies outside.</exception>
    public static CscMatrix<T> FromTriplets(int rows, int columns, ReadOnlySpan<int> i, ReadOnlySpan<int> j, ReadOnlySpan<T> values) =>
        new(CsrMatrix<T>.FromTriplets(columns, rows, j, i, values));

    /// <summary>The elements of a dense row-major matrix that aren't 0.</summary>
    /// <param name="a">The matrix.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="lda">The distance between rows; 0 for n.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public static CscMatrix<T> FromDense(ReadOnlySpan<T> a, int rows, int columns, int lda = 0) => CsrMatrix<T>.FromDense(a, rows, columns, lda).ToCsc();

    /// <summary>The same matrix in compressed rows. O(m + n + number).</summary>
    public CsrMatrix<T> ToCsr() => Transposed.Transpose();

    /// <summary>Writes the dense matrix, row-major.</summary>
    /// <param name="a">Receives m x n elements.</param>
    /// <param name="lda">The distance between rows; 0 for n.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into the span.</exception>
    public void ToDense(Span<T> a, int lda = 0) => ToCsr().ToDense(a, lda);

    /// <summary>The product A B, in compressed columns.</summary>
    /// <param name="b">The matrix B, with as many rows as A has columns.</param>
    /// <param name="workers">Who computes blocks of columns of a large product; null for the calling thread.</param>
    /// <exception cref="ArgumentException">The sizes don't fit.</exception>
    public CscMatrix<T> Multiply(CscMatrix<T> b, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.Rows != Columns)
            throw new ArgumentException($"b has {b.Rows} rows, expected the {Columns} columns of this matrix.", nameof(b));
        return new(b.Transposed.Multiply(Transposed, workers));
    }

    /// <summary>The sum A + beta B.</summary>
    /// <param name="beta">The factor of B.</param>
    /// <param name="b">The matrix B, of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public CscMatrix<T> Add(T beta, CscMatrix<T> b) => new(Transposed.Add(beta, Require.NotNull(b).Transposed));

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y) => Transposed.ApplyAdjoint(x, y);

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => Transposed.Apply(y, x);

    /// <summary>The 1-norm, max_j sum_i |a_ij|.</summary>
    public T NormOne() => Transposed.NormInfinity();

    /// <summary>The infinity-norm, max_i sum_j |a_ij|.</summary>
    public T NormInfinity() => Transposed.NormOne();

    /// <summary>The Frobenius norm, safe against overflow.</summary>
    public T NormFrobenius() => Transposed.NormFrobenius();

    /// <summary>The size and the number of elements.</summary>
    public override string ToString() => $"{Rows} x {Columns}, {Count} elements";
}
