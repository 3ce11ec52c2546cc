using OptiCore.Devices;

namespace OptiCore.Gpu.Tests;

/// <summary>The device on which the tests of a class run: ILGPU's simulation, or a GPU where the environment variable OPTICORE_GPU is 1.</summary>
public sealed class SimulatedDevice : IDisposable
{
    public GpuDevice Device { get; } = Environment.GetEnvironmentVariable("OPTICORE_GPU") == "1" ? GpuDevices.Open() : GpuDevices.Simulate();

    public void Dispose() => Device.Dispose();
}
