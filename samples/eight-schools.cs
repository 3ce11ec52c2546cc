#:project ../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Does coaching raise test scores? Eight schools, eight noisy answers, and a hierarchical model that lets them learn from each other.
// Run with: dotnet run samples/eight-schools.cs
using OptiCore;
using OptiCore.Problems;
using OptiCore.Samplers;

// A target is a log density with its gradient, in coordinates without constraints; names and constraints come with it (ILogDensity).
// A plain function does as well: Function.WithGradient<double>(2, (x, gradient) => ...).
ILogDensity posterior = new EightSchoolsNonCentered();

SamplingResult result = Sample.Run(new NoUTurn(), posterior, new SamplingOptions
{
    Chains = 4,
    WarmUp = 1000,
    Draws = 1000,
    Key = RandomKey.FromSeed(1), // the same draws on every machine, for any number of workers
    Workers = Workers.AllCores,
});

// Means, errors, quantiles and diagnostics, and in words what there is to worry about.
Console.WriteLine(result.Summary());

// Any question about the parameters is a question about the draws.
double[] first = result.Values("theta[1]"), third = result.Values("theta[3]");
double better = first.Zip(third).Average(pair => pair.First > pair.Second ? 1 : 0);
Console.WriteLine($"The chance that coaching does more in school 1 than in school 3: {better:p0}");

// One file for each chain, as CmdStan writes them: arviz.from_cmdstan("eight-schools-*.csv"), or cmdstanr and bayesplot in R.
string folder = args.Length > 0 ? args[0] : Path.GetTempPath();
for (int chain = 0; chain < result.Chains.Count; chain++)
{
    using FileStream file = File.Create(Path.Combine(folder, $"eight-schools-{chain + 1}.csv"));
    StanCsv.Write(file, result, chain);
}

Console.WriteLine($"{result.Chains.Count} files eight-schools-*.csv are in {folder}");
