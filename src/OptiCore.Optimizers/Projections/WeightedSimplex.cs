namespace OptiCore.Optimizers;

/// <content>The simplex with weights.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The weighted simplex x &gt;= 0, w.x = s: max(x - tau w, 0), the level tau by Michelot's active sets: elements below the level of all are dropped until none is. O(n) as a rule and O(n^2)
    /// at worst. C. Michelot (1986), A finite algorithm for finding the projection of a point onto the canonical simplex of R^n, J. Optim. Theory Appl. 50, 195-200.
    /// </summary>
    /// <param name="weights">The weights w, n positive elements.</param>
    /// <param name="sum">The sum s, positive.</param>
    /// <exception cref="ArgumentException">There are no weights.</exception>
    public static ICompactConvexSet WeightedSimplex(ReadOnlySpan<double> weights, double sum = 1)
    {
        if (weights.IsEmpty)
            throw new ArgumentException("There must be at least one weight.", nameof(weights));
        foreach (double w in weights)
            Require.Positive(w, nameof(weights));
        return new WeightedSimplexSet(new NumberList<double>(weights), Require.Positive(sum, nameof(sum)));
    }

    private sealed record WeightedSimplexSet(NumberList<double> Weights, double Sum) : ICompactConvexSet
    {
        public int Dimension => Weights.Count;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            Span<int> active = work.Indices(0, x.Length);
            for (int i = 0; i < active.Length; i++)
                active[i] = i;
            double level;
            while (true)
            {
                double total = -Sum, squares = 0;
                foreach (int i in active)
                {
                    total += Weights[i] * x[i];
                    squares += Weights[i] * Weights[i];
                }

                level = total / squares;
                int kept = 0;
                foreach (int i in active)
                {
                    if (x[i] > level * Weights[i])
                        active[kept++] = i;
                }

                // All below their level only by rounding: the sum is positive.
                if (kept == active.Length || kept == 0)
                    break;
                active = active[..kept];
            }

            for (int i = 0; i < x.Length; i++)
                projection[i] = Math.Max(x[i] - (level * Weights[i]), 0);
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            int best = 0;
            for (int i = 1; i < c.Length; i++)
            {
                if (c[i] * Weights[best] < c[best] * Weights[i])
                    best = i;
            }

            vertex[..c.Length].Clear();
            vertex[best] = Sum / Weights[best];
        }
    }
}
