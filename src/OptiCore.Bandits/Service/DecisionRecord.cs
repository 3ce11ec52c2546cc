using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>What a record of the write-ahead log says.</summary>
internal enum DecisionRecordKind : byte
{
    /// <summary>A decision: id, action, propensity, time in ticks, what is kept of the context.</summary>
    Decided = 1,

    /// <summary>A reward: id and number.</summary>
    Rewarded = 2,

    /// <summary>A decision whose reward won't come: id.</summary>
    GivenUp = 3,

    /// <summary>A new action: its name.</summary>
    ActionAdded = 4,

    /// <summary>An action that was taken away: its name.</summary>
    ActionRemoved = 5,
}

/// <summary>A record of the write-ahead log, little-endian, without padding: kind (1), id (8), number (8), time (8), action (4), then the context's numbers or the name's bytes in UTF-8.</summary>
internal readonly ref struct DecisionRecord
{
    private const int HeadLength = 29;

    public DecisionRecordKind Kind { get; private init; }

    public long Id { get; private init; }

    public double Number { get; private init; }

    public long Time { get; private init; }

    public int Action { get; private init; }

    public ReadOnlySpan<double> Context { get; private init; }

    public string Name { get; private init; }

    /// <summary>Writes what happened.</summary>
    public static void Append(DecisionJournal journal, DecisionRecordKind kind, long id, double number, long time, int action, ReadOnlySpan<double> context, ReadOnlySpan<char> name)
    {
        int length = HeadLength + (sizeof(double) * context.Length) + Encoding.UTF8.GetByteCount(name);
        Span<byte> bytes = journal.Begin(length);
        bytes[0] = (byte)kind;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[1..], id);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[9..], number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[17..], time);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[25..], action);
        MemoryMarshal.AsBytes(context).CopyTo(bytes[HeadLength..]);
        Encoding.UTF8.GetBytes(name, bytes[(HeadLength + (sizeof(double) * context.Length))..]);
        journal.Append(length);
    }

    /// <summary>Reads what happened.</summary>
    /// <param name="bytes">The record.</param>
    /// <param name="features">The number of features.</param>
    /// <param name="areOfActions">Whether each action has so many of its own: a decision then has those of the chosen one or of several.</param>
    /// <exception cref="CheckpointException">The record is none of this service.</exception>
    public static DecisionRecord Read(ReadOnlySpan<byte> bytes, int features, bool areOfActions)
    {
        int rest = bytes.Length - HeadLength, expected = sizeof(double) * features;
        bool fits = areOfActions ? rest > 0 && rest % expected == 0 : rest == expected;
        if (rest < 0 || bytes[0] is < 1 or > 5 || (bytes[0] == (byte)DecisionRecordKind.Decided && !fits))
            throw new CheckpointException("The log has a record that this version or this policy doesn't write.");
        var kind = (DecisionRecordKind)bytes[0];
        double[] context = [];
        if (kind == DecisionRecordKind.Decided && features > 0)
            context = MemoryMarshal.Cast<byte, double>(bytes[HeadLength..]).ToArray();
        return new DecisionRecord
        {
            Kind = kind,
            Id = BinaryPrimitives.ReadInt64LittleEndian(bytes[1..]),
            Number = BinaryPrimitives.ReadDoubleLittleEndian(bytes[9..]),
            Time = BinaryPrimitives.ReadInt64LittleEndian(bytes[17..]),
            Action = BinaryPrimitives.ReadInt32LittleEndian(bytes[25..]),
            Context = context,
            Name = kind >= DecisionRecordKind.ActionAdded ? Encoding.UTF8.GetString(bytes[HeadLength..]) : "",
        };
    }
}
