using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization P A Q = L U column by column, with pivots of any row: each column is a triangular system with a sparse right side, whose structure is found by depth-first search, so that time is proportional to arithmetic.
/// </summary>
/// <remarks>J. R. Gilbert, T. Peierls (1988), Sparse partial pivoting in time proportional to arithmetic operations, SIAM J. Sci. Stat. Comput. 9, 862-874.</remarks>
internal sealed class ColumnLu<T> : ILuFactors<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _n;
    private readonly int[] _columnStarts;
    private readonly int[] _columnRows;
    private readonly int[] _columnSource;
    private readonly int[] _columnOrder;
    private readonly int[] _pivotOf;
    private readonly int[] _rowOrder;
    private readonly int[] _stack;
    private readonly int[] _position;
    private readonly int[] _reach;
    private readonly int[] _seen;
    private readonly T[] _work;
    private readonly FactorColumns _lower;
    private readonly FactorColumns _upper;
    private int _stamp;

    public ColumnLu(int[] columnStarts, int[] columnRows, int[] columnSource, int[] columnOrder)
    {
        _n = columnOrder.Length;
        (_columnStarts, _columnRows, _columnSource, _columnOrder) = (columnStarts, columnRows, columnSource, columnOrder);
        _pivotOf = new int[_n];
        _rowOrder = new int[_n];
        _stack = new int[_n];
        _position = new int[_n];
        _reach = new int[_n];
        _seen = new int[_n];
        _work = new T[_n];
        _lower = new(_n, columnRows.Length);
        _upper = new(_n, columnRows.Length);
    }

    public long FactorCount => (long)_lower.Count + _upper.Count;

    public ReadOnlySpan<int> ColumnOrder => _columnOrder;

    public ReadOnlySpan<int> RowOrder => _rowOrder;

    public bool TryFactor(T[] values, double tolerance, out int failedColumn)
    {
        _pivotOf.AsSpan().Fill(-1);
        _lower.Clear();
        _upper.Clear();
        T threshold = T.CreateTruncating(tolerance);
        for (int k = 0; k < _n; k++)
        {
            int column = _columnOrder[k], top = Reach(column);
            for (int p = top; p < _n; p++)
                _work[_reach[p]] = T.Zero;
            for (int p = _columnStarts[column]; p < _columnStarts[column + 1]; p++)
                _work[_columnRows[p]] = values[_columnSource[p]];
            if (!TryColumn(k, column, top, threshold))
            {
                failedColumn = column;
                return false;
            }
        }

        // Rows of L are known by their places only now.
        foreach (ref int row in _lower.Rows)
            row = _pivotOf[row];
        failedColumn = -1;
        return true;
    }

    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        for (int i = 0; i < _n; i++)
            _work[i] = b[_rowOrder[i]];
        for (int j = 0; j < _n; j++)
            _lower.Subtract(_lower.Start(j) + 1, _lower.Start(j + 1), _work[j], _work);
        for (int j = _n - 1; j >= 0; j--)
        {
            int last = _upper.Start(j + 1) - 1;
            _work[j] /= _upper.Value(last);
            _upper.Subtract(_upper.Start(j), last, _work[j], _work);
        }

        for (int j = 0; j < _n; j++)
            x[_columnOrder[j]] = _work[j];
    }

    public void SolveTransposed(ReadOnlySpan<T> b, Span<T> x)
    {
        for (int j = 0; j < _n; j++)
            _work[j] = b[_columnOrder[j]];
        for (int j = 0; j < _n; j++)
        {
            int last = _upper.Start(j + 1) - 1;
            _work[j] = _upper.Remainder(_upper.Start(j), last, _work[j], _work) / _upper.Value(last);
        }

        for (int j = _n - 1; j >= 0; j--)
            _work[j] = _lower.Remainder(_lower.Start(j) + 1, _lower.Start(j + 1), _work[j], _work);
        for (int i = 0; i < _n; i++)
            x[_rowOrder[i]] = _work[i];
    }

    public double LogDeterminant(out int sign)
    {
        double sum = 0;
        sign = Parity(_rowOrder) * Parity(_columnOrder);
        for (int j = 0; j < _n; j++)
        {
            double pivot = Krylov.ToDouble(_upper.Value(_upper.Start(j + 1) - 1));
            sum += Math.Log(Math.Abs(pivot));
            sign = pivot < 0 ? -sign : sign;
        }

        return sum;
    }

    /// <summary>The rows that the solution of L x = (column of A) has: what the column's rows reach in the graph of L. In topological order from the returned place on.</summary>
    private int Reach(int column)
    {
        int top = _n;
        _stamp++;
        for (int p = _columnStarts[column]; p < _columnStarts[column + 1]; p++)
        {
            if (_seen[_columnRows[p]] == _stamp)
                continue;
            int depth = 0;
            _stack[0] = _columnRows[p];
            _seen[_stack[0]] = _stamp;
            _position[0] = 0;
            while (depth >= 0)
            {
                int row = _stack[depth], pivot = _pivotOf[row];
                bool deeper = false;
                if (pivot >= 0)
                {
                    int begin = _lower.Start(pivot), end = _lower.Start(pivot + 1);
                    for (int q = begin + 1 + _position[depth]; q < end; q++)
                    {
                        int next = _lower.Row(q);
                        if (_seen[next] == _stamp)
                            continue;
                        _seen[next] = _stamp;
                        _position[depth] = q - begin;
                        _stack[++depth] = next;
                        _position[depth] = 0;
                        deeper = true;
                        break;
                    }
                }

                if (deeper)
                    continue;
                _reach[--top] = row;
                depth--;
            }
        }

        return top;
    }

    private bool TryColumn(int k, int column, int top, T threshold)
    {
        int pivotRow = -1;
        T largest = T.Zero;
        for (int p = top; p < _n; p++)
        {
            int row = _reach[p], pivot = _pivotOf[row];
            if (pivot < 0)
                continue;
            T value = _work[row];
            _upper.Add(pivot, value);
            _lower.Subtract(_lower.Start(pivot) + 1, _lower.Start(pivot + 1), value, _work);
        }

        for (int p = top; p < _n; p++)
        {
            int row = _reach[p];
            if (_pivotOf[row] < 0 && T.Abs(_work[row]) > largest)
                (largest, pivotRow) = (T.Abs(_work[row]), row);
            if (T.IsNaN(_work[row]))
                return false;
        }

        if (pivotRow < 0 || !T.IsFinite(largest))
            return false;
        if (_seen[column] == _stamp && _pivotOf[column] < 0 && T.Abs(_work[column]) >= threshold * largest && _work[column] != T.Zero)
            pivotRow = column;
        T diagonal = _work[pivotRow];
        _pivotOf[pivotRow] = k;
        _rowOrder[k] = pivotRow;
        _upper.Add(k, diagonal);
        _lower.Add(pivotRow, T.One);
        for (int p = top; p < _n; p++)
        {
            int row = _reach[p];
            if (_pivotOf[row] < 0)
                _lower.Add(row, _work[row] / diagonal);
        }

        _upper.Close(k);
        _lower.Close(k);
        return true;
    }

    private int Parity(int[] permutation)
    {
        int sign = 1;
        _stamp++;
        for (int i = 0; i < _n; i++)
        {
            for (int member = permutation[i]; _seen[i] != _stamp && member != i; member = permutation[member])
            {
                _seen[member] = _stamp;
                sign = -sign;
            }
        }

        return sign;
    }

    /// <summary>A triangular factor by columns, which grows.</summary>
    private sealed class FactorColumns(int n, int capacity)
    {
        private readonly int[] _starts = new int[n + 1];
        private int[] _rows = new int[Math.Max(16, 2 * capacity)];
        private T[] _values = new T[Math.Max(16, 2 * capacity)];

        public int Count { get; private set; }

        public Span<int> Rows => _rows.AsSpan(0, Count);

        public int Start(int column) => _starts[column];

        public int Row(int position) => _rows[position];

        public T Value(int position) => _values[position];

        public void Clear() => Count = 0;

        public void Add(int row, T value)
        {
            if (Count == _rows.Length)
            {
                Array.Resize(ref _rows, checked(2 * Count));
                Array.Resize(ref _values, 2 * Count);
            }

            _rows[Count] = row;
            _values[Count++] = value;
        }

        public void Close(int column) => _starts[column + 1] = Count;

        public void Subtract(int from, int to, T factor, T[] work)
        {
            for (int p = from; p < to; p++)
            {
                ref T target = ref work[_rows[p]];
                target = T.FusedMultiplyAdd(-factor, _values[p], target);
            }
        }

        public T Remainder(int from, int to, T value, T[] work)
        {
            for (int p = from; p < to; p++)
                value = T.FusedMultiplyAdd(-_values[p], work[_rows[p]], value);
            return value;
        }
    }
}
