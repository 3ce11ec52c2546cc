using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Direct search: comparisons of values.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Search =>
    [
        new("Nelder-Mead", new NelderMead(), SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, adaptive", new NelderMead { Adaptive = true }, SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, no restarts", new NelderMead { MaxRestarts = 0 }, SolverProblem.Functions, 1e-9),
    ];
}
