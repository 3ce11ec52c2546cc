using System.Globalization;
using System.Text.Json;

namespace OptiCore.Bandits;

/// <summary>The words of the file format, in one place for those who write and read it.</summary>
internal static class DecisionLogFormat
{
    public const string Name = "opticore-decisions";
    public const int Version = 1;

    public static ReadOnlySpan<byte> Format => "format"u8;

    public static ReadOnlySpan<byte> FormatVersion => "version"u8;

    public static ReadOnlySpan<byte> ActionCount => "action_count"u8;

    public static ReadOnlySpan<byte> ContextLength => "context_length"u8;

    public static ReadOnlySpan<byte> PositionCount => "positions"u8;

    public static ReadOnlySpan<byte> HasProbabilities => "has_probabilities"u8;

    public static ReadOnlySpan<byte> ActionFeatureCount => "action_feature_count"u8;

    public static ReadOnlySpan<byte> Context => "context"u8;

    public static ReadOnlySpan<byte> Actions => "actions"u8;

    public static ReadOnlySpan<byte> Propensities => "propensities"u8;

    public static ReadOnlySpan<byte> Rewards => "rewards"u8;

    public static ReadOnlySpan<byte> Delay => "delay"u8;

    public static ReadOnlySpan<byte> Probabilities => "probabilities"u8;

    public static void WriteHeader(Utf8JsonWriter json, DecisionShape shape)
    {
        json.WriteStartObject();
        json.WriteString(Format, Name);
        json.WriteNumber(FormatVersion, Version);
        json.WriteNumber(ActionCount, shape.Actions);
        json.WriteNumber(ContextLength, shape.ContextLength);
        json.WriteNumber(PositionCount, shape.Positions);
        json.WriteBoolean(HasProbabilities, shape.HasProbabilities);
        if (shape.ActionFeatureCount > 0)
            json.WriteNumber(ActionFeatureCount, shape.ActionFeatureCount);
        json.WriteEndObject();
    }

    public static DecisionShape ReadHeader(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        string? format = null;
        int version = 0, actions = 0, context = 0, positions = 1, features = 0;
        bool probabilities = false;
        Begin(ref json);
        while (NextProperty(ref json))
        {
            if (json.ValueTextEquals(Format))
                format = Value(ref json).TokenType == JsonTokenType.String ? json.GetString() : null;
            else if (json.ValueTextEquals(FormatVersion))
                version = Integer(ref json, nameof(version));
            else if (json.ValueTextEquals(ActionCount))
                actions = Integer(ref json, "action_count");
            else if (json.ValueTextEquals(ContextLength))
                context = Integer(ref json, "context_length");
            else if (json.ValueTextEquals(PositionCount))
                positions = Integer(ref json, nameof(positions));
            else if (json.ValueTextEquals(ActionFeatureCount))
                features = Integer(ref json, "action_feature_count");
            else if (json.ValueTextEquals(HasProbabilities))
                probabilities = Value(ref json).TokenType == JsonTokenType.True;
            else
                Value(ref json).Skip();
        }

        if (format != Name)
            throw new JsonException($"it isn't the first line of a log of decisions: \"format\" is {(format is null ? "missing" : $"\"{format}\"")}, expected \"{Name}\"");
        if (version != Version)
            throw new JsonException(string.Create(CultureInfo.InvariantCulture, $"the log is of version {version}; this library reads version {Version}"));
        if (actions < 1 || context < 0 || positions < 1)
        {
            throw new JsonException(string.Create(
                CultureInfo.InvariantCulture, $"action_count is {actions}, context_length {context} and positions {positions}; expected at least 1, 0 and 1"));
        }

        if (features < 0 || (long)features * actions > context)
        {
            throw new JsonException(string.Create(
                CultureInfo.InvariantCulture, $"action_feature_count is {features}, but {actions} actions with so many features don't fit into contexts of {context} numbers"));
        }

        return new DecisionShape(actions, context, positions, probabilities, features);
    }

    public static void Begin(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            throw new JsonException("it isn't a JSON object");
    }

    /// <summary>Moves to the next name of the object; false at its end, after which nothing may follow.</summary>
    public static bool NextProperty(ref Utf8JsonReader json)
    {
        if (!json.Read())
            throw new JsonException("the object doesn't end");
        if (json.TokenType == JsonTokenType.PropertyName)
            return true;

        // Throws where something follows the object.
        json.Read();
        return false;
    }

    public static ref Utf8JsonReader Value(ref Utf8JsonReader json)
    {
        json.Read();
        return ref json;
    }

    public static double Number(ref Utf8JsonReader json, string name)
    {
        if (json.TokenType != JsonTokenType.Number || !json.TryGetDouble(out double value))
            throw new JsonException($"{name} holds a {json.TokenType}, expected a number");
        return value;
    }

    private static int Integer(ref Utf8JsonReader json, string name)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int value) ? value : throw new JsonException($"{name} isn't an integer");
    }
}
