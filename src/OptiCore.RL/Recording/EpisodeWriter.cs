using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace OptiCore.RL;

/// <summary>Writes episodes to a JSON Lines file: one line that says what they have in common, then one line an episode. <see cref="EpisodeReader{TObservation, TAction}"/> reads them.</summary>
/// <remarks>
/// <para>Format, version 1. The first line is <c>{"format":"opticore-episodes","version":1,"observation":"float32","observation_length":4,"action":"int32","action_length":1,"observation_space":"Box(..)",
/// "action_space":"Discrete(2)"}</c>, with the element types float32, float64, int32 or uint8; the spaces are for people. An episode of T steps is <c>{"environment":0,"episode":0,"terminated":true,
/// "truncated":false,"rewards":[T numbers],"actions":[T rows, one after another],"observations":[T + 1 rows]}</c>: action t follows observation t and earns reward t. NaN and the infinities are the
/// strings "NaN", "Infinity" and "-Infinity". Names that aren't known are to be passed over.</para>
/// <para>Numbers are written in the shortest form that reads back to the same bits. A line is handed to the stream whole. Writing allocates nothing once the longest line has been written. An instance is not
/// synchronised.</para>
/// </remarks>
/// <typeparam name="TObservation">The element type of observations: float, double, int or byte.</typeparam>
/// <typeparam name="TAction">The element type of actions: float, double, int or byte.</typeparam>
public sealed class EpisodeWriter<TObservation, TAction> : IDisposable
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly Stream _stream;
    private readonly bool _leaveOpen;
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly int _observationLength;
    private readonly int _actionLength;

    /// <summary>Begins a file: writes its first line.</summary>
    /// <param name="stream">Receives UTF-8.</param>
    /// <param name="observationSpace">Where observations come from.</param>
    /// <param name="actionSpace">Where actions come from.</param>
    /// <param name="leaveOpen">Whether the stream stays open when the writer is disposed of.</param>
    /// <exception cref="NotSupportedException">An element type can't be written.</exception>
    public EpisodeWriter(Stream stream, Space<TObservation> observationSpace, Space<TAction> actionSpace, bool leaveOpen = false)
    {
        _stream = Require.NotNull(stream);
        _observationLength = Require.NotNull(observationSpace).Length;
        _actionLength = Require.NotNull(actionSpace).Length;
        _leaveOpen = leaveOpen;
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { SkipValidation = true });
        _json.WriteStartObject();
        _json.WriteString("format"u8, EpisodeFormat.Name);
        _json.WriteNumber("version"u8, EpisodeFormat.Version);
        _json.WriteString("observation"u8, EpisodeFormat.TypeName<TObservation>());
        _json.WriteNumber("observation_length"u8, _observationLength);
        _json.WriteString("action"u8, EpisodeFormat.TypeName<TAction>());
        _json.WriteNumber("action_length"u8, _actionLength);
        _json.WriteString("observation_space"u8, observationSpace.ToString());
        _json.WriteString("action_space"u8, actionSpace.ToString());
        _json.WriteEndObject();
        EndLine();
    }

    /// <summary>The number of episodes written.</summary>
    public long Count { get; private set; }

    /// <summary>Writes an episode.</summary>
    /// <param name="episode">The episode.</param>
    /// <exception cref="ArgumentException">It has no step, or its observations or actions aren't as many as its rewards need; nothing is written.</exception>
    public void Write(RecordedEpisode<TObservation, TAction> episode)
    {
        ArgumentNullException.ThrowIfNull(episode);
        Write(episode.Environment, episode.Number, episode.Observations, episode.Actions, episode.Rewards, episode.Terminated, episode.Truncated);
    }

    /// <summary>Flushes, and closes the stream unless it was to stay open.</summary>
    public void Dispose()
    {
        _json.Dispose();
        if (_leaveOpen)
            _stream.Flush();
        else
            _stream.Dispose();
    }

    internal void Write(
        int environment, long number, ReadOnlySpan<TObservation> observations, ReadOnlySpan<TAction> actions, ReadOnlySpan<double> rewards, bool terminated, bool truncated)
    {
        if (rewards.IsEmpty || observations.Length != (rewards.Length + 1) * _observationLength || actions.Length != rewards.Length * _actionLength)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"An episode of {rewards.Length} steps needs at least one of them, {(rewards.Length + 1) * _observationLength} elements of observations and {rewards.Length * _actionLength} of actions; it has {observations.Length} and {actions.Length}."));
        }

        _json.WriteStartObject();
        _json.WriteNumber("environment"u8, environment);
        _json.WriteNumber("episode"u8, number);
        _json.WriteBoolean("terminated"u8, terminated);
        _json.WriteBoolean("truncated"u8, truncated);
        _json.WritePropertyName("rewards"u8);
        EpisodeFormat.Write(_json, rewards);
        _json.WritePropertyName("actions"u8);
        EpisodeFormat.Write(_json, actions);
        _json.WritePropertyName("observations"u8);
        EpisodeFormat.Write(_json, observations);
        _json.WriteEndObject();
        EndLine();
        Count++;
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
