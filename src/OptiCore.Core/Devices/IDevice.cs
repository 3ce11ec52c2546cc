namespace OptiCore.Devices;

/// <summary>
/// Where the heavy loops of a run are done and their numbers lie: this processor (<see cref="CpuDevice"/>) or an accelerator (package OptiCore.Gpu). A device is chosen once and handed to
/// the run; the code that describes what is to be done doesn't change.
/// </summary>
/// <remarks>
/// What a device can do beyond memory it says by further interfaces, each declared beside what it is about (element-wise rules in OptiCore.Optimizers, for example), so that nothing depends on the
/// package of a device. Work is put on a <see cref="DeviceStream"/> and done in the order in which it was put there; everything that returns numbers to the host waits for them.
/// A device is used from one thread at a time.
/// </remarks>
public interface IDevice : IDisposable
{
    /// <summary>What it is, for people: for example "NVIDIA H100 80GB HBM3 (CUDA)".</summary>
    string Name { get; }

    /// <summary>The memory in bytes that buffers can take together.</summary>
    long MemoryBytes { get; }

    /// <summary>The bytes of all buffers that aren't disposed.</summary>
    long AllocatedBytes { get; }

    /// <summary>The stream on which work is put where none is named.</summary>
    DeviceStream Stream { get; }

    /// <summary>A further stream, whose work may be done at the same time as that of others.</summary>
    DeviceStream CreateStream();

    /// <summary>Memory on the device, of any content.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="length">The number of elements, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="DeviceOutOfMemoryException">There isn't as much memory left.</exception>
    DeviceBuffer<T> Allocate<T>(long length) where T : unmanaged;

    /// <summary>Memory of the host that the device reads and writes by itself, for copies that don't wait (<see cref="DeviceBuffer{T}.CopyFromAsync"/>).</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="length">The number of elements, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    HostBuffer<T> AllocateHost<T>(int length) where T : unmanaged;

    /// <summary>Waits until the work of all streams is done.</summary>
    /// <exception cref="DeviceLostException">The device failed; its buffers are lost.</exception>
    void Synchronize();
}

/// <summary>Creates buffers from numbers of the host.</summary>
public static class DeviceExtensions
{
    extension(IDevice device)
    {
        /// <summary>Memory on the device with a copy of some numbers.</summary>
        /// <typeparam name="T">The element.</typeparam>
        /// <param name="source">The numbers.</param>
        /// <exception cref="DeviceOutOfMemoryException">There isn't as much memory left.</exception>
        public DeviceBuffer<T> Upload<T>(ReadOnlySpan<T> source) where T : unmanaged
        {
            DeviceBuffer<T> buffer = device.Allocate<T>(source.Length);
            buffer.CopyFrom(source);
            return buffer;
        }

        /// <summary>Memory on the device, filled with zeros.</summary>
        /// <typeparam name="T">The element.</typeparam>
        /// <param name="length">The number of elements, at least 0.</param>
        /// <exception cref="DeviceOutOfMemoryException">There isn't as much memory left.</exception>
        public DeviceBuffer<T> Zeros<T>(long length) where T : unmanaged
        {
            DeviceBuffer<T> buffer = device.Allocate<T>(length);
            buffer.Clear();
            return buffer;
        }
    }
}
