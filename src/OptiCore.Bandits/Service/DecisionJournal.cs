using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A write-ahead log in a folder: <c>snapshot-N</c> is a state, <c>journal-N</c> holds what happened after it, record after record. A record is its length, a checksum (CRC-32C over its number and its
/// bytes) and its bytes; what is torn off at the end was never acknowledged, and is cut off. A new snapshot gets its name when it is complete, and only then are older files deleted.
/// </summary>
internal sealed class DecisionJournal : IDisposable
{
    private const int HeaderLength = 8;
    private const int LongestRecord = 1 << 28;

    private readonly string _folder;
    private readonly bool _flushes;
    private readonly FileStream _lock;
    private SafeFileHandle? _file;
    private long _generation, _position;
    private byte[] _buffer = new byte[256];

    private DecisionJournal(string folder, bool flushes, FileStream folderLock)
    {
        _folder = folder;
        _flushes = flushes;
        _lock = folderLock;
    }

    /// <summary>The records since the last snapshot.</summary>
    public long Records { get; private set; }

    /// <summary>True if the folder held no state.</summary>
    public bool IsNew => _generation == 0;

    /// <summary>What takes up a record that was read.</summary>
    public delegate void RecordReader(ReadOnlySpan<byte> record);

    /// <summary>Opens a folder: loads the newest snapshot and hands over the records after it, in order.</summary>
    /// <exception cref="IOException">Another service uses the folder, or it can't be read or written.</exception>
    /// <exception cref="CheckpointException">The snapshot is damaged, or belongs to another policy.</exception>
    public static DecisionJournal Open(string folder, JournalDurability durability, Action<Stream> loadSnapshot, RecordReader record)
    {
        Directory.CreateDirectory(folder);
        var folderLock = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var journal = new DecisionJournal(folder, durability == JournalDurability.Disk, folderLock);
        try
        {
            journal._generation = journal.NewestSnapshot();
            if (journal._generation > 0)
            {
                using FileStream snapshot = File.OpenRead(journal.SnapshotPath(journal._generation));
                loadSnapshot(snapshot);
            }

            journal.Replay(record);
            journal.DeleteOthers();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Room for a record of so many bytes.</summary>
    public Span<byte> Begin(int length)
    {
        if (_buffer.Length < HeaderLength + length)
            _buffer = new byte[2 * (HeaderLength + length)];
        return _buffer.AsSpan(HeaderLength, length);
    }

    /// <summary>Writes the record that <see cref="Begin"/> made room for. When this returns, it is as safe as was asked for.</summary>
    /// <exception cref="IOException">It can't be written; the log is as before.</exception>
    public void Append(int length)
    {
        ReadOnlySpan<byte> record = _buffer.AsSpan(0, HeaderLength + length);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer, length);
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.AsSpan(4), Checksum(Records, record[HeaderLength..]));
        try
        {
            RandomAccess.Write(_file!, record, _position);
            if (_flushes)
                RandomAccess.FlushToDisk(_file!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody will be told that this happened: the next record takes its place.
            RandomAccess.SetLength(_file!, _position);
            throw;
        }

        _position += record.Length;
        Records++;
    }

    /// <summary>Writes a decision.</summary>
    public void Decided(long id, int action, double propensity, long time, ReadOnlySpan<double> context) => DecisionRecord.Append(this, DecisionRecordKind.Decided, id, propensity, time, action, context, "");

    /// <summary>Writes a reward.</summary>
    public void Rewarded(long id, double reward) => DecisionRecord.Append(this, DecisionRecordKind.Rewarded, id, reward, 0, 0, [], "");

    /// <summary>Writes that a reward won't come.</summary>
    public void GivenUp(long id) => DecisionRecord.Append(this, DecisionRecordKind.GivenUp, id, 0, 0, 0, [], "");

    /// <summary>Writes that an action was added.</summary>
    public void ActionAdded(string name) => DecisionRecord.Append(this, DecisionRecordKind.ActionAdded, 0, 0, 0, 0, [], name);

    /// <summary>Writes that an action was taken away.</summary>
    public void ActionRemoved(string name) => DecisionRecord.Append(this, DecisionRecordKind.ActionRemoved, 0, 0, 0, 0, [], name);

    /// <summary>Saves the state and begins a new log.</summary>
    public void Snapshot(Action<Stream> save)
    {
        long next = _generation + 1;
        string temporary = Path.Combine(_folder, "snapshot.tmp");
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            save(stream);
            stream.Flush(flushToDisk: _flushes);
        }

        // The log that belongs to the new snapshot must be there, and empty, before the snapshot is.
        SafeFileHandle file = File.OpenHandle(JournalPath(next), FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            File.Move(temporary, SnapshotPath(next), overwrite: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file?.Dispose();
        (_file, _generation, _position, Records) = (file, next, 0, 0);
        DeleteOthers();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _lock.Dispose();
    }

    private static uint Checksum(long number, ReadOnlySpan<byte> bytes)
    {
        uint sum = BitOperations.Crc32C(0xFFFFFFFF, (ulong)number);
        for (; bytes.Length >= 8; bytes = bytes[8..])
            sum = BitOperations.Crc32C(sum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            sum = BitOperations.Crc32C(sum, b);
        return ~sum;
    }

    private void Replay(RecordReader record)
    {
        _file = File.OpenHandle(JournalPath(_generation), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        long length = RandomAccess.GetLength(_file);
        byte[] block = ArrayPool<byte>.Shared.Rent(1 << 16);
        Span<byte> header = stackalloc byte[HeaderLength];
        while (_position + HeaderLength <= length && RandomAccess.Read(_file, header, _position) == HeaderLength)
        {
            int count = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (count is < 0 or > LongestRecord || _position + HeaderLength + count > length)
                break;
            if (block.Length < count)
            {
                ArrayPool<byte>.Shared.Return(block);
                block = ArrayPool<byte>.Shared.Rent(count);
            }

            Span<byte> bytes = block.AsSpan(0, count);
            if (RandomAccess.Read(_file, bytes, _position + HeaderLength) != count || Checksum(Records, bytes) != BinaryPrimitives.ReadUInt32LittleEndian(header[4..]))
                break;
            record(bytes);
            _position += HeaderLength + count;
            Records++;
        }

        ArrayPool<byte>.Shared.Return(block);
        RandomAccess.SetLength(_file, _position);
    }

    private long NewestSnapshot()
    {
        long newest = 0;
        foreach (string path in Directory.EnumerateFiles(_folder, "snapshot-*"))
        {
            if (long.TryParse(Path.GetFileName(path).AsSpan("snapshot-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long generation))
                newest = Math.Max(newest, generation);
        }

        return newest;
    }

    private void DeleteOthers()
    {
        foreach (string path in Directory.EnumerateFiles(_folder))
        {
            string name = Path.GetFileName(path);
            if ((name.StartsWith("snapshot", StringComparison.Ordinal) || name.StartsWith("journal-", StringComparison.Ordinal)) && path != SnapshotPath(_generation) && path != JournalPath(_generation))
                File.Delete(path);
        }
    }

    private string SnapshotPath(long generation) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"snapshot-{generation}"));

    private string JournalPath(long generation) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"journal-{generation}"));
}
