using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Models built from values: interpolation within a trust region.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Models =>
    [

    ];
}
