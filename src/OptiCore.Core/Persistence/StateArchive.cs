using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace OptiCore.Persistence;

/// <summary>
/// Moves state to or from a byte buffer. Numbers are stored little-endian, bit for bit; spans and strings are preceded by their length.
/// </summary>
public sealed class StateArchive
{
    private byte[] _buffer;
    private int _position;
    private readonly int _length;

    private StateArchive(byte[] buffer, int length, bool isLoading)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("Checkpoints are little-endian; this machine is not.");
        _buffer = buffer;
        _length = length;
        IsLoading = isLoading;
    }

    /// <summary>True when fields are replaced by what was stored, false when they are stored.</summary>
    public bool IsLoading { get; }

    /// <summary>Saves the state into bytes.</summary>
    /// <param name="state">The state.</param>
    public static byte[] Save(IPersistent state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var archive = new StateArchive(new byte[256], 0, isLoading: false);
        state.Persist(archive);
        return archive._buffer.AsSpan(0, archive._position).ToArray();
    }

    /// <summary>Loads the state from bytes that <see cref="Save"/> wrote.</summary>
    /// <param name="state">The state, started in the same way as the one that was saved.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="CheckpointException">The bytes belong to a state of another shape.</exception>
    public static void Load(IPersistent state, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(state);
        var archive = new StateArchive(bytes.ToArray(), bytes.Length, isLoading: true);
        state.Persist(archive);
        if (archive._position != archive._length)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved state has {archive._length - archive._position} bytes more than this state reads: it belongs to another configuration."));
    }

    /// <summary>Stores or replaces one value.</summary>
    /// <typeparam name="T">A number, enumeration, boolean or other type without references or padding.</typeparam>
    /// <param name="value">The field.</param>
    public void Transfer<T>(ref T value) where T : unmanaged => TransferBytes(MemoryMarshal.AsBytes(new Span<T>(ref value)));

    /// <summary>Stores or replaces the elements of a span whose length is fixed.</summary>
    /// <typeparam name="T">The element type, without references or padding.</typeparam>
    /// <param name="values">The elements.</param>
    /// <exception cref="CheckpointException">The stored length differs.</exception>
    public void Transfer<T>(Span<T> values) where T : unmanaged
    {
        int length = values.Length;
        Transfer(ref length);
        if (length != values.Length)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved state has {length} elements where this one has {values.Length}: it belongs to another problem or configuration."));
        TransferBytes(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Stores or replaces an array whose length may change during a run.</summary>
    /// <typeparam name="T">The element type, without references or padding.</typeparam>
    /// <param name="values">The array.</param>
    public void Transfer<T>(ref T[] values) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(values);
        int length = values.Length;
        Transfer(ref length);
        if (IsLoading && length != values.Length)
            values = new T[CheckedLength(length, Unsafe.SizeOf<T>())];
        TransferBytes(MemoryMarshal.AsBytes(values.AsSpan()));
    }

    /// <summary>Stores or replaces a string.</summary>
    /// <param name="value">The string.</param>
    public void Transfer(ref string value)
    {
        byte[] bytes = IsLoading ? [] : Encoding.UTF8.GetBytes(value);
        Transfer(ref bytes);
        if (IsLoading)
            value = Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Stores or loads a part that persists itself.</summary>
    /// <param name="part">The part.</param>
    public void Transfer(IPersistent part)
    {
        ArgumentNullException.ThrowIfNull(part);
        part.Persist(this);
    }

    /// <summary>Stores a value on saving; on loading, checks that the stored one is equal.</summary>
    /// <typeparam name="T">A number or other comparable value.</typeparam>
    /// <param name="value">The value, which doesn't change during a run.</param>
    /// <param name="meaning">What the value is, for the message.</param>
    /// <exception cref="CheckpointException">The stored value differs.</exception>
    public void Expect<T>(T value, string meaning) where T : unmanaged, IEqualityOperators<T, T, bool>
    {
        T stored = value;
        Transfer(ref stored);
        if (stored != value)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The saved state has {meaning} {stored}, this one has {value}."));
    }

    private int CheckedLength(int length, int elementSize)
    {
        if (length < 0 || (long)length * elementSize > _length - _position)
            throw new CheckpointException("The saved state ends in the middle of an array.");
        return length;
    }

    private void TransferBytes(Span<byte> bytes)
    {
        if (IsLoading)
        {
            if (bytes.Length > _length - _position)
                throw new CheckpointException("The saved state ends before this state is complete: it belongs to another configuration.");
            _buffer.AsSpan(_position, bytes.Length).CopyTo(bytes);
        }
        else
        {
            if (_buffer.Length - _position < bytes.Length)
                Array.Resize(ref _buffer, checked(Math.Max(_buffer.Length * 2, _position + bytes.Length)));
            bytes.CopyTo(_buffer.AsSpan(_position));
        }

        _position += bytes.Length;
    }
}
