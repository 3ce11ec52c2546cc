using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Randomness;

namespace OptiCore.Gpu.Tests;

/// <summary>The stream of kernels against the processor's, bit for bit.</summary>
public sealed class RandomnessStreamTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private const int Draws = 24;

    private static readonly RandomKey Key = RandomKey.FromSeed(20260).Fold("device");

    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(RandomnessStreamTests), nameof(Words)),
        KernelTable.Of(typeof(RandomnessStreamTests), nameof(Doubles)),
        KernelTable.Of(typeof(RandomnessStreamTests), nameof(Floats)),
    ];

    private static void Words(RandomKey key, uint bound, ArrayView<uint> results)
    {
        int thread = Grid.GlobalIndex.X;
        var random = new DeviceRandom(DeviceRandom.Fold(key, (ulong)thread));
        for (int i = 0; i < Draws; i++)
            results[(thread * Draws) + i] = i % 3 == 0 ? random.NextUInt32() : random.NextUInt32(bound);
    }

    private static void Doubles(RandomKey key, ArrayView<double> results)
    {
        var random = new DeviceRandom(key.Fold(Grid.GlobalIndex.X));
        for (int i = Grid.GlobalIndex.X * Draws, end = i + Draws; i < end; i += 6)
        {
            results[i] = random.NextDouble();
            results[i + 1] = random.NextOpenDouble();
            results[i + 2] = random.NextExponential();
            results[i + 3] = random.NextGumbel();
            results[i + 4] = random.NextUInt32();
            results[i + 5] = random.Position;
        }
    }

    private static void Floats(RandomKey key, ulong block, ArrayView<float> singles, ArrayView<float> normals, ArrayView<double> doubles)
    {
        var random = new DeviceRandom(key, block);
        for (int i = 0; i < Draws; i += 4)
        {
            singles[i] = random.NextSingle();
            singles[i + 1] = random.NextOpenSingle();
            singles[i + 2] = random.NextSingleExponential();
            singles[i + 3] = random.NextSingleGumbel();
        }

        var normal = new DeviceRandom(key, block);
        for (int i = 0; i < Draws; i++)
            normals[i] = normal.NextSingleNormal();
        var wide = new DeviceRandom(key, block);
        for (int i = 0; i < Draws; i++)
            doubles[i] = wide.NextNormal();
    }

    [Theory]
    [InlineData(1u)]
    [InlineData(6u)]
    [InlineData(0xC0000001u)]
    public void Words_and_integers_are_those_of_the_processor(uint bound)
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<uint> results = device.Allocate<uint>(8 * Draws);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, uint, ArrayView<uint>>>(KernelTable.Of(typeof(RandomnessStreamTests), nameof(Words)));
        kernel(device.Accelerator.DefaultStream, new KernelConfig(2, 4), Key, bound, results.View);
        uint[] actual = results.ToArray();
        for (int thread = 0; thread < 8; thread++)
        {
            RandomStream stream = Key.Fold(thread).Stream();
            for (int i = 0; i < Draws; i++)
                Assert.Equal(i % 3 == 0 ? stream.NextUInt32() : stream.NextUInt32(bound), actual[(thread * Draws) + i]);
        }
    }

    [Fact]
    public void Doubles_are_those_of_the_processor()
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<double> results = device.Allocate<double>(4 * Draws);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ArrayView<double>>>(KernelTable.Of(typeof(RandomnessStreamTests), nameof(Doubles)));
        kernel(device.Accelerator.DefaultStream, new KernelConfig(1, 4), Key, results.View);
        double[] actual = results.ToArray();
        for (int thread = 0; thread < 4; thread++)
        {
            RandomStream stream = Key.Fold(thread).Stream();
            for (int i = thread * Draws; i < (thread + 1) * Draws; i += 6)
            {
                Assert.Equal(stream.NextDouble(), actual[i]);
                Assert.Equal(stream.NextOpenDouble(), actual[i + 1]);
                Assert.Equal(stream.NextExponential(), actual[i + 2]);
                Assert.Equal(stream.NextGumbel(), actual[i + 3]);
                Assert.Equal(stream.NextUInt32(), (uint)actual[i + 4]);
                Assert.Equal(stream.Position, (ulong)actual[i + 5]);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(77)]
    [InlineData(uint.MaxValue)]
    public void Floats_and_normal_numbers_are_those_of_the_fills(ulong block)
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<float> singles = device.Allocate<float>(Draws), normals = device.Allocate<float>(Draws);
        using GpuBuffer<double> doubles = device.Allocate<double>(Draws);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, RandomKey, ulong, ArrayView<float>, ArrayView<float>, ArrayView<double>>>(KernelTable.Of(typeof(RandomnessStreamTests), nameof(Floats)));
        kernel(device.Accelerator.DefaultStream, new KernelConfig(1, 1), Key, block, singles.View, normals.View, doubles.View);

        float[] uniform = new float[Draws], open = new float[Draws], exponential = new float[Draws], gumbel = new float[Draws], normal = new float[Draws];
        double[] wide = new double[Draws];
        RandomFill.Uniform(Key, uniform, 4 * block);
        RandomFill.UniformOpen(Key, open, 4 * block);
        RandomFill.Exponential(Key, exponential, 4 * block);
        RandomFill.Gumbel(Key, gumbel, 4 * block);
        RandomFill.Normal(Key, normal, 4 * block);
        RandomFill.Normal(Key, wide, 2 * block);
        float[] actual = singles.ToArray();
        for (int i = 0; i < Draws; i++)
            Assert.Equal((i % 4) switch { 0 => uniform[i], 1 => open[i], 2 => exponential[i], _ => gumbel[i] }, actual[i]);
        Assert.Equal(normal, normals.ToArray());
        Assert.Equal(wide, doubles.ToArray());
    }
}
