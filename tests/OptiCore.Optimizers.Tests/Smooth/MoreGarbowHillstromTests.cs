using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>The 35 problems of Moré, Garbow and Hillstrom from their standard starts, by each method with its default options but for the tolerance.</summary>
public class MoreGarbowHillstromTests
{
    private static readonly StoppingRules Stopping = new() { GradientTolerance = 1e-10 };
    private static readonly RunOptions Limits = new() { MaxIterations = 20_000, MaxEvaluations = 200_000 };

    // What a method misses, so that a change for better or worse shows. 10, Meyer: a curved valley of condition 1e15 in which x_2 has to move by thousands; methods whose only metric is
    // that of the variables, or of few products with the Hessian, take steps so short that they end at rounding or at a limit. 17, Osborne 1, is of that kind for conjugate gradients.
    // 18, Biggs EXP6: long exact steps leave the basin for a plateau of 0.2427 at infinity.
    private static readonly (string Name, Func<LeastSquaresProblem, SolverResult<double>> Run, int[] Missed)[] Rows =
    [
        ("L-BFGS-B", p => Minimize.Run(new LbfgsB { Stopping = Stopping }, p.SumOfSquares, p.Start, Limits), []),
        ("BFGS", p => Minimize.Run(new Bfgs { Stopping = Stopping }, p.SumOfSquares, p.Start, Limits), []),
        ("SR1", p => Minimize.Run(new SymmetricRankOne { Stopping = Stopping }, p.SumOfSquares, p.Start, Limits), []),
        ("CG, Polak-Ribiere", p => Minimize.Run(new NonlinearConjugateGradient { Stopping = Stopping }, p.SumOfSquares, p.Start, Limits), [10]),
        ("CG_DESCENT", p => Minimize.Run(new NonlinearConjugateGradient { Beta = new HagerZhangBeta(), LineSearch = new HagerZhang(), Stopping = Stopping }, p.SumOfSquares, p.Start, Limits), [10, 17]),
        ("Newton", p => Minimize.Run(new Newton { Stopping = Stopping }, Twice(p), p.Start, Limits), []),
        ("truncated Newton", p => Minimize.Run(new TruncatedNewton { Stopping = Stopping }, Twice(p), p.Start, Limits), []),
        ("trust region, exact", p => Minimize.Run(new TrustRegion { Subproblem = new MoreSorensen(), Stopping = Stopping }, Twice(p), p.Start, Limits), [18]),
        ("trust region, dogleg", p => Minimize.Run(new TrustRegion { Subproblem = new Dogleg(), Stopping = Stopping }, Twice(p), p.Start, Limits), []),
        ("trust region, Steihaug-Toint", p => Minimize.Run(new TrustRegion { Stopping = Stopping }, Twice(p), p.Start, Limits), [10]),
        ("trust region, Lanczos", p => Minimize.Run(new TrustRegion { Subproblem = new GeneralizedLanczos(), Stopping = Stopping }, Twice(p), p.Start, Limits), [10]),
    ];

    public static TheoryData<string> Names => [.. Rows.Select(r => r.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EndsInAPublishedMinimum(string name)
    {
        (_, Func<LeastSquaresProblem, SolverResult<double>> run, int[] missed) = Rows.Single(r => r.Name == name);
        List<string> wrong = [];
        for (int number = 1; number <= 35; number++)
        {
            LeastSquaresProblem problem = MoreGarbowHillstrom.Problem(number);
            SolverResult<double> result = run(problem);
            bool found = problem.Minima.Any(m => Math.Abs(result.Value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9);
            if (found == missed.Contains(number))
                wrong.Add($"{number} {problem.Name}: {result.Value:r}, {(found ? "found, but listed as missed" : $"none of {string.Join(", ", problem.Minima.Select(m => m.Value))}")}. {result}");
        }

        Assert.True(wrong.Count == 0, $"{name}:\n{string.Join('\n', wrong)}");
    }

    private static ITwiceDifferentiableFunction<double> Twice(LeastSquaresProblem p) => p.SumOfSquares.WithHessianByDifferences();
}
