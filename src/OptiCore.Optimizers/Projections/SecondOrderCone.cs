using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The second-order cone.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The second-order (Lorentz, ice-cream) cone |(x_1, ..., x_{n-1})|_2 &lt;= x_0, whose axis is the first variable. Points of the polar cone go to 0, others to the mean of the two
    /// eigenvalues x_0 + |y| and 0 along their ray.
    /// </summary>
    public static IConvexSet SecondOrderCone { get; } = new SecondOrderConeSet();

    private sealed record SecondOrderConeSet : IConvexSet
    {
        public int Dimension => 0;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            double axis = x[0], norm = Reduce.Norm(x[1..]);
            if (norm <= axis)
            {
                x.CopyTo(projection);
                return;
            }

            double height = Math.Max(0.5 * (axis + norm), 0);
            Vectors.Scale(height > 0 ? height / norm : 0, x[1..], projection[1..]);
            projection[0] = height;
        }
    }
}
