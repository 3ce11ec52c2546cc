using System.Numerics;
using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Devices;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>Reductions and softmax of rows, and places of extremes, against the processor's, bit for bit.</summary>
public sealed class ReductionsRowTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly (int Rows, int Columns)[] Shapes = [(1, 1), (3, 1), (5, 2), (9, 3), (4, 8), (3, 16), (7, 17), (2, 31), (3, 32), (2, 33), (3, 100), (2, 1029), (2, 4096), (2, 4097), (3, 9001), (1, 5000)];

    public static IEnumerable<MethodInfo> Rows => [.. Of<float, Lane32, SingleRowFunctions>(), .. Of<double, Lane64, DoubleRowFunctions>()];

    private delegate TResult Map<T, TResult>(ReadOnlySpan<T> row);

    [Fact]
    public void Rows_are_reduced_to_the_bits_of_the_processor()
    {
        Check<float, float>(x => Reduce.Sum(x), (d, x, c, r) => GpuReduce.SumRows(d, x, c, r), Same);
        Check<double, double>(x => Reduce.Sum(x), (d, x, c, r) => GpuReduce.SumRows(d, x, c, r), Same);
        Check<float, float>(x => Reduce.Max(x), (d, x, c, r) => GpuReduce.MaxRows(d, x, c, r), Same);
        Check<double, double>(x => Reduce.Max(x), (d, x, c, r) => GpuReduce.MaxRows(d, x, c, r), Same);
        Check<float, float>(x => Reduce.Min(x), (d, x, c, r) => GpuReduce.MinRows(d, x, c, r), Same);
        Check<double, double>(x => Reduce.Min(x), (d, x, c, r) => GpuReduce.MinRows(d, x, c, r), Same);
        Check<float, float>(x => Reduce.LogSumExp(x), (d, x, c, r) => GpuReduce.LogSumExpRows(d, x, c, r), Same);
        Check<double, double>(x => Reduce.LogSumExp(x), (d, x, c, r) => GpuReduce.LogSumExpRows(d, x, c, r), Same);
    }

    [Fact]
    public void Places_of_extremes_are_those_of_the_processor()
    {
        Check<float, int>(x => Reduce.ArgMax(x), (d, x, c, r) => GpuReduce.ArgMaxRows(d, x, c, r), (a, b) => a == b);
        Check<double, int>(x => Reduce.ArgMax(x), (d, x, c, r) => GpuReduce.ArgMaxRows(d, x, c, r), (a, b) => a == b);
        Check<float, int>(x => Reduce.ArgMin(x), (d, x, c, r) => GpuReduce.ArgMinRows(d, x, c, r), (a, b) => a == b);
        Check<double, int>(x => Reduce.ArgMin(x), (d, x, c, r) => GpuReduce.ArgMinRows(d, x, c, r), (a, b) => a == b);
        foreach (int length in (int[])[0, 1, 33, 4100])
        {
            foreach (double[] x in ReductionsTests.Contents<double>(length))
            {
                float[] singles = [.. x.Select(value => MathF.Round((float)value))];
                using DeviceBuffer<double> doubles = fixture.Device.Upload<double>(x);
                using DeviceBuffer<float> rounded = fixture.Device.Upload<float>(singles);
                Assert.Equal(Reduce.ArgMax<double>(x), GpuReduce.ArgMax(fixture.Device, doubles));
                Assert.Equal(Reduce.ArgMin<double>(x), GpuReduce.ArgMin(fixture.Device, doubles));
                Assert.Equal(Reduce.ArgMax<float>(singles), GpuReduce.ArgMax(fixture.Device, rounded));
                Assert.Equal(Reduce.ArgMin<float>(singles), GpuReduce.ArgMin(fixture.Device, rounded));
            }
        }
    }

    [Fact]
    public void Softmax_has_the_bits_of_the_processor()
    {
        CheckSoftmax<float>();
        CheckSoftmax<double>();
    }

    [Fact]
    public void Few_elements_of_any_content_have_the_bits_of_the_processor()
    {
        Gen<float> element = Gen.OneOf(
            Gen.Choose(int.MinValue, int.MaxValue).Select(BitConverter.Int32BitsToSingle), Gen.Choose(-300, 300).Select(i => i / 8.0f), Gen.Elements(0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity));
        Gen<float[]> rows = Gen.Choose(1, 40).SelectMany(length => element.ArrayOf(length));
        Forall.Check(Prop.ForAll(rows.ToArbitrary(), x =>
        {
            GpuDevice device = fixture.Device;
            using DeviceBuffer<float> elements = device.Upload<float>(x), results = device.Allocate<float>(x.Length);
            var expected = new float[x.Length];
            VectorMath.Softmax(x, expected);
            GpuSoftmax.Softmax(device, elements, x.Length, results);
            bool isSame = expected.Zip(results.ToArray()).All(pair => Same(pair.First, pair.Second));
            VectorMath.LogSoftmax<float>(x, expected);
            GpuSoftmax.LogSoftmax(device, elements, x.Length, results);
            isSame &= expected.Zip(results.ToArray()).All(pair => Same(pair.First, pair.Second));
            return isSame && Same(Reduce.Sum<float>(x), GpuReduce.Sum(device, elements)) && Same(Reduce.LogSumExp<float>(x), GpuReduce.LogSumExp(device, elements));
        }));
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<double> six = device.Allocate<double>(6), two = device.Allocate<double>(2);
        using GpuBuffer<int> places = device.Allocate<int>(3);
        Assert.Throws<ArgumentException>("x", () => GpuReduce.SumRows(device, six, 4, two));
        Assert.Throws<ArgumentException>("results", () => GpuReduce.SumRows(device, six, 2, two));
        Assert.Throws<ArgumentOutOfRangeException>("columns", () => GpuReduce.SumRows(device, six, 0, two));
        Assert.Throws<ArgumentException>("results", () => GpuReduce.ArgMaxRows(device, six, 3, places));
        Assert.Throws<ArgumentException>("destination", () => GpuSoftmax.Softmax(device, six, 3, two));
        Assert.Throws<ArgumentException>("x", () => GpuSoftmax.LogSoftmax(device, six, 4, six));
    }

    private static IEnumerable<MethodInfo> Of<T, L, TFunctions>()
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TFunctions : struct, IRowFunctions<L>
    {
        foreach (string name in (string[])[nameof(RowKernels.Softmax), nameof(RowKernels.LogSoftmax), nameof(RowKernels.LogSumExp)])
            yield return KernelTable.Of(typeof(RowKernels), name, typeof(T), typeof(L), typeof(TFunctions));
        foreach (Type map in (Type[])[typeof(MaxMap<T>), typeof(NegatedMaxMap<T>)])
            yield return KernelTable.Of(typeof(RowKernels), nameof(RowKernels.First), typeof(T), typeof(L), map);
        yield return KernelTable.Of(typeof(RowKernels), nameof(RowKernels.Find), typeof(T), typeof(L));
        foreach (Type step in (Type[])[typeof(ExpStep<L, TFunctions>), typeof(QuotientStep<T, L>), typeof(LogStep<L, TFunctions>)])
            yield return KernelTable.Of(typeof(RowKernels), nameof(RowKernels.Elements), typeof(T), typeof(L), step);
        foreach (string name in (string[])[nameof(ReductionKernels.Blocks), nameof(ReductionKernels.Join)])
        {
            yield return KernelTable.Of(typeof(ReductionKernels), name, typeof(T), typeof(L), typeof(MaxMap<T>), typeof(PlainMap<T, MaxMap<T>>), typeof(OriginEnd<L>));
            yield return KernelTable.Of(typeof(ReductionKernels), name, typeof(T), typeof(L), typeof(ShiftedExpMap<T>), typeof(MakeShiftedExp<T>), typeof(TotalEnd<L>));
        }
    }

    private static bool Same<T>(T a, T b) where T : unmanaged, IFloatingPointIeee754<T> => ReductionsTests.Same(a, b);

    /// <summary>Matrices whose first rows hold what isn't finite.</summary>
    private static IEnumerable<(T[] X, int Columns)> Matrices<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        foreach ((int rows, int columns) in Shapes)
        {
            T[] x = [.. ReductionsTests.Normals<T>(rows * columns, (ulong)((rows * 7919) + columns)).Select(value => value * T.CreateTruncating(20))];
            yield return (x, columns);
            if (columns is > 40 and not 4097)
                continue;
            foreach (T special in (T[])[T.NaN, T.PositiveInfinity, T.NegativeInfinity])
                yield return ([.. x.Select((value, i) => i == columns / 2 ? special : value)], columns);
            yield return ([.. x.Select((value, i) => i < columns ? T.NegativeInfinity : T.Round(value / T.CreateTruncating(20)))], columns);
        }
    }

    private void Check<T, TResult>(Map<T, TResult> processor, Action<GpuDevice, DeviceBuffer<T>, int, DeviceBuffer<TResult>> onDevice, Func<TResult, TResult, bool> isSame)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TResult : unmanaged
    {
        foreach ((T[] x, int columns) in Matrices<T>())
        {
            int rows = x.Length / columns;
            using DeviceBuffer<T> elements = fixture.Device.Upload<T>(x);
            using GpuBuffer<TResult> results = fixture.Device.Allocate<TResult>(rows);
            onDevice(fixture.Device, elements, columns, results);
            TResult[] actual = results.ToArray();
            for (int row = 0; row < rows; row++)
            {
                TResult expected = processor(x.AsSpan(row * columns, columns));
                Assert.True(isSame(expected, actual[row]), $"row {row} of {rows} of {columns}: {actual[row]} instead of {expected}");
            }
        }
    }

    private void CheckSoftmax<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        GpuDevice device = fixture.Device;
        foreach ((T[] x, int columns) in Matrices<T>())
        {
            using DeviceBuffer<T> elements = device.Upload<T>(x), results = device.Allocate<T>(x.Length);
            T[] softmax = new T[x.Length], logarithms = new T[x.Length];
            VectorMath.Softmax(x, columns, softmax);
            VectorMath.LogSoftmax(x, columns, logarithms);

            GpuSoftmax.Softmax(device, elements, columns, results);
            T[] actual = results.ToArray();
            for (int i = 0; i < x.Length; i++)
                Assert.True(Same(softmax[i], actual[i]), $"softmax, element {i} of rows of {columns}: {actual[i]} instead of {softmax[i]}");

            // In place.
            GpuSoftmax.LogSoftmax(device, elements, columns, elements);
            actual = elements.ToArray();
            for (int i = 0; i < x.Length; i++)
                Assert.True(Same(logarithms[i], actual[i]), $"log-softmax, element {i} of rows of {columns}: {actual[i]} instead of {logarithms[i]}");
        }
    }
}
