using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Conformance;

/// <summary>The table of optimizers, a file for each family. A new algorithm needs one row; the laws then hold for it, or a test fails.</summary>
internal static partial class SolverTable
{
    public static IReadOnlyList<SolverRow<double>> Rows { get; } =
    [
        .. FirstOrder,
        .. Smooth,
        .. LeastSquares,
        .. Search,
        .. Models,
        .. Evolution,
        .. Splitting,
        .. Constrained,
        .. Bayesian,
    ];
}
