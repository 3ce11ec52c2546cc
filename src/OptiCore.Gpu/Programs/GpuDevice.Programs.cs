using OptiCore.Differentiation;

namespace OptiCore.Gpu;

public sealed partial class GpuDevice : IProgramDevice
{
    /// <inheritdoc/>
    DeviceReplay<T> IProgramDevice.Start<T>(Computation<T> computation)
    {
        ArgumentNullException.ThrowIfNull(computation);
        Guard();
        return new GpuProgram<T>(this, computation);
    }
}
