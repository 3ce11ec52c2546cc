namespace OptiCore.Devices;

/// <summary>Something that a device couldn't do.</summary>
public class DeviceException : Exception
{
    /// <summary>An exception without a message.</summary>
    public DeviceException()
    {
    }

    /// <summary>An exception.</summary>
    /// <param name="message">What happened, on which device, and what can be done.</param>
    public DeviceException(string message)
        : base(message)
    {
    }

    /// <summary>An exception with what the device's driver said.</summary>
    /// <param name="message">What happened, on which device, and what can be done.</param>
    /// <param name="innerException">The driver's or compiler's own exception.</param>
    public DeviceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>There is no device of the kind that was asked for.</summary>
public sealed class DeviceUnavailableException : DeviceException
{
    /// <inheritdoc/>
    public DeviceUnavailableException()
    {
    }

    /// <inheritdoc/>
    public DeviceUnavailableException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public DeviceUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A buffer is larger than the memory that is left. Other buffers stay valid.</summary>
public sealed class DeviceOutOfMemoryException : DeviceException
{
    /// <inheritdoc/>
    public DeviceOutOfMemoryException()
    {
    }

    /// <inheritdoc/>
    public DeviceOutOfMemoryException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public DeviceOutOfMemoryException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A kernel can't be compiled for the device. Other kernels and all buffers stay valid.</summary>
public sealed class KernelCompilationException : DeviceException
{
    /// <inheritdoc/>
    public KernelCompilationException()
    {
    }

    /// <inheritdoc/>
    public KernelCompilationException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public KernelCompilationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The device failed in the middle of its work. What lay on it is gone; a new device must be opened.</summary>
public sealed class DeviceLostException : DeviceException
{
    /// <inheritdoc/>
    public DeviceLostException()
    {
    }

    /// <inheritdoc/>
    public DeviceLostException(string message)
        : base(message)
    {
    }

    /// <inheritdoc/>
    public DeviceLostException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
