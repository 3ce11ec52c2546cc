namespace OptiCore.Devices;

/// <summary>
/// This processor as a device: buffers are arrays, work is done at once. Code that is written for a device runs on it unchanged, with the library's own loops for the processor.
/// </summary>
public sealed class CpuDevice : IDevice
{
    private readonly Immediate _stream;
    private long _allocated;
    private bool _isDisposed;

    /// <summary>A device.</summary>
    /// <param name="workers">The threads that large pieces of work may use; by default the calling one only.</param>
    public CpuDevice(IWorkers? workers = null)
    {
        Workers = workers ?? OptiCore.Workers.Serial;
        _stream = new Immediate(this);
    }

    /// <summary>The threads that large pieces of work may use.</summary>
    public IWorkers Workers { get; }

    /// <inheritdoc/>
    public string Name => "this processor";

    /// <inheritdoc/>
    public long MemoryBytes => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <inheritdoc/>
    public long AllocatedBytes => Interlocked.Read(ref _allocated);

    /// <inheritdoc/>
    public DeviceStream Stream => _stream;

    /// <inheritdoc/>
    public DeviceStream CreateStream() => new Immediate(this);

    /// <inheritdoc/>
    public DeviceBuffer<T> Allocate<T>(long length) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > Array.MaxLength)
            throw new DeviceOutOfMemoryException($"A buffer of this processor holds at most {Array.MaxLength} elements; {length} were asked for.");
        return new ArrayBuffer<T>(this, (int)length);
    }

    /// <inheritdoc/>
    public HostBuffer<T> AllocateHost<T>(int length) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        return new HostArray<T>(this, length);
    }

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _isDisposed = true;

    /// <summary>The numbers of a buffer of such a device.</summary>
    /// <typeparam name="T">The element.</typeparam>
    /// <param name="buffer">The buffer.</param>
    /// <exception cref="ArgumentException">It lies on another device.</exception>
    public static Span<T> Span<T>(DeviceBuffer<T> buffer) where T : unmanaged =>
        buffer is HostMemory<T> own ? own.Span : throw new ArgumentException($"The buffer lies on '{buffer?.Device.Name}', not on this processor; copy it with CopyTo.", nameof(buffer));

    private sealed class Immediate(CpuDevice device) : DeviceStream
    {
        public override IDevice Device => device;

        public override void Synchronize()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>A buffer in the processor's memory.</summary>
    internal abstract class HostMemory<T>(CpuDevice device) : DeviceBuffer<T> where T : unmanaged
    {
        public override IDevice Device => device;

        public override long Length => Span.Length;

        public abstract Span<T> Span { get; }

        public override void CopyFrom(ReadOnlySpan<T> source, long offset = 0, DeviceStream? stream = null)
        {
            CheckRange(offset, source.Length, nameof(source));
            source.CopyTo(Span[(int)offset..]);
        }

        public override void CopyTo(Span<T> destination, long offset = 0, DeviceStream? stream = null)
        {
            CheckRange(offset, destination.Length, nameof(destination));
            Span.Slice((int)offset, destination.Length).CopyTo(destination);
        }

        public override void CopyFrom(DeviceBuffer<T> source, DeviceStream? stream = null)
        {
            ArgumentNullException.ThrowIfNull(source);
            if (source.Length != Length)
                throw new ArgumentException($"The buffer has {source.Length} elements, this one {Length}.", nameof(source));
            Span<T>(source).CopyTo(Span);
        }

        public override void CopyFromAsync(HostBuffer<T> source, DeviceStream stream)
        {
            ArgumentNullException.ThrowIfNull(source);
            Require.Length(source.Span.Length, (int)Length, nameof(source));
            source.Span.CopyTo(Span);
        }

        public override void CopyToAsync(HostBuffer<T> destination, DeviceStream stream)
        {
            ArgumentNullException.ThrowIfNull(destination);
            Require.Length(destination.Span.Length, (int)Length, nameof(destination));
            Span.CopyTo(destination.Span);
        }

        public override void Clear(DeviceStream? stream = null) => Span.Clear();
    }

    private sealed class ArrayBuffer<T> : HostMemory<T> where T : unmanaged
    {
        private readonly CpuDevice _device;
        private T[]? _elements;

        public ArrayBuffer(CpuDevice device, int length)
            : base(device)
        {
            _device = device;
            _elements = GC.AllocateUninitializedArray<T>(length);
            Length = length;
            Interlocked.Add(ref device._allocated, Bytes);
        }

        public override long Length { get; }

        public override Span<T> Span
        {
            get
            {
                ObjectDisposedException.ThrowIf(_elements is null, this);
                return _elements;
            }
        }

        private unsafe long Bytes => Length * sizeof(T);

        protected override void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref _elements, null) is not null)
                Interlocked.Add(ref _device._allocated, -Bytes);
        }
    }

    private sealed class HostArray<T>(CpuDevice device, int length) : HostBuffer<T> where T : unmanaged
    {
        private T[]? _elements = new T[length];

        public override IDevice Device => device;

        public override Span<T> Span
        {
            get
            {
                ObjectDisposedException.ThrowIf(_elements is null, this);
                return _elements;
            }
        }

        protected override void Dispose(bool disposing) => _elements = null;
    }
}
