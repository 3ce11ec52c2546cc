namespace OptiCore.Bandits.Tests;

/// <summary>One dueling policy under the laws that hold for every dueling policy.</summary>
/// <param name="Policy">The configured policy.</param>
/// <param name="LearnsCopeland">Whether regret is sublinear where no arm beats every other.</param>
public sealed record DuelingRow(IDuelingPolicy Policy, bool LearnsCopeland = true);

/// <summary>The conformance table of dueling policies: every one has at least one row; the laws need no further code.</summary>
public static class DuelingTable
{
    public static IReadOnlyDictionary<string, DuelingRow> Rows { get; } = new Dictionary<string, DuelingRow>
    {
        ["RelativeUcb"] = new(new RelativeUcb(), LearnsCopeland: false),
        ["DoubleThompsonSampling"] = new(new DoubleThompsonSampling()),
        ["DoubleThompsonSampling, ties by regret"] = new(new DoubleThompsonSampling { BreaksTiesByRegret = true }),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];
}
