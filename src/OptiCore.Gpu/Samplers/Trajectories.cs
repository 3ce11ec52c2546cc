using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>Launches of the steps along trajectories, the same for all chains.</summary>
internal sealed class Trajectories(GpuDevice device)
{
    public Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Begin { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<RandomKey>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Begin);

    public Action<AcceleratorStream, KernelConfig, ChainShape, double, double, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Drift { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, double, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Drift);

    public Action<AcceleratorStream, KernelConfig, ChainShape, double, double, int, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Kick { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, double, int, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Kick);

    public Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Probabilities { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Probabilities);

    public Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<int>, int> Accept { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<int>, int>>(ChainKernels.Accept);

    public Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> Commit { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainKernels.Commit);

    public Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>> Acceptance { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>>>(ChainStatistics.Acceptance);

    public Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>> Absorb { get; } =
        device.Kernel<Action<AcceleratorStream, KernelConfig, ChainShape, double, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(ChainStatistics.Absorb);
}
