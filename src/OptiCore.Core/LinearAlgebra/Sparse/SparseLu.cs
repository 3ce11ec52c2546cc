using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The factorization P A Q = L U of a sparse square matrix with partial pivoting, column by column. As an operator, it is the inverse of A.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Columns are ordered in advance by the approximate minimum degree of A' A, which bounds the fill of any choice of pivots; rows are chosen by size, the diagonal element being preferred where it is at least
/// <see cref="PivotTolerance"/> times the largest of its column. Each column is a triangular system with a sparse right side, whose structure is found by depth-first search, so that time is proportional to arithmetic.</para>
/// <para>Memory for the factors grows with the first factorization and is kept: further ones of the structure allocate only where their pivots make more fill. The object has scratch memory, so one thread uses it at a time. For symmetric
/// matrices prefer <see cref="SparseCholesky{T}"/> or <see cref="SparseLdl{T}"/>.</para>
/// <para>J. R. Gilbert, T. Peierls (1988), Sparse partial pivoting in time proportional to arithmetic operations, SIAM J. Sci. Stat. Comput. 9, 862-874; T. A. Davis, J. R. Gilbert, S. I. Larimore, E. G. Ng (2004), A column approximate minimum
/// degree ordering algorithm, ACM Trans. Math. Softw. 30, 353-376 (the order of A' A that it approximates).</para>
/// </remarks>
[Algorithm("Sparse LU", "Sparse factorizations", "Gilbert, Peierls (1988), Sparse partial pivoting in time proportional to arithmetic operations")]
public sealed class SparseLu<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int _n;
    private readonly int[] _aStarts;
    private readonly int[] _aColumns;
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
    private bool _complete;

    /// <summary>Orders the columns of a structure; factors nothing.</summary>
    /// <param name="a">A matrix with the structure, square.</param>
    /// <param name="ordered">Whether columns are ordered; false for the order of the matrix itself.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public SparseLu(CsrMatrix<T> a, bool ordered = true)
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        _n = a.Rows;
        (_aStarts, _aColumns) = (a.StartsArray, a.ColumnsArray);
        (_columnStarts, _columnRows, _columnSource) = CompressedStructure.Transpose(_n, _n, _aStarts, _aColumns);
        _columnOrder = SparseOrderings.Compute(ordered ? Graph.OfNormal(_n, _n, _aStarts, _aColumns) : new Graph(_n, new int[_n + 1], []), ordered ? SparseOrdering.MinimumDegree : SparseOrdering.Natural);
        _pivotOf = new int[_n];
        _rowOrder = new int[_n];
        _stack = new int[_n];
        _position = new int[_n];
        _reach = new int[_n];
        _seen = new int[_n];
        _work = new T[_n];
        _lower = new(_n, a.Count);
        _upper = new(_n, a.Count);
    }

    /// <summary>The smallest size of a diagonal element, relative to the largest element of its column, at which it is taken as pivot. Default: 1, the largest element always (the diagonal one of equals). Smaller values keep more of the
    /// structure of nearly symmetric matrices at the price of growth.</summary>
    public double PivotTolerance { get; init => field = Require.InClosed(value, 0, 1); } = 1;

    /// <inheritdoc/>
    public int Rows => _n;

    /// <inheritdoc/>
    public int Columns => _n;

    /// <summary>The number of elements of L and U, with the ones of L.</summary>
    public long FactorCount => (long)_lower.Count + _upper.Count;

    /// <summary>The order of the columns: column Q[k] of A is column k of L U.</summary>
    public ReadOnlySpan<int> ColumnOrder => _columnOrder;

    /// <summary>The order of the rows: row P[k] of A is row k of L U.</summary>
    public ReadOnlySpan<int> RowOrder => _rowOrder;

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">A matrix of the constructor's structure.</param>
    /// <param name="failedColumn">The column of A that has no pivot: it depends on those before it (or isn't finite); or -1.</param>
    /// <returns>False when A is singular to working precision; nothing can be solved then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    public bool TryFactor(CsrMatrix<T> a, out int failedColumn)
    {
        ArgumentNullException.ThrowIfNull(a);
        if (!ReferenceEquals(a.ColumnsArray, _aColumns))
            IncompleteFactor.CheckStructure(a, _aStarts, _aColumns);
        _complete = false;
        _pivotOf.AsSpan().Fill(-1);
        _lower.Clear();
        _upper.Clear();
        T[] source = a.ValuesArray;
        for (int k = 0; k < _n; k++)
        {
            int column = _columnOrder[k], top = Reach(column);
            for (int p = top; p < _n; p++)
                _work[_reach[p]] = T.Zero;
            for (int p = _columnStarts[column]; p < _columnStarts[column + 1]; p++)
                _work[_columnRows[p]] = source[_columnSource[p]];
            if (!TryColumn(k, column, top))
            {
                failedColumn = column;
                return false;
            }
        }

        // Rows of L are known by their places only now.
        foreach (ref int row in _lower.Rows)
            row = _pivotOf[row];
        failedColumn = -1;
        _complete = true;
        return true;
    }

    /// <summary>Solves A x = b.</summary>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; may be b.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        CheckSolve(b, x);
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

    /// <summary>Solves A' x = b.</summary>
    /// <inheritdoc cref="Solve"/>
    public void SolveTransposed(ReadOnlySpan<T> b, Span<T> x)
    {
        CheckSolve(b, x);
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

    /// <summary>The determinant's logarithm and sign: det A = sign e^result.</summary>
    /// <param name="sign">Receives -1 or 1.</param>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public double LogDeterminant(out int sign)
    {
        CheckComplete();
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

    /// <summary>Writes A^-1 x.</summary>
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y) => Solve(x, y);

    /// <summary>Writes the inverse of A' times y.</summary>
    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => SolveTransposed(y, x);

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

    private bool TryColumn(int k, int column, int top)
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
        if (_seen[column] == _stamp && _pivotOf[column] < 0 && T.Abs(_work[column]) >= T.CreateTruncating(PivotTolerance) * largest && _work[column] != T.Zero)
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

    private void CheckSolve(ReadOnlySpan<T> b, Span<T> x)
    {
        Require.Length(b.Length, _n, nameof(b));
        Require.Length(x.Length, _n, nameof(x));
        CheckComplete();
    }

    private void CheckComplete()
    {
        if (!_complete)
            throw new InvalidOperationException("There is no complete factorization: TryFactor wasn't called, or its last call failed.");
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
