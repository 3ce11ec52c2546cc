using System.Reflection;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Devices;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Gpu.Tests;

/// <summary>Sorting on a device against the processor's stable sort.</summary>
public sealed class OrderingSortTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        .. new[] { (typeof(uint), typeof(UInt32Key)), (typeof(uint), typeof(Int32Key)), (typeof(uint), typeof(SingleKey)), (typeof(ulong), typeof(DoubleKey)) }.SelectMany(pair => new[]
        {
            KernelTable.Of(typeof(SortKernels), nameof(SortKernels.Count), pair.Item1, pair.Item2),
            KernelTable.Of(typeof(SortKernels), nameof(SortKernels.Scatter), pair.Item1, pair.Item2),
        }),
        KernelTable.Of(typeof(SortKernels), nameof(SortKernels.Number)),
    ];

    private delegate void Sort<T>(GpuDevice device, DeviceBuffer<T> keys, bool isDescending) where T : unmanaged;

    private delegate void SortPairs<T>(GpuDevice device, DeviceBuffer<T> keys, DeviceBuffer<int> items, bool isDescending) where T : unmanaged;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1024)]
    [InlineData(2500)]
    public void Words_come_out_in_order_with_what_belongs_to_them(int length)
    {
        uint[] words = Words(length);
        Check(words, Comparer<uint>.Default.Compare, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
    }

    [Fact]
    public void Integers_come_out_in_order_with_what_belongs_to_them()
    {
        uint[] words = Words(100);
        Check(Array.ConvertAll(words, word => (int)word), Comparer<int>.Default.Compare, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
        Check(Array.ConvertAll(words, word => (int)(word % 16) - 8), Comparer<int>.Default.Compare, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
    }

    [Fact]
    public void Floats_and_doubles_of_any_bits_come_out_in_order_with_what_belongs_to_them()
    {
        uint[] words = Words(100);
        float[] singles = [.. words.Select(BitConverter.UInt32BitsToSingle).Where(value => !float.IsNaN(value))];
        double[] doubles = [.. words.Select((word, i) => BitConverter.UInt64BitsToDouble(((ulong)word << 32) | (uint)(i * 40503))).Where(value => !double.IsNaN(value))];
        Check(singles, Singles, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
        Check(doubles, Doubles, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
    }

    [Fact]
    public void Few_numbers_with_repetitions_and_what_is_not_finite_are_sorted_stably()
    {
        Gen<float> element = Gen.Elements(0f, -0f, 1f, -1f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, -float.Epsilon, 2.5f);
        FsCheck.Check.One(Forall.Config.WithMaxTest(3), Prop.ForAll(Gen.Choose(2, 300).SelectMany(length => element.ArrayOf(length)).ToArbitrary(), x =>
        {
            Check(x, Singles, (d, k, r) => GpuSort.Sort(d, k, r), (d, k, i, r) => GpuSort.SortPairs(d, k, i, r));
        }));
    }

    [Fact]
    public void NaN_is_first_as_in_arrays_and_last_in_descending_order()
    {
        float positive = BitConverter.UInt32BitsToSingle(0x7FC00000);
        float[] x = [3, positive, float.NegativeInfinity, float.NaN, -2, float.PositiveInfinity];
        using DeviceBuffer<float> keys = fixture.Device.Upload<float>(x);
        GpuSort.Sort(fixture.Device, keys);
        Array.Sort(x);
        Assert.Equal(x, keys.ToArray());
        Assert.All(keys.ToArray().Take(2), nan => Assert.Equal(float.NaN, nan));
        GpuSort.Sort(fixture.Device, keys, isDescending: true);
        Array.Reverse(x);
        Assert.Equal(x, keys.ToArray());
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        using GpuBuffer<int> two = fixture.Device.Allocate<int>(2), three = fixture.Device.Allocate<int>(3);
        Assert.Throws<ArgumentException>("items", () => GpuSort.SortPairs(fixture.Device, two, three));
        Assert.Throws<ArgumentNullException>("items", () => GpuSort.SortPairs(fixture.Device, two, null!));
    }

    private static uint[] Words(int length)
    {
        uint[] words = new uint[length];
        RandomFill.Bits(RandomKey.FromSeed((ulong)length), words);
        return words;
    }

    // NaN before all, as CompareTo has it; of zeros the negative one first.
    private static int Singles(float a, float b) => a == 0 && b == 0 ? float.IsNegative(b).CompareTo(float.IsNegative(a)) : a.CompareTo(b);

    private static int Doubles(double a, double b) => a == 0 && b == 0 ? double.IsNegative(b).CompareTo(double.IsNegative(a)) : a.CompareTo(b);

    private void Check<T>(T[] x, Comparison<T> compare, Sort<T> sort, SortPairs<T> sortPairs) where T : unmanaged
    {
        GpuDevice device = fixture.Device;
        foreach (bool isDescending in (bool[])[false, true])
        {
            int[] order = [.. Enumerable.Range(0, x.Length).Order(Comparer<int>.Create((i, j) => compare(x[i], x[j]) is var sign && sign == 0 ? i.CompareTo(j) : isDescending ? -sign : sign))];
            T[] expected = Array.ConvertAll(order, i => x[i]);
            using DeviceBuffer<T> keys = device.Upload<T>(x), again = device.Upload<T>(x);
            if (!isDescending)
            {
                sort(device, keys, isDescending);
                Assert.Equal(expected, keys.ToArray());
            }

            using GpuBuffer<int> items = device.Allocate<int>(x.Length);
            GpuSort.Number(device, items);
            sortPairs(device, again, items, isDescending);
            Assert.Equal(expected, again.ToArray());
            Assert.Equal(order, items.ToArray());
        }
    }
}
