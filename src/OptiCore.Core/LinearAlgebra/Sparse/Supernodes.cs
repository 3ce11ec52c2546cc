namespace OptiCore.LinearAlgebra;

/// <summary>
/// The columns of a factor in groups, supernodes, whose columns have the same structure below the group: a dense triangle and a dense rectangle, with one index for a row of the group. What lets a sparse factorization run on
/// dense products.
/// </summary>
/// <remarks>
/// <para>Rows of a supernode: its columns themselves, then the rows below, ascending. Values lie column by column: column c of supernode s begins at Places[s] + c m, with m rows.</para>
/// <para>A supernode is merged with the next one, an ancestor's, where few zeros come to be stored: products of larger blocks are worth them. J. W. H. Liu, E. G. Ng, B. W. Peyton (1993), On finding supernodes for sparse matrix
/// computations, SIAM J. Matrix Anal. Appl. 14, 242-252; C. Ashcraft, R. Grimes (1989), The influence of relaxed supernode partitions on the multifrontal method, ACM Trans. Math. Softw. 15, 291-309; bounds of Y. Chen,
/// T. A. Davis, W. W. Hager, S. Rajamanickam (2008), Algorithm 887: CHOLMOD, ACM Trans. Math. Softw. 35, article 22.</para>
/// </remarks>
internal sealed class Supernodes
{
    private Supernodes(int[] starts, int[] of, int[] rowStarts, int[] rows, int[] places)
    {
        (Starts, Of, RowStarts, Rows, Places) = (starts, of, rowStarts, rows, places);
        for (int s = 0; s < Count; s++)
        {
            int width = starts[s + 1] - starts[s], end = rowStarts[s + 1];
            MostColumns = Math.Max(MostColumns, width);
            MostRows = Math.Max(MostRows, end - rowStarts[s]);
            for (int p = rowStarts[s] + width, q; p < end; p = q)
            {
                int last = starts[of[rows[p]] + 1];
                for (q = p; q < end && rows[q] < last; q++)
                {
                }

                LargestUpdate = Math.Max(LargestUpdate, checked((q - p) * Math.Max(end - p, width)));
            }
        }
    }

    /// <summary>The number of supernodes.</summary>
    public int Count => Starts.Length - 1;

    /// <summary>The first column of each supernode; at the end, the number of columns.</summary>
    public int[] Starts { get; }

    /// <summary>The supernode of each column.</summary>
    public int[] Of { get; }

    /// <summary>Where the rows of each supernode begin.</summary>
    public int[] RowStarts { get; }

    public int[] Rows { get; }

    /// <summary>Where the values of each supernode begin.</summary>
    public int[] Places { get; }

    /// <summary>The largest number of columns of a supernode.</summary>
    public int MostColumns { get; }

    /// <summary>The largest number of rows of a supernode.</summary>
    public int MostRows { get; }

    /// <summary>The elements of the largest contribution of one supernode to another, or of the operand that it takes.</summary>
    public int LargestUpdate { get; }

    /// <summary>The supernodes of a factor.</summary>
    /// <param name="parent">The elimination tree, in postorder.</param>
    /// <param name="counts">The number of elements of each column, with its diagonal.</param>
    /// <param name="rowStarts">The lower triangle of the permuted matrix by rows.</param>
    /// <param name="columns">Its columns.</param>
    public static Supernodes Find(int[] parent, int[] counts, int[] rowStarts, int[] columns)
    {
        int n = parent.Length;
        int[] starts = Merged(Fundamental(parent, counts), parent, counts, out int[] lengths), of = new int[n];
        int count = starts.Length - 1;
        int[] begin = new int[count + 1], places = new int[count + 1], next = new int[count], seen = new int[count];
        for (int s = 0; s < count; s++)
        {
            int width = starts[s + 1] - starts[s];
            of.AsSpan(starts[s], width).Fill(s);
            begin[s + 1] = checked(begin[s] + lengths[s]);
            places[s + 1] = checked(places[s] + (lengths[s] * width));
        }

        int[] rows = new int[begin[count]];
        for (int s = 0; s < count; s++)
        {
            next[s] = begin[s];
            for (int j = starts[s]; j < starts[s + 1]; j++)
                rows[next[s]++] = j;
        }

        // Row k is in the supernodes on the paths in the tree from the columns of row k of A up to its own. Rows come in order, so they ascend.
        seen.AsSpan().Fill(-1);
        for (int k = 0; k < n; k++)
        {
            int own = of[k];
            for (int p = rowStarts[k]; p < rowStarts[k + 1]; p++)
            {
                for (int s = of[columns[p]]; s != own && seen[s] != k; s = of[parent[starts[s + 1] - 1]])
                {
                    seen[s] = k;
                    rows[next[s]++] = k;
                }
            }
        }

        return new(starts, of, begin, rows, places);
    }

    /// <summary>First columns of the largest groups in which each column's structure is the next one's and its diagonal.</summary>
    private static int[] Fundamental(int[] parent, int[] counts)
    {
        int n = parent.Length, count = 0;
        int[] starts = new int[n + 1];
        for (int j = 0; j < n; j++)
        {
            if (j == 0 || parent[j - 1] != j || counts[j - 1] != counts[j] + 1)
                starts[count++] = j;
        }

        starts[count] = n;
        return starts[..(count + 1)];
    }

    private static int[] Merged(int[] starts, int[] parent, int[] counts, out int[] lengths)
    {
        int count = starts.Length - 1, n = parent.Length;
        int[] of = new int[n], end = new int[count], length = new int[count];
        double[] zeros = new double[count];
        for (int s = 0; s < count; s++)
        {
            of.AsSpan(starts[s]..starts[s + 1]).Fill(s);
            length[s] = counts[starts[s]];
            end[s] = s + 1;
        }

        // From the last one on: group s ends before supernode end[s], and has length[s] rows.
        bool[] first = new bool[count];
        first.AsSpan().Fill(true);
        for (int s = count - 2; s >= 0; s--)
        {
            int next = s + 1, up = parent[starts[next] - 1];
            if (up < 0 || of[up] >= end[next])
                continue;
            int below = starts[next] - starts[s], above = starts[end[next]] - starts[next], together = below + above;
            double more = (double)below * (length[next] + below - length[s]), stored = zeros[s] + zeros[next] + more;
            double size = (0.5 * together * (together + 1.0)) + ((double)together * (length[next] - above)), share = stored / size;
            if (more > 0 && together > 4 && !(together <= 16 ? share < 0.8 : together <= 48 ? share < 0.1 : share < 0.05))
                continue;
            zeros[s] = stored;
            length[s] = below + length[next];
            end[s] = end[next];
            first[next] = false;
        }

        int kept = 0;
        int[] merged = new int[count + 1];
        lengths = new int[count];
        for (int s = 0; s < count; s++)
        {
            if (first[s])
                (merged[kept], lengths[kept++]) = (starts[s], length[s]);
        }

        merged[kept] = n;
        return merged[..(kept + 1)];
    }
}
