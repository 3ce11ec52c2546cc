using System.Reflection;
using Half = ILGPU.Half;

namespace OptiCore.Gpu.Tests;

/// <summary>The kernels of the linear algebra.</summary>
internal sealed class LinearAlgebraRows : IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        .. Products(typeof(float), typeof(float), typeof(Lane32), typeof(FromSingle)),
        .. Products(typeof(double), typeof(double), typeof(Lane64), typeof(FromDouble)),
        .. Products(typeof(float), typeof(Half), typeof(Lane32), typeof(FromHalf)),
        .. Products(typeof(float), typeof(BFloat16), typeof(Lane32), typeof(FromBFloat16)),
        .. Both(typeof(ProductKernels), nameof(ProductKernels.CombinePieces)),
        .. Both(typeof(ProductKernels), nameof(ProductKernels.Scale)),
        .. Both(typeof(VectorProductKernels), nameof(VectorProductKernels.Rows)),
        .. Both(typeof(VectorProductKernels), nameof(VectorProductKernels.ShortRows)),
        .. Both(typeof(VectorProductKernels), nameof(VectorProductKernels.Transposed)),
        .. Both(typeof(VectorProductKernels), nameof(VectorProductKernels.AddPieces)),
        .. Both(typeof(VectorProductKernels), nameof(VectorProductKernels.Outer)),
        .. Both(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.FactorCholesky)),
        .. Both(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.FactorLu)),
        .. Both(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.SolveTriangular)),
        .. EachNumber(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.ExchangeRows)),
        .. EachNumber(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.Pack)),
        .. EachNumber(typeof(BatchedSystemKernels), nameof(BatchedSystemKernels.Unpack)),
    ];

    /// <summary>The product with each tile.</summary>
    public static IEnumerable<MethodInfo> Products(Type element, Type stored, Type number, Type widening)
    {
        Type[] tiles = [typeof(LargeTile<,>).MakeGenericType(element, number), .. Sized(typeof(TileOf64), typeof(TileOf32))];
        return tiles.Select(tile => KernelTable.Of(typeof(ProductKernels), nameof(ProductKernels.Product), element, stored, number, widening, tile));

        IEnumerable<Type> Sized(params Type[] sizes) => sizes.Select(size => typeof(SmallTile<,,>).MakeGenericType(element, number, size));
    }

    private static IEnumerable<MethodInfo> Both(Type type, string name) =>
        [KernelTable.Of(type, name, typeof(float), typeof(Lane32)), KernelTable.Of(type, name, typeof(double), typeof(Lane64))];

    private static IEnumerable<MethodInfo> EachNumber(Type type, string name) => [KernelTable.Of(type, name, typeof(Lane32)), KernelTable.Of(type, name, typeof(Lane64))];
}
