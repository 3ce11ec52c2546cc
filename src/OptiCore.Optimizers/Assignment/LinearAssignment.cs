using System.Globalization;

namespace OptiCore.Optimizers;

/// <summary>
/// The linear assignment problem: of an m x n matrix of costs, choose min(m, n) elements, no two in the same row or column, with the least (or greatest) sum.
/// </summary>
/// <remarks>
/// <para>Shortest augmenting paths: rows are assigned one by one, each along a shortest path in reduced costs found by Dijkstra's algorithm, with the dual variables u, v kept so that c_ij - u_i - v_j >= 0, and 0 where
/// assigned: a proof of optimality. O(min(m, n)^2 max(m, n)).</para>
/// <para>A cost of positive infinity (of negative infinity where the sum is maximised) forbids an element. Ties go to the lowest number.</para>
/// <para>R. Jonker, A. Volgenant (1987), A shortest augmenting path algorithm for dense and sparse linear assignment problems, Computing 38, 325-340; for rectangular matrices
/// D. F. Crouse (2016), On implementing 2D rectangular assignment algorithms, IEEE Trans. Aerosp. Electron. Syst. 52, 1679-1696. The augmentation phase of the former only: its initial column reductions are left out, as in the latter.</para>
/// </remarks>
[Algorithm("Linear assignment", "Combinatorial", "Jonker, Volgenant (1987), A shortest augmenting path algorithm for dense and sparse linear assignment problems")]
public sealed class LinearAssignment
{
    private LinearAssignment(int[] columnOfRow, int[] rowOfColumn, double cost, double[] rowDuals, double[] columnDuals) =>
        (ColumnOfRow, RowOfColumn, Cost, RowDuals, ColumnDuals) = (columnOfRow, rowOfColumn, cost, rowDuals, columnDuals);

    /// <summary>The column of each row, or -1.</summary>
    public int[] ColumnOfRow { get; }

    /// <summary>The row of each column, or -1.</summary>
    public int[] RowOfColumn { get; }

    /// <summary>The sum of the chosen costs.</summary>
    public double Cost { get; }

    /// <summary>The dual variables u of the rows: c_ij - u_i - v_j is not negative (not positive where the sum is maximised), and 0 for chosen elements.</summary>
    public double[] RowDuals { get; }

    /// <summary>The dual variables v of the columns; 0 for columns without a row where there are more columns than rows, and the other way round.</summary>
    public double[] ColumnDuals { get; }

    /// <summary>Solves a problem.</summary>
    /// <param name="cost">The costs, row-major, m x n elements.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="maximize">Whether the sum is maximised.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, a cost is NaN or infinite to the wrong side, or the forbidden elements leave no assignment.</exception>
    public static LinearAssignment Solve(ReadOnlySpan<double> cost, int rows, int columns, bool maximize = false)
    {
        Require.Positive(rows, nameof(rows));
        Require.Positive(columns, nameof(columns));
        Require.Length(cost.Length, checked(rows * columns), nameof(cost));

        // No more rows than columns, and a minimum.
        bool turned = rows > columns;
        int m = Math.Min(rows, columns), n = Math.Max(rows, columns);
        var c = new double[m * n];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double value = maximize ? -cost[(i * columns) + j] : cost[(i * columns) + j];
                if (double.IsNaN(value) || value == double.NegativeInfinity)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"cost[{i}, {j}] is {cost[(i * columns) + j]}."), nameof(cost));
                c[turned ? (j * n) + i : (i * n) + j] = value;
            }
        }

        double[] u = new double[m], v = new double[n];
        int[] columnOf = new int[m], rowOf = new int[n];
        columnOf.AsSpan().Fill(-1);
        rowOf.AsSpan().Fill(-1);
        if (!TryAugment(c, m, n, u, v, columnOf, rowOf))
            throw new ArgumentException("The forbidden elements leave no assignment.", nameof(cost));

        double sum = 0;
        for (int i = 0; i < m; i++)
            sum += c[(i * n) + columnOf[i]];
        if (maximize)
        {
            sum = -sum;
            Vectors.Scale(-1, u, u);
            Vectors.Scale(-1, v, v);
        }

        return turned ? new LinearAssignment(rowOf, columnOf, sum, v, u) : new LinearAssignment(columnOf, rowOf, sum, u, v);
    }

    private static bool TryAugment(double[] c, int m, int n, double[] u, double[] v, int[] columnOf, int[] rowOf)
    {
        var distance = new double[n];
        var from = new int[n];
        var remaining = new int[n];
        var scannedRows = new bool[m];
        var scannedColumns = new bool[n];
        for (int start = 0; start < m; start++)
        {
            distance.AsSpan().Fill(double.PositiveInfinity);
            scannedRows.AsSpan().Clear();
            scannedColumns.AsSpan().Clear();
            int left = n, row = start, sink = -1;
            for (int j = 0; j < n; j++)
                remaining[j] = j;
            double least = 0;
            while (sink < 0)
            {
                scannedRows[row] = true;
                int next = -1;
                double lowest = double.PositiveInfinity;
                for (int k = 0; k < left; k++)
                {
                    int j = remaining[k];
                    double length = least + (c[(row * n) + j] - u[row] - v[j]);
                    if (length < distance[j])
                    {
                        distance[j] = length;
                        from[j] = row;
                    }

                    // Of equal distances a free column ends the path at once.
                    if (distance[j] < lowest || (distance[j] == lowest && next >= 0 && rowOf[j] < 0 && rowOf[remaining[next]] >= 0))
                    {
                        lowest = distance[j];
                        next = k;
                    }
                }

                if (next < 0)
                    return false;
                least = lowest;
                int column = remaining[next];
                remaining.AsSpan(next + 1, left - next - 1).CopyTo(remaining.AsSpan(next));
                left--;
                scannedColumns[column] = true;
                if (rowOf[column] < 0)
                    sink = column;
                else
                    row = rowOf[column];
            }

            u[start] += least;
            for (int i = 0; i < m; i++)
            {
                if (scannedRows[i] && i != start)
                    u[i] += least - distance[columnOf[i]];
            }

            for (int j = 0; j < n; j++)
            {
                if (scannedColumns[j])
                    v[j] -= least - distance[j];
            }

            for (int column = sink, at = -1; at != start;)
            {
                at = from[column];
                rowOf[column] = at;
                (columnOf[at], column) = (column, columnOf[at]);
            }
        }

        return true;
    }
}
