using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>How a sparse LU factorization orders the columns and looks for pivots: what decides its fill.</summary>
public enum SparseLuStrategy
{
    /// <summary>
    /// <see cref="Symmetric"/> where at least half of the elements off the diagonal have their mirror image in the structure and nine of ten diagonal elements are stored, <see cref="Unsymmetric"/> elsewhere.
    /// </summary>
    Automatic,

    /// <summary>
    /// Columns by the approximate minimum degree of A + A', pivots near the diagonal: little fill and dense blocks. A matrix whose pivots lie elsewhere is factored as by <see cref="Unsymmetric"/>, after an attempt that costs less.
    /// </summary>
    Symmetric,

    /// <summary>Columns by the approximate minimum degree of A' A, which bounds the fill of any choice of pivots; pivots by size.</summary>
    Unsymmetric,

    /// <summary>Columns in the order of the matrix, pivots by size.</summary>
    Natural,
}

/// <summary>
/// The factorization P A Q = L U of a sparse square matrix with threshold pivoting. As an operator, it is the inverse of A.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Columns are ordered in advance, rows are chosen by size, the diagonal element being preferred where it is at least <see cref="PivotTolerance"/> times the largest of its column. Of matrices with nearly symmetric structure, groups of
/// columns with the same structure are factored as dense blocks (Schenk, Gaertner 2004), with pivots inside of the block; where none is large enough, and for other matrices, each column is a
/// triangular system with a sparse right side, whose structure is found by depth-first search, so that time is proportional to arithmetic (Gilbert, Peierls 1988).</para>
/// <para>Memory for the factors is kept: further factorizations of the structure allocate only where their pivots make more fill. The object has scratch memory, so one thread uses it at a time. For symmetric
/// matrices prefer <see cref="SparseCholesky{T}"/> or <see cref="SparseLdl{T}"/>.</para>
/// <para>J. R. Gilbert, T. Peierls (1988), Sparse partial pivoting in time proportional to arithmetic operations, SIAM J. Sci. Stat. Comput. 9, 862-874; O. Schenk, K. Gaertner (2004), Solving unsymmetric sparse systems of linear
/// equations with PARDISO, Future Gener. Comput. Syst. 20, 475-487; T. A. Davis (2004), A column pre-ordering strategy for the unsymmetric-pattern multifrontal method, ACM Trans. Math. Softw. 30, 165-195 (the choice between the
/// strategies); T. A. Davis, J. R. Gilbert, S. I. Larimore, E. G. Ng (2004), A column approximate minimum degree ordering algorithm, ACM Trans. Math. Softw. 30, 353-376 (the order of A' A that it approximates).</para>
/// </remarks>
[Algorithm("Sparse LU", "Sparse factorizations", "Gilbert, Peierls (1988), Sparse partial pivoting in time proportional to arithmetic operations")]
public sealed class SparseLu<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _aStarts;
    private readonly int[] _aColumns;
    private readonly int[] _columnStarts;
    private readonly int[] _columnRows;
    private readonly int[] _columnSource;
    private readonly SparseLuStrategy _strategy;
    private readonly SupernodalLu<T>? _blocks;
    private ColumnLu<T>? _byColumns;
    private ILuFactors<T> _factors;
    private bool _complete;

    /// <summary>Orders the columns of a structure; factors nothing.</summary>
    /// <param name="a">A matrix with the structure, square.</param>
    /// <param name="strategy">How columns are ordered and pivots looked for.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public SparseLu(CsrMatrix<T> a, SparseLuStrategy strategy = SparseLuStrategy.Automatic)
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        _strategy = Require.Defined(strategy, nameof(strategy));
        Rows = a.Rows;
        (_aStarts, _aColumns) = (a.StartsArray, a.ColumnsArray);
        (_columnStarts, _columnRows, _columnSource) = CompressedStructure.Transpose(Rows, Rows, _aStarts, _aColumns);
        if (strategy == SparseLuStrategy.Symmetric || (strategy == SparseLuStrategy.Automatic && IsNearlySymmetric()))
            _factors = _blocks = new(_aStarts, _aColumns, _columnStarts, _columnRows, _columnSource);
        else
            _factors = ByColumns;
    }

    /// <summary>
    /// The smallest size of a pivot beside the diagonal's choice: the diagonal element is taken where it is at least this share of the largest element of its column. Default: 0.1. Smaller values keep more of the structure of nearly
    /// symmetric matrices at the price of growth; 1 takes the largest element always (the diagonal one of equals).
    /// </summary>
    public double PivotTolerance { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <inheritdoc/>
    public int Rows { get; }

    /// <inheritdoc/>
    public int Columns => Rows;

    /// <summary>The number of elements of L and U, with the ones of L.</summary>
    public long FactorCount => _factors.FactorCount;

    /// <summary>The order of the columns: column Q[k] of A is column k of L U.</summary>
    public ReadOnlySpan<int> ColumnOrder => _factors.ColumnOrder;

    /// <summary>The order of the rows: row P[k] of A is row k of L U.</summary>
    public ReadOnlySpan<int> RowOrder => _factors.RowOrder;

    private ColumnLu<T> ByColumns => _byColumns ??= new(
        _columnStarts,
        _columnRows,
        _columnSource,
        _strategy == SparseLuStrategy.Natural
            ? SparseOrderings.Compute(new Graph(Rows, new int[Rows + 1], []), SparseOrdering.Natural)
            : SparseOrderings.Compute(Graph.OfNormal(Rows, Rows, _aStarts, _aColumns), SparseOrdering.MinimumDegree));

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
        if (_blocks is not null && _blocks.TryFactor(a.ValuesArray, PivotTolerance, out failedColumn))
        {
            _factors = _blocks;
            return _complete = true;
        }

        _factors = ByColumns;
        return _complete = _factors.TryFactor(a.ValuesArray, PivotTolerance, out failedColumn);
    }

    /// <summary>Solves A x = b.</summary>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; may be b.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public void Solve(ReadOnlySpan<T> b, Span<T> x)
    {
        CheckSolve(b, x);
        _factors.Solve(b, x);
    }

    /// <summary>Solves A' x = b.</summary>
    /// <inheritdoc cref="Solve"/>
    public void SolveTransposed(ReadOnlySpan<T> b, Span<T> x)
    {
        CheckSolve(b, x);
        _factors.SolveTransposed(b, x);
    }

    /// <summary>The determinant's logarithm and sign: det A = sign e^result.</summary>
    /// <param name="sign">Receives -1 or 1.</param>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public double LogDeterminant(out int sign)
    {
        CheckComplete();
        return _factors.LogDeterminant(out sign);
    }

    /// <summary>Writes A^-1 x.</summary>
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y) => Solve(x, y);

    /// <summary>Writes the inverse of A' times y.</summary>
    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => SolveTransposed(y, x);

    private bool IsNearlySymmetric()
    {
        long mirrored = 0, diagonal = 0;
        for (int i = 0; i < Rows; i++)
        {
            // Both lines ascend: row i and column i side by side.
            for (int p = _aStarts[i], q = _columnStarts[i]; p < _aStarts[i + 1]; p++)
            {
                int j = _aColumns[p];
                while (q < _columnStarts[i + 1] && _columnRows[q] < j)
                    q++;
                if (j == i)
                    diagonal++;
                else if (q < _columnStarts[i + 1] && _columnRows[q] == j)
                    mirrored++;
            }
        }

        return 2 * mirrored >= _aColumns.Length - diagonal && 10 * diagonal >= 9L * Rows;
    }

    private void CheckSolve(ReadOnlySpan<T> b, Span<T> x)
    {
        Require.Length(b.Length, Rows, nameof(b));
        Require.Length(x.Length, Rows, nameof(x));
        CheckComplete();
    }

    private void CheckComplete()
    {
        if (!_complete)
            throw new InvalidOperationException("There is no complete factorization: TryFactor wasn't called, or its last call failed.");
    }
}

/// <summary>The factors P A Q = L U in one of their forms.</summary>
internal interface ILuFactors<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    long FactorCount { get; }

    ReadOnlySpan<int> ColumnOrder { get; }

    ReadOnlySpan<int> RowOrder { get; }

    bool TryFactor(T[] values, double tolerance, out int failedColumn);

    void Solve(ReadOnlySpan<T> b, Span<T> x);

    void SolveTransposed(ReadOnlySpan<T> b, Span<T> x);

    double LogDeterminant(out int sign);
}
