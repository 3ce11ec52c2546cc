namespace OptiCore.Bandits;

/// <summary>
/// UCB1: the largest mean + alpha sqrt(2 ln t / n), t being the plays so far and n those of the arm; every arm once at first.
/// </summary>
/// <remarks>
/// <para>P. Auer, N. Cesa-Bianchi, P. Fischer (2002), "Finite-time analysis of the multiarmed bandit problem", Machine Learning 47, with
/// alpha = 1 for rewards in [0, 1]. Rewards in an interval of width w need alpha = w for the same guarantee: regret at most
/// 8 sum ln T / gap + (1 + pi^2/3) sum gap.</para>
/// <para>O(K) a choice, no randomness. Simple and robust, but it explores far more than needed: <see cref="KlUcb"/>,
/// <see cref="UcbTuned"/> or <see cref="ThompsonSampling"/> lose several times less.</para>
/// </remarks>
[Algorithm("UCB1", "Index policies", "P. Auer, N. Cesa-Bianchi, P. Fischer (2002), Finite-time analysis of the multiarmed bandit problem")]
public sealed record Ucb1 : IBanditPolicy
{
    /// <summary>The weight alpha of exploration. 0 is greedy. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new IndexState<Index>(this, arms, key, new Index(Alpha));

    private readonly struct Index(double alpha) : IIndex
    {
        public double Value(in ArmStatistics arm, in RoundContext round) => arm.Mean + (alpha * Math.Sqrt(2 * round.LogPlays / arm.Count));
    }
}
