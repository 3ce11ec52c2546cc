using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>The element types of the safetensors format, in the order by which files are sorted.</summary>
public enum SafetensorsType
{
    /// <summary>Truth values of a byte.</summary>
    BOOL,

    /// <summary>Unsigned bytes.</summary>
    U8,

    /// <summary>Signed bytes.</summary>
    I8,

    /// <summary>Bytes with 5 bits of exponent.</summary>
    F8E5M2,

    /// <summary>Bytes with 4 bits of exponent.</summary>
    F8E4M3,

    /// <summary>Signed integers of 16 bits.</summary>
    I16,

    /// <summary>Unsigned integers of 16 bits.</summary>
    U16,

    /// <summary>Half precision.</summary>
    F16,

    /// <summary>The upper half of single precision.</summary>
    BF16,

    /// <summary>Signed integers of 32 bits.</summary>
    I32,

    /// <summary>Unsigned integers of 32 bits.</summary>
    U32,

    /// <summary>Single precision.</summary>
    F32,

    /// <summary>Double precision.</summary>
    F64,

    /// <summary>Signed integers of 64 bits.</summary>
    I64,

    /// <summary>Unsigned integers of 64 bits.</summary>
    U64,
}

/// <summary>A tensor of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its shape.</param>
public sealed record SafetensorsEntry(string Name, SafetensorsType Type, Shape Shape);

/// <summary>The header of a safetensors file: strict reading, and writing as the reference implementation does.</summary>
internal static class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";

    private const int Alignment = 8;

    /// <summary>The bytes of an element.</summary>
    public static int Bytes(SafetensorsType type) => type switch
    {
        SafetensorsType.BOOL or SafetensorsType.U8 or SafetensorsType.I8 or SafetensorsType.F8E5M2 or SafetensorsType.F8E4M3 => 1,
        SafetensorsType.I16 or SafetensorsType.U16 or SafetensorsType.F16 or SafetensorsType.BF16 => 2,
        SafetensorsType.I32 or SafetensorsType.U32 or SafetensorsType.F32 => 4,
        _ => 8,
    };

    /// <summary>The tensors in the order of their places, each with its number of bytes.</summary>
    public static List<(SafetensorsEntry Entry, long Count)> Parse(byte[] header, IDictionary<string, string> metadata)
    {
        // Spaces may follow the object, but nothing comes before it: a file of another format should fail here.
        if (header.Length == 0 || header[0] != (byte)'{')
            throw new InvalidDataException("The header doesn't begin with '{'.");
        using JsonDocument document = ParseJson(header);
        var found = new List<(SafetensorsEntry Entry, long From, long To)>();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            if (property.Name == MetadataName)
                ReadMetadata(property.Value, metadata);
            else
                found.Add(ReadTensor(property.Name, property.Value));
        }

        found.Sort((left, right) => (left.From, left.To).CompareTo((right.From, right.To)));
        var tensors = new List<(SafetensorsEntry, long)>();
        long at = 0;
        foreach ((SafetensorsEntry entry, long from, long to) in found)
        {
            if (from != at)
                throw new InvalidDataException($"The tensor '{entry.Name}' begins at byte {from} of the data, but the one before ends at {at}: there are no holes and no overlaps.");
            tensors.Add((entry, to - from));
            at = to;
        }

        return tensors;
    }

    /// <summary>The header of tensors in an order, padded.</summary>
    public static byte[] Format(ReadOnlySpan<SafetensorsEntry> order, IDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject(MetadataName);
                var keys = new List<string>(metadata.Keys);
                keys.Sort(StringComparer.Ordinal);
                foreach (string key in keys)
                    json.WriteString(key, metadata[key]);
                json.WriteEndObject();
            }

            long at = 0;
            foreach (SafetensorsEntry entry in order)
            {
                json.WriteStartObject(entry.Name);
                json.WriteString("dtype", NameOf(entry.Type));
                json.WriteStartArray("shape");
                foreach (int length in entry.Shape)
                    json.WriteNumberValue(length);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += (long)entry.Shape.ElementCount * Bytes(entry.Type));
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        var header = new byte[(buffer.WrittenCount + Alignment - 1) / Alignment * Alignment];
        header.AsSpan().Fill((byte)' ');
        buffer.WrittenSpan.CopyTo(header);
        return header;
    }

    /// <summary>The name of a type in files.</summary>
    private static string NameOf(SafetensorsType type) => type switch
    {
        SafetensorsType.F8E5M2 => "F8_E5M2",
        SafetensorsType.F8E4M3 => "F8_E4M3",
        _ => type.ToString(),
    };

    private static JsonDocument ParseJson(byte[] header)
    {
        try
        {
            return JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"The header is no valid JSON: {exception.Message}", exception);
        }
    }

    private static void ReadMetadata(JsonElement element, IDictionary<string, string> metadata)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{MetadataName} is no object.");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw new InvalidDataException($"{MetadataName} '{property.Name}' is no text.");
        }
    }

    private static (SafetensorsEntry Entry, long From, long To) ReadTensor(string name, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"The tensor '{name}' is described by no object.");
        SafetensorsType? type = null;
        long[]? shape = null, place = null;
        foreach (JsonProperty property in element.EnumerateObject())
        {
            switch (property.Name)
            {
                case "dtype":
                    type = TypeOf(name, property.Value);
                    break;
                case "shape":
                    shape = Integers(name, "shape", property.Value);
                    break;
                case "data_offsets":
                    place = Integers(name, "data_offsets", property.Value);
                    break;
                default:
                    throw new InvalidDataException($"The tensor '{name}' has the unknown property '{property.Name}'.");
            }
        }

        if (type is not { } known || shape is null || place is not [var from, var to])
            throw new InvalidDataException($"The tensor '{name}' needs a dtype, a shape and two data_offsets.");
        Shape lengths = ShapeOf(name, shape);
        long expected = (long)lengths.ElementCount * Bytes(known);
        if (to - from != expected)
            throw new InvalidDataException($"The tensor '{name}' of type {known} and shape {lengths} has {expected} bytes, but its place is {from} to {to}.");
        return (new SafetensorsEntry(name, known, lengths), from, to);
    }

    private static SafetensorsType TypeOf(string name, JsonElement element)
    {
        string? text = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        foreach (SafetensorsType type in Enum.GetValues<SafetensorsType>())
        {
            if (text == NameOf(type))
                return type;
        }

        throw new InvalidDataException($"The tensor '{name}' is of the unknown type {element.GetRawText()}.");
    }

    private static long[] Integers(string name, string property, JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw new InvalidDataException($"The {property} of the tensor '{name}' is no list.");
        var values = new List<long>();
        foreach (JsonElement item in element.EnumerateArray())
        {
            values.Add(item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long value) && value >= 0
                ? value
                : throw new InvalidDataException($"The {property} of the tensor '{name}' has {item.GetRawText()}, which is no nonnegative integer."));
        }

        return [.. values];
    }

    private static Shape ShapeOf(string name, long[] lengths)
    {
        // A length of 0 makes the product 0, whatever the others are; they must fit all the same.
        long count = 1;
        foreach (long length in lengths)
        {
            count = length > int.MaxValue || count * Math.Max(1, length) > int.MaxValue
                ? throw new InvalidDataException($"The tensor '{name}' has more than 2^31 - 1 elements.")
                : count * Math.Max(1, length);
        }

        return Shape.Create(Array.ConvertAll(lengths, length => (int)length));
    }
}
