using OptiCore.Dynamics;
using OptiCore.Gpu;
using OptiCore.Numerics;

namespace OptiCore.GpuTour.Chapters;

/// <summary>angle'' = -9.81 sin(angle) - friction angle', the formula once for the processor's spans and a thread's registers.</summary>
internal readonly struct DampedPendulum : IRealSystem, IDeviceOde<DeviceVector2, DeviceVector1>
{
    public int Dimension => 2;

    public int ParameterCount => 1;

    public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy) where T : struct, IReal<T> => (dy[0], dy[1]) = (y[1], Pull(y[0], y[1], p[0]));

    public DeviceVector2 Derivative(DeviceReal t, DeviceVector2 y, DeviceVector1 p) => new(y.Y, Pull(y.X, y.Y, p.X));

    private static T Pull<T>(T angle, T speed, T friction) where T : struct, IReal<T> => (-9.81 * T.Sin(angle)) - (friction * speed);
}
