using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>A log density given by a formula, of which one thread computes one chain.</summary>
/// <typeparam name="TDensity">The formula.</typeparam>
/// <param name="density">The formula.</param>
/// <remarks>One launch an evaluation; every coordinate is read as often as the formula reads it, from memory that neighbouring threads share. Bits are those of <see cref="ChainDensityFunction{TDensity}"/>.</remarks>
public sealed class GpuChainDensity<TDensity>(TDensity density) : IGpuLogDensity
    where TDensity : unmanaged, IChainDensity
{
    /// <inheritdoc/>
    public int Dimension => density.Dimension;

    /// <inheritdoc/>
    public GpuLogDensityState Start(GpuDevice device, int chains)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new State(density, device, Require.Positive(chains));
    }

    private sealed class State(TDensity density, GpuDevice device, int chains) : GpuLogDensityState
    {
        private readonly Action<AcceleratorStream, KernelConfig, TDensity, ArrayView<double>, ArrayView<double>, ArrayView<double>, int> _evaluate =
            device.Kernel<Action<AcceleratorStream, KernelConfig, TDensity, ArrayView<double>, ArrayView<double>, ArrayView<double>, int>>(ChainDensityKernels.Evaluate<TDensity>);

        public override void Evaluate(ArrayView<double> positions, ArrayView<double> values, ArrayView<double> gradients) =>
            _evaluate(device.Native(null), device.Shape(chains), density, positions, values, gradients, chains);
    }
}

internal static class ChainDensityKernels
{
    [Kernel]
    internal static void Evaluate<TDensity>(TDensity density, ArrayView<double> positions, ArrayView<double> values, ArrayView<double> gradients, int chains)
        where TDensity : unmanaged, IChainDensity
    {
        for (long c = Threads.First; c < chains; c += Threads.Count)
            values[c] = density.Evaluate<DeviceReal, Point>(new Point(positions, gradients, (int)c, chains)).Value;
    }

    /// <summary>One column of the positions.</summary>
    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly struct Point(ArrayView<double> positions, ArrayView<double> gradients, int chain, int chains) : IChainPoint<DeviceReal>
    {
        private readonly ArrayView<double> _positions = positions, _gradients = gradients;
        private readonly int _chain = chain, _chains = chains;

        public DeviceReal this[int index]
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => new(_positions[((long)index * _chains) + _chain]);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void SetGradient(int index, DeviceReal value)
        {
            if (_gradients.Length != 0)
                _gradients[((long)index * _chains) + _chain] = value.Value;
        }
    }
}
