using System.Reflection;
using Half = ILGPU.Half;

namespace OptiCore.Gpu.Tests;

/// <summary>The kernels of the linear algebra.</summary>
internal sealed class LinearAlgebraRows : IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        Product(typeof(float), typeof(Lane32), typeof(Lane32), typeof(Unchanged<Lane32>), typeof(LargeTile<float, Lane32>)),
        Product(typeof(double), typeof(Lane64), typeof(Lane64), typeof(Unchanged<Lane64>), typeof(LargeTile<double, Lane64>)),
        Product(typeof(float), typeof(Lane32), typeof(Lane32), typeof(Unchanged<Lane32>), typeof(SmallTile<float, Lane32, TileOf64>)),
        Product(typeof(double), typeof(Lane64), typeof(Lane64), typeof(Unchanged<Lane64>), typeof(SmallTile<double, Lane64, TileOf64>)),
        Product(typeof(float), typeof(Lane32), typeof(Lane32), typeof(Unchanged<Lane32>), typeof(SmallTile<float, Lane32, TileOf32>)),
        Product(typeof(double), typeof(Lane64), typeof(Lane64), typeof(Unchanged<Lane64>), typeof(SmallTile<double, Lane64, TileOf32>)),
        Product(typeof(float), typeof(Half), typeof(Lane32), typeof(FromHalf), typeof(LargeTile<float, Lane32>)),
        Product(typeof(float), typeof(BFloat16), typeof(Lane32), typeof(FromBFloat16), typeof(LargeTile<float, Lane32>)),
    ];

    private static MethodInfo Product(params Type[] arguments) => KernelTable.Of(typeof(ProductKernels), nameof(ProductKernels.Product), arguments);
}
