namespace OptiCore.Bandits.Tests;

/// <summary>One policy with budgets under the laws that hold for every such policy.</summary>
/// <param name="Policy">The configured policy.</param>
/// <param name="Resources">The number of resources of its instances.</param>
/// <param name="IsRandomised">Whether choices depend on the key.</param>
public sealed record BudgetedRow(IBudgetedPolicy Policy, int Resources, bool IsRandomised = false);

/// <summary>The conformance table of policies with budgets: every one has at least one row; the laws need no further code.</summary>
public static class BudgetedTable
{
    public static IReadOnlyDictionary<string, BudgetedRow> Rows { get; } = new Dictionary<string, BudgetedRow>
    {
        ["PrimalDualBwK"] = new(new PrimalDualBwK(), 2),
        ["PrimalDualBwK, narrow"] = new(new PrimalDualBwK { Confidence = 0.05 }, 1),
        ["UcbBv1"] = new(new UcbBv1 { LeastCost = 0.2, Alpha = 0.1 }, 1),
        ["BudgetedThompsonSampling"] = new(new BudgetedThompsonSampling(), 1, IsRandomised: true),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];
}
