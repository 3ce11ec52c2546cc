namespace OptiCore.RL.Games;

/// <summary>
/// Counterfactual regret minimisation: every information set plays by regret matching, sigma(a) ~ max(R(a), 0), where R(a) sums over the iterations what a would have earned more, v(a) - sum_b sigma(b) v(b), with values weighed by how likely the
/// others and chance lead to the set. In a zero-sum game of two the average strategies tend to an equilibrium: the exploitability is at most Delta |I| sqrt(|A| / T) after T iterations, with Delta the range of returns.
/// </summary>
/// <remarks>
/// M. Zinkevich, M. Johanson, M. Bowling, C. Piccione (2007), "Regret minimization in games with incomplete information". The average weighs a strategy by the player's own probability of reaching the set. One iteration costs three sweeps over the
/// tree, or as many for each player when they are updated in turn. <see cref="CounterfactualRegretPlus"/> is nearly always faster.
/// </remarks>
[Algorithm("CFR", "Games", "M. Zinkevich, M. Johanson, M. Bowling, C. Piccione (2007), Regret minimization in games with incomplete information", Capabilities = "extensive form, chance and hidden information; equilibrium of zero-sum games of two")]
public sealed record CounterfactualRegret
{
    /// <summary>Whether players are updated in turn, each against the others' newest strategies, and not all at the same time as in the paper. Default: no.</summary>
    public bool IsAlternating { get; init; }

    /// <summary>Starts a run with equal probabilities.</summary>
    /// <param name="tree">The game.</param>
    public RegretMinimization Start(GameTree tree) => new(Require.NotNull(tree), isPlus: false, IsAlternating, delay: 0);
}

/// <summary>
/// CFR+: counterfactual regret minimisation with a floor under the regrets, R(a) = max(R(a) + r(a), 0), so that an action that becomes good is played at once; the players are updated in turn, and the strategy of iteration t has the weight
/// max(t - d, 0) in the average. The bound is that of <see cref="CounterfactualRegret"/>; in practice the exploitability falls much faster, often like 1 / T.
/// </summary>
/// <remarks>
/// O. Tammelin (2014), "Solving large imperfect information games using CFR+". In the turn of one player the other player's current strategy is averaged, as in the paper's algorithm. One iteration costs three sweeps over the tree for each player.
/// </remarks>
[Algorithm("CFR+", "Games", "O. Tammelin (2014), Solving large imperfect information games using CFR+", Capabilities = "extensive form, chance and hidden information; equilibrium of zero-sum games of two")]
public sealed record CounterfactualRegretPlus
{
    /// <summary>The number d of iterations that aren't averaged. Default: 0.</summary>
    public int AveragingDelay { get; init => field = Require.NonNegative(value); }

    /// <summary>Starts a run with equal probabilities.</summary>
    /// <param name="tree">The game.</param>
    public RegretMinimization Start(GameTree tree) => new(Require.NotNull(tree), isPlus: true, isAlternating: true, AveragingDelay);
}
