using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// Named tensors in a file of the safetensors format, which PyTorch, JAX, NumPy and others read and write: F32 and F64 are written; F16 and BF16 are read too; other types are listed and
/// carried along, but their numbers can't be read.
/// </summary>
/// <remarks>
/// <para>The format: the length of the header (8 bytes, little-endian), the header (JSON: type, shape and place of each tensor, and texts under <c>__metadata__</c>), the elements of all
/// tensors, row-major and little-endian, without holes. Written as the reference implementation does it: wider types first, then by name, so that every tensor is aligned, and the header
/// padded by spaces to a multiple of 8 bytes.</para>
/// <para>Reading is strict: a header that is too long or no JSON, a name that occurs twice, tensors that overlap or leave holes, places that don't fit type and shape, and bytes that belong to
/// no tensor are refused.</para>
/// </remarks>
public sealed class Safetensors
{
    private const int LengthBytes = 8;
    private const int MaximumHeader = 100_000_000;

    private readonly Dictionary<string, (SafetensorsEntry Entry, byte[] Data)> _tensors = new(StringComparer.Ordinal);

    /// <summary>The tensors, in the order of the file or in which they were added.</summary>
    public IReadOnlyList<SafetensorsEntry> Tensors
    {
        get
        {
            var entries = new List<SafetensorsEntry>(_tensors.Count);
            foreach ((SafetensorsEntry entry, _) in _tensors.Values)
                entries.Add(entry);
            return entries;
        }
    }

    /// <summary>Texts that go with the tensors, such as what they are.</summary>
    public IDictionary<string, string> Metadata { get; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file isn't a valid file of the format; the message says where.</exception>
    public static Safetensors Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Load(stream);
    }

    /// <summary>Reads a file from a stream, to its end.</summary>
    /// <param name="stream">The stream; stays open.</param>
    /// <exception cref="InvalidDataException">It isn't a valid file of the format; the message says where.</exception>
    public static Safetensors Load(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> prefix = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(prefix, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            throw new InvalidDataException("The file ends within the 8 bytes of the header's length.");
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaximumHeader)
            throw new InvalidDataException($"The header would have {length} bytes; at most {MaximumHeader} are allowed.");
        byte[] header = ReadBytes(stream, (long)length, "the header");
        var file = new Safetensors();
        foreach ((SafetensorsEntry entry, long count) in SafetensorsHeader.Parse(header, file.Metadata))
            file._tensors.Add(entry.Name, (entry, ReadBytes(stream, count, $"the tensor '{entry.Name}'")));
        if (stream.ReadByte() >= 0)
            throw new InvalidDataException("The file has bytes after the last tensor.");
        return file;
    }

    /// <summary>True if there is a tensor of a name.</summary>
    /// <param name="name">The name.</param>
    public bool Contains(string name) => _tensors.ContainsKey(name);

    /// <summary>The type and shape of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    public SafetensorsEntry Find(string name) => Get(name).Entry;

    /// <summary>Adds a tensor; the numbers are copied.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="values">Its elements, row-major.</param>
    /// <exception cref="ArgumentException">The name is reserved or there already, or the number of elements is not that of the shape.</exception>
    /// <exception cref="NotSupportedException">The element type is another one.</exception>
    public void Add<T>(string name, Shape shape, ReadOnlySpan<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(name);
        Require.Length(values.Length, shape.ElementCount, nameof(values));
        if (name == SafetensorsHeader.MetadataName)
            throw new ArgumentException($"The name '{name}' is reserved.", nameof(name));
        SafetensorsType type = typeof(T) == typeof(float) ? SafetensorsType.F32
            : typeof(T) == typeof(double) ? SafetensorsType.F64
            : throw new NotSupportedException($"Tensors of float and double are written, not of {typeof(T).Name}.");
        byte[] data = MemoryMarshal.AsBytes(values).ToArray();
        if (!BitConverter.IsLittleEndian)
            Reverse(data, SafetensorsHeader.Bytes(type));
        if (!_tensors.TryAdd(name, (new SafetensorsEntry(name, type, shape), data)))
            throw new ArgumentException($"There is a tensor '{name}' already.", nameof(name));
    }

    /// <summary>Reads a tensor's numbers, converted to the element type.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="name">Its name.</param>
    /// <param name="values">Receives its elements, row-major.</param>
    /// <exception cref="KeyNotFoundException">There is no such tensor.</exception>
    /// <exception cref="ArgumentException">The number of elements is another.</exception>
    /// <exception cref="NotSupportedException">The tensor isn't one of F16, BF16, F32 and F64.</exception>
    public void Read<T>(string name, Span<T> values) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (SafetensorsEntry entry, byte[] data) = Get(name);
        Require.Length(values.Length, entry.Shape.ElementCount, nameof(values));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = entry.Type switch
            {
                SafetensorsType.F64 => T.CreateTruncating(BinaryPrimitives.ReadDoubleLittleEndian(data.AsSpan(8 * i))),
                SafetensorsType.F32 => T.CreateTruncating(BinaryPrimitives.ReadSingleLittleEndian(data.AsSpan(4 * i))),
                SafetensorsType.F16 => T.CreateTruncating(BinaryPrimitives.ReadHalfLittleEndian(data.AsSpan(2 * i))),

                // The upper half of a float.
                SafetensorsType.BF16 => T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(data.AsSpan(2 * i)) << 16)),
                _ => throw new NotSupportedException($"The tensor '{name}' is of type {entry.Type}; F16, BF16, F32 and F64 are read."),
            };
        }
    }

    /// <summary>Writes a file.</summary>
    /// <param name="path">The file, which is overwritten.</param>
    public void Save(string path)
    {
        using FileStream stream = File.Create(path);
        Save(stream);
    }

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">The stream; stays open.</param>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        SafetensorsEntry[] order = [.. Tensors];
        Array.Sort(order, CompareInFile);
        byte[] header = SafetensorsHeader.Format(order, Metadata);
        Span<byte> prefix = stackalloc byte[LengthBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        stream.Write(prefix);
        stream.Write(header);
        foreach (SafetensorsEntry entry in order)
            stream.Write(_tensors[entry.Name].Data);
    }

    private static byte[] ReadBytes(Stream stream, long count, string what)
    {
        if (count > Array.MaxLength)
            throw new InvalidDataException($"There would be {count} bytes for {what}; at most {Array.MaxLength} are read.");
        if (stream.CanSeek && stream.Length - stream.Position < count)
            throw new InvalidDataException($"The file ends within {what}.");
        var bytes = new byte[count];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
            throw new InvalidDataException($"The file ends within {what}.");
        return bytes;
    }

    private static void Reverse(Span<byte> data, int width)
    {
        for (int i = 0; i < data.Length; i += width)
            data.Slice(i, width).Reverse();
    }

    /// <summary>Wider types first, then by the bytes of the names in UTF-8, whose order differs from that of UTF-16 units beyond the basic plane.</summary>
    private static int CompareInFile(SafetensorsEntry x, SafetensorsEntry y)
    {
        int byType = y.Type.CompareTo(x.Type);
        return byType != 0 ? byType : Encoding.UTF8.GetBytes(x.Name).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y.Name));
    }

    private (SafetensorsEntry Entry, byte[] Data) Get(string name) => _tensors.TryGetValue(name, out (SafetensorsEntry, byte[]) tensor)
        ? tensor
        : throw new KeyNotFoundException($"There is no tensor '{name}'.");
}
