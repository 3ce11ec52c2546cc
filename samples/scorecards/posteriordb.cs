#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Posteriors with known answers: the 17 of posteriordb with reference draws, the German credits of the Inference Gym, two of Stan's benchmarks. NUTS with default options and the given metric
// and target acceptance, four chains of 1,000 draws after 1,000 of warm-up, ours beside the reference: the largest error of a mean in combined standard errors (with as many parameters as there
// are, 3 to 4 is to be expected once in a while), the largest relative error of a standard deviation, R-hat, divergences; and what it costs: gradients per effective draw of the slowest parameter,
// warm-up included.
//
//   dotnet run -c Release samples/scorecards/posteriordb.cs -- [--metric diagonal|fisher|dense|low-rank] [--target 0.8] [--only NAME]

using System.Globalization;
using System.Text.Json;
using OptiCore;
using OptiCore.Problems;
using OptiCore.Samplers;

string metricName = Option("--metric") ?? "diagonal", only = Option("--only") ?? "";
IMetric metric = metricName switch
{
    "diagonal" => new DiagonalMetric(),
    "fisher" => new DiagonalMetric { Estimate = DiagonalEstimate.Fisher },
    "dense" => new DenseMetric(),
    "low-rank" => new LowRankMetric(),
    _ => throw new ArgumentException($"There is no metric '{metricName}'."),
};
double target = double.Parse(Option("--target") ?? "0.8", CultureInfo.InvariantCulture);
var kernel = new NoUTurn { Metric = metric, Adaptation = new WindowedAdaptation { TargetAcceptance = target } };

Console.WriteLine($"| posterior | coordinates | mean, worst z | sd, worst error | R-hat | divergences | least ESS | gradients per effective draw |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- |");
foreach (string name in PosteriorDb.Names.Where(n => n.Contains(only, StringComparison.OrdinalIgnoreCase)))
{
    ILogDensity density = PosteriorDb.Load(name);
    SamplingResult result = Sample.Run(kernel, density, new SamplingOptions { Key = RandomKey.FromSeed(1), Workers = Workers.AllCores });
    double worstZ = 0, worstSd = 0, rHat = 1, ess = double.PositiveInfinity;
    foreach (JsonProperty p in Summary(name).EnumerateObject())
    {
        double[] values = result.Values(p.Name);
        double mean = p.Value.GetProperty("mean").GetDouble(), sd = p.Value.GetProperty("sd").GetDouble();
        double error = p.Value.TryGetProperty("mcse_mean", out JsonElement given) ? given.GetDouble() : 0;
        double z = (Diagnostics.Mean(values) - mean) / double.Hypot(Diagnostics.McseMean(values, 4), error);
        double relative = (Diagnostics.StandardDeviation(values) / sd) - 1;
        worstZ = Math.Abs(z) > Math.Abs(worstZ) ? z : worstZ;
        worstSd = Math.Abs(relative) > Math.Abs(worstSd) ? relative : worstSd;
        rHat = Math.Max(rHat, Diagnostics.RHat(values, 4));
        ess = Math.Min(ess, Diagnostics.EssBulk(values, 4));
    }

    double gradients = result.Chains.Sum(c => c.Evaluations);
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {density.Dimension} | {worstZ:f1} | {100 * worstSd:f1} % | {rHat:f3} | {result.Divergences} | {ess:f0} | {gradients / ess:f0} |"));
}

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;

static JsonElement Summary(string name)
{
    string file = name switch
    {
        "german_credit_numeric-logistic_regression" => "inference-gym/logistic-regression.json",
        "irt_2pl" or "low_dim_corr_gauss" => $"stan-benchmarks/{name}.json",
        _ => $"posteriordb/{name}/reference.json",
    };
    using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root(), "tests", "reference", file)));
    return document.RootElement.GetProperty("summary").Clone();
}

static string Root()
{
    for (DirectoryInfo? folder = new(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
    {
        if (Directory.Exists(Path.Combine(folder.FullName, "tests", "reference")))
            return folder.FullName;
    }

    throw new DirectoryNotFoundException("Run this inside the repository: the references are in tests/reference.");
}
