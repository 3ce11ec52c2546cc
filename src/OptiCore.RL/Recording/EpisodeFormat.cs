using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OptiCore.RL;

/// <summary>What writer and reader of episodes agree on.</summary>
internal static class EpisodeFormat
{
    public const string Name = "opticore-episodes";
    public const int Version = 1;

    public static string TypeName<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? "float32"
        : typeof(T) == typeof(double) ? "float64"
        : typeof(T) == typeof(int) ? "int32"
        : typeof(T) == typeof(byte) ? "uint8"
        : throw new NotSupportedException($"Elements of type {typeof(T).Name} can't be recorded; float, double, int and byte can.");

    /// <summary>Numbers in the shortest form that reads back to the same bits; NaN and the infinities, which JSON lacks, as strings.</summary>
    public static void Write<T>(Utf8JsonWriter json, ReadOnlySpan<T> values) where T : unmanaged
    {
        json.WriteStartArray();
        foreach (T value in values)
        {
            if (typeof(T) == typeof(int))
                json.WriteNumberValue(Unsafe.BitCast<T, int>(value));
            else if (typeof(T) == typeof(byte))
                json.WriteNumberValue((int)Unsafe.BitCast<T, byte>(value));
            else if (typeof(T) == typeof(float) && float.IsFinite(Unsafe.BitCast<T, float>(value)))
                json.WriteNumberValue(Unsafe.BitCast<T, float>(value));
            else if (typeof(T) == typeof(double) && double.IsFinite(Unsafe.BitCast<T, double>(value)))
                json.WriteNumberValue(Unsafe.BitCast<T, double>(value));
            else
                json.WriteStringValue(Special(typeof(T) == typeof(float) ? Unsafe.BitCast<T, float>(value) : Unsafe.BitCast<T, double>(value)));
        }

        json.WriteEndArray();
    }

    public static T[] Read<T>(JsonElement array) where T : unmanaged
    {
        var values = new T[array.GetArrayLength()];
        int k = 0;
        foreach (JsonElement element in array.EnumerateArray())
        {
            values[k++] =
                typeof(T) == typeof(int) ? Unsafe.BitCast<int, T>(element.GetInt32())
                : typeof(T) == typeof(byte) ? Unsafe.BitCast<byte, T>(element.GetByte())
                : typeof(T) == typeof(float) ? Unsafe.BitCast<float, T>(element.ValueKind == JsonValueKind.String ? (float)Special(element) : element.GetSingle())
                : Unsafe.BitCast<double, T>(element.ValueKind == JsonValueKind.String ? Special(element) : element.GetDouble());
        }

        return values;
    }

    private static string Special(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static double Special(JsonElement element) => element.GetString() switch
    {
        "NaN" => double.NaN,
        "Infinity" => double.PositiveInfinity,
        "-Infinity" => double.NegativeInfinity,
        string other => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"'{other}' is no number.")),
        null => throw new FormatException("null is no number."),
    };
}
