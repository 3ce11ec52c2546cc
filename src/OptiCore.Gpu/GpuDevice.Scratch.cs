using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <content>Memory that one call of a kernel's host part needs between its launches.</content>
public sealed partial class GpuDevice
{
    private readonly Dictionary<Type, IDisposable> _scratch = [];

    /// <summary>
    /// Memory of any content for the launches of one call. On the device's own stream, where what comes next waits for it anyway, it is kept for the next call, so that nothing is allocated; on others it is taken
    /// from the pool and given back.
    /// </summary>
    /// <param name="stream">The stream; null for the device's own.</param>
    /// <param name="length">The elements.</param>
    internal ScratchLease<T> Scratch<T>(DeviceStream? stream, long length) where T : unmanaged
    {
        if (Native(stream) != _stream.Native)
            return new ScratchLease<T>(Allocate<T>(length), isOwn: true);
        GpuBuffer<T>? kept = _scratch.TryGetValue(typeof(T), out IDisposable? known) ? (GpuBuffer<T>)known : null;
        if (kept is null || kept.Length < length)
        {
            kept?.Dispose();
            _scratch.Remove(typeof(T));
            kept = Allocate<T>(Math.Max(1024, length));
            _scratch.Add(typeof(T), kept);
        }

        return new ScratchLease<T>(kept, isOwn: false);
    }
}

/// <summary>Memory that is given back when the call that needed it has launched its kernels.</summary>
internal readonly ref struct ScratchLease<T>(GpuBuffer<T> buffer, bool isOwn) : IDisposable where T : unmanaged
{
    public readonly GpuBuffer<T> Buffer = buffer;

    public void Dispose()
    {
        if (isOwn)
            Buffer.Dispose();
    }
}
