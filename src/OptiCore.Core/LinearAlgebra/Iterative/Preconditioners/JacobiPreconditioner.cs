using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The inverse of a matrix's diagonal, or of its diagonal blocks, as a preconditioner. Cheap, and enough where the rows of a matrix are scaled differently.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>Of blocks, the LU factors are held, of at most <see cref="BlockSize"/>^2 numbers each; a product costs 2 n <see cref="BlockSize"/> operations. For a symmetric positive definite matrix it is symmetric positive
/// definite. Y. Saad (2003), Iterative methods for sparse linear systems, 2nd edition, sections 4.1 and 12.4.</remarks>
public sealed class JacobiPreconditioner<T> : ILinearOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _blocks;
    private readonly int[] _pivots;

    /// <summary>Allocates the memory for matrices of one order.</summary>
    /// <param name="order">The order n.</param>
    /// <param name="blockSize">The order of the diagonal blocks (the last one may be smaller); 1 for the diagonal.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative or the block size smaller than 1.</exception>
    public JacobiPreconditioner(int order, int blockSize = 1)
    {
        Rows = Require.NonNegative(order, nameof(order));
        BlockSize = Require.Positive(blockSize, nameof(blockSize));
        _blocks = new T[checked(order * blockSize)];
        _pivots = new int[order];
    }

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns => Rows;

    /// <summary>The order of the diagonal blocks.</summary>
    public int BlockSize { get; }

    /// <summary>Factors the diagonal blocks of a matrix. Allocates nothing.</summary>
    /// <param name="a">The matrix, n x n.</param>
    /// <returns>False when a block is singular; the preconditioner must not be applied then.</returns>
    /// <exception cref="ArgumentException">The matrix has another size.</exception>
    public bool TryFactor(CsrMatrix<T> a)
    {
        IncompleteFactor.CheckSize(a, Rows);
        bool regular = true;
        for (int first = 0; first < Rows; first += BlockSize)
        {
            int size = Math.Min(BlockSize, Rows - first);
            Span<T> block = _blocks.AsSpan(first * BlockSize, size * size);
            block.Clear();
            for (int i = 0; i < size; i++)
            {
                ReadOnlySpan<int> columns = a.RowColumns(first + i);
                Span<T> values = a.RowValues(first + i);
                for (int p = 0; p < columns.Length; p++)
                {
                    int j = columns[p] - first;
                    if ((uint)j < (uint)size)
                        block[(i * size) + j] = values[p];
                }
            }

            if (BlockSize == 1)
                regular &= block[0] != T.Zero && T.IsFinite(block[0]);
            else
                regular &= Lu.TryFactor(block, size, size, _pivots.AsSpan(first, size));
        }

        return regular;
    }

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        if (BlockSize == 1)
        {
            TensorPrimitives.Divide(x, _blocks, y);
            return;
        }

        for (int first = 0; first < Rows; first += BlockSize)
        {
            int size = Math.Min(BlockSize, Rows - first);
            Lu.Solve<T>(_blocks.AsSpan(first * BlockSize, size * size), size, size, _pivots.AsSpan(first, size), x.Slice(first, size), y.Slice(first, size));
        }
    }
}

/// <summary>What preconditioners made from the structure of a sparse matrix share.</summary>
internal static class IncompleteFactor
{
    public static void CheckSize<T>(CsrMatrix<T> a, int order) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        if (a.Rows != order || a.Columns != order)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"a is {a.Rows} x {a.Columns}, expected {order} x {order}."), nameof(a));
    }

    public static void CheckStructure<T>(CsrMatrix<T> a, int[] starts, int[] columns) where T : unmanaged, IFloatingPointIeee754<T>
    {
        CheckSize(a, starts.Length - 1);
        if (!a.RowStarts.SequenceEqual(starts) || !a.ColumnIndices.SequenceEqual(columns))
            throw new ArgumentException("a has another structure than the matrix of the constructor.", nameof(a));
    }

    /// <summary>The positions of the diagonal elements, which must all be stored.</summary>
    public static int[] Diagonal<T>(CsrMatrix<T> a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        int[] positions = new int[a.Rows];
        for (int i = 0; i < positions.Length; i++)
        {
            positions[i] = a.Find(i, i);
            if (positions[i] < 0)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"a stores no diagonal element in row {i}; every row needs one (it may be 0)."), nameof(a));
        }

        return positions;
    }
}
