using System.Numerics;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// What the divide-and-conquer methods for eigenvalues and for singular values share in putting two halves together: which rows take part, where their elements
/// are, the order of their values, and the products of matrices that make the new rows.
/// </summary>
/// <remarks>Rows are packed by where their elements are, after Rutter (1994), A serial implementation of Cuppen's divide and conquer algorithm, so that zeros take no part in products.</remarks>
internal sealed unsafe class MergeStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>A row with elements in the left half only.</summary>
    public const int Upper = 0;

    /// <summary>A row with elements everywhere.</summary>
    public const int Dense = 1;

    /// <summary>A row with elements in the right half only.</summary>
    public const int Lower = 2;

    /// <summary>A row that stays as it is.</summary>
    public const int Deflated = 3;

    private readonly int _n;
    private readonly T[] _keys;

    /// <summary>Buffers for matrices up to an order, whose rows lie that far apart. <paramref name="packed"/>: n^2 elements that may be used.</summary>
    public MergeStep(int n, T[] packed)
    {
        _n = n;
        Packed = packed;
        _keys = new T[n];
        Poles = new T[n];
        Weights = new T[n];
        Z = new T[n + 1];
        Row = new T[n];
        Values = new T[n];
        Order = new int[n];
        Merged = new int[n];
        Kept = new int[n];
        Column = new int[n];
        Type = new int[n];
    }

    /// <summary>The rows that take part in a product.</summary>
    public T[] Packed { get; }

    /// <summary>The poles of the secular equation.</summary>
    public T[] Poles { get; }

    /// <summary>The weights of the secular equation.</summary>
    public T[] Weights { get; }

    /// <summary>The change between the halves, in the basis of the rows.</summary>
    public T[] Z { get; }

    /// <summary>Room for a vector.</summary>
    public T[] Row { get; }

    /// <summary>The new values.</summary>
    public T[] Values { get; }

    /// <summary>Within each part the rows in ascending order of their values.</summary>
    public int[] Order { get; }

    /// <summary>The rows of both halves in ascending order of their values.</summary>
    public int[] Merged { get; }

    /// <summary>The rows that take part, by pole.</summary>
    public int[] Kept { get; }

    /// <summary>Where the packed rows have those of <see cref="Kept"/>.</summary>
    public int[] Column { get; }

    /// <summary>Where a row has elements, or <see cref="Deflated"/>.</summary>
    public int[] Type { get; }

    /// <summary>How many rows take part.</summary>
    public int Count { get; set; }

    /// <summary>Lists rows in ascending order of their values.</summary>
    public void Sort(int first, int size, T* d)
    {
        Span<T> keys = _keys.AsSpan(first, size);
        Span<int> order = Order.AsSpan(first, size);
        for (int i = 0; i < size; i++)
        {
            keys[i] = d[first + i];
            order[i] = first + i;
        }

        keys.Sort(order);
    }

    /// <summary>Fills <see cref="Merged"/> from the orders of rows first to middle - 1 and from next to end - 1.</summary>
    public void Merge(int first, int middle, int next, int end, T* d)
    {
        int a = first, b = next, at = 0;
        while (a < middle || b < end)
            Merged[at++] = b == end || (a < middle && d[Order[a]] <= d[Order[b]]) ? Order[a++] : Order[b++];
    }

    /// <summary>Adds a row to those that take part.</summary>
    public void Keep(int row, T pole)
    {
        Poles[Count] = pole;
        Weights[Count] = Z[row];
        Kept[Count++] = row;
    }

    /// <summary>After a rotation that leaves the first of two rows with weight 0.</summary>
    public void Unite(int deflated, int row)
    {
        if (Type[row] != Type[deflated])
            Type[row] = Dense;
        Type[deflated] = Deflated;
    }

    /// <summary>Finds the places of the packed rows: those of the left half, the first <paramref name="between"/> rows, those with elements everywhere, those of the right half.</summary>
    public (int Upper, int Dense, int Lower) Place(int between)
    {
        Span<int> counts = stackalloc int[3], next = stackalloc int[3];
        counts.Clear();
        for (int i = between; i < Count; i++)
            counts[Type[Kept[i]]]++;
        (next[Upper], next[Dense], next[Lower]) = (0, counts[Upper] + between, counts[Upper] + between + counts[Dense]);
        for (int i = 0; i < Count; i++)
            Column[i] = i < between ? counts[Upper] + i : next[Type[Kept[i]]]++;
        return (counts[Upper], counts[Dense], counts[Lower]);
    }

    /// <summary>product / distances, brought to length 1, with the elements at the places of the packed rows; the quotients stay in <see cref="Row"/>.</summary>
    public void WriteVector(T* product, T* vector)
    {
        int i = 0, k = Count, width = Vector256<T>.Count;
        fixed (T* row = Row)
        {
            for (; i <= k - width; i += width)
                (Vector256.Load(product + i) / Vector256.Load(vector + i)).Store(row + i);
            for (; i < k; i++)
                row[i] = product[i] / vector[i];
            Scatter(row, vector);
        }
    }

    /// <summary>A vector brought to length 1, with the elements at the places of the packed rows.</summary>
    public void Scatter(T* row, T* vector)
    {
        T inverse = T.One / T.Sqrt(SpectralKernels.Dot(row, row, Count));
        for (int i = 0; i < Count; i++)
            vector[Column[i]] = row[i] * inverse;
    }

    /// <summary>Moves the deflated rows, and with d their values, to the end of the range, so that the new rows can be written as one matrix from its beginning on.</summary>
    public void KeepRowsTogether(int first, int end, int size, T* rows, T* d)
    {
        int hole = first;
        for (int row = first + Count; row < end; row++)
        {
            if (Type[row] == Deflated)
                continue;

            // A row that takes part and lies beyond the first ones is free: a deflated one within them goes there.
            while (Type[hole] != Deflated)
                hole++;
            new Span<T>(rows + ((nint)hole * _n) + first, size).CopyTo(new Span<T>(rows + ((nint)row * _n) + first, size));
            if (d != null)
                d[row] = d[hole];
            hole++;
        }
    }

    /// <summary>The new rows: the vectors of the secular equation times packed rows.</summary>
    public void Multiply(int columns, int depth, ReadOnlySpan<T> factors, ReadOnlySpan<T> packed, T* target)
    {
        if (columns == 0)
            return;
        var c = new Span<T>(target, ((Count - 1) * _n) + columns);
        if (depth > 0)
        {
            Blas.Gemm(false, false, Count, columns, depth, T.One, factors, Count, packed, columns, T.Zero, c, _n);
            return;
        }

        for (int i = 0; i < Count; i++)
            c.Slice(i * _n, columns).Clear();
    }
}
