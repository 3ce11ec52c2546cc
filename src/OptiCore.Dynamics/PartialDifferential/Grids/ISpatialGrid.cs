namespace OptiCore.Dynamics;

/// <summary>Points on a line and the derivatives of functions that are known there.</summary>
public interface ISpatialGrid
{
    /// <summary>The number n of points.</summary>
    int Count { get; }

    /// <summary>The points, n elements.</summary>
    ReadOnlySpan<double> Points { get; }

    /// <summary>Writes a derivative. Allocates nothing after the first calls, and may be called by any number of threads.</summary>
    /// <param name="u">The function at the points, n elements.</param>
    /// <param name="order">Which derivative, 1 or more.</param>
    /// <param name="derivative">Receives the derivative at the points, n elements; not the same memory.</param>
    void Derivative(ReadOnlySpan<double> u, int order, Span<double> derivative);

    /// <summary>The integral over the line.</summary>
    /// <param name="u">The function at the points, n elements.</param>
    double Integrate(ReadOnlySpan<double> u);
}
