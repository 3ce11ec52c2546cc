using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <content>Surrogate models.</content>
internal static partial class SolverTable
{
    private static IEnumerable<SolverRow<double>> Bayesian =>
    [

    ];
}
