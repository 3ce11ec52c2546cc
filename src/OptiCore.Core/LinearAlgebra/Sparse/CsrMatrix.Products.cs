using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.LinearAlgebra;

public sealed partial class CsrMatrix<T>
{
    /// <summary>The elements that one worker multiplies at a time: enough to outweigh the handing out.</summary>
    private const int PieceElements = 1 << 16;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y)
    {
        OperatorArgument.Check(this, x, y);
        Apart(y, nameof(y), x, nameof(x));
        MultiplyRows(0, Rows, x, y);
    }

    /// <summary>Writes y = A x with several workers; the bits are those without. Allocates the handing out only.</summary>
    /// <param name="x">The vector x, n elements. Is only read.</param>
    /// <param name="y">Receives the product, m elements; must not overlap x.</param>
    /// <param name="workers">Who multiplies blocks of rows of a large matrix; null for the calling thread.</param>
    /// <exception cref="ArgumentException">A vector has another length, or they overlap.</exception>
    public void Apply(ReadOnlySpan<T> x, Span<T> y, IWorkers? workers)
    {
        if (workers is null || workers.Count == 1 || Count <= PieceElements)
        {
            Apply(x, y);
            return;
        }

        OperatorArgument.Check(this, x, y);
        Apart(y, nameof(y), x, nameof(x));
        ApplyPieces(x, y, workers);
    }

    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
    {
        OperatorArgument.CheckAdjoint(this, y, x);
        Apart(x, nameof(x), y, nameof(y));
        x.Clear();
        ref int starts = ref MemoryMarshal.GetArrayDataReference(_starts);
        ref int columns = ref MemoryMarshal.GetArrayDataReference(_columns);
        ref T values = ref MemoryMarshal.GetArrayDataReference(_values);
        ref T xs = ref MemoryMarshal.GetReference(x);
        for (int i = 0; i < y.Length; i++)
        {
            T factor = y[i];
            int end = Unsafe.Add(ref starts, i + 1);
            for (int p = Unsafe.Add(ref starts, i); p < end; p++)
            {
                ref T target = ref Unsafe.Add(ref xs, Unsafe.Add(ref columns, p));
                target = T.FusedMultiplyAdd(Unsafe.Add(ref values, p), factor, target);
            }
        }
    }

    /// <summary>Writes Y = A X for a dense matrix X.</summary>
    /// <param name="x">The matrix X, n x k, row-major. Is only read.</param>
    /// <param name="k">The number of columns of X and Y.</param>
    /// <param name="ldx">The distance between rows of X.</param>
    /// <param name="y">Receives Y, m x k, row-major; must not overlap X.</param>
    /// <param name="ldy">The distance between rows of Y.</param>
    /// <param name="workers">Who multiplies blocks of rows of a large matrix; null for the calling thread.</param>
    /// <exception cref="ArgumentException">A matrix doesn't fit, or they overlap.</exception>
    public unsafe void Multiply(ReadOnlySpan<T> x, int k, int ldx, Span<T> y, int ldy, IWorkers? workers = null)
    {
        Require.NonNegative(k, nameof(k));
        MatrixArgument.Check(x.Length, Columns, k, ldx, nameof(x));
        MatrixArgument.Check(y.Length, Rows, k, ldy, nameof(y));
        MatrixArgument.Apart(y, k, ldy, nameof(y), x, k, ldx, nameof(x));
        if (workers is null || workers.Count == 1 || (long)Count * k <= PieceElements)
        {
            MultiplyRows(0, Rows, x, k, ldx, y, ldy);
            return;
        }

        MultiplyPieces(x, k, ldx, y, ldy, workers);
    }

    /// <summary>The sparse product A B. The terms of an element are summed in the order of the columns of A; elements that cancel to 0 stay stored. O(m + n + number of
    /// multiplications), and the sorting of each row.</summary>
    /// <param name="b">The matrix B, with as many rows as A has columns.</param>
    /// <param name="workers">Who computes blocks of rows of a large product; null for the calling thread.</param>
    /// <exception cref="ArgumentException">The sizes don't fit.</exception>
    /// <remarks>F. G. Gustavson (1978), Two fast algorithms for sparse matrices: multiplication and permuted transposition, ACM Trans. Math. Softw. 4, 250-269.</remarks>
    public CsrMatrix<T> Multiply(CsrMatrix<T> b, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.Rows != Columns)
            throw new ArgumentException($"b has {b.Rows} rows, expected the {Columns} columns of this matrix.", nameof(b));
        return SparseProduct.Multiply(this, b, workers);
    }

    /// <summary>The sum A + beta B. The structure is the union of both.</summary>
    /// <param name="beta">The factor of B.</param>
    /// <param name="b">The matrix B, of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public CsrMatrix<T> Add(T beta, CsrMatrix<T> b)
    {
        ArgumentNullException.ThrowIfNull(b);
        if (b.Rows != Rows || b.Columns != Columns)
            throw new ArgumentException($"b is {b.Rows} x {b.Columns}, expected {Rows} x {Columns}.", nameof(b));
        int[] starts = new int[Rows + 1], indices = new int[Count + b.Count];
        T[] values = new T[indices.Length];
        int count = 0;
        for (int i = 0; i < Rows; i++)
        {
            int p = _starts[i], pEnd = _starts[i + 1], q = b._starts[i], qEnd = b._starts[i + 1];
            while (p < pEnd || q < qEnd)
            {
                int left = p < pEnd ? _columns[p] : int.MaxValue, right = q < qEnd ? b._columns[q] : int.MaxValue;
                indices[count] = Math.Min(left, right);
                values[count++] = left < right ? _values[p++]
                    : right < left ? beta * b._values[q++]
                    : T.FusedMultiplyAdd(beta, b._values[q++], _values[p++]);
            }

            starts[i + 1] = count;
        }

        return new(Rows, Columns, starts, indices[..count], values[..count]);
    }

    private static void Apart(Span<T> written, string writtenName, ReadOnlySpan<T> read, string readName)
    {
        if (written.Overlaps(read))
            throw new ArgumentException($"{writtenName} overlaps {readName}: the product can't be written over its operand.", writtenName);
    }

    // Apart from Apply, so that the closure is allocated here only.
    private unsafe void ApplyPieces(ReadOnlySpan<T> x, Span<T> y, IWorkers workers)
    {
        int pieces = (int)(((long)Count + PieceElements - 1) / PieceElements), lengthX = x.Length, lengthY = y.Length;
        fixed (T* pinnedX = x, pinnedY = y)
        {
            T* px = pinnedX, py = pinnedY;
            workers.ForEach(pieces, piece => MultiplyRows(
                FirstRow(piece, pieces), FirstRow(piece + 1, pieces), new ReadOnlySpan<T>(px, lengthX), new Span<T>(py, lengthY)));
        }
    }

    private unsafe void MultiplyPieces(ReadOnlySpan<T> x, int k, int ldx, Span<T> y, int ldy, IWorkers workers)
    {
        int pieces = (int)Math.Min(Rows, (((long)Count * k) + PieceElements - 1) / PieceElements), lengthX = x.Length, lengthY = y.Length;
        fixed (T* pinnedX = x, pinnedY = y)
        {
            T* px = pinnedX, py = pinnedY;
            workers.ForEach(pieces, piece => MultiplyRows(
                FirstRow(piece, pieces), FirstRow(piece + 1, pieces), new ReadOnlySpan<T>(px, lengthX), k, ldx, new Span<T>(py, lengthY), ldy));
        }
    }

    /// <summary>The first row of a piece, by elements: rows may differ much.</summary>
    internal int FirstRow(int piece, int pieces)
    {
        if (piece == pieces)
            return Rows;
        int at = Array.BinarySearch(_starts, (int)((long)Count * piece / pieces));
        if (at < 0)
            return Math.Min(~at, Rows);

        // Empty rows share a start: the first of them, so that no row belongs to two pieces.
        while (at > 0 && _starts[at - 1] == _starts[at])
            at--;
        return at;
    }

    private void MultiplyRows(int from, int to, ReadOnlySpan<T> x, Span<T> y)
    {
        ref int starts = ref MemoryMarshal.GetArrayDataReference(_starts);
        ref int columns = ref MemoryMarshal.GetArrayDataReference(_columns);
        ref T values = ref MemoryMarshal.GetArrayDataReference(_values);
        ref T xs = ref MemoryMarshal.GetReference(x);
        int p = from < to ? Unsafe.Add(ref starts, from) : 0;
        for (int i = from; i < to; i++)
        {
            int end = Unsafe.Add(ref starts, i + 1);
            T sum = T.Zero;
            if (end - p >= 8)
            {
                // Four sums hide the latency of the additions in long rows; which element goes where depends on its place in the row alone.
                T s1 = T.Zero, s2 = T.Zero, s3 = T.Zero;
                for (; p <= end - 4; p += 4)
                {
                    sum = T.FusedMultiplyAdd(Unsafe.Add(ref values, p), Unsafe.Add(ref xs, Unsafe.Add(ref columns, p)), sum);
                    s1 = T.FusedMultiplyAdd(Unsafe.Add(ref values, p + 1), Unsafe.Add(ref xs, Unsafe.Add(ref columns, p + 1)), s1);
                    s2 = T.FusedMultiplyAdd(Unsafe.Add(ref values, p + 2), Unsafe.Add(ref xs, Unsafe.Add(ref columns, p + 2)), s2);
                    s3 = T.FusedMultiplyAdd(Unsafe.Add(ref values, p + 3), Unsafe.Add(ref xs, Unsafe.Add(ref columns, p + 3)), s3);
                }

                sum = sum + s2 + (s1 + s3);
            }

            for (; p < end; p++)
                sum = T.FusedMultiplyAdd(Unsafe.Add(ref values, p), Unsafe.Add(ref xs, Unsafe.Add(ref columns, p)), sum);
            y[i] = sum;
        }
    }

    private void MultiplyRows(int from, int to, ReadOnlySpan<T> x, int k, int ldx, Span<T> y, int ldy)
    {
        if (k == 0)
            return;
        for (int i = from; i < to; i++)
        {
            Span<T> row = y.Slice(i * ldy, k);
            row.Clear();
            for (int p = _starts[i]; p < _starts[i + 1]; p++)
                VectorKernels.AddScaled(_values[p], x.Slice(_columns[p] * ldx, k), row);
        }
    }
}
