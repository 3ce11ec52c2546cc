using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Randomness;

namespace OptiCore.Gpu.Tests;

/// <summary>Fills on a device against the processor's, bit for bit.</summary>
public sealed class RandomnessFillTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly RandomKey Key = RandomKey.FromSeed(7).Fold("fills");

    private static readonly (int Length, ulong Offset)[] Ranges =
        [(1, 0), (2, 0), (3, 1), (4, 2), (5, 3), (8, 0), (31, 0), (33, 5), (64, 4), (257, (1UL << 34) - 3), (100, ulong.MaxValue - 41)];

    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(FillKernels), nameof(FillKernels.Words)),
        KernelTable.Of(typeof(FillKernels), nameof(FillKernels.Integers)),
        .. new[] { typeof(UniformMap), typeof(UniformOpenMap), typeof(NormalMap), typeof(ExponentialMap), typeof(GumbelMap) }.SelectMany(map => new[]
        {
            KernelTable.Of(typeof(FillKernels), nameof(FillKernels.Singles), map),
            KernelTable.Of(typeof(FillKernels), nameof(FillKernels.Doubles), map),
        }),
        KernelTable.Of(typeof(RandomnessFillTests), nameof(OneBlock)),
    ];

    private delegate void Processor<T>(RandomKey key, Span<T> destination, ulong offset);

    private delegate void OnDevice<T>(GpuDevice device, RandomKey key, DeviceBuffer<T> destination, ulong offset) where T : unmanaged;

    [Fact]
    public void Words_and_integers_are_those_of_the_processor()
    {
        Check<uint>((key, x, offset) => RandomFill.Bits(key, x, offset), (device, key, x, offset) => GpuRandomFill.Bits(device, key, x, offset));
        foreach (uint bound in (uint[])[1, 6, 1u << 31, 0xC0000001])
            Check<uint>((key, x, offset) => RandomFill.Integers(key, bound, x, offset), (device, key, x, offset) => GpuRandomFill.Integers(device, key, bound, x, offset));
        Check<int>((key, x, offset) => RandomFill.Integers(key, 1_500_000_000, x, offset), (device, key, x, offset) => GpuRandomFill.Integers(device, key, 1_500_000_000, x, offset));
    }

    [Fact]
    public void Floats_are_those_of_the_processor()
    {
        Check<float>((key, x, offset) => RandomFill.Uniform(key, x, offset), (device, key, x, offset) => GpuRandomFill.Uniform(device, key, x, offset));
        Check<float>((key, x, offset) => RandomFill.UniformOpen(key, x, offset), (device, key, x, offset) => GpuRandomFill.UniformOpen(device, key, x, offset));
        Check<float>((key, x, offset) => RandomFill.Normal(key, x, offset), (device, key, x, offset) => GpuRandomFill.Normal(device, key, x, offset));
        Check<float>((key, x, offset) => RandomFill.Exponential(key, x, offset), (device, key, x, offset) => GpuRandomFill.Exponential(device, key, x, offset));
        Check<float>((key, x, offset) => RandomFill.Gumbel(key, x, offset), (device, key, x, offset) => GpuRandomFill.Gumbel(device, key, x, offset));
    }

    [Fact]
    public void Doubles_are_those_of_the_processor()
    {
        Check<double>((key, x, offset) => RandomFill.Uniform(key, x, offset), (device, key, x, offset) => GpuRandomFill.Uniform(device, key, x, offset));
        Check<double>((key, x, offset) => RandomFill.UniformOpen(key, x, offset), (device, key, x, offset) => GpuRandomFill.UniformOpen(device, key, x, offset));
        Check<double>((key, x, offset) => RandomFill.Normal(key, x, offset), (device, key, x, offset) => GpuRandomFill.Normal(device, key, x, offset));
        Check<double>((key, x, offset) => RandomFill.Exponential(key, x, offset), (device, key, x, offset) => GpuRandomFill.Exponential(device, key, x, offset));
        Check<double>((key, x, offset) => RandomFill.Gumbel(key, x, offset), (device, key, x, offset) => GpuRandomFill.Gumbel(device, key, x, offset));
    }

    [Fact]
    public void Nothing_is_written_for_an_empty_buffer()
    {
        using GpuBuffer<double> none = fixture.Device.Allocate<double>(0);
        GpuRandomFill.Normal(fixture.Device, Key, none);
        Assert.Empty(none.ToArray());
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        using GpuBuffer<uint> words = fixture.Device.Allocate<uint>(4);
        using GpuBuffer<int> integers = fixture.Device.Allocate<int>(4);
        Assert.Throws<ArgumentOutOfRangeException>("bound", () => GpuRandomFill.Integers(fixture.Device, Key, 0u, words));
        Assert.Throws<ArgumentOutOfRangeException>("bound", () => GpuRandomFill.Integers(fixture.Device, Key, 0, integers));
        using var other = new CpuDevice();
        using DeviceBuffer<uint> elsewhere = other.Zeros<uint>(4);
        Assert.Throws<ArgumentException>("buffer", () => GpuRandomFill.Bits(fixture.Device, Key, elsewhere));
    }

    // The vectors of Random123 1.09, file kat_vectors: philox4x32 with 10 rounds.
    [Theory]
    [InlineData(0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x00000000u, 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u)]
    [InlineData(0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0xffffffffu, 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu)]
    [InlineData(0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u, 0xa4093822u, 0x299f31d0u, 0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u)]
    public void Known_answers_of_Random123(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1, uint r0, uint r1, uint r2, uint r3)
    {
        GpuDevice device = fixture.Device;
        var key = new RandomKey(k0 | ((ulong)k1 << 32), c2 | ((ulong)c3 << 32));
        using GpuBuffer<uint> words = device.Allocate<uint>(4);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ulong, ArrayView<uint>>>(KernelTable.Of(typeof(RandomnessFillTests), nameof(OneBlock)));
        kernel(device.Accelerator.DefaultStream, new KernelConfig(1, 1), key, c0 | ((ulong)c1 << 32), words.View);
        Assert.Equal([r0, r1, r2, r3], words.ToArray());
    }

    private static void OneBlock(RandomKey key, ulong block, ArrayView<uint> words)
    {
        DeviceRandom.Block(key, block, out uint w0, out uint w1, out uint w2, out uint w3);
        words[0] = w0;
        words[1] = w1;
        words[2] = w2;
        words[3] = w3;
    }

    private void Check<T>(Processor<T> processor, OnDevice<T> onDevice) where T : unmanaged
    {
        foreach ((int length, ulong offset) in Ranges)
        {
            var expected = new T[length];
            processor(Key, expected, offset);
            using GpuBuffer<T> elements = fixture.Device.Allocate<T>(length);
            onDevice(fixture.Device, Key, elements, offset);
            Assert.Equal(expected, elements.ToArray());
        }
    }
}
