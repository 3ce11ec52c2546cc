using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The largest magnitude.</content>
public static partial class Prox
{
    /// <summary>g = w max_i |x_i|: by Moreau's decomposition, x less its projection onto the L1 ball of radius t w. Cost: that of <see cref="ConvexSet.L1Ball"/>.</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable LInfinity(double weight = 1) => new LInfinityNorm(Require.Positive(weight, nameof(weight)));

    private sealed record LInfinityNorm(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Reduce.MaxNorm(x);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            Span<double> projection = work.Numbers(0, x.Length);
            ConvexSet.ProjectOntoL1Ball(x, step * Weight, projection, work.Nested(0));
            Vectors.Subtract(x, projection, result);
        }
    }
}
