namespace OptiCore.Optimizers;

/// <content>The permutahedron.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The convex hull of all orders of the elements of a vector w. With x sorted downwards, the projection is x less the nonincreasing regression of x - w, in O(n log n); the linear oracle puts
    /// the largest elements of w where c is smallest. C. H. Lim and S. J. Wright (2016), Efficient Bregman projections onto the permutahedron and related polytopes.
    /// </summary>
    /// <param name="values">The vector w, n elements.</param>
    /// <exception cref="ArgumentException">There is no element, or one isn't finite.</exception>
    public static ICompactConvexSet Permutahedron(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("There must be at least one element.", nameof(values));
        Require.AllFinite(values, nameof(values));
        double[] ascending = values.ToArray();
        Array.Sort(ascending);
        return new PermutahedronSet(new NumberList<double>(ascending));
    }

    private sealed record PermutahedronSet(NumberList<double> Ascending) : ICompactConvexSet
    {
        public int Dimension => Ascending.Count;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            // Here both orders are reversed: sorted upwards, x - w is regressed nondecreasing.
            Span<double> sorted = work.Numbers(1, x.Length), difference = work.Numbers(2, x.Length);
            Span<int> order = Order(x, sorted, work);
            for (int i = 0; i < sorted.Length; i++)
                difference[i] = sorted[i] - Ascending[i];
            PoolAdjacentViolators(difference, difference, work.Nested(0));
            for (int i = 0; i < sorted.Length; i++)
                projection[order[i]] = sorted[i] - difference[i];
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            Span<int> order = Order(c, work.Numbers(1, c.Length), work);
            for (int i = 0; i < order.Length; i++)
                vertex[order[i]] = Ascending[order.Length - 1 - i];
        }

        private static Span<int> Order(ReadOnlySpan<double> x, Span<double> sorted, ProximalWorkspace work)
        {
            Span<int> order = work.Indices(1, x.Length);
            for (int i = 0; i < order.Length; i++)
                order[i] = i;
            x.CopyTo(sorted);
            sorted.Sort(order);
            return order;
        }
    }
}
