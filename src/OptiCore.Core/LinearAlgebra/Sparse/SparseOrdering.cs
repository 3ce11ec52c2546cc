using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>In which order a sparse factorization eliminates: what decides its fill.</summary>
public enum SparseOrdering
{
    /// <summary>The order of the matrix itself.</summary>
    Natural,

    /// <summary>Reverse Cuthill-McKee: small bandwidth; for long, thin problems.</summary>
    ReverseCuthillMcKee,

    /// <summary>Approximate minimum degree: little fill; the usual choice.</summary>
    MinimumDegree,
}

/// <summary>Orders of rows and columns that make factors of sparse matrices sparser.</summary>
/// <remarks>A permutation p says that row and column p[i] of the matrix come at place i. Orders depend on the structure only, and are the same on all machines.</remarks>
public static class SparseOrderings
{
    /// <summary>An order for the structure of A + A'.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, square.</param>
    /// <param name="ordering">Which order.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public static int[] Compute<T>(CsrMatrix<T> a, SparseOrdering ordering) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        Require.Defined(ordering, nameof(ordering));
        return ordering == SparseOrdering.Natural ? Natural(a.Rows) : Compute(Graph.OfSum(a.Rows, a.StartsArray, a.ColumnsArray, lowerOnly: false), ordering);
    }

    internal static int[] Compute(Graph graph, SparseOrdering ordering) => ordering switch
    {
        SparseOrdering.ReverseCuthillMcKee => CuthillMcKee.Reverse(graph),
        SparseOrdering.MinimumDegree => new MinimumDegree(graph).Order(),
        _ => Natural(graph.Order),
    };

    private static int[] Natural(int n)
    {
        int[] order = new int[n];
        for (int i = 0; i < n; i++)
            order[i] = i;
        return order;
    }
}

/// <summary>The graph of a symmetric structure: the neighbours of each vertex, itself not among them.</summary>
internal sealed record Graph(int Order, int[] Starts, int[] Neighbours)
{
    /// <summary>The structure of A + A' without its diagonal; of the lower triangle of A only, if said so.</summary>
    public static Graph OfSum(int n, int[] rowStarts, int[] columns, bool lowerOnly)
    {
        int[] starts = new int[n + 1];
        for (int pass = 0; ; pass++)
        {
            int[] neighbours = pass == 0 ? [] : new int[starts[n]];
            int[] next = starts[..n];
            for (int i = 0; i < n; i++)
            {
                for (int p = rowStarts[i]; p < rowStarts[i + 1]; p++)
                {
                    int j = columns[p];
                    if (j == i || (lowerOnly && j > i))
                        continue;
                    if (pass == 0)
                    {
                        starts[i + 1]++;
                        starts[j + 1]++;
                    }
                    else
                    {
                        neighbours[next[i]++] = j;
                        neighbours[next[j]++] = i;
                    }
                }
            }

            if (pass == 1)
                return Distinct(n, starts, neighbours);
            for (int i = 0; i < n; i++)
                starts[i + 1] = checked(starts[i + 1] + starts[i]);
        }
    }

    /// <summary>The structure of A' A without its diagonal, rows of A with very many elements left out: they would make it dense, and rarely matter for the fill.</summary>
    public static Graph OfNormal(int rows, int columnCount, int[] rowStarts, int[] columns)
    {
        double most = Math.Max(16, 10 * Math.Sqrt(columnCount));
        int[] starts = new int[columnCount + 1];
        for (int pass = 0; ; pass++)
        {
            int[] neighbours = pass == 0 ? [] : new int[starts[columnCount]];
            int[] next = starts[..columnCount];
            for (int i = 0; i < rows; i++)
            {
                ReadOnlySpan<int> row = columns.AsSpan(rowStarts[i]..rowStarts[i + 1]);
                if (row.Length > most)
                    continue;
                foreach (int j in row)
                {
                    if (pass == 0)
                    {
                        starts[j + 1] += row.Length - 1;
                        continue;
                    }

                    foreach (int k in row)
                    {
                        if (k != j)
                            neighbours[next[j]++] = k;
                    }
                }
            }

            if (pass == 1)
                return Distinct(columnCount, starts, neighbours);
            for (int j = 0; j < columnCount; j++)
                starts[j + 1] = checked(starts[j + 1] + starts[j]);
        }
    }

    private static Graph Distinct(int n, int[] starts, int[] neighbours)
    {
        int[] seen = new int[n], shorter = new int[n + 1];
        int count = 0;
        for (int i = 0; i < n; i++)
        {
            for (int p = starts[i]; p < starts[i + 1]; p++)
            {
                int j = neighbours[p];
                if (seen[j] == i + 1)
                    continue;
                seen[j] = i + 1;
                neighbours[count++] = j;
            }

            shorter[i + 1] = count;
        }

        return new(n, shorter, neighbours[..count]);
    }
}
