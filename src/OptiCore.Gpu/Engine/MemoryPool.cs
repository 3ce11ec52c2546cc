using System.Collections.Concurrent;
using System.Numerics;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>
/// Keeps memory that was given back for the next buffer of about its size, because the driver takes tens of microseconds for each piece and waits for the device. Pieces come in sizes of 2^k to 2^(k+1) in
/// quarters, so that at most a fifth is lost.
/// </summary>
/// <remarks>
/// A piece that was given back may still be in use by work on a stream. On the device's own stream, where all that follows is done after it, that doesn't matter; once there are further streams, the
/// first reuse after a piece was given back waits for the device.
/// </remarks>
internal sealed class MemoryPool(Accelerator accelerator, long limit, Func<Exception, Exception> translate) : IDisposable
{
    private const int SmallestBits = 9;

    private readonly Dictionary<long, Stack<Piece>> _free = [];
    private readonly ConcurrentQueue<Piece> _forgotten = new();

    // All of them, so that the garbage collector doesn't find a piece with the forgotten buffer that it belongs to and give its memory back to the driver.
    private readonly HashSet<Piece> _pieces = [];
    private bool _isDisposed;

    /// <summary>The bytes in use.</summary>
    public long Used { get; private set; }

    /// <summary>The bytes kept for reuse.</summary>
    public long Kept { get; private set; }

    /// <summary>True if streams besides the device's own exist or existed.</summary>
    public bool HasStreams { get; set; }

    /// <summary>Memory of at least so many bytes.</summary>
    public Piece Rent(long bytes)
    {
        while (_forgotten.TryDequeue(out Piece? forgotten))
            Return(forgotten);
        long size = SizeOf(bytes);
        if (_free.TryGetValue(size, out Stack<Piece>? stack) && stack.TryPop(out Piece? piece))
        {
            Kept -= size;
            if (piece.MayBeBusy)
            {
                accelerator.Synchronize();
                foreach (Stack<Piece> other in _free.Values)
                {
                    foreach (Piece idle in other)
                        idle.MayBeBusy = false;
                }

                piece.MayBeBusy = false;
            }
        }
        else
        {
            piece = New(size);
        }

        Used += size;
        return piece;
    }

    /// <summary>Takes memory back.</summary>
    public void Return(Piece piece)
    {
        Used -= piece.Bytes;
        if (_isDisposed)
            return;
        Kept += piece.Bytes;
        piece.MayBeBusy = HasStreams;
        if (!_free.TryGetValue(piece.Bytes, out Stack<Piece>? stack))
            _free.Add(piece.Bytes, stack = []);
        stack.Push(piece);
    }

    /// <summary>Takes memory back from another thread, such as the garbage collector's.</summary>
    public void ReturnLater(Piece piece) => _forgotten.Enqueue(piece);

    /// <summary>Gives what is kept back to the driver.</summary>
    public void Trim()
    {
        while (_forgotten.TryDequeue(out Piece? forgotten))
            Return(forgotten);
        if (Kept > 0)
            accelerator.Synchronize();
        foreach (Stack<Piece> stack in _free.Values)
        {
            foreach (Piece piece in stack)
            {
                _pieces.Remove(piece);
                piece.Memory.Dispose();
            }
        }

        _free.Clear();
        Kept = 0;
    }

    public void Dispose()
    {
        Trim();
        _isDisposed = true;
    }

    private static long SizeOf(long bytes)
    {
        if (bytes <= 1L << SmallestBits)
            return 1L << SmallestBits;
        long quarter = 1L << Math.Max(SmallestBits, 61 - BitOperations.LeadingZeroCount((ulong)bytes));
        return checked((bytes + quarter - 1) / quarter * quarter);
    }

    private Piece New(long size)
    {
        for (bool mayTrim = Kept > 0; ; mayTrim = false)
        {
            try
            {
                if (Used + size > limit)
                    throw new DeviceOutOfMemoryException($"{size:N0} bytes more than the {Used:N0} in use don't fit into the {limit:N0} bytes of '{accelerator.Name}'.");
                if (Used + Kept + size <= limit)
                {
                    var piece = new Piece(accelerator.Allocate1D<byte>(size), size);
                    _pieces.Add(piece);
                    return piece;
                }
            }
            catch (Exception e) when (e is AcceleratorException or OutOfMemoryException)
            {
                Exception reason = translate(e);
                if (!mayTrim || reason is not DeviceOutOfMemoryException)
                    throw reason;
            }

            Trim();
        }
    }

    /// <summary>A piece of memory.</summary>
    internal sealed class Piece(MemoryBuffer1D<byte, Stride1D.Dense> memory, long bytes)
    {
        public MemoryBuffer1D<byte, Stride1D.Dense> Memory { get; } = memory;

        public long Bytes { get; } = bytes;

        public bool MayBeBusy { get; set; }
    }
}
