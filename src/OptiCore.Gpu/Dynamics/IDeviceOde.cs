namespace OptiCore.Gpu;

/// <summary>
/// A right-hand side y' = f(t, y, p) inside kernels. Implemented as a small struct. To solve the same system on the processor write the formula once over <see cref="OptiCore.Numerics.IReal{TSelf}"/> and call it from here and from an
/// <see cref="OptiCore.Dynamics.IRealSystem"/>:
/// <code>
/// readonly struct Oscillator : IDeviceOde&lt;DeviceVector2, DeviceVector1&gt;
/// {
///     public DeviceVector2 Derivative(DeviceReal t, DeviceVector2 y, DeviceVector1 p) => new(y.Y, -(p.X * y.X));
/// }
/// </code>
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
/// <typeparam name="TParameters">The parameters of a trajectory.</typeparam>
public interface IDeviceOde<TState, TParameters>
    where TState : unmanaged, IDeviceVector<TState>
    where TParameters : unmanaged, IDeviceVector<TParameters>
{
    /// <summary>f(t, y, p).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state.</param>
    /// <param name="p">The parameters.</param>
    TState Derivative(DeviceReal t, TState y, TParameters p);
}
