using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>Numbers in the memory of a <see cref="GpuDevice"/>.</summary>
/// <typeparam name="T">The element.</typeparam>
public sealed class GpuBuffer<T> : DeviceBuffer<T> where T : unmanaged
{
    private readonly GpuDevice _device;
    private readonly MemoryPool _pool;
    private readonly GpuBuffer<T>? _whole;
    private readonly long _start;
    private MemoryPool.Piece? _piece;

    internal unsafe GpuBuffer(GpuDevice device, MemoryPool pool, long length)
    {
        _device = device;
        _pool = pool;
        Length = length;
        _piece = pool.Rent(checked(Math.Max(1, length) * sizeof(T)));
    }

    private GpuBuffer(GpuBuffer<T> whole, long start, long length)
    {
        (_device, _pool, _whole, _start, Length) = (whole._device, whole._pool, whole._whole ?? whole, whole._start + start, length);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back when nobody disposed the buffer.</summary>
    ~GpuBuffer() => Dispose(disposing: false);

    /// <inheritdoc/>
    public override IDevice Device => _device;

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>The numbers as kernels take them.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public ArrayView<T> View
    {
        get
        {
            return Memory.View.Cast<byte, T>().BaseView.SubView(_start, Length);
        }
    }

    /// <summary>The numbers as registers of several. The last one may reach beyond the end, where the memory's piece goes on and nobody else's numbers lie.</summary>
    internal unsafe ArrayView<L> Registers<L>() where L : unmanaged
    {
        if (_start * sizeof(T) % sizeof(L) != 0)
            throw new ArgumentException($"The part of a buffer that begins with element {_start} doesn't begin with a whole register of {sizeof(L)} bytes.");
        return Memory.View.Cast<byte, L>().BaseView.SubView(_start * sizeof(T) / sizeof(L), ((Length * sizeof(T)) + sizeof(L) - 1) / sizeof(L));
    }

    /// <summary>A part of this buffer, valid as long as the whole is; disposing it does nothing.</summary>
    /// <param name="start">The first element.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The buffer hasn't as many.</exception>
    public GpuBuffer<T> Slice(long start, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        CheckRange(start, length, nameof(length));
        return new GpuBuffer<T>(this, start, length);
    }

    /// <inheritdoc/>
    public override void CopyFrom(ReadOnlySpan<T> source, long offset = 0, DeviceStream? stream = null)
    {
        CheckRange(offset, source.Length, nameof(source));
        if (source.IsEmpty)
            return;
        AcceleratorStream on = _device.Native(stream);
        _device.Guard();
        try
        {
            View.SubView(offset, source.Length).CopyFromCPU(on, source);
            on.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw _device.Translate(e);
        }
    }

    /// <inheritdoc/>
    public override void CopyTo(Span<T> destination, long offset = 0, DeviceStream? stream = null)
    {
        CheckRange(offset, destination.Length, nameof(destination));
        if (destination.IsEmpty)
            return;
        AcceleratorStream on = _device.Native(stream);
        _device.Guard();
        try
        {
            View.SubView(offset, destination.Length).CopyToCPU(on, destination);
            on.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw _device.Translate(e);
        }
    }

    /// <inheritdoc/>
    public override void CopyFrom(DeviceBuffer<T> source, DeviceStream? stream = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (source.Length != Length)
            throw new ArgumentException($"The buffer has {source.Length} elements, this one {Length}.", nameof(source));
        if (Length > 0)
            View.CopyFrom(_device.Native(stream), _device.View(source));
    }

    /// <inheritdoc/>
    public override void CopyFromAsync(HostBuffer<T> source, DeviceStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        View.CopyFromPageLockedAsync(_device.Native(stream), Pinned(source, nameof(source)));
    }

    /// <inheritdoc/>
    public override void CopyToAsync(HostBuffer<T> destination, DeviceStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        View.CopyToPageLockedAsync(_device.Native(stream), Pinned(destination, nameof(destination)));
    }

    /// <inheritdoc/>
    public override void Clear(DeviceStream? stream = null)
    {
        if (Length > 0)
            View.MemSetToZero(_device.Native(stream));
    }

    private MemoryBuffer1D<byte, Stride1D.Dense> Memory
    {
        get
        {
            MemoryPool.Piece? piece = (_whole ?? this)._piece;
            ObjectDisposedException.ThrowIf(piece is null, this);
            return piece.Memory;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _piece, null) is not { } piece)
            return;
        if (disposing)
            _pool.Return(piece);
        else
            _pool.ReturnLater(piece);
    }

    private PageLockedArray1D<T> Pinned(HostBuffer<T> memory, string name)
    {
        ArgumentNullException.ThrowIfNull(memory, name);
        if (memory is not GpuHostBuffer<T> { Memory: { } pinned } || memory.Device != _device)
            throw new ArgumentException("The host's memory belongs to another device or was given back.", name);
        if (pinned.Length != Length)
            throw new ArgumentException($"The host's memory has {pinned.Length} elements, the buffer {Length}.", name);
        return pinned;
    }
}

/// <summary>Page-locked memory of the host.</summary>
internal sealed class GpuHostBuffer<T>(GpuDevice device, PageLockedArray1D<T> memory) : HostBuffer<T> where T : unmanaged
{
    public PageLockedArray1D<T>? Memory { get; private set; } = memory;

    public override IDevice Device => device;

    public override Span<T> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(Memory is null, this);
            return Memory.Span;
        }
    }

    protected override void Dispose(bool disposing)
    {
        // ILGPU's own finalizer gives it back when nobody disposes this.
        if (disposing)
            Memory?.Dispose();
        Memory = null;
    }
}

/// <summary>A stream of a device.</summary>
internal sealed class GpuStream(GpuDevice device, AcceleratorStream stream, bool isOwn) : DeviceStream
{
    public AcceleratorStream Native { get; } = stream;

    public override IDevice Device => device;

    public override void Synchronize()
    {
        device.Guard();
        try
        {
            Native.Synchronize();
        }
        catch (AcceleratorException e)
        {
            throw device.Translate(e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (isOwn)
            return;
        Native.Synchronize();
        Native.Dispose();
    }
}
