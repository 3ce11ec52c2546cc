using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Randomness;

namespace OptiCore.Gpu;

/// <summary>
/// Fills buffers of a device with random numbers: the same bits as <see cref="RandomFill"/> on the processor, for every key, length and offset. Element i depends on the key and <c>offset + i</c> only, so that a
/// long sequence may be filled in parts.
/// </summary>
/// <remarks>
/// One pass that writes 16 bytes of each thread and reads nothing. Where the offset is no multiple of the elements in 16 bytes, which share a block of words, elements are written one by one, which costs up to
/// four times the stores. Nothing is allocated; the numbers are there when the stream comes to them.
/// </remarks>
public static class GpuRandomFill
{
    /// <summary>Random words, as <see cref="RandomFill.Bits"/>.</summary>
    /// <param name="device">The device.</param>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the words.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The buffer or the stream belongs to another device.</exception>
    public static void Bits(GpuDevice device, RandomKey key, DeviceBuffer<uint> destination, ulong offset = 0, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        GpuBuffer<uint> elements = device.Own(destination);
        if (elements.Length > 0)
            device.Set<WordFill>().Launch(device.Native(stream), device.Shape((elements.Length + 6) / 4), key, offset / 4, (int)(offset % 4), elements.Registers<WordsOfBlock>(), elements.View);
    }

    /// <summary>Uniform numbers of [0, 1), as <see cref="RandomFill.Uniform(RandomKey, Span{double}, ulong, IWorkers?)"/>.</summary>
    /// <param name="device">The device.</param>
    /// <param name="key">The key.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentException">The buffer or the stream belongs to another device.</exception>
    public static void Uniform(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Doubles<UniformMap>(device, key, destination, offset, stream);

    /// <summary>Uniform numbers of [0, 1), as <see cref="RandomFill.Uniform(RandomKey, Span{float}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Uniform(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Singles<UniformMap>(device, key, destination, offset, stream);

    /// <summary>Uniform numbers of (0, 1), as <see cref="RandomFill.UniformOpen(RandomKey, Span{double}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void UniformOpen(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Doubles<UniformOpenMap>(device, key, destination, offset, stream);

    /// <summary>Uniform numbers of (0, 1), as <see cref="RandomFill.UniformOpen(RandomKey, Span{float}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void UniformOpen(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Singles<UniformOpenMap>(device, key, destination, offset, stream);

    /// <summary>Standard normal numbers, as <see cref="RandomFill.Normal(RandomKey, Span{double}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Normal(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Doubles<NormalMap>(device, key, destination, offset, stream);

    /// <summary>Standard normal numbers, as <see cref="RandomFill.Normal(RandomKey, Span{float}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Normal(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Singles<NormalMap>(device, key, destination, offset, stream);

    /// <summary>Exponential numbers of mean 1, as <see cref="RandomFill.Exponential(RandomKey, Span{double}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Exponential(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Doubles<ExponentialMap>(device, key, destination, offset, stream);

    /// <summary>Exponential numbers of mean 1, as <see cref="RandomFill.Exponential(RandomKey, Span{float}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Exponential(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Singles<ExponentialMap>(device, key, destination, offset, stream);

    /// <summary>Standard Gumbel numbers, as <see cref="RandomFill.Gumbel(RandomKey, Span{double}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Gumbel(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Doubles<GumbelMap>(device, key, destination, offset, stream);

    /// <summary>Standard Gumbel numbers, as <see cref="RandomFill.Gumbel(RandomKey, Span{float}, ulong, IWorkers?)"/>.</summary>
    /// <inheritdoc cref="Uniform(GpuDevice, RandomKey, DeviceBuffer{double}, ulong, DeviceStream?)"/>
    public static void Gumbel(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset = 0, DeviceStream? stream = null) =>
        Singles<GumbelMap>(device, key, destination, offset, stream);

    /// <summary>Integers of 0 to <paramref name="bound"/> - 1, each exactly equally likely, as <see cref="RandomFill.Integers(RandomKey, uint, Span{uint}, ulong, IWorkers?)"/>.</summary>
    /// <param name="device">The device.</param>
    /// <param name="key">The key.</param>
    /// <param name="bound">The number of possible results, at least 1.</param>
    /// <param name="destination">Receives the draws.</param>
    /// <param name="offset">The index of the first element.</param>
    /// <param name="stream">The stream on which this happens; null for the device's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    /// <exception cref="ArgumentException">The buffer or the stream belongs to another device.</exception>
    public static void Integers(GpuDevice device, RandomKey key, uint bound, DeviceBuffer<uint> destination, ulong offset = 0, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        GpuBuffer<uint> elements = device.Own(destination);
        Integers(device, key, bound, elements.Length, elements.Registers<WordsOfBlock>(), elements.View, offset, stream);
    }

    /// <inheritdoc cref="Integers(GpuDevice, RandomKey, uint, DeviceBuffer{uint}, ulong, DeviceStream?)"/>
    /// <exception cref="ArgumentOutOfRangeException">The bound is smaller than 1.</exception>
    public static void Integers(GpuDevice device, RandomKey key, int bound, DeviceBuffer<int> destination, ulong offset = 0, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        GpuBuffer<int> elements = device.Own(destination);
        Integers(device, key, (uint)bound, elements.Length, elements.Registers<WordsOfBlock>(), elements.View.Cast<uint>(), offset, stream);
    }

    private static void Integers(GpuDevice device, RandomKey key, uint bound, long length, ArrayView<WordsOfBlock> registers, ArrayView<uint> elements, ulong offset, DeviceStream? stream)
    {
        if (length > 0)
            device.Set<IntegerFill>().Launch(device.Native(stream), device.Shape((length + 6) / 4), key, bound, (0 - bound) % bound, offset / 4, (int)(offset % 4), registers, elements);
    }

    private static void Singles<TMap>(GpuDevice device, RandomKey key, DeviceBuffer<float> destination, ulong offset, DeviceStream? stream) where TMap : struct, IWordMap<float>
    {
        ArgumentNullException.ThrowIfNull(device);
        GpuBuffer<float> elements = device.Own(destination);
        if (elements.Length > 0)
            device.Set<SingleFill<TMap>>().Launch(device.Native(stream), device.Shape((elements.Length + 6) / 4), key, offset / 4, (int)(offset % 4), elements.Registers<Lane32x4>(), elements.View);
    }

    private static void Doubles<TMap>(GpuDevice device, RandomKey key, DeviceBuffer<double> destination, ulong offset, DeviceStream? stream) where TMap : struct, IWordMap<double>
    {
        ArgumentNullException.ThrowIfNull(device);
        GpuBuffer<double> elements = device.Own(destination);
        if (elements.Length > 0)
            device.Set<DoubleFill<TMap>>().Launch(device.Native(stream), device.Shape((elements.Length + 2) / 2), key, offset / 2, (int)(offset % 2), elements.Registers<Lane64x2>(), elements.View);
    }

    private sealed class WordFill(GpuDevice device) : IKernelSet<WordFill>
    {
        public Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<WordsOfBlock>, ArrayView<uint>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<WordsOfBlock>, ArrayView<uint>>>(FillKernels.Words);

        public static WordFill Load(GpuDevice device) => new(device);
    }

    private sealed class IntegerFill(GpuDevice device) : IKernelSet<IntegerFill>
    {
        public Action<AcceleratorStream, KernelConfig, RandomKey, uint, uint, ulong, int, ArrayView<WordsOfBlock>, ArrayView<uint>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, uint, uint, ulong, int, ArrayView<WordsOfBlock>, ArrayView<uint>>>(FillKernels.Integers);

        public static IntegerFill Load(GpuDevice device) => new(device);
    }

    private sealed class SingleFill<TMap>(GpuDevice device) : IKernelSet<SingleFill<TMap>> where TMap : struct, IWordMap<float>
    {
        public Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<Lane32x4>, ArrayView<float>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<Lane32x4>, ArrayView<float>>>(FillKernels.Singles<TMap>);

        public static SingleFill<TMap> Load(GpuDevice device) => new(device);
    }

    private sealed class DoubleFill<TMap>(GpuDevice device) : IKernelSet<DoubleFill<TMap>> where TMap : struct, IWordMap<double>
    {
        public Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<Lane64x2>, ArrayView<double>> Launch { get; } =
            device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ulong, int, ArrayView<Lane64x2>, ArrayView<double>>>(FillKernels.Doubles<TMap>);

        public static DoubleFill<TMap> Load(GpuDevice device) => new(device);
    }
}
