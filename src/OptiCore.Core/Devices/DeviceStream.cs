namespace OptiCore.Devices;

/// <summary>A queue of work on a device, done in order.</summary>
public abstract class DeviceStream : IDisposable
{
    /// <summary>The device.</summary>
    public abstract IDevice Device { get; }

    /// <summary>Waits until everything that was put on the stream is done.</summary>
    /// <exception cref="DeviceLostException">The device failed; its buffers are lost.</exception>
    public abstract void Synchronize();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the stream back, after its work is done.</summary>
    /// <param name="disposing">True, as streams have no finalizer.</param>
    protected abstract void Dispose(bool disposing);
}
