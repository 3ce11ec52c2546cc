using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OptiCore.Persistence;

/// <summary>
/// The file format of saved runs, one for optimizers, samplers, bandits and agents: a header that says what it is, the state, and a checksum.
/// </summary>
/// <remarks>
/// Layout, little-endian: the 8 bytes "OPTICORE"; format version (int32); kind and configuration (UTF-8, each preceded by its int32 length);
/// length of the state (int64); the state; SHA-256 of everything before. A file that is truncated, damaged, foreign, of another version, kind or
/// configuration is refused with a <see cref="CheckpointException"/> before any state is touched.
/// </remarks>
public static class Checkpoint
{
    /// <summary>The version of the format that this library writes and reads.</summary>
    public const int FormatVersion = 1;

    private const int ChecksumLength = 32;
    private const int MaximumTextLength = 1 << 20;

    private static ReadOnlySpan<byte> Magic => "OPTICORE"u8;

    /// <summary>An options record as the text by which a checkpoint is recognised: its <c>ToString</c>, the same in every culture.</summary>
    /// <param name="configuration">The record.</param>
    public static string Describe(object configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);

        // A record prints its numbers in the culture of the thread; a checkpoint must load on a machine with another one.
        CultureInfo culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
            return configuration.ToString() ?? configuration.GetType().Name;
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="stream">Receives the bytes; stays open.</param>
    /// <param name="kind">What is saved, for example the name of the algorithm's type.</param>
    /// <param name="configuration">The configuration that the state belongs to, as text; a state loads only into an equal one.</param>
    /// <param name="state">The state.</param>
    public static void Write(Stream stream, string kind, string configuration, IPersistent state)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(configuration);
        byte[] payload = StateArchive.Save(state);
        using var buffer = new MemoryStream(payload.Length + 256);
        buffer.Write(Magic);
        WriteInt32(buffer, FormatVersion);
        WriteText(buffer, kind);
        WriteText(buffer, configuration);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, payload.Length);
        buffer.Write(length);
        buffer.Write(payload);
        ReadOnlySpan<byte> content = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        stream.Write(content);
        stream.Write(SHA256.HashData(content));
    }

    /// <summary>Reads a checkpoint into a state.</summary>
    /// <param name="stream">The stream, positioned at the beginning of a checkpoint.</param>
    /// <param name="kind">What is expected.</param>
    /// <param name="configuration">The configuration that is expected.</param>
    /// <param name="state">Receives the state.</param>
    /// <exception cref="CheckpointException">The stream holds no checkpoint, a damaged one, or one of another kind, version or configuration.</exception>
    public static void Read(Stream stream, string kind, string configuration, IPersistent state)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(state);
        using var content = new MemoryStream();
        var reader = new Reader(stream, content);

        if (!reader.Bytes(Magic.Length).SequenceEqual(Magic))
            throw new CheckpointException("This is not an OptiCore checkpoint: it doesn't begin with the format's mark.");
        int version = BinaryPrimitives.ReadInt32LittleEndian(reader.Bytes(4));
        if (version != FormatVersion)
            throw new CheckpointException(string.Create(CultureInfo.InvariantCulture, $"The checkpoint has format version {version}; this library reads version {FormatVersion}."));
        string savedKind = reader.Text();
        string savedConfiguration = reader.Text();
        long length = BinaryPrimitives.ReadInt64LittleEndian(reader.Bytes(8));
        if (length is < 0 or > int.MaxValue)
            throw new CheckpointException("The checkpoint is damaged: its stated length is impossible.");
        byte[] payload = reader.Bytes((int)length);
        byte[] checksum = SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length));
        if (!reader.Bytes(ChecksumLength).AsSpan().SequenceEqual(checksum))
            throw new CheckpointException("The checkpoint is damaged: its checksum doesn't match.");
        if (savedKind != kind)
            throw new CheckpointException($"The checkpoint holds a run of {savedKind}, not of {kind}.");
        if (savedConfiguration != configuration)
            throw new CheckpointException($"The checkpoint was written by {savedConfiguration}; this run is {configuration}.");

        // A state that fails to load half-way is put back, so that a refused checkpoint changes nothing.
        byte[] before = StateArchive.Save(state);
        try
        {
            StateArchive.Load(state, payload);
        }
        catch (CheckpointException)
        {
            StateArchive.Load(state, before);
            throw;
        }
    }

    private static void WriteInt32(MemoryStream stream, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    private static void WriteText(MemoryStream stream, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        WriteInt32(stream, bytes.Length);
        stream.Write(bytes);
    }

    /// <summary>Reads exact numbers of bytes and keeps a copy for the checksum.</summary>
    private sealed class Reader(Stream stream, MemoryStream copy)
    {
        public byte[] Bytes(int count)
        {
            // Chunks, so that a damaged length can't ask for gigabytes that the stream doesn't have.
            using var bytes = new MemoryStream(Math.Min(count, 1 << 16));
            byte[] chunk = new byte[Math.Min(count, 1 << 16)];
            while (bytes.Length < count)
            {
                int read = stream.Read(chunk, 0, (int)Math.Min(chunk.Length, count - bytes.Length));
                if (read == 0)
                    throw new CheckpointException("The checkpoint is truncated.");
                bytes.Write(chunk, 0, read);
            }

            byte[] result = bytes.ToArray();
            copy.Write(result);
            return result;
        }

        public string Text()
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(Bytes(4));
            if (length is < 0 or > MaximumTextLength)
                throw new CheckpointException("The checkpoint is damaged: a stated length is impossible.");
            return Encoding.UTF8.GetString(Bytes(length));
        }
    }
}
