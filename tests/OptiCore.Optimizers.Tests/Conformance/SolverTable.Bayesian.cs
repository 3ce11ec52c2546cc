using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Surrogate models.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Bayesian =>
    [
        new("Bayesian optimization", new BayesianOptimization { Space = Square, Process = Quick, Candidates = 64 }, Booth, 0.05) { AllocatesNothing = false, ConvergesByItself = false, MaxIterations = 40 },
        new("Bayesian optimization, batches", new BayesianOptimization { Space = Square, Process = Quick, Candidates = 64, BatchSize = 2 }, Booth, 0.05) { AllocatesNothing = false, ConvergesByItself = false, MaxIterations = 30 },
        new("TuRBO", new Turbo { Space = Square, Process = Quick with { LengthScalePrior = false, MaxLengthScale = 2 }, MaxCandidates = 64 }, Booth, 0.5) { AllocatesNothing = false, ConvergesByItself = false, MaxIterations = 60 },
    ];

    private static SearchSpace Square => SearchSpace.Of(new Bounds([-10, -10], [10, 10]));

    private static GaussianProcessOptions Quick => new() { Restarts = 0, MaxIterations = 8 };

    private static SolverProblem[] Booth => [SolverProblem.EasyFunctions[1]];
}
