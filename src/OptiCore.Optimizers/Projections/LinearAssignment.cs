namespace OptiCore.Optimizers;

/// <summary>
/// The linear assignment problem: the permutation that minimises the sum of c[i, column of i]. Rows are added one by one along shortest augmenting paths in reduced costs; the dual variables
/// of rows and columns keep the reduced costs nonnegative. O(n^3).
/// </summary>
/// <remarks>H. W. Kuhn (1955), The Hungarian method for the assignment problem; R. Jonker and A. Volgenant (1987), Computing 38, 325-340.</remarks>
internal static class LinearAssignment
{
    /// <summary>Writes the column of each row.</summary>
    public static void Solve(ReadOnlySpan<double> cost, int n, Span<int> columnOfRow, ProximalWorkspace work)
    {
        const int None = -1;
        Span<double> rowDual = work.Numbers(0, n), columnDual = work.Numbers(1, n), distance = work.Numbers(2, n);
        Span<int> rowOfColumn = work.Indices(0, n), previous = work.Indices(1, n), scanned = work.Indices(2, n);
        rowDual.Clear();
        columnDual.Clear();
        rowOfColumn.Fill(None);
        columnOfRow[..n].Fill(None);
        for (int start = 0; start < n; start++)
        {
            distance.Fill(double.PositiveInfinity);
            previous.Fill(start);
            scanned.Clear();
            int row = start, sink = None;
            double reach = 0;
            while (sink == None)
            {
                int nearest = None;
                for (int j = 0; j < n; j++)
                {
                    if (scanned[j] != 0)
                        continue;
                    double length = reach + cost[(row * n) + j] - rowDual[row] - columnDual[j];
                    if (length < distance[j])
                        (distance[j], previous[j]) = (length, row);
                    if (nearest == None || distance[j] < distance[nearest] || (distance[j] == distance[nearest] && rowOfColumn[j] == None))
                        nearest = j;
                }

                reach = distance[nearest];
                scanned[nearest] = 1;
                if (rowOfColumn[nearest] == None)
                    sink = nearest;
                else
                    row = rowOfColumn[nearest];
            }

            rowDual[start] += reach;
            for (int j = 0; j < n; j++)
            {
                if (scanned[j] == 0 || j == sink)
                    continue;
                rowDual[rowOfColumn[j]] += reach - distance[j];
                columnDual[j] -= reach - distance[j];
            }

            for (int j = sink; ;)
            {
                int i = previous[j];
                rowOfColumn[j] = i;
                (columnOfRow[i], j) = (j, columnOfRow[i]);
                if (i == start)
                    break;
            }
        }
    }
}
