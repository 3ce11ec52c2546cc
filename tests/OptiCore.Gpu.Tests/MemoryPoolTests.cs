using System.Runtime.CompilerServices;
using OptiCore.Devices;

namespace OptiCore.Gpu.Tests;

public sealed class MemoryPoolTests
{
    [Fact]
    public void The_memory_of_buffers_that_nobody_disposed_is_used_again()
    {
        using GpuDevice device = GpuDevices.Simulate();
        Forget(device);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        for (int i = 0; i < 5; i++)
        {
            using DeviceBuffer<double> first = device.Upload<double>([1, 2]), second = device.Upload<double>([3, 4]);
            Assert.Equal([1, 2], first.ToArray());
            Assert.Equal([3, 4], second.ToArray());
        }

        Assert.Equal(0, device.AllocatedBytes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget(GpuDevice device)
    {
        for (int i = 0; i < 10; i++)
            device.Upload<double>([1, 2]);
    }
}
