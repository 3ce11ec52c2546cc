using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>Launchers that belong together, loaded when first needed and kept as long as the device.</summary>
/// <typeparam name="TSelf">The class.</typeparam>
internal interface IKernelSet<TSelf> where TSelf : class, IKernelSet<TSelf>
{
    /// <summary>Loads the launchers.</summary>
    static abstract TSelf Load(GpuDevice device);
}

/// <content>What the families of kernels share on the host.</content>
public sealed partial class GpuDevice
{
    private readonly Dictionary<Type, object> _sets = [];

    /// <summary>The device's launchers of a family.</summary>
    internal TSet Set<TSet>() where TSet : class, IKernelSet<TSet>
    {
        Guard();
        if (_sets.TryGetValue(typeof(TSet), out object? known))
            return (TSet)known;
        TSet loaded = TSet.Load(this);
        _sets.Add(typeof(TSet), loaded);
        return loaded;
    }

    /// <summary>A buffer of this device as what it is.</summary>
    /// <exception cref="ArgumentException">It lies on another device.</exception>
    internal GpuBuffer<T> Own<T>(DeviceBuffer<T> buffer) where T : unmanaged
    {
        View(buffer);
        return (GpuBuffer<T>)buffer;
    }
}
