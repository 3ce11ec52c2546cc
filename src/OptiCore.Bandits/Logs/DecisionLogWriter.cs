using System.Buffers;
using System.Text.Json;

namespace OptiCore.Bandits;

/// <summary>Streams decisions to a JSON Lines file: one line that says what the decisions have in common, then one line a decision.</summary>
/// <remarks>
/// <para>Numbers are written in the shortest form that reads back to the same bits. A line is handed to the stream whole, so that a process that dies leaves at most the last line torn, which
/// <see cref="DecisionLogReader"/> reports and <see cref="Continue"/> takes away. Writing a decision allocates nothing after warm-up.</para>
/// <para>Format, version 1: <c>{"format":"opticore-decisions","version":1,"action_count":K,"context_length":d,"positions":L,"has_probabilities":false}</c>, then
/// <c>{"context":[..],"actions":[..],"propensities":[..],"rewards":[..],"delay":0}</c>, with <c>"probabilities":[..]</c> where the shape says so. Where actions have features of their own,
/// the first line also has <c>"action_feature_count":f</c>, and the last K f numbers of each context are those, action after action; a reader that doesn't know that sees contexts. Names that aren't known are passed over by the reader.</para>
/// <para>An instance is not synchronised.</para>
/// </remarks>
public sealed class DecisionLogWriter : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly ArrayBufferWriter<byte> _line = new(256);
    private readonly Utf8JsonWriter _json;

    /// <summary>Begins a log: writes its first line.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="shape">What the decisions have in common.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed of.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size of the shape is too small.</exception>
    public DecisionLogWriter(Stream stream, DecisionShape shape, bool leaveOpen = false)
        : this(stream, shape, leaveOpen, isNew: true)
    {
    }

    private DecisionLogWriter(Stream stream, DecisionShape shape, bool leaveOpen, bool isNew)
    {
        _stream = Require.NotNull(stream);
        shape.Validate();
        Shape = shape;
        _leaveOpen = leaveOpen;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { SkipValidation = true });
        if (isNew)
        {
            DecisionLogFormat.WriteHeader(_json, shape);
            EndLine();
        }
    }

    /// <summary>What the decisions have in common.</summary>
    public DecisionShape Shape { get; }

    /// <summary>The number of decisions in the log, those that were there before included.</summary>
    public long Count { get; private set; }

    /// <summary>The bytes of a torn last line that <see cref="Continue"/> took away; 0 when there was none.</summary>
    public long RemovedBytes { get; private init; }

    /// <summary>Continues a log behind its last whole line; a last line that was torn by a crash is taken away and counted in <see cref="RemovedBytes"/>. Reads the log once.</summary>
    /// <param name="stream">The log; must be readable, writable and seekable.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed of.</param>
    /// <exception cref="ArgumentException">The stream can't be read, written and sought in.</exception>
    /// <exception cref="InvalidDataException">It isn't a log of decisions or a line is damaged; the message names the line, and nothing is changed.</exception>
    public static DecisionLogWriter Continue(Stream stream, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanWrite || !stream.CanSeek)
            throw new ArgumentException("stream must be readable, writable and seekable for a log to be continued.", nameof(stream));
        stream.Position = 0;
        using var reader = new DecisionLogReader(stream, leaveOpen: true);
        while (reader.Read())
        {
        }

        long removed = reader.TornBytes;
        stream.SetLength(stream.Length - removed);
        stream.Position = stream.Length;
        var writer = new DecisionLogWriter(stream, reader.Shape, leaveOpen, isNew: false) { Count = reader.Count, RemovedBytes = removed };
        if (reader.LacksNewline)
            stream.WriteByte((byte)'\n');
        return writer;
    }

    /// <summary>Writes a decision.</summary>
    /// <param name="decision">The decision.</param>
    /// <exception cref="ArgumentException">It isn't of the log's <see cref="Shape"/>, a propensity isn't in (0, 1], or a number isn't finite; nothing is written.</exception>
    public void Write(in LoggedDecision decision)
    {
        if (Shape.Fault(decision) is { } fault)
            throw new ArgumentException(fault.Message, nameof(decision));
        _json.WriteStartObject();
        Numbers(DecisionLogFormat.Context, decision.Context);
        _json.WriteStartArray(DecisionLogFormat.Actions);
        foreach (int action in decision.Actions)
            _json.WriteNumberValue(action);
        _json.WriteEndArray();
        Numbers(DecisionLogFormat.Propensities, decision.Propensities);
        Numbers(DecisionLogFormat.Rewards, decision.Rewards);
        _json.WriteNumber(DecisionLogFormat.Delay, decision.Delay);
        if (Shape.HasProbabilities)
            Numbers(DecisionLogFormat.Probabilities, decision.Probabilities);
        _json.WriteEndObject();
        EndLine();
        Count++;
    }

    /// <summary>Writes the decision of a bandit that takes one action.</summary>
    /// <param name="context">The context.</param>
    /// <param name="action">The action, from 0.</param>
    /// <param name="propensity">Its probability under the policy that took it, in (0, 1].</param>
    /// <param name="reward">Its reward.</param>
    /// <param name="delay">The time until the reward came.</param>
    /// <exception cref="ArgumentException">As in <see cref="Write(in LoggedDecision)"/>.</exception>
    public void Write(ReadOnlySpan<double> context, int action, double propensity, double reward, double delay = 0) => Write(new LoggedDecision
    {
        Context = context,
        Actions = new ReadOnlySpan<int>(in action),
        Propensities = new ReadOnlySpan<double>(in propensity),
        Rewards = new ReadOnlySpan<double>(in reward),
        Delay = delay,
    });

    /// <summary>Hands everything to the stream's own store.</summary>
    public void Flush() => _stream.Flush();

    /// <summary>Flushes, and closes the stream unless it was to stay open.</summary>
    public void Dispose()
    {
        _json.Dispose();
        if (_leaveOpen)
            _stream.Flush();
        else
            _stream.Dispose();
    }

    private void Numbers(ReadOnlySpan<byte> name, ReadOnlySpan<double> values)
    {
        _json.WriteStartArray(name);
        foreach (double value in values)
            _json.WriteNumberValue(value);
        _json.WriteEndArray();
    }

    private void EndLine()
    {
        _json.Flush();
        _line.Write("\n"u8);
        _stream.Write(_line.WrittenSpan);
        _line.ResetWrittenCount();
        _json.Reset();
    }
}
