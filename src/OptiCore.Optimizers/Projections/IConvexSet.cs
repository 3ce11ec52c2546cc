namespace OptiCore.Optimizers;

/// <summary>A closed convex set with a cheap Euclidean projection. The table of them is <see cref="ConvexSet"/>; other sets are added by implementing this interface.</summary>
/// <remarks>An instance is immutable, so that runs on several threads may share it; what changes is in the workspace.</remarks>
public interface IConvexSet
{
    /// <summary>The number n of variables; 0 for a set of points of any length.</summary>
    int Dimension { get; }

    /// <summary>Writes the point of the set that is nearest to x in the Euclidean norm.</summary>
    /// <param name="x">The point, n finite elements.</param>
    /// <param name="projection">Receives n elements; may be <paramref name="x"/> itself.</param>
    /// <param name="work">Scratch memory.</param>
    void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work);
}

/// <summary>Minimises linear functions over a compact convex set: all that Frank-Wolfe methods know of it. The tables are <see cref="ConvexSet"/> and <see cref="LinearOracle"/>.</summary>
/// <remarks>An instance is immutable, so that runs on several threads may share it; what changes is in the workspace.</remarks>
public interface ILinearOracle
{
    /// <summary>The number n of variables; 0 for a set of points of any length.</summary>
    int Dimension { get; }

    /// <summary>Writes a point v of the set that minimises v.c, an extreme point.</summary>
    /// <param name="c">The vector c, n finite elements.</param>
    /// <param name="vertex">Receives n elements; not <paramref name="c"/> itself.</param>
    /// <param name="work">Scratch memory.</param>
    void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work);
}

/// <summary>A compact convex set with a cheap projection and a cheap linear oracle.</summary>
public interface ICompactConvexSet : IConvexSet, ILinearOracle
{
    /// <summary>The number n of variables; 0 for a set of points of any length.</summary>
    new int Dimension { get; }

    int IConvexSet.Dimension => Dimension;

    int ILinearOracle.Dimension => Dimension;
}
