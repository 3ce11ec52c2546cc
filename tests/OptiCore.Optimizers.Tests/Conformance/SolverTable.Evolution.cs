using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Populations and random search.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Evolution =>
    [

    ];
}
