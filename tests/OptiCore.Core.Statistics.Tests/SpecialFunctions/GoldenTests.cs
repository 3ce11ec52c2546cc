using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics;

/// <summary>Every function against SciPy's edge behaviour and 60-digit values, and against own high-precision grids over the whole range.</summary>
public class GoldenTests
{
    private const string File = "golden/02_special_functions.json";

    public static TheoryData<string> Ids => [.. Reference.Cases(File).Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public void EveryGoldenValueIsMet(string id)
    {
        JsonElement golden = Reference.Cases(File)[id];
        string[] names = [.. golden.GetProperty("args").EnumerateArray().Select(a => a.GetString()!)];
        JsonElement scipy = golden.GetProperty("scipy"), exact = golden.GetProperty("exact").ValueKind == JsonValueKind.Null ? scipy : golden.GetProperty("exact");
        var failures = new List<string>();
        for (int i = 0; i < exact.GetArrayLength(); i++)
        {
            if (id is "logsumexp" or "softmax")
            {
                double[] x = golden.GetProperty("x")[i].Numbers();
                JsonElement expected = exact[i].ValueKind == JsonValueKind.Null ? scipy[i] : exact[i];
                if (id == "softmax")
                {
                    JsonElement peer = scipy[i];
                    double[] result = new double[x.Length];
                    SpecialFunctions.Softmax(x, result);
                    for (int j = 0; j < x.Length; j++)
                        Compare(result[j], (expected[j].ValueKind == JsonValueKind.Null ? peer[j] : expected[j]).Number(), 1E-13, $"{id}({i}, {j})", failures);
                }
                else
                {
                    double[] b = golden.GetProperty("b")[i].ValueKind == JsonValueKind.Null ? [] : golden.GetProperty("b")[i].Numbers();
                    double value = SpecialFunctions.LogSumExp(x, b, out double sign);
                    Compare(sign < 0 ? double.NaN : value, expected.Number(), 1E-13, $"{id}({i})", failures);
                }

                continue;
            }

            double[] arguments = [.. names.Select(n => golden.GetProperty(n)[i].Number())];
            double actual = FunctionTable.All[id](arguments);
            string what = $"{id}({string.Join(", ", arguments.Select(a => a.ToString("r")))})";

            // Next to a zero of a Bessel function what counts is the size of the function around it: 1e-17, a hundredth of a unit in the last place of it.
            double absolute = id is "j0" or "j1" or "y0" or "y1" ? 1E-17 : 0;
            if (exact[i].ValueKind != JsonValueKind.Null)
                Compare(actual, exact[i].Number(), 1E-13, what, failures, absolute);
            else if (id != "gamma" || arguments[0] > 0)
                Compare(actual, scipy[i].Number(), 0, what, failures);
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {exact.GetArrayLength()}:\n{string.Join('\n', failures.Take(12))}");
    }

    public static TheoryData<string> Grids => [.. Reference.Json("special-functions/grids.json").GetProperty("functions").EnumerateObject().Select(p => p.Name)];

    /// <summary>The tolerance of a row is the file's: 1e-13, or what half a unit in the last place of each argument makes of the result, where that is more.</summary>
    [Theory]
    [MemberData(nameof(Grids))]
    public void EveryValueOfTheGridsIsMet(string function)
    {
        var failures = new List<string>();
        int rows = 0;
        foreach (JsonElement row in Reference.Json("special-functions/grids.json").GetProperty("functions").GetProperty(function).EnumerateArray())
        {
            double[] numbers = row.Numbers();
            double[] arguments = numbers[..^2];
            double actual = FunctionTable.All[function](arguments);
            Compare(actual, numbers[^2], Math.Max(1E-13, numbers[^1]), $"{function}({string.Join(", ", arguments.Select(a => a.ToString("r")))})", failures, function is "j0" or "j1" or "y0" or "y1" ? 1E-17 : 0);
            rows++;
        }

        Assert.True(failures.Count == 0, $"{failures.Count} of {rows}:\n{string.Join('\n', failures.Take(12))}");
    }

    private static void Compare(double actual, double expected, double relative, string what, List<string> failures, double absolute = 0)
    {
        // Below the smallest normal double the spacing of the doubles is the limit.
        bool met = double.IsNaN(expected) ? double.IsNaN(actual)
            : actual == expected || Math.Abs(actual - expected) <= absolute + (relative * Math.Abs(expected)) + (Math.Abs(expected) < 2.3E-308 ? 4 * double.Epsilon : 0);
        if (!met)
            failures.Add($"{what} = {actual:r}, expected {expected:r} (relative error {Math.Abs((actual / expected) - 1):g3})");
    }
}
