using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// What a sparse Cholesky or LDL' factorization needs to know about a structure: order of elimination, elimination tree, structure of the factor. Made once, used for any number of matrices with the structure.
/// </summary>
/// <remarks>
/// <para>Immutable; may be shared by factorizations on several threads. Costs about as much as the order, and one step for each element of the factor; holds two indices for each. With
/// <see cref="SparseOrdering.MinimumDegree"/> and <see cref="SparseOrdering.ReverseCuthillMcKee"/>, the order is followed by a postorder of the elimination tree, which changes neither fill nor cost.</para>
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

        (PatternStarts, Pattern, FactorStarts, FactorRows) = Structure(n, RowStarts, RowColumns, _parent);
        for (int j = 0; j < n; j++)
        {
            double below = FactorStarts[j + 1] - FactorStarts[j];
            Operations += (below * below) + (2 * below) + 1;
        }
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
    public long FactorCount => FactorRows.Length + (long)Order;

    /// <summary>The operations of a numeric factorization, about.</summary>
    public double Operations { get; }

    /// <summary>The lower triangle of the permuted matrix by rows, its diagonal included; Source is the position of each element in the values of A, or -1 for a diagonal that isn't stored.</summary>
    internal int[] RowStarts { get; }

    internal int[] RowColumns { get; }

    internal int[] Source { get; }

    /// <summary>The columns of row k of L, each after all that it depends on.</summary>
    internal int[] PatternStarts { get; }

    internal int[] Pattern { get; }

    /// <summary>L by columns, without its diagonal.</summary>
    internal int[] FactorStarts { get; }

    internal int[] FactorRows { get; }

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
            columns.AsSpan(starts[row]..starts[row + 1]).Sort(source.AsSpan(starts[row]..starts[row + 1]));
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

    /// <summary>Row k of L has the columns on the paths in the tree from the columns of row k of A up to k.</summary>
    private static (int[] PatternStarts, int[] Pattern, int[] FactorStarts, int[] FactorRows) Structure(int n, int[] starts, int[] columns, int[] parent)
    {
        int[] rowCounts = new int[n + 1], columnStarts = new int[n + 1], seen = new int[n], path = new int[n];
        int[] pattern = [], rows = [], next = [];
        for (int pass = 0; pass < 2; pass++)
        {
            seen.AsSpan().Fill(-1);
            for (int k = 0; k < n; k++)
            {
                seen[k] = k;
                int front = pass == 0 ? 0 : rowCounts[k + 1];
                for (int p = starts[k]; p < starts[k + 1]; p++)
                {
                    // Each path is written before those found earlier: descendants never come after their ancestors.
                    int length = 0;
                    for (int i = columns[p]; seen[i] != k; i = parent[i])
                    {
                        seen[i] = k;
                        path[length++] = i;
                    }

                    if (pass == 0)
                    {
                        rowCounts[k + 1] += length;
                        for (int q = 0; q < length; q++)
                            columnStarts[path[q] + 1]++;
                        continue;
                    }

                    front -= length;
                    for (int q = 0; q < length; q++)
                    {
                        pattern[front + q] = path[q];
                        rows[next[path[q]]++] = k;
                    }
                }
            }

            if (pass == 1)
                break;
            for (int k = 0; k < n; k++)
            {
                rowCounts[k + 1] = checked(rowCounts[k + 1] + rowCounts[k]);
                columnStarts[k + 1] += columnStarts[k];
            }

            pattern = new int[rowCounts[n]];
            rows = new int[rowCounts[n]];
            next = columnStarts[..n];
        }

        return (rowCounts, pattern, columnStarts, rows);
    }
}
