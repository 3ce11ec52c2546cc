using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// A log density, up to a constant, that a device evaluates at many points at once: <see cref="GpuChainDensity{TDensity}"/> for a formula, <see cref="GpuLogisticRegression"/>, or one of your own over kernels and matrix products.
/// </summary>
/// <remarks>
/// Points lie as the columns of a matrix [dimension, chains], row-major: coordinate i of chain c is element i * chains + c. So neighbouring threads, which work on neighbouring chains, touch neighbouring memory, a sum over the
/// coordinates of a chain is a sum down a column, and a product of a data matrix with all points at once is one matrix product.
/// </remarks>
public interface IGpuLogDensity
{
    /// <summary>The number of coordinates.</summary>
    int Dimension { get; }

    /// <summary>Allocates and uploads everything that evaluations at so many points need.</summary>
    /// <param name="device">The device.</param>
    /// <param name="chains">The number of points of each evaluation.</param>
    GpuLogDensityState Start(GpuDevice device, int chains);
}

/// <summary>What a log density keeps on a device.</summary>
public abstract class GpuLogDensityState : IDisposable
{
    /// <summary>Puts the evaluation of all points on the device's stream. Allocates nothing on the device.</summary>
    /// <param name="positions">The points, [dimension, chains].</param>
    /// <param name="values">Receives the log densities, one a chain; what isn't finite counts as density zero.</param>
    /// <param name="gradients">Receives the gradients, [dimension, chains]; of length 0 where only values are asked for.</param>
    public abstract void Evaluate(ArrayView<double> positions, ArrayView<double> values, ArrayView<double> gradients);

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">False when called by the garbage collector.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
