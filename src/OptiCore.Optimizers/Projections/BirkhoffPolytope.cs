namespace OptiCore.Optimizers;

/// <content>Doubly stochastic matrices.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The Birkhoff polytope of doubly stochastic n x n matrices, the convex hull of the permutations. The projection alternates, after Dykstra, between the matrices whose rows and columns sum to
    /// 1, which has a closed form and as a subspace needs no correction, and the nonnegative ones; it ends when the sums of a nonnegative matrix are right to <paramref name="tolerance"/> or after
    /// <paramref name="maxCycles"/> cycles of 4 n^2. From points thousands of times as far away as the polytope is wide that many cycles don't suffice. The linear oracle is an assignment problem, solved by shortest augmenting paths in O(n^3).
    /// J. P. Boyle and R. L. Dykstra (1986); R. Jonker and A. Volgenant (1987), A shortest augmenting path algorithm for dense and sparse linear assignment problems.
    /// </summary>
    /// <param name="order">The order n, at least 1; points have n^2 elements, row by row.</param>
    /// <param name="tolerance">The largest error of a sum. Default: 1e-12.</param>
    /// <param name="maxCycles">The largest number of cycles. Default: 10,000.</param>
    public static ICompactConvexSet Birkhoff(int order, double tolerance = 1e-12, int maxCycles = 10_000) =>
        new BirkhoffSet(Require.Positive(order, nameof(order)), Require.Positive(tolerance, nameof(tolerance)), Require.Positive(maxCycles, nameof(maxCycles)));

    private sealed record BirkhoffSet(int Order, double Tolerance, int MaxCycles) : ICompactConvexSet
    {
        public int Dimension => Order * Order;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            int n = Order;
            Span<double> correction = work.Numbers(0, n * n), rows = work.Numbers(1, n), columns = work.Numbers(2, n);
            correction.Clear();
            x.CopyTo(projection);
            projection = projection[..(n * n)];
            for (int cycle = 0; cycle <= MaxCycles; cycle++)
            {
                rows.Clear();
                columns.Clear();
                double total = 0;
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        double v = projection[(i * n) + j];
                        rows[i] += v;
                        columns[j] += v;
                    }

                    total += rows[i];
                }

                double error = 0;
                for (int i = 0; i < n; i++)
                    error = Math.Max(error, Math.Max(Math.Abs(rows[i] - 1), Math.Abs(columns[i] - 1)));
                if (cycle > 0 && (error <= Tolerance || cycle == MaxCycles))
                    return;

                // X + (1 - row sum)/n + (1 - column sum)/n + (total - n)/n^2, then the orthant with its correction.
                double shift = (total - n) / ((double)n * n);
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        int k = (i * n) + j;
                        double v = projection[k] + ((2 - rows[i] - columns[j]) / n) + shift + correction[k];
                        projection[k] = Math.Max(v, 0);
                        correction[k] = Math.Min(v, 0);
                    }
                }
            }
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            ReadOnlySpan<int> assignment = LinearAssignment.Solve(c, Order, Order).ColumnOfRow;
            vertex[..Dimension].Clear();
            for (int i = 0; i < Order; i++)
                vertex[(i * Order) + assignment[i]] = 1;
        }
    }
}
