#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// The 35 unconstrained problems of Moré, Garbow and Hillstrom (1981) from their standard starts, by every method for smooth functions with its default options and a
// gradient tolerance of 1e-8. A cell is the number of points where value and gradient were computed; in parentheses where the run ended elsewhere than in a published
// minimum (1e-6 of its value and 1e-9). Products with Hessians, by differences of gradients here, are counted apart, in the last line.
//
//   dotnet run samples/scorecards/more-garbow-hillstrom.cs
//
// Another method is another row of the first table.

using OptiCore;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

StoppingRules stopping = new() { GradientTolerance = 1e-8 };
var limits = new RunOptions { MaxIterations = 20_000, MaxEvaluations = 500_000 };
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
    ("trunc. N.", p => Minimize.Run(new TruncatedNewton { Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR exact", p => Minimize.Run(new TrustRegion { Subproblem = new MoreSorensen(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR dogleg", p => Minimize.Run(new TrustRegion { Subproblem = new Dogleg(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR CG", p => Minimize.Run(new TrustRegion { Subproblem = new SteihaugToint(), Stopping = stopping }, Twice(p), p.Start, limits)),
    ("TR GLTR", p => Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = stopping }, Twice(p), p.Start, limits)),
];

var solved = new int[methods.Length];
var products = new long[methods.Length];
var counts = new List<long>[methods.Length];
Console.Write($"{"problem",-31} {"n",3}");
for (int k = 0; k < methods.Length; k++)
{
    counts[k] = [];
    Console.Write($" {methods[k].Name,9}");
}

Console.WriteLine();
for (int number = 1; number <= 35; number++)
{
    LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
    Console.Write($"{number,2} {problem.Name,-28} {problem.Dimension,3}");
    for (int k = 0; k < methods.Length; k++)
    {
        SolverResult<double> result = methods[k].Run(problem);
        bool found = problem.Minima.Any(m => Math.Abs(result.Value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9);
        solved[k] += found ? 1 : 0;
        products[k] += result.Evaluations.HessianProducts;
        counts[k].Add(result.Evaluations.Gradients);
        Console.Write($" {(found ? $"{result.Evaluations.Gradients}" : $"({result.Evaluations.Gradients})"),9}");
    }

    Console.WriteLine();
}

Line("minima found", k => solved[k]);
Line("median of the counts", k => counts[k].Order().ElementAt(17));
Line("products with Hessians", k => products[k]);

void Line(string title, Func<int, long> value)
{
    Console.Write($"{title,-35}");
    for (int k = 0; k < methods.Length; k++)
        Console.Write($" {value(k),9}");
    Console.WriteLine();
}

static ITwiceDifferentiableFunction<double> Twice(LeastSquaresProblem p) => p.SumOfSquares.WithHessianByDifferences();
