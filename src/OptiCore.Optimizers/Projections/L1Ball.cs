using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The ball of the L1 norm.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The ball |x|_1 &lt;= r: outside it, soft thresholding at the level where <see cref="Simplex"/> cuts the magnitudes. Duchi, Shalev-Shwartz, Singer and Chandra (2008), Efficient
    /// projections onto the l1-ball for learning in high dimensions.
    /// </summary>
    /// <param name="radius">The radius r, positive.</param>
    public static ICompactConvexSet L1Ball(double radius = 1) => new L1BallSet(Require.Positive(radius, nameof(radius)));

    internal static void ProjectOntoL1Ball(ReadOnlySpan<double> x, double radius, Span<double> projection, ProximalWorkspace work)
    {
        if (Reduce.SumOfMagnitudes(x) <= radius)
        {
            x.CopyTo(projection);
            return;
        }

        Span<double> magnitudes = work.Numbers(2, x.Length);
        for (int i = 0; i < x.Length; i++)
            magnitudes[i] = Math.Abs(x[i]);
        double level = SimplexThreshold(magnitudes, radius, work);
        for (int i = 0; i < x.Length; i++)
            projection[i] = Math.CopySign(Math.Max(magnitudes[i] - level, 0), x[i]);
    }

    private sealed record L1BallSet(double Radius) : ICompactConvexSet
    {
        public int Dimension => 0;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work) => ProjectOntoL1Ball(x, Radius, projection, work);

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            int largest = 0;
            for (int i = 1; i < c.Length; i++)
            {
                if (Math.Abs(c[i]) > Math.Abs(c[largest]))
                    largest = i;
            }

            vertex[..c.Length].Clear();
            vertex[largest] = c[largest] > 0 ? -Radius : Radius;
        }
    }
}
