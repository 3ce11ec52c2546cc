using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Nonlinear constraints.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Constrained =>
    [

    ];
}
