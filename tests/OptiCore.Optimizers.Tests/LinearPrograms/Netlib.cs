using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.LinearPrograms;

/// <summary>The programs of tests/reference/netlib-lp.</summary>
internal static class Netlib
{
    public static IEnumerable<string> Feasible => ["adlittle", "afiro", "blend", "boeing2", "israel", "kb2", "sc105", "sc50a", "sc50b", "share2b", "stocfor1"];

    public static IEnumerable<string> Infeasible => ["itest2", "itest6"];

    public static LinearProgram Program(string name)
    {
        using var reader = new StreamReader(Reference.PathOf($"netlib-lp/{name}.mps"));
        return LinearProgram.ReadMps(reader);
    }

    public static JsonElement Parsed(string name) => Reference.Json($"netlib-lp/{name}.json");

    public static double Optimum(string name) => Parsed(name).Number("published_optimum");
}
