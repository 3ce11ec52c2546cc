using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>Launches the products of matrices and vectors of one element type, on checked arguments.</summary>
/// <typeparam name="T">The element.</typeparam>
internal abstract class VectorRunner<T> : IDisposable where T : unmanaged
{
    /// <summary>y = alpha A x + beta y, neither empty.</summary>
    public abstract void Rows(int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y);

    /// <summary>y = alpha A' x + beta y, neither empty, with so many rows summed together.</summary>
    public abstract void Transposed(int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y, int rowBlock);

    /// <summary>A = A + alpha x y', not empty.</summary>
    public abstract void Outer(int m, int n, T alpha, ArrayView<T> x, ArrayView<T> y, ArrayView<T> a, int lda);

    /// <summary>Gives back the memory of pieces.</summary>
    public abstract void Dispose();
}

/// <inheritdoc/>
internal sealed class VectorRunner<T, L>(GpuDevice device, AcceleratorStream stream) : VectorRunner<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where L : unmanaged, ILanes<L, T>
{
    private const int ChunkBytes = 64;
    private const int MostInOneDirection = 65535;

    private Action<AcceleratorStream, KernelConfig, VectorShape<L>, int, ArrayView<L>, ArrayView<L>, ArrayView<L>>? _rows;
    private Action<AcceleratorStream, KernelConfig, VectorShape<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>>? _shortRows, _outer;
    private Action<AcceleratorStream, KernelConfig, VectorShape<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>>? _transposed;
    private Action<AcceleratorStream, KernelConfig, int, ArrayView<L>, ArrayView<L>>? _addPieces;
    private GpuBuffer<T>? _pieces;

    public override unsafe void Rows(int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y)
    {
        int chunk = ChunkBytes / sizeof(T);
        VectorShape<L> shape = ShapeOf(m, n, alpha, lda, beta);
        if (n < chunk)
        {
            _shortRows ??= device.Kernel<Action<AcceleratorStream, KernelConfig, VectorShape<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(VectorProductKernels.ShortRows<T, L>);
            _shortRows(stream, device.Shape(m), shape, a.Cast<L>(), x.Cast<L>(), y.Cast<L>());
            return;
        }

        _rows ??= device.Kernel<Action<AcceleratorStream, KernelConfig, VectorShape<L>, int, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(VectorProductKernels.Rows<T, L>);
        int slots = VectorProductKernels.RowThreads / chunk;
        _rows(stream, new KernelConfig((int)Math.Min(((long)m + slots - 1) / slots, device.IsSimulated ? 2 : int.MaxValue), VectorProductKernels.RowThreads), shape, chunk, a.Cast<L>(), x.Cast<L>(), y.Cast<L>());
    }

    public override void Transposed(int m, int n, T alpha, ArrayView<T> a, int lda, ArrayView<T> x, T beta, ArrayView<T> y, int rowBlock)
    {
        int blocks = ((m - 1) / rowBlock) + 1;
        VectorShape<L> shape = ShapeOf(m, n, alpha, lda, beta);
        shape.RowBlock = rowBlock;
        if (_pieces is null || _pieces.Length < (long)(blocks - 1) * n)
        {
            _pieces?.Dispose();
            _pieces = device.Allocate<T>(Math.Max(1, (long)(blocks - 1) * n));
        }

        _transposed ??= device.Kernel<Action<AcceleratorStream, KernelConfig, VectorShape<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(VectorProductKernels.Transposed<T, L>);
        _transposed(stream, TwoDimensions(n, blocks), shape, a.Cast<L>(), x.Cast<L>(), y.Cast<L>(), _pieces.View.Cast<L>());
        if (blocks == 1)
            return;
        _addPieces ??= device.Kernel<Action<AcceleratorStream, KernelConfig, int, ArrayView<L>, ArrayView<L>>>(VectorProductKernels.AddPieces<T, L>);
        _addPieces(stream, device.Shape(n), blocks - 1, _pieces.View.Cast<L>(), y.Cast<L>());
    }

    public override void Outer(int m, int n, T alpha, ArrayView<T> x, ArrayView<T> y, ArrayView<T> a, int lda)
    {
        VectorShape<L> shape = ShapeOf(m, n, alpha, lda, T.One);
        shape.IsAligned = ViewArgument.IsAligned(a, 1, 0, lda) ? 1 : 0;
        _outer ??= device.Kernel<Action<AcceleratorStream, KernelConfig, VectorShape<L>, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(VectorProductKernels.Outer<T, L>);
        _outer(stream, TwoDimensions((n + 3L) / 4, m), shape, x.Cast<L>(), y.Cast<L>(), a.Cast<L>());
    }

    public override void Dispose() => _pieces?.Dispose();

    private static VectorShape<L> ShapeOf(int m, int n, T alpha, int lda, T beta) => new()
    {
        Rows = m,
        Columns = n,
        Leading = lda,
        Overwrite = beta == T.Zero ? 1 : 0,
        Alpha = L.All(alpha),
        Beta = L.All(beta),
    };

    private KernelConfig TwoDimensions(long across, int down)
    {
        KernelConfig one = device.Shape(across);
        return new(new Index2D(one.GridDim.X, Math.Min(down, device.IsSimulated ? 2 : MostInOneDirection)), new Index2D(one.GroupDim.X, 1));
    }
}
