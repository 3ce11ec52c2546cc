using System.Globalization;
using System.Text.Json;

namespace OptiCore.RL;

/// <summary>Reads episodes line by line; the format is that of <see cref="EpisodeWriter{TObservation, TAction}"/>. A last line that was cut off, as by a crash, ends the file and is reported.</summary>
/// <typeparam name="TObservation">The element type of observations: float, double, int or byte.</typeparam>
/// <typeparam name="TAction">The element type of actions: float, double, int or byte.</typeparam>
public sealed class EpisodeReader<TObservation, TAction> : IDisposable
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly StreamReader _reader;
    private long _line;

    /// <summary>Opens a file: reads its first line.</summary>
    /// <param name="stream">The file, from its beginning.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the reader is disposed of.</param>
    /// <exception cref="InvalidDataException">The first line isn't that of a file of episodes, or of another version, or element types are others than those of this reader.</exception>
    /// <exception cref="NotSupportedException">An element type can't be read.</exception>
    public EpisodeReader(Stream stream, bool leaveOpen = false)
    {
        string observation = EpisodeFormat.TypeName<TObservation>(), action = EpisodeFormat.TypeName<TAction>();
        _reader = new StreamReader(Require.NotNull(stream), leaveOpen: leaveOpen);
        try
        {
            using JsonDocument header = JsonDocument.Parse(NextLine() ?? throw new InvalidDataException("The file is empty: it has no first line."));
            JsonElement root = header.RootElement;
            if (Property(root, "format").GetString() != EpisodeFormat.Name || Property(root, "version").GetInt32() != EpisodeFormat.Version)
                throw new InvalidDataException($"Line 1 isn't that of {EpisodeFormat.Name} in version {EpisodeFormat.Version}.");
            if (Property(root, "observation").GetString() != observation || Property(root, "action").GetString() != action)
            {
                throw new InvalidDataException(
                    $"The file has observations of {Property(root, "observation")} and actions of {Property(root, "action")}; this reader is one for {observation} and {action}.");
            }

            ObservationLength = Property(root, "observation_length").GetInt32();
            ActionLength = Property(root, "action_length").GetInt32();
            if (ObservationLength < 1 || ActionLength < 1)
                throw new InvalidDataException("Line 1 has a length below 1.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Damaged(exception);
        }
    }

    /// <summary>The number of elements of one observation.</summary>
    public int ObservationLength { get; }

    /// <summary>The number of elements of one action.</summary>
    public int ActionLength { get; }

    /// <summary>The number of episodes read.</summary>
    public long Count { get; private set; }

    /// <summary>The number, from 1, of the last line if it was cut off; 0 when it wasn't or the end hasn't been reached.</summary>
    public long TornLine { get; private set; }

    /// <summary>Reads the next episode.</summary>
    /// <returns>The episode, or null at the end of the file.</returns>
    /// <exception cref="InvalidDataException">A line is damaged or its lengths don't fit together; the message names the line.</exception>
    public RecordedEpisode<TObservation, TAction>? Read()
    {
        while (NextLine() is { } line)
        {
            if (line.Length == 0)
                continue;
            try
            {
                RecordedEpisode<TObservation, TAction> episode = Parse(line);
                Count++;
                return episode;
            }
            catch (JsonException) when (_reader.Peek() < 0)
            {
                TornLine = _line;
                return null;
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
            {
                throw Damaged(exception);
            }
        }

        return null;
    }

    /// <summary>Reads what is left.</summary>
    /// <exception cref="InvalidDataException">A line is damaged or its lengths don't fit together; the message names the line.</exception>
    public IReadOnlyList<RecordedEpisode<TObservation, TAction>> ReadAll()
    {
        var episodes = new List<RecordedEpisode<TObservation, TAction>>();
        while (Read() is { } episode)
            episodes.Add(episode);
        return episodes;
    }

    /// <summary>Closes the stream unless it was to stay open.</summary>
    public void Dispose() => _reader.Dispose();

    private static JsonElement Property(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) ? value : throw new FormatException($"there is no \"{name}\"");

    private string? NextLine()
    {
        _line++;
        return _reader.ReadLine();
    }

    private RecordedEpisode<TObservation, TAction> Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        var episode = new RecordedEpisode<TObservation, TAction>
        {
            Environment = Property(root, "environment").GetInt32(),
            Number = Property(root, "episode").GetInt64(),
            Terminated = Property(root, "terminated").GetBoolean(),
            Truncated = Property(root, "truncated").GetBoolean(),
            Rewards = EpisodeFormat.Read<double>(Property(root, "rewards")),
            Actions = EpisodeFormat.Read<TAction>(Property(root, "actions")),
            Observations = EpisodeFormat.Read<TObservation>(Property(root, "observations")),
        };
        if (episode.Length == 0 || episode.Actions.Length != (long)episode.Length * ActionLength || episode.Observations.Length != (episode.Length + 1L) * ObservationLength)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"Line {_line} has {episode.Length} rewards, {episode.Actions.Length} elements of actions and {episode.Observations.Length} of observations, which don't fit together."));
        }

        return episode;
    }

    private InvalidDataException Damaged(Exception exception) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Line {_line} can't be read: {exception.Message.TrimEnd('.')}."), exception);
}
