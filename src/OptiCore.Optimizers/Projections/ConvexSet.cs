using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The table of convex sets with a projection; those that are compact minimise linear functions as well. Each is an immutable value:
/// <c>new SpectralProjectedGradient { Set = ConvexSet.Simplex() }</c>.
/// </summary>
/// <remarks>Unless said otherwise a projection and a linear oracle cost O(n). N. Parikh and S. Boyd (2014), Proximal algorithms, chapter 6; A. Beck (2017), First-order methods in optimization.</remarks>
public static partial class ConvexSet
{
    /// <summary>Computes the Euclidean distance of a point from a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="x">The point, n finite elements.</param>
    /// <param name="work">Scratch memory.</param>
    public static double Distance(IConvexSet set, ReadOnlySpan<double> x, ProximalWorkspace work)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentNullException.ThrowIfNull(work);
        Span<double> difference = work.Numbers(0, x.Length);
        set.Project(x, difference, work.Nested(0));
        Vectors.Subtract(x, difference, difference);
        return Reduce.Norm<double>(difference);
    }
}
