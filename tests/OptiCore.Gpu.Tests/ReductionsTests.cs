using System.Numerics;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Gpu.Tests;

/// <summary>Reductions on a device against the processor's, bit for bit.</summary>
public sealed class ReductionsTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    // Empty, parts of a register, of a block, one block, several, and as many as need two launches of joins on a simulated device.
    private static readonly int[] Lengths = [0, 1, 2, 15, 16, 31, 32, 33, 100, 511, 512, 513, 4095, 4096, 4097, 8192, 8193, 12293, 7 * 4096, (9 * 4096) + 17];

    public static IEnumerable<MethodInfo> Rows => [.. Of<float, Lane32, SingleRowFunctions>(), .. Of<double, Lane64, DoubleRowFunctions>()];

    private delegate T Processor<T>(ReadOnlySpan<T> x);

    [Fact]
    public void Sums_have_the_bits_of_the_processor()
    {
        Check<float>(x => Reduce.Sum(x), (d, x) => GpuReduce.Sum(d, x), (d, x, r) => GpuReduce.Sum(d, x, r), Lengths);
        Check<double>(x => Reduce.Sum(x), (d, x) => GpuReduce.Sum(d, x), (d, x, r) => GpuReduce.Sum(d, x, r), Lengths);
    }

    [Fact]
    public void Sums_of_very_many_blocks_have_the_bits_of_the_processor()
    {
        Check<float>(x => Reduce.Sum(x), (d, x) => GpuReduce.Sum(d, x), (d, x, r) => GpuReduce.Sum(d, x, r), [(257 * 4096) + 3]);
        Check<double>(x => Reduce.Sum(x), (d, x) => GpuReduce.Sum(d, x), (d, x, r) => GpuReduce.Sum(d, x, r), [(515 * 4096) + 3]);
    }

    [Fact]
    public void Groups_of_the_size_that_a_GPU_has_join_blocks_in_the_same_tree()
    {
        OneGroup<float, Lane32>((7 * 4096) + 5);
        OneGroup<double, Lane64>((13 * 4096) + 5);
    }

    [Fact]
    public void Inner_products_have_the_bits_of_the_processor()
    {
        Dots<float>();
        Dots<double>();
    }

    [Fact]
    public void Sums_of_squares_and_magnitudes_have_the_bits_of_the_processor()
    {
        int[] lengths = [0, 1, 33, 4097, 12293];
        Check<float>(x => Reduce.SumOfSquares(x), (d, x) => GpuReduce.SumOfSquares(d, x), (d, x, r) => GpuReduce.SumOfSquares(d, x, r), lengths);
        Check<double>(x => Reduce.SumOfSquares(x), (d, x) => GpuReduce.SumOfSquares(d, x), (d, x, r) => GpuReduce.SumOfSquares(d, x, r), lengths);
        Check<float>(x => Reduce.SumOfMagnitudes(x), (d, x) => GpuReduce.SumOfMagnitudes(d, x), (d, x, r) => GpuReduce.SumOfMagnitudes(d, x, r), lengths);
        Check<double>(x => Reduce.SumOfMagnitudes(x), (d, x) => GpuReduce.SumOfMagnitudes(d, x), (d, x, r) => GpuReduce.SumOfMagnitudes(d, x, r), lengths);
    }

    [Fact]
    public void Extremes_have_the_bits_of_the_processor()
    {
        int[] lengths = [0, 1, 31, 4097, 12293];
        Check<float>(x => Reduce.Max(x), (d, x) => GpuReduce.Max(d, x), (d, x, r) => GpuReduce.Max(d, x, r), lengths);
        Check<double>(x => Reduce.Max(x), (d, x) => GpuReduce.Max(d, x), (d, x, r) => GpuReduce.Max(d, x, r), lengths);
        Check<float>(x => Reduce.Min(x), (d, x) => GpuReduce.Min(d, x), (d, x, r) => GpuReduce.Min(d, x, r), lengths);
        Check<double>(x => Reduce.Min(x), (d, x) => GpuReduce.Min(d, x), (d, x, r) => GpuReduce.Min(d, x, r), lengths);
        Check<float>(x => Reduce.MaxNorm(x), (d, x) => GpuReduce.MaxNorm(d, x), (d, x, r) => GpuReduce.MaxNorm(d, x, r), lengths);
        Check<double>(x => Reduce.MaxNorm(x), (d, x) => GpuReduce.MaxNorm(d, x), (d, x, r) => GpuReduce.MaxNorm(d, x, r), lengths);
    }

    [Fact]
    public void Reductions_of_several_passes_have_the_bits_of_the_processor()
    {
        int[] lengths = [0, 1, 2, 33, 4097];
        Check<float>(x => Reduce.Norm(x), (d, x) => GpuReduce.Norm(d, x), (d, x, r) => GpuReduce.Norm(d, x, r), lengths);
        Check<double>(x => Reduce.Norm(x), (d, x) => GpuReduce.Norm(d, x), (d, x, r) => GpuReduce.Norm(d, x, r), lengths);
        Check<float>(x => Reduce.LogSumExp(x), (d, x) => GpuReduce.LogSumExp(d, x), (d, x, r) => GpuReduce.LogSumExp(d, x, r), lengths);
        Check<double>(x => Reduce.LogSumExp(x), (d, x) => GpuReduce.LogSumExp(d, x), (d, x, r) => GpuReduce.LogSumExp(d, x, r), lengths);
        Check<float>(x => Reduce.Mean(x), (d, x) => GpuReduce.Mean(d, x), (d, x, r) => GpuReduce.Mean(d, x, r), lengths);
        Check<double>(x => Reduce.Mean(x), (d, x) => GpuReduce.Mean(d, x), (d, x, r) => GpuReduce.Mean(d, x, r), lengths);
        Check<float>(x => Reduce.Variance(x), (d, x) => GpuReduce.Variance(d, x), (d, x, r) => GpuReduce.Variance(d, x, r), lengths);
        Check<double>(x => Reduce.Variance(x, false), (d, x) => GpuReduce.Variance(d, x, false), (d, x, r) => GpuReduce.Variance(d, x, r, false), lengths);
    }

    [Theory]
    [InlineData(1e-30, 40)]
    [InlineData(1e30, 40)]
    [InlineData(3e38, 3)]
    [InlineData(1e-45, 40)]
    [InlineData(0.0, 40)]
    public void Norms_out_of_the_squares_range_have_the_bits_of_the_processor(double scale, int length)
    {
        float[] x = [.. Normals<double>(length, 3).Select(value => (float)(Math.Clamp(value, -1, 1) * scale))];
        double[] wide = [.. x.Select(value => value * scale * scale * scale * scale * scale * scale * scale)];
        using DeviceBuffer<float> singles = fixture.Device.Upload<float>(x);
        using DeviceBuffer<double> doubles = fixture.Device.Upload<double>(wide);

        Assert.Equal(Reduce.Norm<float>(x), GpuReduce.Norm(fixture.Device, singles));
        Assert.Equal(Reduce.Norm<double>(wide), GpuReduce.Norm(fixture.Device, doubles));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<double> two = device.Allocate<double>(2), three = device.Allocate<double>(3);
        using GpuBuffer<System.Half> halves = device.Allocate<System.Half>(2);
        Assert.Throws<ArgumentException>("result", () => GpuReduce.Sum(device, two, three));
        Assert.Throws<ArgumentException>("y", () => GpuReduce.Dot(device, two, three));
        Assert.Throws<NotSupportedException>(() => GpuReduce.Sum(device, halves));
        Assert.Throws<ArgumentNullException>("x", () => GpuReduce.Sum<double>(device, null!));
    }

    [Fact]
    public void Further_streams_give_the_same_bits_and_nothing_is_allocated_on_the_own_one()
    {
        GpuDevice device = fixture.Device;
        double[] x = Normals<double>(5000, 2);
        using DeviceBuffer<double> elements = device.Upload<double>(x);
        using GpuBuffer<double> result = device.Allocate<double>(1);
        using DeviceStream stream = device.CreateStream();
        GpuReduce.Variance(device, elements, result, true, stream);
        stream.Synchronize();
        Assert.Equal(Reduce.Variance<double>(x), result.ToArray()[0]);

        GpuReduce.Variance(device, elements, result);
        long used = device.AllocatedBytes;
        GpuReduce.Variance(device, elements, result);
        Assert.Equal(used, device.AllocatedBytes);
        Assert.Equal(Reduce.Variance<double>(x), result.ToArray()[0]);
    }

    internal static T[] Normals<T>(int length, ulong seed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var values = new double[length];
        RandomFill.Normal(RandomKey.FromSeed(seed), values);
        return Array.ConvertAll(values, value => T.CreateTruncating(value));
    }

    /// <summary>Normal numbers, and the same with what isn't finite, with zeros of both signs, and with numbers of very different size.</summary>
    internal static IEnumerable<T[]> Contents<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] plain = Normals<T>(length, (ulong)length + 1);
        yield return plain;
        if (length is 0 or > 5000)
            yield break;
        int middle = length / 2;
        foreach (T special in (T[])[T.NaN, T.PositiveInfinity, T.NegativeInfinity, T.BitDecrement(T.PositiveInfinity), T.Epsilon])
            yield return [.. plain.Select((value, i) => i == middle ? special : value)];
        yield return [.. plain.Select((_, i) => i % 3 == 0 ? T.Zero : T.NegativeZero)];
        yield return [.. plain.Select((value, i) => i % 2 == 0 ? T.PositiveInfinity : T.NegativeInfinity)];
        yield return [.. plain.Select((value, i) => T.ScaleB(value, (i * 7 % 100) - 50))];
    }

    internal static bool Same<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => T.IsNaN(a) ? T.IsNaN(b) : a == b && T.IsNegative(a) == T.IsNegative(b);

    private static IEnumerable<MethodInfo> Of<T, L, TFunctions>()
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        (Type Map, Type Maker, Type End)[] passes =
        [
            (typeof(SumMap<T>), typeof(PlainMap<T, SumMap<T>>), typeof(TotalEnd<L>)),
            (typeof(ProductMap<T>), typeof(PairMap<T, ProductMap<T>>), typeof(TotalEnd<L>)),
            (typeof(ProductMap<T>), typeof(PlainMap<T, ProductMap<T>>), typeof(TotalEnd<L>)),
            (typeof(MagnitudeSumMap<T>), typeof(PlainMap<T, MagnitudeSumMap<T>>), typeof(TotalEnd<L>)),
            (typeof(MagnitudeMap<T>), typeof(PlainMap<T, MagnitudeMap<T>>), typeof(TotalEnd<L>)),
            (typeof(MaxMap<T>), typeof(PlainMap<T, MaxMap<T>>), typeof(TotalEnd<L>)),
            (typeof(NegatedMaxMap<T>), typeof(PlainMap<T, NegatedMaxMap<T>>), typeof(NegatedEnd<T, L>)),
            (typeof(ProductMap<T>), typeof(PlainMap<T, ProductMap<T>>), typeof(NormEnd<T, L>)),
            (typeof(MagnitudeMap<T>), typeof(FurtherMap<T, MagnitudeMap<T>>), typeof(MagnitudeEnd<T, L>)),
            (typeof(ScaledSquareMap<T>), typeof(MakeScaledSquare<T>), typeof(ScaledNormEnd<T, L>)),
            (typeof(MaxMap<T>), typeof(PlainMap<T, MaxMap<T>>), typeof(LargestEnd<T, L>)),
            (typeof(ShiftedExpMap<T>), typeof(MakeShiftedExp<T>), typeof(LogSumExpEnd<T, L, TFunctions>)),
            (typeof(SumMap<T>), typeof(PlainMap<T, SumMap<T>>), typeof(MeanEnd<T, L>)),
            (typeof(DifferenceMap<T>), typeof(MakeDifference<T>), typeof(CorrectedMeanEnd<T, L>)),
            (typeof(SumMap<T>), typeof(PlainMap<T, SumMap<T>>), typeof(OrNaNEnd<T, L, MeanEnd<T, L>>)),
            (typeof(DifferenceMap<T>), typeof(MakeDifference<T>), typeof(OrNaNEnd<T, L, CorrectedMeanEnd<T, L>>)),
            (typeof(SquaredDifferenceMap<T>), typeof(MakeSquaredDifference<T>), typeof(VarianceEnd<T, L>)),
        ];
        foreach ((Type map, Type maker, Type end) in passes)
        {
            yield return KernelTable.Of(typeof(ReductionKernels), nameof(ReductionKernels.Blocks), typeof(T), typeof(L), map, maker, end);
            yield return KernelTable.Of(typeof(ReductionKernels), nameof(ReductionKernels.Join), typeof(T), typeof(L), map, maker, end);
        }

        foreach ((Type map, Type maker, Type end) in passes.Take(7))
            yield return KernelTable.Of(typeof(ReductionKernels), nameof(ReductionKernels.Rows), typeof(T), typeof(L), map, maker, end);
    }

    private void Check<T>(Processor<T> processor, Func<GpuDevice, DeviceBuffer<T>, T> value, Action<GpuDevice, DeviceBuffer<T>, DeviceBuffer<T>> result, int[] lengths)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<T> one = device.Allocate<T>(1);
        foreach (int length in lengths)
        {
            foreach (T[] x in Contents<T>(length))
            {
                T expected = processor(x);
                using DeviceBuffer<T> elements = device.Upload<T>(x);
                result(device, elements, one);
                T actual = one.ToArray()[0];
                Assert.True(Same(expected, actual), $"{length} elements: {actual} instead of {expected}");
                if (length < 64)
                    Assert.True(Same(expected, value(device, elements)), $"{length} elements");
            }
        }
    }

    private void OneGroup<T, L>(int length)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
    {
        GpuDevice device = fixture.Device;
        T[] x = Normals<T>(length, 21);
        using var elements = (GpuBuffer<T>)device.Upload<T>(x);
        using GpuBuffer<T> result = device.Allocate<T>(1), passed = device.Allocate<T>(1);
        using GpuBuffer<int> goesOn = device.Allocate<int>(1);
        var kernel = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, long, long, long, ArrayView<L>, EndNumbers<L>, ArrayView<L>, ArrayView<L>, ArrayView<int>>>(
            ReductionKernels.Blocks<T, L, SumMap<T>, PlainMap<T, SumMap<T>>, TotalEnd<L>>);
        ArrayView<L> view = elements.Registers<L>(), one = result.Registers<L>();
        kernel(device.Accelerator.DefaultStream, new KernelConfig(1, 256), view, view, 1, length, 1, one, default, one, passed.Registers<L>(), goesOn.View);
        Assert.Equal(Reduce.Sum<T>(x), result.ToArray()[0]);
    }

    private void Dots<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach (int length in (int[])[0, 1, 31, 33, 4096, 12293])
        {
            T[] x = Normals<T>(length, 11), y = Normals<T>(length, 12);
            using DeviceBuffer<T> a = fixture.Device.Upload<T>(x), b = fixture.Device.Upload<T>(y);
            Assert.Equal(Reduce.Dot<T>(x, y), GpuReduce.Dot(fixture.Device, a, b));
        }
    }
}
