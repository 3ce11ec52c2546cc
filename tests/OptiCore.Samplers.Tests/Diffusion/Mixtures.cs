using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Diffusion;

/// <summary>The mixture of the reference files and what tests need around it.</summary>
internal static class Mixtures
{
    public static readonly string[] Files = ["golden/07_diffusion_continuous.json", "golden/07_diffusion_discrete.json", "golden/07_diffusion_sigma.json"];

    public static GaussianMixtureModel Golden { get; } = Of(Reference.Json(Files[0]).GetProperty("mixture"));

    public static double[] Start { get; } = Reference.Json(Files[0]).RowMajor("x_init");

    public static GaussianMixtureModel Of(JsonElement mixture) => new(
        mixture.Numbers("weights"),
        [.. mixture.GetProperty("means").EnumerateArray().Select(m => m.Numbers())],
        [.. mixture.GetProperty("covariances").EnumerateArray().Select(c => c.EnumerateArray().SelectMany(r => r.Numbers()).ToArray())]);

    /// <summary>The root mean square over samples of two elements of their Euclidean distance.</summary>
    public static double RootMeanSquare(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        return Math.Sqrt(sum / (a.Length / 2));
    }
}

/// <summary>A model that keeps what it was asked.</summary>
internal sealed class RecordingModel(IDiffusionModel model) : IDiffusionModel
{
    public List<(double[] X, NoiseLevel Level)> Calls { get; } = [];

    public int Dimension => model.Dimension;

    public Prediction Prediction => model.Prediction;

    public bool IsConcurrent => false;

    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        Calls.Add((x.ToArray(), level));
        model.Evaluate(x, level, output);
    }
}

/// <summary>Noise from a table: draw k is its k-th batch.</summary>
internal sealed class RecordedNoise(JsonElement table) : INoiseSource
{
    private readonly double[][] _draws = [.. table.EnumerateArray().Select(d => d.EnumerateArray().SelectMany(r => r.Numbers()).ToArray())];

    public void Fill(int draw, long firstSample, int dimension, Span<double> rows) =>
        _draws[draw].AsSpan((int)firstSample * dimension, rows.Length).CopyTo(rows);
}

/// <summary>The keyword arguments of a reference's call: name='text', name=1.5, name=True.</summary>
internal sealed partial class CallArguments(string call)
{
    private readonly Dictionary<string, string> _values = Pattern().Matches(call).GroupBy(m => m.Groups[1].Value).ToDictionary(g => g.Key, g => g.Last().Groups[2].Value.Trim('\''));

    public string Text(string name, string otherwise = "") => _values.GetValueOrDefault(name, otherwise);

    public double Number(string name, double otherwise) => _values.TryGetValue(name, out string? text) ? double.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : otherwise;

    public int Integer(string name, int otherwise) => (int)Number(name, otherwise);

    public bool Flag(string name, bool otherwise = false) => _values.TryGetValue(name, out string? text) ? text == "True" : otherwise;

    [System.Text.RegularExpressions.GeneratedRegex(@"(\w+)=('[^']*'|[-+\w.]+)")]
    private static partial System.Text.RegularExpressions.Regex Pattern();
}
