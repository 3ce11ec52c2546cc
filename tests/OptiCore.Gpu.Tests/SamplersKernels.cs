using System.Reflection;

namespace OptiCore.Gpu.Tests;

/// <summary>The kernels of chains.</summary>
internal sealed class SamplersKernels : IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(ChainDensityKernels), nameof(ChainDensityKernels.Evaluate), typeof(NormalChainDensity)),
        KernelTable.Of(typeof(ChainDensityKernels), nameof(ChainDensityKernels.Evaluate), typeof(FunnelChainDensity)),
        KernelTable.Of(typeof(ChainDensityKernels), nameof(ChainDensityKernels.Evaluate), typeof(BananaChainDensity)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Keys)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Begin)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Drift)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Kick)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Accept)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Probabilities)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Commit)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Propose)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.Potentials)),
        KernelTable.Of(typeof(ChainKernels), nameof(ChainKernels.FindUnusable)),
        KernelTable.Of(typeof(ChainStatistics), nameof(ChainStatistics.Acceptance)),
        KernelTable.Of(typeof(ChainStatistics), nameof(ChainStatistics.Sum)),
        KernelTable.Of(typeof(ChainStatistics), nameof(ChainStatistics.Means)),
        KernelTable.Of(typeof(ChainStatistics), nameof(ChainStatistics.Criterion)),
        KernelTable.Of(typeof(ChainStatistics), nameof(ChainStatistics.Absorb)),
        KernelTable.Of(typeof(LogisticKernels), nameof(LogisticKernels.Prior)),
        KernelTable.Of(typeof(LogisticKernels), nameof(LogisticKernels.Residuals)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Scales)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Standardise)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.SquareNorms)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Eigenvalues)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Parameters)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Start)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Refresh)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Drift)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Kick)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Accept)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.CountDivergences)),
        KernelTable.Of(typeof(MeadsKernels), nameof(MeadsKernels.Commit)),
        KernelTable.Of(typeof(MomentKernels), nameof(MomentKernels.Absorb)),
        KernelTable.Of(typeof(MomentKernels), nameof(MomentKernels.Summarise)),
    ];
}
