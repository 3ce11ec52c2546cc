using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Direct search and global methods: comparisons of values.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Search =>
    [
        new("Nelder-Mead", new NelderMead(), SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, adaptive", new NelderMead { Adaptive = true }, SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, no restarts", new NelderMead { MaxRestarts = 0 }, SolverProblem.Functions, 1e-9),
        new("Nelder-Mead, bounds", new NelderMead { Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9),
        new("Powell", new Powell(), SolverProblem.Functions, 1e-9),
        new("Powell, bounds", new Powell { Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9),
        new("Pattern search, axes", new PatternSearch { Directions = PollDirections.Axes }, SolverProblem.EasyFunctions, 1e-9),
        new("Pattern search, OrthoMADS", new PatternSearch(), SolverProblem.EasyFunctions, 1e-9),
        new("Pattern search, complete polls, bounds", new PatternSearch { Opportunistic = false, Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9),
        new("DIRECT", new Direct { Bounds = Bounds.All(-4, 5.5), Variant = DirectVariant.Original }, SolverProblem.EasyFunctions, 1e-2) { ConvergesByItself = false, MaxIterations = 60 },
        new("DIRECT-L", new Direct { Bounds = Bounds.All(-4, 5.5) }, SolverProblem.EasyFunctions, 1e-3) { ConvergesByItself = false, MaxIterations = 300 },
        new("Basin hopping over BOBYQA", BasinHopping.Over(new Bobyqa { Bounds = Bounds.All(-4, 6), RadiusTolerance = 1e-5 }) with { Patience = 20 }, SolverProblem.EasyFunctions, 1e-8) { AllocatesNothing = false },
        new("Basin hopping over L-BFGS", BasinHopping.Over(new Lbfgs()) with { Patience = 20 }, SolverProblem.EasyFunctions, 1e-9) { AllocatesNothing = false },
        new("Dual annealing", new DualAnnealing { Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9) { AllocatesNothing = false, ConvergesByItself = false, MaxIterations = 200 },
        new("Generalized simulated annealing", new DualAnnealing { Bounds = Bounds.All(-4, 6), UseLocalSearch = false }, SolverProblem.EasyFunctions, 0.05) { ConvergesByItself = false, MaxIterations = 4000 },
    ];
}
