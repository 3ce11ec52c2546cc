namespace OptiCore.Bandits.Tests;

/// <summary>How the regret of a policy grows.</summary>
public enum Growth
{
    /// <summary>Slower than the square root of time, once the gaps are resolved.</summary>
    Sublinear,

    /// <summary>By a constant a round.</summary>
    Linear,

    /// <summary>At most 2.63 sqrt(T K ln K) at a horizon T that the policy is set for, the bound of EXP3; before it perhaps by a constant a round.</summary>
    Minimax,

    /// <summary>By a constant a round, as the policy forgets what it knew; well below that of uniform play.</summary>
    Forgetful,
}

/// <summary>One policy under the laws that hold for every policy.</summary>
/// <param name="Policy">The configured policy.</param>
/// <param name="IsRandomised">Whether choices depend on the key.</param>
/// <param name="Growth">How its regret grows on Bernoulli instances.</param>
/// <param name="RegretPerRound">The regret of a round of the instance in the test once the means are known, where it grows linearly.</param>
/// <param name="DependsOnOrder">Whether choices depend on the order in which arms were played, so that permuted arms give permuted choices only on average.</param>
/// <param name="ExploresByPlan">Whether some choices follow a plan and not the scores.</param>
/// <param name="Permuted">Where an option names arm 0, which is played until others are allowed: the policy with that arm at its place in the law of permutations.</param>
/// <param name="ProbabilityDraws">The number of draws behind the probabilities; 0 where they are exact.</param>
public sealed record PolicyRow(
    IBanditPolicy Policy,
    bool IsRandomised = false,
    Growth Growth = Growth.Sublinear,
    double RegretPerRound = double.NaN,
    bool DependsOnOrder = false,
    bool ExploresByPlan = false,
    IBanditPolicy? Permuted = null,
    int ProbabilityDraws = 0);

/// <summary>The conformance table: every policy of the package has at least one row; the laws need no further code.</summary>
public static partial class PolicyTable
{
    public static IReadOnlyDictionary<string, PolicyRow> Rows { get; } = new Dictionary<string, PolicyRow>([.. Stochastic(), .. Adversarial(), .. NonStationary(), .. PureExploration(), .. Conservative()]);

    public static TheoryData<string> Names => [.. Rows.Keys];
}
