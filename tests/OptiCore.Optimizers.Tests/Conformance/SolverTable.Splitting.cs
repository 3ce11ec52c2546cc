using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Projected, proximal and splitting methods.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Splitting =>
    [

    ];
}
