using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The numeric part that <see cref="SparseCholesky{T}"/> and <see cref="SparseLdl{T}"/> share: P A P' = L D L' supernode by supernode. Each takes the contributions of those before it in dense products (left-looking), then is factored itself.
/// </summary>
/// <remarks>
/// E. G. Ng, B. W. Peyton (1993), Block sparse Cholesky algorithms on advanced uniprocessor computers, SIAM J. Sci. Comput. 14, 1034-1056; Y. Chen, T. A. Davis, W. W. Hager, S. Rajamanickam (2008), Algorithm 887: CHOLMOD,
/// ACM Trans. Math. Softw. 35, article 22.
/// </remarks>
internal sealed unsafe class SparseFactor<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Supernodes _nodes;
    private readonly T[] _values;
    private readonly T[] _pivots;
    private readonly T[] _work;
    private readonly T[] _update;
    private readonly T[] _scaled;
    private readonly int[] _map;
    private readonly int[] _place;
    private readonly int[] _position;
    private readonly int[] _head;
    private readonly int[] _next;

    public SparseFactor(SparseAnalysis analysis)
    {
        Analysis = analysis;
        _nodes = analysis.Supernodes;
        _values = new T[_nodes.Places[^1]];
        _pivots = new T[analysis.Order];
        _work = new T[analysis.Order + _nodes.MostRows];
        _update = new T[_nodes.LargestUpdate];
        _scaled = new T[Math.Max(_nodes.LargestUpdate, SupernodalKernels.Panel * _nodes.MostColumns)];
        _map = new int[analysis.Order];
        _place = new int[_nodes.MostRows];
        _position = new int[_nodes.Count];
        _head = new int[_nodes.Count];
        _next = new int[_nodes.Count];
    }

    public SparseAnalysis Analysis { get; }

    public ReadOnlySpan<T> Pivots => _pivots;

    /// <summary>Whether the last factorization went to its end.</summary>
    public bool IsComplete { get; private set; }

    public bool TryFactor(CsrMatrix<T> a, bool positive, out int failedPivot)
    {
        Analysis.Check(a);
        IsComplete = false;
        _head.AsSpan().Fill(-1);
        fixed (T* source = a.ValuesArray, values = _values, update = _update, scaled = _scaled)
        fixed (int* rows = _nodes.Rows, map = _map, place = _place)
        {
            for (int s = 0; s < _nodes.Count; s++)
            {
                Assemble(s, source, values, map);
                Collect(s, values, rows, map, place, update, scaled);
                int failed = Eliminate(s, positive, values, scaled);
                if (failed >= 0)
                {
                    failedPivot = Analysis.Permutation[failed];
                    return false;
                }

                _position[s] = _nodes.RowStarts[s] + _nodes.Starts[s + 1] - _nodes.Starts[s];
                Enqueue(s);
            }
        }

        failedPivot = -1;
        IsComplete = true;
        return true;
    }

    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        Require.Length(b.Length, Analysis.Order, nameof(b));
        Require.Length(x.Length, Analysis.Order, nameof(x));
        CheckComplete();
        ReadOnlySpan<int> permutation = Analysis.Permutation;
        for (int i = 0; i < permutation.Length; i++)
            _work[i] = b[permutation[i]];
        fixed (T* values = _values, work = _work)
        fixed (int* allRows = _nodes.Rows)
        {
            T* far = work + Analysis.Order;
            for (int s = 0; s < _nodes.Count; s++)
            {
                Block block = Of(s, values, allRows);
                SupernodalSolve.Forward(block.Width, block.Height, block.Values, block.Rows, work + block.First, work, far);
            }

            for (int i = 0; i < permutation.Length; i++)
                work[i] /= _pivots[i];
            for (int s = _nodes.Count - 1; s >= 0; s--)
            {
                Block block = Of(s, values, allRows);
                SupernodalSolve.Backward(block.Width, block.Height, block.Values, block.Rows, work + block.First, work, far);
            }
        }

        for (int i = 0; i < permutation.Length; i++)
            x[permutation[i]] = _work[i];
    }

    public double LogAbsDeterminant()
    {
        CheckComplete();
        double sum = 0;
        foreach (T pivot in _pivots)
            sum += Math.Log(Math.Abs(Krylov.ToDouble(pivot)));
        return sum;
    }

    /// <summary>L in compressed rows, with ones on its diagonal, or scaled by the roots of the pivots.</summary>
    public CsrMatrix<T> Lower(bool roots)
    {
        int n = Analysis.Order;
        (int[] columnStarts, int[] columnRows) = Analysis.Structure();
        int[] starts = new int[n + 1], indices = new int[columnRows.Length + n];
        T[] values = new T[indices.Length];
        for (int s = 0; s < _nodes.Count; s++)
        {
            int first = _nodes.Starts[s], from = _nodes.RowStarts[s], height = _nodes.RowStarts[s + 1] - from;
            for (int p = 0; p < height; p++)
                _map[_nodes.Rows[from + p]] = p;
            for (int j = first; j < _nodes.Starts[s + 1]; j++)
            {
                T scale = roots ? T.Sqrt(_pivots[j]) : T.One;
                int at = starts[j], column = _nodes.Places[s] + ((j - first) * height);
                indices[at] = j;
                values[at++] = scale;
                for (int p = columnStarts[j]; p < columnStarts[j + 1]; p++, at++)
                    (indices[at], values[at]) = (columnRows[p], _values[column + _map[columnRows[p]]] * scale);
                starts[j + 1] = at;
            }
        }

        return new CsrMatrix<T>(n, n, starts, indices, values).Transpose();
    }

    private void CheckComplete()
    {
        if (!IsComplete)
            throw new InvalidOperationException("There is no complete factorization: TryFactor wasn't called, or its last call failed.");
    }

    private Block Of(int s, T* values, int* rows)
    {
        int first = _nodes.Starts[s], from = _nodes.RowStarts[s];
        return new(first, _nodes.Starts[s + 1] - first, _nodes.RowStarts[s + 1] - from, values + _nodes.Places[s], rows + from);
    }

    /// <summary>The elements of A, and the places of the supernode's rows.</summary>
    private void Assemble(int s, T* source, T* values, int* map)
    {
        int first = _nodes.Starts[s], from = _nodes.RowStarts[s], height = _nodes.RowStarts[s + 1] - from;
        _values.AsSpan(_nodes.Places[s].._nodes.Places[s + 1]).Clear();
        for (int p = 0; p < height; p++)
            map[_nodes.Rows[from + p]] = p;
        int[] starts = Analysis.ColumnStarts, rows = Analysis.ColumnRows, sources = Analysis.ColumnSource;
        T* column = values + _nodes.Places[s];
        for (int j = first; j < _nodes.Starts[s + 1]; j++, column += height)
        {
            for (int p = starts[j]; p < starts[j + 1]; p++)
            {
                if (sources[p] >= 0)
                    column[map[rows[p]]] = source[sources[p]];
            }
        }
    }

    /// <summary>Takes what the supernodes before have for the columns of s.</summary>
    private void Collect(int s, T* values, int* rows, int* map, int* place, T* update, T* scaled)
    {
        int first = _nodes.Starts[s], last = _nodes.Starts[s + 1], height = _nodes.RowStarts[s + 1] - _nodes.RowStarts[s];
        T* target = values + _nodes.Places[s];
        for (int k = _head[s], following; k >= 0; k = following)
        {
            following = _next[k];
            int from = _nodes.RowStarts[k], end = _nodes.RowStarts[k + 1], p = _position[k], q = p + 1, heightK = end - from, depth = _nodes.Starts[k + 1] - _nodes.Starts[k];
            while (q < end && rows[q] < last)
                q++;
            T* b = values + _nodes.Places[k] + (p - from), d = scaled;
            for (int c = 0; c < depth; c++)
            {
                T pivot = _pivots[_nodes.Starts[k] + c];
                for (int j = 0; j < q - p; j++)
                    *d++ = pivot * b[((nint)c * heightK) + j];
            }

            for (int i = p; i < end; i++)
                place[i - p] = map[rows[i]];
            SupernodalKernels.Subtract(q - p, end - p, depth, scaled, q - p, b, heightK, rows + p, first, place, target, height, true, update);
            _position[k] = q;
            Enqueue(k);
        }
    }

    /// <summary>Factors the dense block of s. The column at which a pivot failed, or -1.</summary>
    private int Eliminate(int s, bool positive, T* values, T* scaled)
    {
        int first = _nodes.Starts[s], width = _nodes.Starts[s + 1] - first, height = _nodes.RowStarts[s + 1] - _nodes.RowStarts[s];
        T* block = values + _nodes.Places[s];
        for (int c0 = 0; c0 < width; c0 += SupernodalKernels.Panel)
        {
            int end = Math.Min(c0 + SupernodalKernels.Panel, width), rest = width - end;
            for (int c = c0; c < end; c++)
            {
                T* column = block + ((nint)c * height);
                T pivot = column[c];
                if (!T.IsFinite(pivot) || (positive ? pivot <= T.Zero : T.IsZero(pivot)))
                    return first + c;
                _pivots[first + c] = pivot;
                SupernodalKernels.Divide(column + c + 1, height - c - 1, pivot);
                for (int j = c + 1; j < end; j++)
                    SupernodalKernels.AddScaled(-(column[j] * pivot), column + j, block + ((nint)j * height) + j, height - j);
            }

            if (rest == 0)
                break;
            T* d = scaled;
            for (int c = c0; c < end; c++)
            {
                for (int j = end; j < width; j++)
                    *d++ = _pivots[first + c] * block[((nint)c * height) + j];
            }

            T* b = block + ((nint)c0 * height) + end;
            Gemm.Run(true, false, rest, height - end, end - c0, -T.One, scaled, rest, b, height, T.One, block + ((nint)end * height) + end, height);
        }

        return -1;
    }

    private void Enqueue(int s)
    {
        if (_position[s] == _nodes.RowStarts[s + 1])
            return;
        int target = _nodes.Of[_nodes.Rows[_position[s]]];
        _next[s] = _head[target];
        _head[target] = s;
    }

    private readonly struct Block(int first, int width, int height, T* values, int* rows)
    {
        public readonly int First = first, Width = width, Height = height;
        public readonly T* Values = values;
        public readonly int* Rows = rows;
    }
}
