using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The Euclidean ball.</content>
public static partial class ConvexSet
{
    /// <summary>The ball |x - c|_2 &lt;= r: points outside are moved to the sphere along the ray from the centre.</summary>
    /// <param name="radius">The radius r, positive.</param>
    /// <param name="center">The centre c, n elements; empty for the origin.</param>
    /// <exception cref="ArgumentException">The centre has an element that isn't finite.</exception>
    public static ICompactConvexSet L2Ball(double radius = 1, ReadOnlySpan<double> center = default)
    {
        Require.AllFinite(center, nameof(center));
        return new L2BallSet(Require.Positive(radius, nameof(radius)), new NumberList<double>(center));
    }

    private sealed record L2BallSet(double Radius, NumberList<double> Center) : ICompactConvexSet
    {
        public int Dimension => Center.Count;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            Span<double> ray = work.Numbers(0, x.Length);
            x.CopyTo(ray);
            if (Center.Count > 0)
                Vectors.Subtract(x, Center.Span, ray);
            double norm = Reduce.Norm<double>(ray);
            if (norm <= Radius)
            {
                x.CopyTo(projection);
                return;
            }

            FromCenter(Radius / norm, ray, projection);
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            double norm = Reduce.Norm(c);
            FromCenter(norm > 0 ? -Radius / norm : 0, c, vertex);
            if (norm == 0)
                vertex[0] += Radius;
        }

        private void FromCenter(double factor, ReadOnlySpan<double> ray, Span<double> point)
        {
            Vectors.Scale(factor, ray, point);
            if (Center.Count > 0)
                Vectors.AddScaled(Center.Span, 1, point, point);
        }
    }
}
