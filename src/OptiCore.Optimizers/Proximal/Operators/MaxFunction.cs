using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The largest element.</content>
public static partial class Prox
{
    /// <summary>g = w max_i x_i: x less its projection onto the simplex of sum t w, by Moreau's decomposition. Cost: that of <see cref="ConvexSet.Simplex"/>.</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable Max(double weight = 1) => new MaxFunction(Require.Positive(weight, nameof(weight)));

    private sealed record MaxFunction(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Reduce.Max(x);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            // What lies above a level whose excess is t w is cut off.
            double level = ConvexSet.SimplexThreshold(x, step * Weight, work.Nested(0));
            for (int i = 0; i < x.Length; i++)
                result[i] = Math.Min(x[i], level);
        }
    }
}
