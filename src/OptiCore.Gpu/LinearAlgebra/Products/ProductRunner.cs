using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>The tiles of which a product may be made.</summary>
internal enum ProductTile
{
    /// <summary>32 rows and columns.</summary>
    Small,

    /// <summary>64 rows and columns.</summary>
    Medium,

    /// <summary>128 rows and columns.</summary>
    Large,
}

/// <summary>How a product is computed, which doesn't enter its bits.</summary>
/// <param name="Tile">The tile.</param>
/// <param name="IsSplit">True: each block of the sum is a piece of its own, and the pieces are combined afterwards.</param>
internal readonly record struct ProductPlan(ProductTile Tile, bool IsSplit);

/// <summary>Launches the library's own kernels of products of one element type.</summary>
/// <typeparam name="S">The element of A and B.</typeparam>
/// <typeparam name="T">The element of C.</typeparam>
internal abstract class ProductRunner<S, T> : IDisposable
    where S : unmanaged
    where T : unmanaged
{
    /// <summary>Launches products that aren't empty.</summary>
    /// <param name="call">The products.</param>
    /// <param name="plan">How; null to choose.</param>
    public abstract void Run(in ProductCall<S, T> call, ProductPlan? plan);

    /// <summary>Launches C = beta C.</summary>
    /// <param name="call">The products, of which only C counts.</param>
    public abstract void Scale(in ProductCall<S, T> call);

    /// <summary>Gives back the memory of pieces.</summary>
    public abstract void Dispose();
}

/// <inheritdoc/>
internal sealed class ProductRunner<T, S, L, TWidening>(GpuDevice device, AcceleratorStream stream) : ProductRunner<S, T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where S : unmanaged
    where L : unmanaged, ILanes<L, T>
    where TWidening : unmanaged, IWidening<S, L>
{
    // Beyond this, memory for pieces is worth more than processors without work.
    private const long MostPieceElements = 1L << 26;
    private const int MostInOneDirection = 65535;

    private Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<S>, ArrayView<S>, ArrayView<L>>? _small, _medium, _large;
    private Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<L>, ArrayView<L>>? _combine;
    private Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<L>>? _scale;
    private GpuBuffer<T>? _pieces;

    public override void Run(in ProductCall<S, T> call, ProductPlan? plan)
    {
        int blocks = (int)(((long)call.Depth + ProductKernels.Block - 1) / ProductKernels.Block);
        ProductPlan chosen = plan ?? Choose(call, blocks);
        ProductShape<L> shape = ShapeOf(call);
        if (!chosen.IsSplit)
        {
            Launch(chosen.Tile, shape, call.A, call.B, call.C.Cast<L>());
            return;
        }

        // The pieces are a batch of products of so many terms each, whose sums are left as they are.
        ArrayView<L> pieces = Pieces((long)call.Rows * call.Columns * blocks);
        ProductShape<L> parts = shape;
        parts.Count = blocks;
        parts.Piece = ProductKernels.Block;
        parts.Alpha = L.Constant(1);
        parts.Overwrite = 1;
        parts.StrideA = ProductKernels.Block * (call.TransposeA ? (long)call.LeadingA : 1);
        parts.StrideB = ProductKernels.Block * (call.TransposeB ? 1 : (long)call.LeadingB);
        parts.LeadingC = call.Columns;
        parts.StrideC = (long)call.Rows * call.Columns;
        parts.AlignedC = call.Columns % 4 == 0 ? 1 : 0;
        Launch(chosen.Tile, parts, call.A, call.B, pieces);
        shape.Count = blocks;
        _combine ??= device.Kernel<Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<L>, ArrayView<L>>>(ProductKernels.CombinePieces<T, L>);
        _combine(stream, device.Shape(parts.StrideC), shape, pieces, call.C.Cast<L>());
    }

    public override void Scale(in ProductCall<S, T> call)
    {
        if (call.Beta == T.One)
            return;
        _scale ??= device.Kernel<Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<L>>>(ProductKernels.Scale<T, L>);
        _scale(stream, device.Shape((long)call.Rows * call.Columns * call.Count), ShapeOf(call), call.C.Cast<L>());
    }

    public override void Dispose() => _pieces?.Dispose();

    private static int WidthOf(ProductTile tile) => tile switch { ProductTile.Large => 128, ProductTile.Medium => 64, _ => 32 };

    private static long TilesOf(ProductTile tile, in ProductCall<S, T> call) =>
        (((long)call.Rows + WidthOf(tile) - 1) / WidthOf(tile)) * (((long)call.Columns + WidthOf(tile) - 1) / WidthOf(tile));

    private static ProductShape<L> ShapeOf(in ProductCall<S, T> call) => new()
    {
        Rows = call.Rows,
        Columns = call.Columns,
        Depth = call.Depth,
        Count = call.Count,
        TransposeA = call.TransposeA ? 1 : 0,
        TransposeB = call.TransposeB ? 1 : 0,
        AlignedA = call.Depth > 0 && ViewArgument.IsAligned(call.A, call.Count, call.StrideA, call.LeadingA) ? 1 : 0,
        AlignedB = call.Depth > 0 && ViewArgument.IsAligned(call.B, call.Count, call.StrideB, call.LeadingB) ? 1 : 0,
        AlignedC = ViewArgument.IsAligned(call.C, call.Count, call.StrideC, call.LeadingC) ? 1 : 0,
        Overwrite = call.Beta == T.Zero ? 1 : 0,
        LeadingA = call.LeadingA,
        LeadingB = call.LeadingB,
        LeadingC = call.LeadingC,
        StrideA = call.StrideA,
        StrideB = call.StrideB,
        StrideC = call.StrideC,
        Alpha = L.All(call.Alpha),
        Beta = L.All(call.Beta),
    };

    /// <summary>The largest tile of which there are enough for all multiprocessors; the sums are split where even the small ones are too few.</summary>
    private ProductPlan Choose(in ProductCall<S, T> call, int blocks)
    {
        // A simulated thread costs microseconds, whether its elements are there or not.
        int processors = device.IsSimulated ? 1 : device.Accelerator.NumMultiprocessors, least = Math.Min(call.Rows, call.Columns);
        ProductTile largest = device.IsSimulated || least <= 32 ? ProductTile.Small : least <= 64 ? ProductTile.Medium : ProductTile.Large;
        for (ProductTile tile = largest; ; tile--)
        {
            long tiles = TilesOf(tile, call) * call.Count;
            if (tiles >= processors)
                return new(tile, false);
            bool maySplit = call.Count == 1 && blocks > 1 && (long)call.Rows * call.Columns * blocks <= MostPieceElements;
            if (maySplit && tiles * blocks >= processors)
                return new(tile, true);
            if (tile == ProductTile.Small)
                return new(tile, maySplit);
        }
    }

    private void Launch(ProductTile tile, in ProductShape<L> shape, ArrayView<S> a, ArrayView<S> b, ArrayView<L> c)
    {
        switch (tile)
        {
            case ProductTile.Large:
                _large ??= Kernel(ProductKernels.Product<T, S, L, TWidening, LargeTile<T, L>>);
                _large(stream, Config<LargeTile<T, L>>(shape), shape, a, b, c);
                break;
            case ProductTile.Medium:
                _medium ??= Kernel(ProductKernels.Product<T, S, L, TWidening, SmallTile<T, L, TileOf64>>);
                _medium(stream, Config<SmallTile<T, L, TileOf64>>(shape), shape, a, b, c);
                break;
            default:
                _small ??= Kernel(ProductKernels.Product<T, S, L, TWidening, SmallTile<T, L, TileOf32>>);
                _small(stream, Config<SmallTile<T, L, TileOf32>>(shape), shape, a, b, c);
                break;
        }
    }

    private Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<S>, ArrayView<S>, ArrayView<L>> Kernel(Action<ProductShape<L>, ArrayView<S>, ArrayView<S>, ArrayView<L>> method) =>
        device.Kernel<Action<AcceleratorStream, KernelConfig, ProductShape<L>, ArrayView<S>, ArrayView<S>, ArrayView<L>>>(method);

    private static KernelConfig Config<TTile>(in ProductShape<L> shape) where TTile : unmanaged, IProductTile<TTile, L>
    {
        long tiles = (((long)shape.Rows + TTile.Width - 1) / TTile.Width) * (((long)shape.Columns + TTile.Width - 1) / TTile.Width);
        return new(new Index2D(checked((int)tiles), Math.Min(shape.Count, MostInOneDirection)), new Index2D(TTile.Width * TTile.Depth / 4, 1));
    }

    private ArrayView<L> Pieces(long length)
    {
        if (_pieces is null || _pieces.Length < length)
        {
            _pieces?.Dispose();
            _pieces = device.Allocate<T>(length);
        }

        return _pieces.View.Cast<L>();
    }
}
