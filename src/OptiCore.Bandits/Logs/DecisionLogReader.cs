using System.Globalization;
using System.Text.Json;

namespace OptiCore.Bandits;

/// <summary>Reads a log of decisions line by line, in memory of one line; its format is that of <see cref="DecisionLogWriter"/>.</summary>
/// <remarks>
/// A damaged line is an error that names it. The one exception is a last line that a crash cut off: it has no end of line and isn't a whole object. It ends the log and is reported
/// (<see cref="TornLine"/>, <see cref="TornBytes"/>). Reading a decision allocates nothing after warm-up.
/// </remarks>
public sealed class DecisionLogReader : IDisposable
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly int[] _actions;
    private readonly double[] _context, _propensities, _rewards, _probabilities;
    private byte[] _buffer = new byte[1 << 16];
    private int _begin, _end;
    private bool _atEnd;
    private long _line;
    private double _delay;

    /// <summary>Opens a log: reads its first line.</summary>
    /// <param name="stream">The log, from its beginning.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the reader is disposed of.</param>
    /// <exception cref="InvalidDataException">The first line isn't that of a log of decisions, or of another version.</exception>
    public DecisionLogReader(Stream stream, bool leaveOpen = false)
    {
        _stream = Require.NotNull(stream);
        _leaveOpen = leaveOpen;
        if (!NextLine(out ReadOnlySpan<byte> header))
            throw new InvalidDataException("The log is empty: it has no first line.");
        try
        {
            Shape = DecisionLogFormat.ReadHeader(header);
        }
        catch (JsonException exception)
        {
            throw Damaged(exception);
        }

        _context = new double[Shape.ContextLength];
        _actions = new int[Shape.Positions];
        _propensities = new double[Shape.Positions];
        _rewards = new double[Shape.Positions];
        _probabilities = new double[Shape.HasProbabilities ? checked(Shape.Positions * Shape.Actions) : 0];
    }

    /// <summary>What the decisions have in common.</summary>
    public DecisionShape Shape { get; }

    /// <summary>The number of decisions read.</summary>
    public long Count { get; private set; }

    /// <summary>The number, from 1, of the torn last line; 0 when there is none or the end hasn't been reached.</summary>
    public long TornLine { get; private set; }

    /// <summary>The bytes of the torn last line.</summary>
    public long TornBytes { get; private set; }

    /// <summary>The decision read last; its spans hold until the next call of <see cref="Read"/>.</summary>
    public LoggedDecision Current => new()
    {
        Context = _context,
        Actions = _actions,
        Propensities = _propensities,
        Rewards = _rewards,
        Delay = _delay,
        Probabilities = _probabilities,
    };

    internal bool LacksNewline { get; private set; }

    /// <summary>Reads the next decision into <see cref="Current"/>.</summary>
    /// <returns>False at the end of the log.</returns>
    /// <exception cref="InvalidDataException">A line is damaged or holds a decision that can't be; the message names the line.</exception>
    public bool Read()
    {
        while (NextLine(out ReadOnlySpan<byte> line))
        {
            if (line.IsEmpty)
                continue;
            try
            {
                Parse(line);
            }
            catch (JsonException) when (LacksNewline)
            {
                TornLine = _line;
                TornBytes = line.Length;
                LacksNewline = false;
                return false;
            }
            catch (JsonException exception)
            {
                throw Damaged(exception);
            }

            if (Shape.Fault(Current) is { } fault)
                throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {_line} of the log: {fault.Message}"));
            Count++;
            return true;
        }

        return false;
    }

    /// <summary>Closes the stream unless it was to stay open.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
            _stream.Dispose();
    }

    private InvalidDataException Damaged(JsonException exception) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Line {_line} of the log can't be read: {exception.Message.TrimEnd('.')}."), exception);

    private void Parse(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        int context = 0, actions = 0, propensities = 0, rewards = 0, probabilities = 0;
        _delay = 0;
        DecisionLogFormat.Begin(ref json);
        while (DecisionLogFormat.NextProperty(ref json))
        {
            if (json.ValueTextEquals(DecisionLogFormat.Context))
                context = Numbers(ref json, _context, "context");
            else if (json.ValueTextEquals(DecisionLogFormat.Actions))
                actions = Integers(ref json, _actions);
            else if (json.ValueTextEquals(DecisionLogFormat.Propensities))
                propensities = Numbers(ref json, _propensities, "propensities");
            else if (json.ValueTextEquals(DecisionLogFormat.Rewards))
                rewards = Numbers(ref json, _rewards, "rewards");
            else if (json.ValueTextEquals(DecisionLogFormat.Probabilities) && Shape.HasProbabilities)
                probabilities = Numbers(ref json, _probabilities, "probabilities");
            else if (json.ValueTextEquals(DecisionLogFormat.Delay))
                _delay = DecisionLogFormat.Number(ref DecisionLogFormat.Value(ref json), "delay");
            else
                DecisionLogFormat.Value(ref json).Skip();
        }

        RequireCount(context, _context.Length, "context");
        RequireCount(actions, _actions.Length, "actions");
        RequireCount(propensities, _propensities.Length, "propensities");
        RequireCount(rewards, _rewards.Length, "rewards");
        RequireCount(probabilities, _probabilities.Length, "probabilities");
    }

    private static void RequireCount(int actual, int expected, string name)
    {
        if (actual != expected)
            throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"{name} has {actual} elements, expected {expected}"));
    }

    private static int Numbers(ref Utf8JsonReader json, Span<double> values, string name)
    {
        int count = 0;
        BeginArray(ref json, name);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            double value = DecisionLogFormat.Number(ref json, name);
            if (count < values.Length)
                values[count] = value;
            count++;
        }

        return count;
    }

    private static int Integers(ref Utf8JsonReader json, Span<int> values)
    {
        int count = 0;
        BeginArray(ref json, "actions");
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int value))
                throw new JsonException("actions holds something that isn't an integer");
            if (count < values.Length)
                values[count] = value;
            count++;
        }

        return count;
    }

    private static void BeginArray(ref Utf8JsonReader json, string name)
    {
        json.Read();
        if (json.TokenType != JsonTokenType.StartArray)
            throw new JsonException($"{name} isn't an array");
    }

    /// <summary>The next line without its end; the span holds until the next call.</summary>
    private bool NextLine(out ReadOnlySpan<byte> line)
    {
        int searched = 0;
        while (true)
        {
            int newline = _buffer.AsSpan(_begin + searched, _end - _begin - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = _buffer.AsSpan(_begin, searched + newline);
                _begin += searched + newline + 1;
                _line++;
                return true;
            }

            searched = _end - _begin;
            if (_atEnd)
            {
                line = _buffer.AsSpan(_begin, searched);
                _begin = _end;
                LacksNewline |= searched > 0;
                _line += searched > 0 ? 1 : 0;
                return searched > 0;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_begin > 0)
        {
            _buffer.AsSpan(_begin, _end - _begin).CopyTo(_buffer);
            _end -= _begin;
            _begin = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, checked(2 * _buffer.Length));
        int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
    }
}
