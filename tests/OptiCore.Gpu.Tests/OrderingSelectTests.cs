using System.Reflection;
using OptiCore.Devices;
using OptiCore.Randomness;

namespace OptiCore.Gpu.Tests;

/// <summary>Counts and selections against loops on the processor.</summary>
public sealed class OrderingSelectTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(SelectionKernels), nameof(SelectionKernels.Count)),
        KernelTable.Of(typeof(SelectionKernels), nameof(SelectionKernels.Ones)),
        KernelTable.Of(typeof(SelectionKernels), nameof(SelectionKernels.Indices)),
    ];

    [Theory]
    [InlineData(0, 3)]
    [InlineData(500, 7)]
    [InlineData(500, 3000)]
    public void Counts_are_those_of_a_loop(int length, int values)
    {
        int[] items = new int[length];
        RandomFill.Integers(RandomKey.FromSeed(3), values + 2, items);
        int[] expected = new int[values];
        for (int i = 0; i < length; i++)
        {
            items[i]--;
            if (items[i] >= 0 && items[i] < values)
                expected[items[i]]++;
        }

        using DeviceBuffer<int> buffer = fixture.Device.Upload<int>(items), counts = fixture.Device.Allocate<int>(values);
        GpuSelect.Count(fixture.Device, buffer, counts);
        GpuSelect.Count(fixture.Device, buffer, counts);
        Assert.Equal(expected, counts.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(33)]
    [InlineData(2500)]
    public void Indices_are_those_of_the_marked_items(int length)
    {
        int[] marks = new int[length];
        RandomFill.Integers(RandomKey.FromSeed(4), 3, marks);
        int[] expected = [.. Enumerable.Range(0, length).Where(i => marks[i] != 0)];
        using DeviceBuffer<int> buffer = fixture.Device.Upload<int>(marks), indices = fixture.Device.Allocate<int>(length), count = fixture.Device.Allocate<int>(1);
        GpuSelect.Indices(fixture.Device, buffer, indices, count);
        Assert.Equal(expected.Length, count.ToArray()[0]);
        Assert.Equal(expected, indices.ToArray()[..expected.Length]);
    }

    [Fact]
    public void Wrong_lengths_are_named()
    {
        using GpuBuffer<int> two = fixture.Device.Allocate<int>(2), one = fixture.Device.Allocate<int>(1);
        Assert.Throws<ArgumentException>("indices", () => GpuSelect.Indices(fixture.Device, two, one, one));
        Assert.Throws<ArgumentException>("count", () => GpuSelect.Indices(fixture.Device, two, two, two));
    }
}
