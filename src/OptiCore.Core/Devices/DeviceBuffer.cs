namespace OptiCore.Devices;

/// <summary>Numbers that lie on a device.</summary>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>Copies that name no stream are put on the device's own (<see cref="IDevice.Stream"/>). A buffer that nobody disposes is given back when the garbage collector finds it.</remarks>
public abstract class DeviceBuffer<T> : IDisposable where T : unmanaged
{
    /// <summary>The device.</summary>
    public abstract IDevice Device { get; }

    /// <summary>The number of elements.</summary>
    public abstract long Length { get; }

    /// <summary>Copies numbers of the host into the buffer. When this returns the source may be changed.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="offset">The element of the buffer at which they begin.</param>
    /// <param name="stream">The stream in whose order this happens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The numbers don't fit.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public abstract void CopyFrom(ReadOnlySpan<T> source, long offset = 0, DeviceStream? stream = null);

    /// <summary>Copies numbers of the buffer to the host, after waiting for what comes before on the stream.</summary>
    /// <param name="destination">Where they go; its length says how many.</param>
    /// <param name="offset">The element of the buffer at which they begin.</param>
    /// <param name="stream">The stream in whose order this happens.</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer hasn't as many.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public abstract void CopyTo(Span<T> destination, long offset = 0, DeviceStream? stream = null);

    /// <summary>Copies another buffer of the same device, on the device.</summary>
    /// <param name="source">The buffer.</param>
    /// <param name="stream">The stream in whose order this happens.</param>
    /// <exception cref="ArgumentException">The buffer lies on another device or has another length.</exception>
    public abstract void CopyFrom(DeviceBuffer<T> source, DeviceStream? stream = null);

    /// <summary>Puts a copy of numbers of the host on the stream and returns; they must not be changed before the stream is synchronised.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="stream">The stream.</param>
    /// <exception cref="ArgumentException">The host's memory belongs to another device or has another length.</exception>
    public abstract void CopyFromAsync(HostBuffer<T> source, DeviceStream stream);

    /// <summary>Puts a copy to the host on the stream and returns; the numbers are there once the stream is synchronised.</summary>
    /// <param name="destination">Where they go.</param>
    /// <param name="stream">The stream.</param>
    /// <exception cref="ArgumentException">The host's memory belongs to another device or has another length.</exception>
    public abstract void CopyToAsync(HostBuffer<T> destination, DeviceStream stream);

    /// <summary>Sets all bytes to 0.</summary>
    /// <param name="stream">The stream in whose order this happens.</param>
    public abstract void Clear(DeviceStream? stream = null);

    /// <summary>The numbers, in a new array.</summary>
    /// <exception cref="OverflowException">There are more than an array can hold.</exception>
    public T[] ToArray()
    {
        var result = new T[checked((int)Length)];
        CopyTo(result);
        return result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">False when called by the garbage collector.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Throws unless the buffer has so many elements from there on.</summary>
    /// <param name="offset">The first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <param name="name">The argument whose numbers they are.</param>
    /// <exception cref="ArgumentOutOfRangeException">It hasn't.</exception>
    protected void CheckRange(long offset, long count, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (count > Length - offset)
            throw new ArgumentOutOfRangeException(name, $"{count} elements from {offset} on don't lie in a buffer of {Length}.");
    }
}

/// <summary>Memory of the host that doesn't move, so that a device copies it by itself.</summary>
/// <typeparam name="T">The element.</typeparam>
public abstract class HostBuffer<T> : IDisposable where T : unmanaged
{
    /// <summary>The device.</summary>
    public abstract IDevice Device { get; }

    /// <summary>The numbers.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public abstract Span<T> Span { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">False when called by the garbage collector.</param>
    protected abstract void Dispose(bool disposing);
}
