namespace OptiCore.Dynamics;

/// <summary>A grid with two ends, whose points include both.</summary>
public interface IBoundedGrid : ISpatialGrid
{
    /// <summary>
    /// Sets the values at both ends such that a linear condition holds at each; the slopes there are the grid's own derivatives. The values between are left alone.
    /// </summary>
    /// <param name="u">The function at the points, n elements.</param>
    /// <param name="left">The condition at the smaller end.</param>
    /// <param name="right">The condition at the larger end.</param>
    void ApplyBoundary(Span<double> u, BoundaryCondition left, BoundaryCondition right);
}
