using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The product of sparse matrices, row by row into a dense row of sums (Gustavson 1978): first the number of elements of each row, or a bound of it, then the elements.
/// </summary>
internal static class SparseProduct
{
    /// <summary>The elements of A that one worker takes at a time.</summary>
    private const int PieceElements = 1 << 14;

    public static CsrMatrix<T> Multiply<T>(CsrMatrix<T> a, CsrMatrix<T> b, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] starts = new int[a.Rows + 1];
        int pieces = workers is null || workers.Count == 1 || a.Count <= PieceElements ? 1 : (a.Count + PieceElements - 1) / PieceElements;
        if (pieces > 1)
            return InPieces(a, b, pieces, workers!, starts);
        if (!TryBound(a, b, starts))
        {
            Count(a, b, 0, a.Rows, starts);
            Sum(starts);
            int[] indices = GC.AllocateUninitializedArray<int>(starts[^1]);
            T[] values = GC.AllocateUninitializedArray<T>(starts[^1]);
            Fill(a, b, 0, a.Rows, starts, indices, values, null);
            return new(a.Rows, b.Columns, starts, indices, values);
        }

        // Room for each product once: what is left over goes when the rows are moved together.
        int[] exact = new int[starts.Length], wideIndices = ArrayPool<int>.Shared.Rent(starts[^1]);
        T[] wideValues = ArrayPool<T>.Shared.Rent(starts[^1]);
        Fill(a, b, 0, a.Rows, starts, wideIndices, wideValues, exact);
        Sum(exact);
        int[] columns = GC.AllocateUninitializedArray<int>(exact[^1]);
        T[] elements = GC.AllocateUninitializedArray<T>(exact[^1]);
        for (int i = 0; i < a.Rows; i++)
        {
            int length = exact[i + 1] - exact[i];
            wideIndices.AsSpan(starts[i], length).CopyTo(columns.AsSpan(exact[i]));
            wideValues.AsSpan(starts[i], length).CopyTo(elements.AsSpan(exact[i]));
        }

        ArrayPool<int>.Shared.Return(wideIndices);
        ArrayPool<T>.Shared.Return(wideValues);
        return new(a.Rows, b.Columns, exact, columns, elements);
    }

    private static CsrMatrix<T> InPieces<T>(CsrMatrix<T> a, CsrMatrix<T> b, int pieces, IWorkers workers, int[] starts) where T : unmanaged, IFloatingPointIeee754<T>
    {
        workers.ForEach(pieces, piece => Count(a, b, a.FirstRow(piece, pieces), a.FirstRow(piece + 1, pieces), starts));
        Sum(starts);
        int[] indices = GC.AllocateUninitializedArray<int>(starts[^1]);
        T[] values = GC.AllocateUninitializedArray<T>(starts[^1]);
        workers.ForEach(pieces, piece => Fill(a, b, a.FirstRow(piece, pieces), a.FirstRow(piece + 1, pieces), starts, indices, values, null));
        return new(a.Rows, b.Columns, starts, indices, values);
    }

    /// <summary>Row starts by the number of multiplications, where those are few enough that counting the elements would cost more than the room that they save.</summary>
    private static bool TryBound<T>(CsrMatrix<T> a, CsrMatrix<T> b, int[] starts) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] aStarts = a.StartsArray, aColumns = a.ColumnsArray, bStarts = b.StartsArray;
        long most = Math.Min(int.MaxValue / 2, 4L * (a.Count + (long)b.Count)), sum = 0;
        for (int i = 0; i < a.Rows; i++)
        {
            for (int p = aStarts[i]; p < aStarts[i + 1]; p++)
                sum += bStarts[aColumns[p] + 1] - bStarts[aColumns[p]];
            if (sum > most)
                return false;
            starts[i + 1] = (int)sum;
        }

        return true;
    }

    private static void Sum(int[] starts)
    {
        for (int i = 1; i < starts.Length; i++)
            starts[i] = checked(starts[i] + starts[i - 1]);
    }

    private static void Count<T>(CsrMatrix<T> a, CsrMatrix<T> b, int from, int to, int[] starts) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // mark[j] = the last row that has column j, plus 1.
        int[] mark = ArrayPool<int>.Shared.Rent(b.Columns), aStarts = a.StartsArray, aColumns = a.ColumnsArray, bStarts = b.StartsArray, bColumns = b.ColumnsArray;
        mark.AsSpan(0, b.Columns).Clear();
        ref int markAt = ref MemoryMarshal.GetArrayDataReference(mark);
        ref int columns = ref MemoryMarshal.GetArrayDataReference(bColumns);
        for (int i = from; i < to; i++)
        {
            int count = 0, row = i + 1;
            for (int p = aStarts[i]; p < aStarts[i + 1]; p++)
            {
                int k = aColumns[p], end = bStarts[k + 1];
                for (int q = bStarts[k]; q < end; q++)
                {
                    // Without a branch: half of the elements of a product may be there already, in no order that could be predicted.
                    ref int seen = ref Unsafe.Add(ref markAt, Unsafe.Add(ref columns, q));
                    count += seen == row ? 0 : 1;
                    seen = row;
                }
            }

            starts[row] = count;
        }

        ArrayPool<int>.Shared.Return(mark);
    }

    private static void Fill<T>(CsrMatrix<T> a, CsrMatrix<T> b, int from, int to, int[] starts, int[] indices, T[] values, int[]? lengths) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] mark = ArrayPool<int>.Shared.Rent(b.Columns), aStarts = a.StartsArray, aColumns = a.ColumnsArray, bStarts = b.StartsArray, bColumns = b.ColumnsArray;
        T[] sums = ArrayPool<T>.Shared.Rent(b.Columns), aValues = a.ValuesArray, bValues = b.ValuesArray;
        mark.AsSpan(0, b.Columns).Clear();
        ref int columnsAt = ref MemoryMarshal.GetArrayDataReference(bColumns);
        ref T valuesAt = ref MemoryMarshal.GetArrayDataReference(bValues);
        ref T sumsAt = ref MemoryMarshal.GetArrayDataReference(sums);
        ref int markAt = ref MemoryMarshal.GetArrayDataReference(mark);
        for (int i = from; i < to; i++)
        {
            int begin = starts[i], count = begin, least = int.MaxValue, most = -1;
            for (int p = aStarts[i]; p < aStarts[i + 1]; p++)
            {
                int k = aColumns[p], end = bStarts[k + 1];
                T factor = aValues[p];
                for (int q = bStarts[k]; q < end; q++)
                {
                    int j = Unsafe.Add(ref columnsAt, q);
                    ref T sum = ref Unsafe.Add(ref sumsAt, j);
                    if (Unsafe.Add(ref markAt, j) != i + 1)
                    {
                        Unsafe.Add(ref markAt, j) = i + 1;
                        indices[count++] = j;
                        sum = factor * Unsafe.Add(ref valuesAt, q);
                        least = Math.Min(least, j);
                        most = Math.Max(most, j);
                    }
                    else
                    {
                        sum = T.FusedMultiplyAdd(factor, Unsafe.Add(ref valuesAt, q), sum);
                    }
                }
            }

            if (count - begin > 16 && most - least < 8 * (count - begin))
            {
                // A row that is dense in its range is read off in order instead of being sorted.
                int at = begin;
                for (int j = least; j <= most; j++)
                {
                    if (mark[j] == i + 1)
                        indices[at++] = j;
                }
            }
            else
            {
                Sort(indices.AsSpan(begin, count - begin));
            }

            for (int p = begin; p < count; p++)
                values[p] = Unsafe.Add(ref sumsAt, indices[p]);
            if (lengths is not null)
                lengths[i + 1] = count - begin;
        }

        ArrayPool<int>.Shared.Return(mark);
        ArrayPool<T>.Shared.Return(sums);
    }

    /// <summary>Short rows by insertion: they are made of few ascending pieces.</summary>
    private static void Sort(Span<int> row)
    {
        if (row.Length > 32)
        {
            row.Sort();
            return;
        }

        ref int first = ref MemoryMarshal.GetReference(row);
        for (int i = 1; i < row.Length; i++)
        {
            int column = Unsafe.Add(ref first, i), at = i;
            for (; at > 0 && Unsafe.Add(ref first, at - 1) > column; at--)
                Unsafe.Add(ref first, at) = Unsafe.Add(ref first, at - 1);
            Unsafe.Add(ref first, at) = column;
        }
    }
}
