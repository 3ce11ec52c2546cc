using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu.Tests;

/// <summary>Memory, streams, copies and errors.</summary>
public sealed class DeviceTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    public static IEnumerable<MethodInfo> Rows => [KernelTable.Of(typeof(DeviceTests), nameof(Double))];

    public static TheoryData<bool> OnProcessor => [true, false];

    [Theory]
    [MemberData(nameof(OnProcessor))]
    public void Numbers_go_to_a_device_and_come_back(bool onProcessor)
    {
        using var cpu = new CpuDevice();
        IDevice device = onProcessor ? cpu : fixture.Device;
        float[] numbers = [1, 2, 3, 4, 5];
        using DeviceBuffer<float> a = device.Upload<float>(numbers), b = device.Zeros<float>(5);
        Assert.Equal(numbers, a.ToArray());
        Assert.Equal(new float[5], b.ToArray());
        b.CopyFrom([7, 8], offset: 2);
        var part = new float[3];
        b.CopyTo(part, offset: 1);
        Assert.Equal([0, 7, 8], part);
        b.CopyFrom(a);
        Assert.Equal(numbers, b.ToArray());
        using HostBuffer<float> host = device.AllocateHost<float>(5);
        using DeviceStream stream = device.CreateStream();
        host.Span.Fill(9);
        b.CopyFromAsync(host, stream);
        stream.Synchronize();
        host.Span.Clear();
        b.CopyToAsync(host, stream);
        stream.Synchronize();
        Assert.Equal([9, 9, 9, 9, 9], host.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(OnProcessor))]
    public void Mistakes_are_refused_with_the_reason(bool onProcessor)
    {
        using var cpu = new CpuDevice();
        using GpuDevice other = GpuDevices.Simulate();
        IDevice device = onProcessor ? cpu : fixture.Device;
        using DeviceBuffer<double> a = device.Allocate<double>(3), b = device.Allocate<double>(4), elsewhere = other.Allocate<double>(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Allocate<double>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.CopyFrom([1, 2], offset: 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => a.CopyTo(new double[4]));
        Assert.Throws<ArgumentException>(() => a.CopyFrom(b));
        Assert.Throws<ArgumentException>(() => a.CopyFrom(elsewhere));
        a.Dispose();
        a.Dispose();
        Assert.Throws<ObjectDisposedException>(() => a.ToArray());
    }

    [Fact]
    public void Ten_thousand_buffers_leave_nothing_behind()
    {
        using GpuDevice device = GpuDevices.Simulate();
        for (int i = 0; i < 10_000; i++)
        {
            using GpuBuffer<float> buffer = device.Allocate<float>(1 + (i % 3000));
            Assert.True(device.AllocatedBytes >= buffer.Length * sizeof(float));
        }

        Assert.Equal(0, device.AllocatedBytes);

        // One piece for each size in which memory comes: 3000 floats need no more than six doublings in quarters.
        Assert.InRange(device.KeptBytes, 1, 24 * 12_288);
        device.Trim();
        Assert.Equal(0, device.KeptBytes);
    }

    [Fact]
    public void Memory_that_is_given_back_is_used_again()
    {
        using GpuDevice device = GpuDevices.Simulate();
        device.Allocate<int>(1000).Dispose();
        long kept = device.KeptBytes;
        using GpuBuffer<int> again = device.Allocate<int>(1000);
        Assert.Equal(0, device.KeptBytes);
        Assert.Equal(kept, device.AllocatedBytes);
    }

    [Fact]
    public void Too_large_a_buffer_leaves_the_others_usable()
    {
        using GpuDevice device = GpuDevices.Simulate(memoryLimit: 1 << 20);
        using GpuBuffer<byte> first = device.Allocate<byte>(700_000);
        DeviceOutOfMemoryException e = Assert.Throws<DeviceOutOfMemoryException>(() => device.Allocate<byte>(700_000));
        Assert.Contains("1,048,576", e.Message, StringComparison.Ordinal);
        first.Clear();
        Assert.Equal(0, first.ToArray()[^1]);
        first.Dispose();

        // What is kept makes place.
        using GpuBuffer<byte> second = device.Allocate<byte>(900_000);
        Assert.Equal(900_000, second.Length);
    }

    [Fact]
    public void A_kernel_that_cannot_be_compiled_leaves_the_device_usable()
    {
        using GpuDevice device = GpuDevices.Simulate();
        using DeviceBuffer<int> numbers = device.Upload<int>([1, 2, 3]);
        KernelCompilationException e = Assert.Throws<KernelCompilationException>(() => device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>>>(Impossible));
        Assert.Contains(nameof(Impossible), e.Message, StringComparison.Ordinal);
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<int>>>(Double);
        launch(device.Accelerator.DefaultStream, new KernelConfig(1, 3), device.View(numbers));
        Assert.Equal([2, 4, 6], numbers.ToArray());
    }

    [Fact]
    public void A_lost_device_says_so_from_then_on()
    {
        GpuDevice device = GpuDevices.Simulate();
        GpuBuffer<int> buffer = device.Allocate<int>(3);
        Exception reported = device.Translate(new InvalidOperationException("The launch failed."));
        Assert.IsType<DeviceLostException>(reported);
        DeviceLostException e = Assert.Throws<DeviceLostException>(() => buffer.ToArray());
        Assert.Contains("The launch failed.", e.Message, StringComparison.Ordinal);
        Assert.Throws<DeviceLostException>(() => device.Allocate<int>(1));
        buffer.Dispose();
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => device.Allocate<int>(1));
    }

    [Fact]
    public void Where_there_is_no_GPU_only_the_one_who_asks_gets_the_processor()
    {
        if (GpuDevices.Names.Count > 0)
            Assert.Skip("There is a GPU here.");
        DeviceUnavailableException e = Assert.Throws<DeviceUnavailableException>(() => GpuDevices.Open());
        Assert.Contains("OpenOrCpu", e.Message, StringComparison.Ordinal);
        using IDevice device = GpuDevices.OpenOrCpu(out string? reason);
        Assert.IsType<CpuDevice>(device);
        Assert.Equal(e.Message, reason);
    }

    private static void Double(ArrayView<int> numbers) => numbers[Group.IdxX] *= 2;

    private static void Impossible(ArrayView<int> numbers) => numbers[0] = int.Parse("1", System.Globalization.CultureInfo.InvariantCulture);
}
