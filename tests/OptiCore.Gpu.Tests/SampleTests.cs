using System.Reflection;
using OptiCore.GpuTour.Chapters;

namespace OptiCore.Gpu.Tests;

/// <summary>The kernels of samples/Gpu, which docs/gpu.md shows, compile for CUDA as the library's do.</summary>
public sealed class SampleTests : IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(PathKernels), nameof(PathKernels.Simulate), typeof(AverageCall)),
        KernelTable.Of(typeof(RuleKernels), nameof(RuleKernels.Step), typeof(float), typeof(Lane32x4), typeof(SoftSignLane<float>)),
        KernelTable.Of(typeof(RuleKernels), nameof(RuleKernels.Step), typeof(double), typeof(Lane64x2), typeof(SoftSignLane<double>)),
        KernelTable.Of(typeof(OdeKernels), nameof(OdeKernels.Solve), typeof(DampedPendulum), typeof(DeviceVector2), typeof(DeviceVector1)),
    ];
}
