using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>First-order methods that ask for more than a gradient an iteration; update rules have a table of their own (<see cref="FirstOrderTable"/>).</content>
internal static partial class SolverTable
{
    private const int Steps = 3000;

    /// <summary>The easy functions that have products with their Hessian.</summary>
    private static IReadOnlyList<SolverProblem> Curved => [.. SolverProblem.EasyFunctions.Where(p => p.Problem is ITwiceDifferentiableFunction<double>)];

    private static IEnumerable<SolverRow<double>> FirstOrder =>
    [
        Row("SAM", new SharpnessAware(new Sgd { LearningRate = 0.1 }) { Radius = Schedule.Linear(0.05, 0, Steps - 200), Stopping = StoppingRules.Never }, 1e-9),
        Row("SAM, adaptive", new SharpnessAware(new Adam { LearningRate = Schedule.Cosine(0.1, Steps) }) { Radius = Schedule.Linear(0.05, 0, Steps - 200), Adaptive = true, Stopping = StoppingRules.Never }, 1e-9),
        Row("Sophia with products of the Hessian", new CurvatureFirstOrder(new Sophia { LearningRate = 0.05, Rho = 0.1, WeightDecay = 0 }) { Samples = 2, Stopping = StoppingRules.Never }, 1e-9) with { Problems = Curved },
        new("OASIS", new Oasis(), Curved, 1e-9),
        new("OASIS, momentum", new Oasis { LearningRate = 0.1, Momentum = 0.9 }, Curved, 1e-9),
    ];

    private static SolverRow<double> Row(string name, ISolver<double, SolverProbe<double>> solver, double tolerance) =>
        new(name, solver, SolverProblem.EasyFunctions, tolerance) { MaxIterations = Steps, ConvergesByItself = false };
}
