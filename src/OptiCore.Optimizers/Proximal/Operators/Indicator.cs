using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>Constraints as functions.</content>
public static partial class Prox
{
    /// <summary>The indicator of a convex set, 0 inside and infinity outside: its operator is the projection, for any step.</summary>
    /// <param name="set">The set.</param>
    /// <param name="tolerance">A point counts as inside when its distance from the set is at most this times max(1, |x|). Default: 1e-6.</param>
    public static IProximable Indicator(IConvexSet set, double tolerance = 1e-6) => new IndicatorFunction(Require.NotNull(set), Require.NonNegative(tolerance, nameof(tolerance)));

    private sealed record IndicatorFunction(IConvexSet Set, double Tolerance) : IProximable
    {
        public int Dimension => Set.Dimension;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) =>
            ConvexSet.Distance(Set, x, work) <= Tolerance * Math.Max(1, Reduce.Norm(x)) ? 0 : double.PositiveInfinity;

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work) => Set.Project(x, result, work.Nested(0));
    }
}
