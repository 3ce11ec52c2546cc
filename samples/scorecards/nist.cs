#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Levenberg-Marquardt on the 18 nonlinear regression sets of NIST's Statistical Reference Datasets, with default options, from both official
// starting points. Digits: the smallest -log10 of the relative error over all parameters; NIST certifies 11.
//
//   dotnet run samples/scorecards/nist.cs

using OptiCore;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

Console.WriteLine($"{"set",-10} {"level",-8} | {"start 1",-37} | {"start 2",-37}");
Console.WriteLine($"{"",-10} {"",-8} | {"digits",6} {"s.d.",5} {"iter.",5} {"eval.",5} {"status",-12} | {"digits",6} {"s.d.",5} {"iter.",5} {"eval.",5} {"status",-12}");

int solved = 0, runs = 0;
double least = double.PositiveInfinity;
foreach (NistProblem problem in NistStrd.LoadAll())
{
    Console.Write($"{problem.Name,-10} {problem.Level,-8}");
    foreach (double[] start in new[] { problem.Start1, problem.Start2 })
    {
        SolverResult<double> result = Minimize.Run(new LevenbergMarquardt(), problem.Residuals, start);
        LeastSquaresFit fit = LeastSquaresFit.Of(problem.Residuals, result);
        double digits = problem.Digits(result.Point);
        Console.Write($" | {digits,6:f1} {problem.StandardDeviationDigits(fit.StandardDeviations),5:f1} {result.Iterations,5} {result.Evaluations.Points,5} {result.Status,-12}");
        runs++;
        solved += digits >= 6 ? 1 : 0;
        least = Math.Min(least, digits);
    }

    Console.WriteLine();
}

Console.WriteLine();
Console.WriteLine($"Six digits or more: {solved} of {runs} runs. Fewest digits: {least:f1}.");
Console.WriteLine("Lanczos1: its residuals are the rounding errors of its data, so its standard deviations have no digits in double precision.");
