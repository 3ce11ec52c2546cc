using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The product of sparse matrices, row by row into a dense row of sums (Gustavson 1978): first the number of elements of each row, then the elements.
/// </summary>
internal static class SparseProduct
{
    /// <summary>The elements of A that one worker takes at a time.</summary>
    private const int PieceElements = 1 << 14;

    public static CsrMatrix<T> Multiply<T>(CsrMatrix<T> a, CsrMatrix<T> b, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] starts = new int[a.Rows + 1];
        int pieces = workers is null || workers.Count == 1 || a.Count <= PieceElements ? 1 : (a.Count + PieceElements - 1) / PieceElements;
        int[] indices;
        T[] values;
        if (pieces == 1)
        {
            Count(a, b, 0, a.Rows, starts);
            Sum(starts, out indices, out values);
            Fill(a, b, 0, a.Rows, starts, indices, values);
        }
        else
        {
            InPieces(a, b, pieces, workers!, starts, out indices, out values);
        }

        return new(a.Rows, b.Columns, starts, indices, values);
    }

    private static void InPieces<T>(CsrMatrix<T> a, CsrMatrix<T> b, int pieces, IWorkers workers, int[] starts, out int[] indices, out T[] values)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        workers.ForEach(pieces, piece => Count(a, b, a.FirstRow(piece, pieces), a.FirstRow(piece + 1, pieces), starts));
        Sum(starts, out indices, out values);
        (int[] to, T[] numbers) = (indices, values);
        workers.ForEach(pieces, piece => Fill(a, b, a.FirstRow(piece, pieces), a.FirstRow(piece + 1, pieces), starts, to, numbers));
    }

    private static void Sum<T>(int[] starts, out int[] indices, out T[] values)
    {
        for (int i = 1; i < starts.Length; i++)
            starts[i] = checked(starts[i] + starts[i - 1]);
        indices = new int[starts[^1]];
        values = new T[starts[^1]];
    }

    private static void Count<T>(CsrMatrix<T> a, CsrMatrix<T> b, int from, int to, int[] starts) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // mark[j] = the last row that has column j, plus 1.
        int[] mark = new int[b.Columns], aStarts = a.StartsArray, aColumns = a.ColumnsArray, bStarts = b.StartsArray, bColumns = b.ColumnsArray;
        for (int i = from; i < to; i++)
        {
            int count = 0;
            for (int p = aStarts[i]; p < aStarts[i + 1]; p++)
            {
                int k = aColumns[p], end = bStarts[k + 1];
                for (int q = bStarts[k]; q < end; q++)
                {
                    ref int seen = ref mark[bColumns[q]];
                    if (seen != i + 1)
                    {
                        seen = i + 1;
                        count++;
                    }
                }
            }

            starts[i + 1] = count;
        }
    }

    private static void Fill<T>(CsrMatrix<T> a, CsrMatrix<T> b, int from, int to, int[] starts, int[] indices, T[] values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] mark = new int[b.Columns], aStarts = a.StartsArray, aColumns = a.ColumnsArray, bStarts = b.StartsArray, bColumns = b.ColumnsArray;
        T[] sums = new T[b.Columns], aValues = a.ValuesArray, bValues = b.ValuesArray;
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
                    int j = bColumns[q];
                    ref T sum = ref Unsafe.Add(ref sumsAt, j);
                    if (Unsafe.Add(ref markAt, j) != i + 1)
                    {
                        Unsafe.Add(ref markAt, j) = i + 1;
                        indices[count++] = j;
                        sum = factor * bValues[q];
                        least = Math.Min(least, j);
                        most = Math.Max(most, j);
                    }
                    else
                    {
                        sum = T.FusedMultiplyAdd(factor, bValues[q], sum);
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
                indices.AsSpan(begin, count - begin).Sort();
            }

            for (int p = begin; p < count; p++)
                values[p] = Unsafe.Add(ref sumsAt, indices[p]);
        }
    }
}
