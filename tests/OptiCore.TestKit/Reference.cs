using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;

namespace OptiCore.TestKit;

/// <summary>Reads the reference values of tests/reference, found by walking up from the test's own folder.</summary>
public static class Reference
{
    private static readonly ConcurrentDictionary<string, JsonElement> Cache = new();

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The full path of a reference file, for example "golden/03_linalg.json".</summary>
    public static string PathOf(string relative) => Path.Combine(Repository, "tests", "reference", relative);

    /// <summary>The root element of a JSON file; parsed once per process.</summary>
    public static JsonElement Json(string relative) => Cache.GetOrAdd(relative, static r =>
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(PathOf(r)));
        return document.RootElement.Clone();
    });

    /// <summary>The cases of a golden file, by their id.</summary>
    public static IReadOnlyDictionary<string, JsonElement> Cases(string relative) =>
        Json(relative).GetProperty("cases").EnumerateArray().ToDictionary(c => c.GetProperty("id").GetString()!);

    /// <summary>The lines of a gzip text file.</summary>
    public static IEnumerable<string> GzipLines(string relative)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(PathOf(relative)), CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>A number, where NaN and the infinities are strings.</summary>
    public static double Number(this JsonElement element) => element.ValueKind == JsonValueKind.String
        ? element.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            string other => throw new FormatException($"'{other}' is not a number."),
            null => throw new FormatException("null is not a number."),
        }
        : element.GetDouble();

    /// <summary>A property that is a number.</summary>
    public static double Number(this JsonElement element, string property) => element.GetProperty(property).Number();

    /// <summary>An optional number.</summary>
    public static double Number(this JsonElement element, string property, double otherwise) =>
        element.TryGetProperty(property, out JsonElement value) ? value.Number() : otherwise;

    /// <summary>A list of numbers.</summary>
    public static double[] Numbers(this JsonElement element) => [.. element.EnumerateArray().Select(Number)];

    /// <summary>A property that is a list of numbers.</summary>
    public static double[] Numbers(this JsonElement element, string property) => element.GetProperty(property).Numbers();

    /// <summary>A matrix as one row-major array.</summary>
    public static double[] RowMajor(this JsonElement element, string property) =>
        [.. element.GetProperty(property).EnumerateArray().SelectMany(row => row.Numbers())];

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OptiCore.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException($"No OptiCore.sln above {AppContext.BaseDirectory}.");
    }
}
