using System.Numerics;
using System.Numerics.Tensors;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization P A Q = L U of a matrix of nearly symmetric structure, on the supernodes of A + A': L and U' have the structure of its Cholesky factor, and rows are exchanged inside of supernodes only. Gives up where that
/// would take too small a pivot.
/// </summary>
/// <remarks>
/// <para>Both factors of a supernode lie by columns (of L) and by rows (of U), with the square on the diagonal in the first. Each supernode takes the contributions of those before it in dense products, then is factored itself.</para>
/// <para>O. Schenk, K. Gaertner (2004), Solving unsymmetric sparse systems of linear equations with PARDISO, Future Gener. Comput. Syst. 20, 475-487: there, small pivots are replaced instead.</para>
/// </remarks>
internal sealed unsafe class SupernodalLu<T> : ILuFactors<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _aStarts;
    private readonly int[] _aColumns;
    private readonly int[] _columnStarts;
    private readonly int[] _columnRows;
    private readonly int[] _columnSource;
    private readonly int[] _columnOrder;
    private readonly int[] _inverse;
    private readonly int[] _rowOrder;
    private readonly int[] _swaps;
    private readonly Supernodes _nodes;
    private readonly T[] _lower;
    private readonly T[] _upper;
    private readonly T[] _work;
    private readonly T[] _update;
    private readonly int[] _map;
    private readonly int[] _place;
    private readonly int[] _position;
    private readonly int[] _head;
    private readonly int[] _next;

    public SupernodalLu(int[] aStarts, int[] aColumns, int[] columnStarts, int[] columnRows, int[] columnSource)
    {
        int n = aStarts.Length - 1;
        var analysis = SparseAnalysis.OfSum(n, aStarts, aColumns);
        (_aStarts, _aColumns, _columnStarts, _columnRows, _columnSource) = (aStarts, aColumns, columnStarts, columnRows, columnSource);
        _columnOrder = analysis.Permutation.ToArray();
        _inverse = CompressedStructure.Inverse(_columnOrder, n, nameof(aColumns));
        _rowOrder = new int[n];
        _swaps = new int[n];
        _nodes = analysis.Supernodes;
        _lower = new T[_nodes.Places[^1]];
        _upper = new T[_nodes.Places[^1]];
        _work = new T[n + _nodes.MostRows];
        _update = new T[_nodes.LargestUpdate];
        _map = new int[n];
        _place = new int[_nodes.MostRows];
        _position = new int[_nodes.Count];
        _head = new int[_nodes.Count];
        _next = new int[_nodes.Count];
        FactorCount = 2 * analysis.FactorCount;
    }

    public long FactorCount { get; }

    public ReadOnlySpan<int> ColumnOrder => _columnOrder;

    public ReadOnlySpan<int> RowOrder => _rowOrder;

    public bool TryFactor(T[] values, double tolerance, out int failedColumn)
    {
        T threshold = T.CreateTruncating(tolerance);
        _head.AsSpan().Fill(-1);
        _columnOrder.CopyTo(_rowOrder, 0);
        fixed (T* source = values, lower = _lower, upper = _upper, update = _update)
        fixed (int* rows = _nodes.Rows, map = _map, place = _place)
        {
            for (int s = 0; s < _nodes.Count; s++)
            {
                Assemble(s, source, lower, upper, map);
                Collect(s, lower, upper, rows, map, place, update);
                int failed = Eliminate(s, threshold, lower, upper);
                if (failed >= 0)
                {
                    failedColumn = _columnOrder[failed];
                    return false;
                }

                _position[s] = _nodes.RowStarts[s] + _nodes.Starts[s + 1] - _nodes.Starts[s];
                Enqueue(s);
            }
        }

        failedColumn = -1;
        return true;
    }

    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        for (int i = 0; i < _columnOrder.Length; i++)
            _work[i] = b[_columnOrder[i]];
        fixed (T* lower = _lower, upper = _upper, work = _work)
        fixed (int* rows = _nodes.Rows)
        {
            T* far = work + _columnOrder.Length;
            for (int s = 0; s < _nodes.Count; s++)
            {
                (int first, int width, int height, int from, int at) = Shape(s);
                T* own = work + first;
                for (int c = 0; c < width; c++)
                    (own[c], own[_swaps[first + c]]) = (own[_swaps[first + c]], own[c]);
                SupernodalSolve.Forward(width, height, lower + at, rows + from, own, work, far);
            }

            for (int s = _nodes.Count - 1; s >= 0; s--)
            {
                (int first, int width, int height, int from, int at) = Shape(s);
                T* own = work + first;
                SupernodalSolve.Gather(width, height, upper + at, rows + from, own, work, far);
                for (int c = width - 1; c >= 0; c--)
                {
                    T* column = lower + at + ((nint)c * height);
                    own[c] /= column[c];
                    SupernodalKernels.AddScaled(-own[c], column, own, c);
                }
            }
        }

        for (int i = 0; i < _columnOrder.Length; i++)
            x[_columnOrder[i]] = _work[i];
    }

    public void SolveTransposed(ReadOnlySpan<T> b, Span<T> x)
    {
        for (int i = 0; i < _columnOrder.Length; i++)
            _work[i] = b[_columnOrder[i]];
        fixed (T* lower = _lower, upper = _upper, work = _work)
        fixed (int* rows = _nodes.Rows)
        {
            T* far = work + _columnOrder.Length;
            for (int s = 0; s < _nodes.Count; s++)
            {
                (int first, int width, int height, int from, int at) = Shape(s);
                T* own = work + first;
                for (int c = 0; c < width; c++)
                {
                    T* column = lower + at + ((nint)c * height);
                    own[c] = (own[c] - SupernodalKernels.Dot(column, own, c)) / column[c];
                }

                SupernodalSolve.Scatter(width, height, upper + at, rows + from, own, work, far);
            }

            for (int s = _nodes.Count - 1; s >= 0; s--)
            {
                (int first, int width, int height, int from, int at) = Shape(s);
                T* own = work + first;
                SupernodalSolve.Backward(width, height, lower + at, rows + from, own, work, far);
                for (int c = width - 1; c >= 0; c--)
                    (own[c], own[_swaps[first + c]]) = (own[_swaps[first + c]], own[c]);
            }
        }

        for (int i = 0; i < _columnOrder.Length; i++)
            x[_columnOrder[i]] = _work[i];
    }

    public double LogDeterminant(out int sign)
    {
        double sum = 0;
        sign = 1;
        for (int s = 0; s < _nodes.Count; s++)
        {
            (int first, int width, int height, _, int at) = Shape(s);
            for (int c = 0; c < width; c++)
            {
                double pivot = Krylov.ToDouble(_lower[at + (c * height) + c]);
                sum += Math.Log(Math.Abs(pivot));
                sign = (pivot < 0) != (_swaps[first + c] != c) ? -sign : sign;
            }
        }

        return sum;
    }

    private (int First, int Width, int Height, int From, int At) Shape(int s)
    {
        int first = _nodes.Starts[s], from = _nodes.RowStarts[s];
        return (first, _nodes.Starts[s + 1] - first, _nodes.RowStarts[s + 1] - from, from, _nodes.Places[s]);
    }

    /// <summary>The elements of A, and the places of the supernode's rows.</summary>
    private void Assemble(int s, T* source, T* lower, T* upper, int* map)
    {
        (int first, int width, int height, int from, int at) = Shape(s);
        _lower.AsSpan(at, width * height).Clear();
        _upper.AsSpan(at, width * height).Clear();
        for (int p = 0; p < height; p++)
            map[_nodes.Rows[from + p]] = p;
        for (int c = 0; c < width; c++)
        {
            int line = _columnOrder[first + c];
            T* column = lower + at + ((nint)c * height), row = upper + at + ((nint)c * height);
            for (int p = _columnStarts[line]; p < _columnStarts[line + 1]; p++)
            {
                int i = _inverse[_columnRows[p]];
                if (i >= first)
                    column[map[i]] = source[_columnSource[p]];
            }

            for (int p = _aStarts[line]; p < _aStarts[line + 1]; p++)
            {
                int j = _inverse[_aColumns[p]];
                if (j >= first + width)
                    row[map[j]] = source[p];
            }
        }
    }

    /// <summary>Takes what the supernodes before have for the columns and rows of s.</summary>
    private void Collect(int s, T* lower, T* upper, int* rows, int* map, int* place, T* update)
    {
        (int first, int width, int height, _, int at) = Shape(s);
        for (int k = _head[s], following; k >= 0; k = following)
        {
            following = _next[k];
            (_, int depth, int heightK, int from, int atK) = Shape(k);
            int end = from + heightK, p = _position[k], q = p + 1;
            while (q < end && rows[q] < first + width)
                q++;
            for (int i = p; i < end; i++)
                place[i - p] = map[rows[i]];
            T* l = lower + atK + (p - from), u = upper + atK + (p - from);
            SupernodalKernels.Subtract(q - p, end - p, depth, u, heightK, l, heightK, rows + p, first, place, lower + at, height, false, update);
            if (q < end)
                SupernodalKernels.Subtract(q - p, end - q, depth, l, heightK, u + (q - p), heightK, rows + p, first, place + (q - p), upper + at, height, false, update);
            _position[k] = q;
            Enqueue(k);
        }
    }

    /// <summary>Factors the dense blocks of s. The column whose pivot isn't among the rows of s, or -1.</summary>
    private int Eliminate(int s, T threshold, T* lower, T* upper)
    {
        (int first, int width, int height, _, int at) = Shape(s);
        T* l = lower + at, u = upper + at;
        for (int c0 = 0; c0 < width; c0 += SupernodalKernels.Panel)
        {
            int end = Math.Min(c0 + SupernodalKernels.Panel, width);
            for (int c = c0; c < end; c++)
            {
                T* column = l + ((nint)c * height);
                int pivot = Pivot(column, c, width, height, threshold);
                if (pivot < 0)
                    return first + c;
                _swaps[first + c] = pivot;
                if (pivot != c)
                {
                    SupernodalKernels.Swap(l + c, l + pivot, width, height);
                    SupernodalKernels.Swap(u + ((nint)c * height) + width, u + ((nint)pivot * height) + width, height - width, 1);
                    (_rowOrder[first + c], _rowOrder[first + pivot]) = (_rowOrder[first + pivot], _rowOrder[first + c]);
                }

                SupernodalKernels.Divide(column + c + 1, height - c - 1, column[c]);
                for (int j = c + 1; j < end; j++)
                    SupernodalKernels.AddScaled(-l[((nint)j * height) + c], column + c + 1, l + ((nint)j * height) + c + 1, height - c - 1);
            }

            Finish(c0, end, width, height, l, u);
        }

        return -1;
    }

    /// <summary>Columns after a panel, and the rows of U that belong to it.</summary>
    private static void Finish(int c0, int end, int width, int height, T* l, T* u)
    {
        T* panel = l + ((nint)c0 * height);
        for (int j = end; j < width; j++)
        {
            T* column = l + ((nint)j * height);
            for (int c = c0; c < end - 1; c++)
                SupernodalKernels.AddScaled(-column[c], l + ((nint)c * height) + c + 1, column + c + 1, end - c - 1);
        }

        int depth = end - c0, rest = width - end, below = height - width;
        if (rest > 0)
        {
            T* later = l + ((nint)end * height);
            Gemm.Run(false, false, rest, height - end, depth, -T.One, later + c0, height, panel + end, height, T.One, later + end, height);
        }

        if (below == 0)
            return;
        for (int c = c0; c < end; c++)
        {
            for (int i = c + 1; i < end; i++)
                SupernodalKernels.AddScaled(-l[((nint)c * height) + i], u + ((nint)c * height) + width, u + ((nint)i * height) + width, below);
        }

        if (rest > 0)
            Gemm.Run(true, false, rest, below, depth, -T.One, panel + end, height, u + ((nint)c0 * height) + width, height, T.One, u + ((nint)end * height) + width, height);
    }

    /// <summary>The row of the supernode that column c takes as its pivot; -1 if none is large enough beside the rows below.</summary>
    private static int Pivot(T* column, int c, int width, int height, T threshold)
    {
        T largest = T.Abs(TensorPrimitives.MaxMagnitude(new ReadOnlySpan<T>(column + c, height - c)));
        if (!(largest > T.Zero) || !T.IsFinite(largest))
            return -1;
        T least = threshold * largest;
        if (column[c] != T.Zero && T.Abs(column[c]) >= least)
            return c;
        int best = c;
        for (int i = c + 1; i < width; i++)
        {
            if (T.Abs(column[i]) > T.Abs(column[best]))
                best = i;
        }

        return column[best] != T.Zero && T.Abs(column[best]) >= least ? best : -1;
    }

    private void Enqueue(int s)
    {
        if (_position[s] == _nodes.RowStarts[s + 1])
            return;
        int target = _nodes.Of[_nodes.Rows[_position[s]]];
        _next[s] = _head[target];
        _head[target] = s;
    }
}
