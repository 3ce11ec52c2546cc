namespace OptiCore.Optimizers;

/// <content>Monotone vectors.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The nondecreasing vectors x_0 &lt;= x_1 &lt;= ...: isotonic regression by pooling adjacent violators in O(n). M. Ayer, H. D. Brunk, G. M. Ewing, W. T. Reid and E. Silverman (1955), An
    /// empirical distribution function for sampling with incomplete information.
    /// </summary>
    public static IConvexSet MonotoneCone { get; } = new MonotoneConeSet();

    /// <summary>Pools adjacent violators: blocks hold their mean and size, and a block that is below its predecessor is merged with it.</summary>
    internal static void PoolAdjacentViolators(ReadOnlySpan<double> x, Span<double> result, ProximalWorkspace work)
    {
        Span<double> means = work.Numbers(0, x.Length);
        Span<int> sizes = work.Indices(0, x.Length);
        int blocks = 0;
        foreach (double v in x)
        {
            (means[blocks], sizes[blocks]) = (v, 1);
            blocks++;
            while (blocks > 1 && means[blocks - 2] > means[blocks - 1])
            {
                int size = sizes[blocks - 2] + sizes[blocks - 1];
                means[blocks - 2] += (means[blocks - 1] - means[blocks - 2]) * ((double)sizes[blocks - 1] / size);
                sizes[blocks - 2] = size;
                blocks--;
            }
        }

        for (int k = 0, first = 0; k < blocks; first += sizes[k++])
            result.Slice(first, sizes[k]).Fill(means[k]);
    }

    private sealed record MonotoneConeSet : IConvexSet
    {
        public int Dimension => 0;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work) => PoolAdjacentViolators(x, projection, work);
    }
}
