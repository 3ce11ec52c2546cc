namespace OptiCore.Optimizers;

/// <content>Boxes.</content>
public static partial class ConvexSet
{
    /// <summary>The points with no negative element.</summary>
    public static IConvexSet Nonnegative { get; } = new BoxSet(Bounds.All(0, double.PositiveInfinity));

    /// <summary>The points within simple bounds: each element is clamped. Compact if the bounds are finite; else the linear oracle throws where the minimum isn't attained.</summary>
    /// <param name="bounds">The bounds.</param>
    public static ICompactConvexSet Box(Bounds bounds) => new BoxSet(Require.NotNull(bounds));

    /// <summary>The ball |x|_inf &lt;= r.</summary>
    /// <param name="radius">The radius r, positive.</param>
    public static ICompactConvexSet LInfinityBall(double radius = 1) => new BoxSet(Bounds.All(-Require.Positive(radius, nameof(radius)), radius));

    private sealed record BoxSet(Bounds Bounds) : ICompactConvexSet
    {
        public int Dimension => Bounds.Dimension;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            for (int i = 0; i < x.Length; i++)
                projection[i] = Math.Min(Math.Max(x[i], Bounds.Lower(i)), Bounds.Upper(i));
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            for (int i = 0; i < c.Length; i++)
            {
                vertex[i] = c[i] >= 0 ? Bounds.Lower(i) : Bounds.Upper(i);
                if (!double.IsFinite(vertex[i]))
                    vertex[i] = c[i] == 0 ? Math.Clamp(0, Bounds.Lower(i), Bounds.Upper(i)) : throw new InvalidOperationException($"A linear function has no minimum over the box {Bounds}.");
            }
        }
    }
}
