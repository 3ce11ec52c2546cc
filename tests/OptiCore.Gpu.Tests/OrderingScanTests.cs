using System.Numerics;
using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Devices;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>Prefix sums against sums from left to right.</summary>
public sealed class OrderingScanTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly int[] Lengths = [0, 1, 9, 257, 1024, 1025, 3000];

    public static IEnumerable<MethodInfo> Rows =>
        new[] { (typeof(int), typeof(Int32Sum)), (typeof(long), typeof(Int64Sum)), (typeof(float), typeof(SingleSum)), (typeof(double), typeof(DoubleSum)) }.SelectMany(pair => new[]
        {
            KernelTable.Of(typeof(ScanKernels), nameof(ScanKernels.Totals), pair.Item1, pair.Item2),
            KernelTable.Of(typeof(ScanKernels), nameof(ScanKernels.Tiles), pair.Item1, pair.Item2),
        });

    private delegate void Scan<T>(GpuDevice device, DeviceBuffer<T> x, DeviceBuffer<T> results) where T : unmanaged;

    [Fact]
    public void Sums_of_integers_are_exact()
    {
        foreach (int length in Lengths)
        {
            int[] x = new int[length];
            RandomFill.Bits(RandomKey.FromSeed((ulong)length), System.Runtime.InteropServices.MemoryMarshal.Cast<int, uint>(x.AsSpan()));
            Exact<int>(x, (d, a, b) => GpuScan.Inclusive(d, a, b), (d, a, b) => GpuScan.Exclusive(d, a, b));
            if (length is 9 or 1025)
                Exact<long>([.. x.Select(value => (long)value << 20)], (d, a, b) => GpuScan.Inclusive(d, a, b), (d, a, b) => GpuScan.Exclusive(d, a, b));
        }
    }

    [Fact]
    public void Levels_of_many_elements_join()
    {
        // A simulated device would take a minute for three levels; it does two.
        int[] x = new int[fixture.Device.IsSimulated ? 3500 : (1 << 20) + 1500];
        for (int i = 0; i < x.Length; i++)
            x[i] = i % 7;
        using DeviceBuffer<int> elements = fixture.Device.Upload<int>(x);
        GpuScan.Inclusive(fixture.Device, elements, elements);
        int sum = 0;
        int[] actual = elements.ToArray();
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(sum += x[i], actual[i]);
    }

    [Fact]
    public void Sums_of_whole_floating_point_numbers_are_exact() =>
        FsCheck.Check.One(Forall.Config.WithMaxTest(4), Prop.ForAll(Gen.Choose(0, 1500).SelectMany(length => Gen.Choose(-1000, 1000).ArrayOf(length)).ToArbitrary(), x =>
        {
            Exact<float>([.. x.Select(value => (float)value)], (d, a, b) => GpuScan.Inclusive(d, a, b), (d, a, b) => GpuScan.Exclusive(d, a, b));
            Exact<double>([.. x.Select(value => (double)value)], (d, a, b) => GpuScan.Inclusive(d, a, b), (d, a, b) => GpuScan.Exclusive(d, a, b));
        }));

    [Theory]
    [InlineData(1000, 1)]
    [InlineData(5000, 2)]
    public void Sums_of_floats_keep_the_stated_error_and_their_bits(int length, int levels)
    {
        float[] x = new float[length];
        RandomFill.Normal(RandomKey.FromSeed(5), x);
        float[] first = Results<float>(x, (d, a, b) => GpuScan.Inclusive(d, a, b));
        double sum = 0, magnitudes = 0;
        for (int i = 0; i < length; i++)
        {
            sum += x[i];
            magnitudes += Math.Abs(x[i]);
            Assert.True(Math.Abs(first[i] - sum) <= 20 * levels * Math.ScaleB(1, -24) * magnitudes * 1.001, $"element {i}: {first[i]} instead of {sum}");
        }

        Assert.Equal(first, Results<float>(x, (d, a, b) => GpuScan.Inclusive(d, a, b)));
    }

    [Fact]
    public void NaN_and_infinity_spread_to_what_follows_only()
    {
        double[] x = [.. Enumerable.Range(0, 2100).Select(i => i == 1500 ? double.PositiveInfinity : i == 1800 ? double.NaN : 1.0)];
        double[] sums = Results<double>(x, (d, a, b) => GpuScan.Inclusive(d, a, b));
        for (int i = 0; i < x.Length; i++)
            Assert.Equal(i < 1500 ? i + 1 : i < 1800 ? double.PositiveInfinity : double.NaN, sums[i]);
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        using GpuBuffer<int> two = fixture.Device.Allocate<int>(2), three = fixture.Device.Allocate<int>(3);
        Assert.Throws<ArgumentException>("results", () => GpuScan.Inclusive(fixture.Device, two, three));
    }

    private void Exact<T>(T[] x, Scan<T> inclusive, Scan<T> exclusive) where T : unmanaged, INumber<T>
    {
        T sum = T.Zero;
        var before = new T[x.Length];
        var upTo = new T[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            before[i] = sum;
            sum += x[i];
            upTo[i] = sum;
        }

        Assert.Equal(upTo, Results(x, inclusive));
        Assert.Equal(before, Results(x, exclusive));
    }

    /// <summary>The results into another buffer, which must be those in place.</summary>
    private T[] Results<T>(T[] x, Scan<T> scan) where T : unmanaged
    {
        using DeviceBuffer<T> elements = fixture.Device.Upload<T>(x), results = fixture.Device.Allocate<T>(x.Length);
        scan(fixture.Device, elements, results);
        T[] apart = results.ToArray();
        scan(fixture.Device, elements, elements);
        Assert.Equal(apart, elements.ToArray());
        return apart;
    }
}
