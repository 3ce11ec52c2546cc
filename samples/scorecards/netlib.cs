#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// The homogeneous interior point method and PDHG (PDLP) with default options on linear programs of netlib. Error: relative to the published optimum. Infeasible programs have to be found out.
//
//   dotnet run samples/scorecards/netlib.cs [folder with MPS files]
//
// Without a folder, the programs of tests/reference/netlib-lp are taken; run from the root of the repository.

using System.Text.Json;
using OptiCore.Optimizers;
using OptiCore.Solving;

string folder = args.Length > 0 ? args[0] : Path.Combine("tests", "reference", "netlib-lp");
if (!Directory.Exists(folder))
{
    Console.Error.WriteLine($"There is no folder {folder}.");
    return 1;
}

Console.WriteLine($"{"program",-10} {"rows",5} {"cols",5} {"elements",8} | {"interior point",-45} | {"PDHG",-45}");
Console.WriteLine($"{"",-10} {"",5} {"",5} {"",8} | {"outcome",-20} {"iter.",6} {"error",8} {"ms",8} | {"outcome",-20} {"iter.",6} {"error",8} {"ms",8}");
string[] files = Directory.GetFiles(folder, "*.mps");
Array.Sort(files, StringComparer.Ordinal);
foreach (string file in files)
{
    using var reader = new StreamReader(file);
    LinearProgram program = LinearProgram.ReadMps(reader);
    double optimum = Optimum(Path.ChangeExtension(file, ".json"));
    Console.Write($"{Path.GetFileNameWithoutExtension(file),-10} {program.RowCount,5} {program.VariableCount,5} {program.Rows.Count,8}");
    foreach (ProgramResult result in (ProgramResult[])[new HomogeneousInteriorPoint().Solve(program), new PrimalDualHybridGradient().Solve(program)])
    {
        double error = Math.Abs(result.Value - optimum) / Math.Max(1, Math.Abs(optimum));
        string shown = result.Reason == StopReason.OptimalityTolerance ? $"{error,8:0.0e+0}" : $"{"",8}";
        Console.Write($" | {result.Reason,-20} {result.Iterations,6} {shown} {result.Elapsed.TotalMilliseconds,8:0.0}");
    }

    Console.WriteLine();
}

return 0;

static double Optimum(string file)
{
    if (!File.Exists(file))
        return double.NaN;
    using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
    return document.RootElement.TryGetProperty("published_optimum", out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : double.NaN;
}
