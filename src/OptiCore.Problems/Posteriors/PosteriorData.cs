using System.IO.Compression;
using System.Text.Json;

namespace OptiCore.Problems;

/// <summary>One embedded data set: numbers, vectors and matrices by name.</summary>
internal sealed class PosteriorData
{
    private readonly JsonElement _root;

    private PosteriorData(JsonElement root) => _root = root;

    /// <summary>Reads a data set.</summary>
    public static PosteriorData Load(string name)
    {
        using Stream stream = typeof(PosteriorData).Assembly.GetManifestResourceStream($"OptiCore.Problems.Posteriors.{name}.json.gz")
            ?? throw new ArgumentException($"There is no data set '{name}'.", nameof(name));
        using var plain = new GZipStream(stream, CompressionMode.Decompress);
        using JsonDocument document = JsonDocument.Parse(plain);
        return new PosteriorData(document.RootElement.Clone());
    }

    /// <summary>A number.</summary>
    public double Number(string name) => _root.GetProperty(name).GetDouble();

    /// <summary>A vector, or a matrix row by row.</summary>
    public double[] Numbers(string name)
    {
        var numbers = new List<double>();
        Append(_root.GetProperty(name), numbers);
        return [.. numbers];
    }

    /// <summary>The matrix of columns, row by row.</summary>
    public static double[] Columns(params ReadOnlySpan<double[]> columns)
    {
        int n = columns.Length, m = columns[0].Length;
        double[] matrix = new double[m * n];
        for (int k = 0; k < n; k++)
        {
            for (int i = 0; i < m; i++)
                matrix[(i * n) + k] = columns[k][i];
        }

        return matrix;
    }

    private static void Append(JsonElement element, List<double> numbers)
    {
        if (element.ValueKind != JsonValueKind.Array)
        {
            numbers.Add(element.GetDouble());
            return;
        }

        foreach (JsonElement part in element.EnumerateArray())
            Append(part, numbers);
    }
}
