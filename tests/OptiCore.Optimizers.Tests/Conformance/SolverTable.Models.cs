using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Models built from values: interpolation within a trust region.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Models =>
    [
        new("BOBYQA", new Bobyqa(), SolverProblem.Functions, 1e-9),
        new("BOBYQA, n + 2 points", new Bobyqa { Points = 6 }, [SolverProblem.EasyFunctions[0]], 1e-9),
        new("BOBYQA, all quadratics", new Bobyqa { Points = 15 }, [SolverProblem.EasyFunctions[0]], 1e-9),
        new("BOBYQA, bounds", new Bobyqa { Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9),
        new("COBYLA", new Cobyla(), SolverProblem.EasyFunctions, 1e-9),
        new("COBYLA, bounds", new Cobyla { Bounds = Bounds.All(-4, 6) }, SolverProblem.EasyFunctions, 1e-9),
    ];
}
