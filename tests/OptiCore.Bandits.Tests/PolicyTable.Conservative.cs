namespace OptiCore.Bandits.Tests;

/// <summary>Policies that may not be much worse than a baseline arm.</summary>
public static partial class PolicyTable
{
    // In the law of permutations arm 0 is at place 1; in that of regret it is the best arm, with the mean that is said to be known.
    private static Dictionary<string, PolicyRow> Conservative() => new()
    {
        ["ConservativeUcb"] = new(new ConservativeUcb { NoiseScale = 0.2 }, DependsOnOrder: true, ExploresByPlan: true, Permuted: new ConservativeUcb { NoiseScale = 0.2, Baseline = 1 }),
        ["ConservativeUcb, mean known"] = new(
            new ConservativeUcb { NoiseScale = 0.2, Alpha = 0.4, BaselineMean = 0.9 }, DependsOnOrder: true, ExploresByPlan: true, Permuted: new ConservativeUcb { NoiseScale = 0.2, Alpha = 0.4, BaselineMean = 0.9, Baseline = 1 }),
    };
}
