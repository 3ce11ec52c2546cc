using FsCheck;
using FsCheck.Fluent;

namespace OptiCore.RL.Tests;

/// <summary>
/// A generated rollout with episodes that end in all ways. Inside a chain the next values are the values of the next entry; where a step is terminated they are NaN, so that
/// reading them shows.
/// </summary>
public sealed record GeneratedRollout(int Count, double Discount, double Lambda, float[] Rewards, float[] Values, float[] Ratios, bool[] Terminated, bool[] Truncated, float[] Tails)
{
    public static Arbitrary<GeneratedRollout> Any { get; } = (
        from count in Gen.Choose(1, 4)
        from steps in Gen.Choose(1, 14)
        let n = count * steps
        from discount in Gen.Elements(0, 0.5, 0.9, 1)
        from lambda in Gen.Elements(0, 0.3, 0.95, 1)
        from rewards in Numbers(n)
        from values in Numbers(n)
        from ratios in Gen.Choose(-200, 150).ArrayOf(n)
        from terminated in Flags(n)
        from truncated in Flags(n)
        from tails in Numbers(n)
        select new GeneratedRollout(count, discount, lambda, rewards, values, [.. ratios.Select(r => r / 100f)], terminated, truncated, tails)).ToArbitrary();

    public int Length => Rewards.Length;

    public float[] NextValues => [.. Enumerable.Range(0, Length).Select(e => Terminated[e] ? float.NaN : IsCut(e) ? Tails[e] : Values[e + Count])];

    public Rollout View(float[] nextValues) => new()
    {
        Count = Count,
        Discount = Discount,
        Rewards = Rewards,
        NextValues = nextValues,
        Terminated = Terminated,
        Truncated = Truncated,
    };

    public bool IsCut(int e) => e + Count >= Length || Terminated[e] || Truncated[e];

    /// <summary>The entries from one to the cut of its chain.</summary>
    public List<int> Chain(int entry)
    {
        var chain = new List<int> { entry };
        while (!IsCut(chain[^1]))
            chain.Add(chain[^1] + Count);
        return chain;
    }

    /// <summary>The value after an entry, 0 where terminated.</summary>
    public double Next(int e) => Terminated[e] ? 0 : NextValues[e];

    private static Gen<float[]> Numbers(int n) => Gen.Choose(-1000, 1000).ArrayOf(n).Select(values => values.Select(v => v / 100f).ToArray());

    private static Gen<bool[]> Flags(int n) => Gen.Choose(0, 6).ArrayOf(n).Select(values => values.Select(v => v == 0).ToArray());
}
