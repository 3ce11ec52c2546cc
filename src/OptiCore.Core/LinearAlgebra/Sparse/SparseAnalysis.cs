using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// What a sparse Cholesky or LDL' factorization needs to know about a structure: order of elimination, elimination tree, structure of the factor. Made once, used for any number of matrices with the structure.
/// </summary>
/// <remarks>
/// <para>Immutable; may be shared by factorizations on several threads. Costs about as much as the order, and one step for each element of the factor; holds one index for each row of a supernode, a group of columns of the same structure.
/// The order is followed by a postorder of the elimination tree, which changes neither fill nor cost, unless it is <see cref="SparseOrdering.Natural"/>.</para>
/// <para>J. W. H. Liu (1990), The role of elimination trees in sparse factorization, SIAM J. Matrix Anal. Appl. 11, 134-172.</para>
/// </remarks>
public sealed class SparseAnalysis
{
    private readonly int[] _permutation;
    private readonly int[] _parent;
    private readonly int[] _aStarts;
    private readonly int[] _aColumns;

    private SparseAnalysis(int[] aStarts, int[] aColumns, int[] permutation, SparseOrdering ordering)
    {
        int n = permutation.Length;
        (_aStarts, _aColumns, _permutation, Ordering) = (aStarts, aColumns, permutation, ordering);
        (RowStarts, RowColumns, Source) = Permuted(n, aStarts, aColumns, _permutation);
        _parent = Tree(n, RowStarts, RowColumns);
        if (ordering != SparseOrdering.Natural)
        {
            int[] post = Postorder(_parent);
            int[] composed = new int[n];
            for (int i = 0; i < n; i++)
                composed[i] = _permutation[post[i]];
            _permutation = composed;
            (RowStarts, RowColumns, Source) = Permuted(n, aStarts, aColumns, _permutation);
            _parent = Tree(n, RowStarts, RowColumns);
        }

        int[] counts = Counts(n, RowStarts, RowColumns, _parent);
        foreach (int count in counts)
        {
            FactorCount += count;
            Operations += (double)count * count;
        }

        Supernodes = Supernodes.Find(_parent, counts, RowStarts, RowColumns);
        (ColumnStarts, ColumnRows, int[] turned) = CompressedStructure.Transpose(n, n, RowStarts, RowColumns);
        ColumnSource = turned;
        foreach (ref int from in ColumnSource.AsSpan())
            from = Source[from];
    }

    /// <summary>The order n of the matrices.</summary>
    public int Order => _permutation.Length;

    /// <summary>The order that was asked for.</summary>
    public SparseOrdering Ordering { get; }

    /// <summary>The permutation p: row and column p[i] of the matrix are eliminated as number i.</summary>
    public ReadOnlySpan<int> Permutation => _permutation;

    /// <summary>The elimination tree in the order of elimination: the parent of column j is the row of the first element below the diagonal in column j of the factor; -1 for roots.</summary>
    public ReadOnlySpan<int> EliminationTree => _parent;

    /// <summary>The number of elements of the factor L, with its diagonal.</summary>
    public long FactorCount { get; }

    /// <summary>The operations of a numeric factorization, about.</summary>
    public double Operations { get; }

    /// <summary>The lower triangle of the permuted matrix by rows, its diagonal included and last.</summary>
    internal int[] RowStarts { get; }

    internal int[] RowColumns { get; }

    /// <summary>The same by columns, and the position of each element in the values of A, or -1 for a diagonal that isn't stored.</summary>
    internal int[] ColumnStarts { get; }

    internal int[] ColumnRows { get; }

    internal int[] ColumnSource { get; }

    /// <summary>The dense blocks of the factor.</summary>
    internal Supernodes Supernodes { get; }

    private int[] Source { get; }

    /// <summary>Analyses the structure of a symmetric matrix. The elements on and below the diagonal count; those above aren't looked at.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">A matrix with the structure, square.</param>
    /// <param name="ordering">The order of elimination.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public static SparseAnalysis Of<T>(CsrMatrix<T> a, SparseOrdering ordering = SparseOrdering.MinimumDegree) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        Require.Defined(ordering, nameof(ordering));
        int[] permutation = ordering == SparseOrdering.Natural
            ? SparseOrderings.Compute(a, ordering)
            : SparseOrderings.Compute(Graph.OfSum(a.Rows, a.StartsArray, a.ColumnsArray, lowerOnly: true), ordering);
        return new(a.StartsArray, a.ColumnsArray, permutation, ordering);
    }

    /// <summary>Analyses the structure of A + A'.</summary>
    internal static SparseAnalysis OfSum(int n, int[] starts, int[] columns)
    {
        Graph graph = Graph.OfSum(n, starts, columns, lowerOnly: false);
        for (int i = 0; i < n; i++)
            graph.Neighbours.AsSpan(graph.Starts[i]..graph.Starts[i + 1]).Sort();
        return new(graph.Starts, graph.Neighbours, SparseOrderings.Compute(graph, SparseOrdering.MinimumDegree), SparseOrdering.MinimumDegree);
    }

    internal void Check<T>(CsrMatrix<T> a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        if (ReferenceEquals(a.StartsArray, _aStarts) && ReferenceEquals(a.ColumnsArray, _aColumns))
            return;
        IncompleteFactor.CheckStructure(a, _aStarts, _aColumns);
    }

    private static (int[] Starts, int[] Columns, int[] Source) Permuted(int n, int[] aStarts, int[] aColumns, int[] permutation)
    {
        int[] inverse = CompressedStructure.Inverse(permutation, n, nameof(permutation)), starts = new int[n + 1];
        for (int i = 0; i < n; i++)
        {
            starts[i + 1]++;
            for (int p = aStarts[i]; p < aStarts[i + 1] && aColumns[p] < i; p++)
                starts[Math.Max(inverse[i], inverse[aColumns[p]]) + 1]++;
        }

        for (int i = 0; i < n; i++)
            starts[i + 1] += starts[i];
        int[] columns = new int[starts[n]], source = new int[starts[n]], next = starts[..n];

        for (int i = 0; i < n; i++)
        {
            int k = inverse[i];
            for (int p = aStarts[i]; p < aStarts[i + 1] && aColumns[p] < i; p++)
            {
                int l = inverse[aColumns[p]], row = Math.Max(k, l);
                columns[next[row]] = Math.Min(k, l);
                source[next[row]++] = p;
            }
        }

        for (int i = 0; i < n; i++)
        {
            int at = Array.BinarySearch(aColumns, aStarts[i], aStarts[i + 1] - aStarts[i], i), row = inverse[i];
            columns[next[row]] = row;
            source[next[row]] = at < 0 ? -1 : at;
        }

        return (starts, columns, source);
    }

    private static int[] Tree(int n, int[] starts, int[] columns)
    {
        // Ancestors are shortcuts up the tree (path compression): nearly linear.
        int[] parent = new int[n], ancestor = new int[n];
        for (int k = 0; k < n; k++)
        {
            parent[k] = ancestor[k] = -1;
            for (int p = starts[k]; p < starts[k + 1]; p++)
            {
                for (int i = columns[p]; i != -1 && i < k;)
                {
                    int up = ancestor[i];
                    ancestor[i] = k;
                    if (up == -1)
                        parent[i] = k;
                    i = up;
                }
            }
        }

        return parent;
    }

    private static int[] Postorder(int[] parent)
    {
        int n = parent.Length, count = 0;
        int[] child = new int[n], sibling = new int[n], stack = new int[n], order = new int[n];
        child.AsSpan().Fill(-1);
        for (int i = n - 1; i >= 0; i--)
        {
            if (parent[i] < 0)
                continue;
            sibling[i] = child[parent[i]];
            child[parent[i]] = i;
        }

        for (int root = 0; root < n; root++)
        {
            if (parent[root] >= 0)
                continue;
            int depth = 0;
            stack[0] = root;
            while (depth >= 0)
            {
                int top = stack[depth], below = child[top];
                if (below < 0)
                {
                    order[count++] = top;
                    depth--;
                }
                else
                {
                    child[top] = sibling[below];
                    stack[++depth] = below;
                }
            }
        }

        return order;
    }

    /// <summary>The structure of L by columns, without its diagonal: row k has the columns on the paths in the tree from the columns of row k of A up to k.</summary>
    internal (int[] Starts, int[] Rows) Structure()
    {
        int n = Order;
        int[] starts = new int[n + 1], counts = Counts(n, RowStarts, RowColumns, _parent), seen = new int[n], rows = new int[checked((int)(FactorCount - n))];
        for (int j = 0; j < n; j++)
            starts[j + 1] = starts[j] + counts[j] - 1;
        int[] next = starts[..n];
        seen.AsSpan().Fill(-1);
        for (int k = 0; k < n; k++)
        {
            seen[k] = k;
            for (int p = RowStarts[k]; p < RowStarts[k + 1]; p++)
            {
                for (int i = RowColumns[p]; seen[i] != k; i = _parent[i])
                {
                    seen[i] = k;
                    rows[next[i]++] = k;
                }
            }
        }

        return (starts, rows);
    }

    /// <summary>The number of elements of each column of L, with its diagonal.</summary>
    private static int[] Counts(int n, int[] starts, int[] columns, int[] parent)
    {
        int[] counts = new int[n], seen = new int[n];
        for (int k = 0; k < n; k++)
        {
            seen[k] = k;
            counts[k]++;
            for (int p = starts[k]; p < starts[k + 1]; p++)
            {
                for (int i = columns[p]; seen[i] != k; i = parent[i])
                {
                    seen[i] = k;
                    counts[i]++;
                }
            }
        }

        return counts;
    }
}
