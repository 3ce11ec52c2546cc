using System.Globalization;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>Intersections.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The intersection of sets, by Dykstra's cyclic projections: each set keeps the correction that its last projection made, and adds it back before the next. Unlike plain alternating
    /// projections it converges to the nearest point; at a linear rate for polyhedra, arbitrarily slowly in general. An intersection that is empty isn't noticed.
    /// J. P. Boyle and R. L. Dykstra (1986), A method for finding projections onto the intersection of convex sets in Hilbert spaces.
    /// </summary>
    /// <param name="sets">The sets, at least 2.</param>
    /// <param name="tolerance">A cycle that moves the point by no more than this times max(1, |x|) is the last. Default: 1e-12.</param>
    /// <param name="maxCycles">The largest number of cycles. Default: 10,000.</param>
    /// <exception cref="ArgumentException">There are fewer than two sets, or they have different numbers of variables.</exception>
    public static IConvexSet Intersection(ReadOnlySpan<IConvexSet> sets, double tolerance = 1e-12, int maxCycles = 10_000)
    {
        if (sets.Length < 2)
            throw new ArgumentException("An intersection needs at least two sets.", nameof(sets));
        int dimension = 0;
        foreach (IConvexSet set in sets)
        {
            ArgumentNullException.ThrowIfNull(set, nameof(sets));
            if (dimension != 0)
                Prox.RequireDimension(set.Dimension, dimension, nameof(sets));
            else
                dimension = set.Dimension;
        }

        return new IntersectionSet(sets.ToArray(), dimension, Require.NonNegative(tolerance, nameof(tolerance)), Require.Positive(maxCycles, nameof(maxCycles)));
    }

    private sealed record IntersectionSet(IConvexSet[] Sets, int Dimension, double Tolerance, int MaxCycles) : IConvexSet
    {
        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            int n = x.Length;
            x.CopyTo(projection);
            projection = projection[..n];
            Span<double> corrections = work.Numbers(0, n * Sets.Length), before = work.Numbers(1, n);
            corrections.Clear();
            for (int cycle = 0; cycle < MaxCycles; cycle++)
            {
                double moved = 0;
                for (int k = 0; k < Sets.Length; k++)
                {
                    Span<double> correction = corrections.Slice(k * n, n);
                    Vectors.AddScaled(projection, 1, correction, before);
                    double sum = 0;
                    projection.CopyTo(correction);
                    Sets[k].Project(before, projection, work.Nested(k));
                    for (int i = 0; i < n; i++)
                    {
                        double change = projection[i] - correction[i];
                        sum += change * change;
                        correction[i] = before[i] - projection[i];
                    }

                    moved = Math.Max(moved, sum);
                }

                if (Math.Sqrt(moved) <= Tolerance * Math.Max(1, Reduce.Norm<double>(projection)))
                    return;
            }
        }

        public bool Equals(IntersectionSet? other) =>
            other is not null && Tolerance == other.Tolerance && MaxCycles == other.MaxCycles && Sets.AsSpan().SequenceEqual(other.Sets);

        public override int GetHashCode()
        {
            var hash = default(HashCode);
            foreach (IConvexSet set in Sets)
                hash.Add(set);
            return hash.ToHashCode();
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"Intersection({string.Join<IConvexSet>(", ", Sets)}; {Tolerance:r}, {MaxCycles})");
    }
}
