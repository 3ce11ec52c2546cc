#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// The 35 unconstrained problems of Moré, Garbow and Hillstrom (1981) from their standard starts, by every method that suits them, with default options and a gradient tolerance of 1e-8 where a method
// has one. A cell is the number of points that were evaluated: values with gradients, residuals with or without their Jacobian, or values; in parentheses where the run ended elsewhere than in a
// published minimum (1e-6 of its value and 1e-9). Products with Hessians, by differences of gradients here, are counted apart. Then the same methods beside SciPy 1.10 with its tolerances, on the
// problems of which there are stored counts.
//
//   dotnet run -c Release samples/scorecards/more-garbow-hillstrom.cs           from the root of the repository
//
// Another method is another row of the first table.

using System.Text.Json;
using OptiCore;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

StoppingRules stopping = Gradient(1e-8);
var limits = new RunOptions { MaxIterations = 100_000, MaxEvaluations = 200_000 };
(string Name, Func<LeastSquaresProblem, SolverResult<double>> Run)[] methods =
[
    ("L-BFGS", p => Minimize.Run(new Lbfgs { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("L-BFGS-B", p => Minimize.Run(new LbfgsB { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("BFGS", p => Minimize.Run(new Bfgs { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("SR1", p => Minimize.Run(new SymmetricRankOne { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("CG PR+", p => Minimize.Run(new NonlinearConjugateGradient { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("CG HZ", p => Minimize.Run(new NonlinearConjugateGradient { Beta = new HagerZhangBeta(), LineSearch = new HagerZhang(), Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("BB", p => Minimize.Run(new BarzilaiBorwein { Stopping = stopping }, p.SumOfSquares, p.Start, limits)),
    ("Newton", p => Minimize.Run(new Newton { Stopping = stopping }, Twice(p), p.Start, limits)),
    ("trunc.N.", p => Minimize.Run(new TruncatedNewton { Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR exact", p => Minimize.Run(new TrustRegion { Subproblem = new MoreSorensen(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR dogl.", p => Minimize.Run(new TrustRegion { Subproblem = new Dogleg(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR CG", p => Minimize.Run(new TrustRegion { Subproblem = new SteihaugToint(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR GLTR", p => Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("LM", p => Minimize.Run(new LevenbergMarquardt(), p.Residuals, p.Start, limits)),
    ("LM geod.", p => Minimize.Run(new LevenbergMarquardt { GeodesicAcceleration = true }, p.Residuals, p.Start, limits)),
    ("dogleg", p => Minimize.Run(new PowellDogleg(), p.Residuals, p.Start, limits)),
    ("TRF", p => Minimize.Run(new TrustRegionReflective(), p.Residuals, p.Start, limits)),
    ("G.-N.", p => Minimize.Run(new GaussNewton(), p.Residuals, p.Start, limits)),
    ("BOBYQA", p => Minimize.Run(new Bobyqa(), p.SumOfSquares, p.Start, limits)),
    ("Powell", p => Minimize.Run(new Powell(), p.SumOfSquares, p.Start, limits)),
    ("N.-Mead", p => Minimize.Run(new NelderMead { Adaptive = true }, p.SumOfSquares, p.Start, limits)),
];

var found = new int[methods.Length];
var products = new long[methods.Length];
var counts = new List<long>[methods.Length];
Console.Write($"{"problem",-31} {"n",3}");
for (int k = 0; k < methods.Length; k++)
{
    counts[k] = [];
    Console.Write($" {methods[k].Name,8}");
}

Console.WriteLine();
for (int number = 1; number <= 35; number++)
{
    LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
    Console.Write($"{number,2} {problem.Name[..Math.Min(28, problem.Name.Length)],-28} {problem.Dimension,3}");
    for (int k = 0; k < methods.Length; k++)
    {
        SolverResult<double> result = methods[k].Run(problem);

        // Methods of least squares minimise half the sum.
        double value = result.Evaluations.Residuals + result.Evaluations.Jacobians > 0 ? 2 * result.Value : result.Value;
        bool isMinimum = problem.Minima.Any(m => Math.Abs(value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9);
        long count = result.Evaluations.Points - result.Evaluations.HessianProducts;
        found[k] += isMinimum ? 1 : 0;
        products[k] += result.Evaluations.HessianProducts;
        counts[k].Add(count);
        Console.Write($" {(isMinimum ? $"{count}" : $"({count})"),8}");
    }

    Console.WriteLine();
}

Console.WriteLine();
Console.WriteLine("| method | minima found | median evaluations | evaluations in all | products with Hessians |");
Console.WriteLine("| --- | --- | --- | --- | --- |");
foreach (int k in Enumerable.Range(0, methods.Length).OrderBy(k => found[k]).ThenByDescending(k => counts[k].Order().ElementAt(17)))
    Console.WriteLine($"| {methods[k].Name} | {found[k]} of 35 | {counts[k].Order().ElementAt(17)} | {counts[k].Sum()} | {products[k]} |");

string file = Path.Combine("tests", "reference", "golden", "04_minimize.json");
if (!File.Exists(file))
    return;

// SciPy's names of the problems, ours with their dimensions, and the peer's methods with its tolerances.
(string Name, int Number, int Dimension)[] shared =
[
    ("rosenbrock_2", 1, 0), ("freudenstein_roth", 2, 0), ("brown_badly_scaled", 4, 0), ("beale", 5, 0), ("powell_singular", 13, 4), ("wood", 14, 0), ("brown_dennis", 16, 0),
    ("penalty1_4", 23, 4), ("variably_dim_8", 25, 8), ("trigonometric_5", 26, 5), ("broyden_tridiagonal_10", 30, 10),
];
(string Name, Func<LeastSquaresProblem, SolverResult<double>> Run)[] peers =
[
    ("L-BFGS-B", p => Minimize.Run(new LbfgsB { Stopping = new() { GradientTolerance = 1e-10, ValueTolerance = 1e-15 } }, p.SumOfSquares, p.Start, limits)),
    ("BFGS", p => Minimize.Run(new Bfgs { Stopping = Gradient(1e-7) }, p.SumOfSquares, p.Start, limits)),
    ("CG", p => Minimize.Run(new NonlinearConjugateGradient { Stopping = Gradient(1e-6) }, p.SumOfSquares, p.Start, limits)),
    ("Newton-CG", p => Minimize.Run(new TruncatedNewton { Stopping = new() { StepTolerance = 1e-12 } }, Twice(p), p.Start, limits)),
    ("TNC", p => Minimize.Run(new TruncatedNewton { Stopping = new() { GradientTolerance = 1e-10, ValueTolerance = 1e-15 } }, Twice(p), p.Start, limits)),
    ("trust-exact", p => Minimize.Run(new TrustRegion { Subproblem = new MoreSorensen(), Stopping = Gradient(1e-8) }, Twice(p), p.Start, limits)),
    ("trust-ncg", p => Minimize.Run(new TrustRegion { Stopping = Gradient(1e-8) }, Twice(p), p.Start, limits)),
    ("trust-krylov", p => Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = Gradient(1e-7) }, Twice(p), p.Start, limits)),
    ("Nelder-Mead", p => Minimize.Run(new NelderMead { PointTolerance = 1e-8, ValueTolerance = 1e-10, MaxRestarts = 0 }, p.SumOfSquares, p.Start, limits)),
    ("Powell", p => Minimize.Run(new Powell(), p.SumOfSquares, p.Start, limits)),
];

using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
Dictionary<string, JsonElement> cases = document.RootElement.GetProperty("cases").EnumerateArray().ToDictionary(c => c.GetProperty("id").GetString()!);
var ratios = new List<double>[peers.Length];
int[] ours = new int[peers.Length], theirs = new int[peers.Length], more = new int[peers.Length];
Console.WriteLine();
Console.WriteLine("Evaluations beside SciPy's; in parentheses where the minimum wasn't found.");
Console.Write($"{"problem",-23}");
for (int k = 0; k < peers.Length; k++)
{
    ratios[k] = [];
    Console.Write($" {peers[k].Name,15}");
}

Console.WriteLine();
foreach ((string name, int number, int dimension) in shared)
{
    LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number, dimension);
    double first = document.RootElement.GetProperty("problems").GetProperty(name).GetProperty("f0").GetDouble();
    if (Math.Abs(problem.SumOfSquares.Value(problem.Start) - first) > 1e-9 * Math.Abs(first))
        throw new InvalidOperationException($"{name} starts at {problem.SumOfSquares.Value(problem.Start)} here and at {first} there.");
    Console.Write($"{name,-23}");
    for (int k = 0; k < peers.Length; k++)
    {
        JsonElement peer = cases[$"{name}/{peers[k].Name}"];
        SolverResult<double> result = peers[k].Run(problem);

        // SciPy's TNC multiplies with the Hessian by differences of gradients, which it counts.
        long count = result.Evaluations.Points - (peers[k].Name == "TNC" ? 0 : result.Evaluations.HessianProducts), peerCount = peer.GetProperty("nfev").GetInt64();
        bool isFound = IsMinimum(problem, result.Value), peerFound = IsMinimum(problem, peer.GetProperty("fun").GetDouble());
        (ours[k], theirs[k], more[k]) = (ours[k] + (isFound ? 1 : 0), theirs[k] + (peerFound ? 1 : 0), more[k] + (isFound && peerFound && count > peerCount ? 1 : 0));
        if (isFound && peerFound)
            ratios[k].Add(count / (double)peerCount);
        Console.Write($" {$"{(isFound ? $"{count}" : $"({count})")} / {(peerFound ? $"{peerCount}" : $"({peerCount})")}",15}");
    }

    Console.WriteLine();
}

Console.WriteLine();
Console.WriteLine("| SciPy's method | ours found | SciPy found | median of ours / SciPy's evaluations | ours needs more on |");
Console.WriteLine("| --- | --- | --- | --- | --- |");
foreach (int k in Enumerable.Range(0, peers.Length).OrderByDescending(k => Median(ratios[k])))
    Console.WriteLine($"| {peers[k].Name} | {ours[k]} of {shared.Length} | {theirs[k]} of {shared.Length} | {Median(ratios[k]):f2} | {more[k]} of {ratios[k].Count} |");

static double Median(List<double> values) => values.Count % 2 == 1 ? values.Order().ElementAt(values.Count / 2) : values.Order().Skip((values.Count / 2) - 1).Take(2).Average();

static bool IsMinimum(LeastSquaresProblem problem, double value) => problem.Minima.Any(m => Math.Abs(value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9);

static StoppingRules Gradient(double tolerance) => new() { GradientTolerance = tolerance };

static ITwiceDifferentiableFunction<double> Twice(LeastSquaresProblem p) => p.SumOfSquares.WithHessianByDifferences();
