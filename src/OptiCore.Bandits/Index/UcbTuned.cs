namespace OptiCore.Bandits;

/// <summary>
/// UCB-Tuned: UCB1 whose width follows the measured variance V of each arm:
/// mean + sqrt(ln t / n min(1/4, V + sqrt(2 ln t / n))).
/// </summary>
/// <remarks>
/// P. Auer, N. Cesa-Bianchi, P. Fischer (2002), "Finite-time analysis of the multiarmed bandit problem", section 4. V has the divisor n;
/// 1/4 is the largest variance in [0, 1]. No regret bound is known, but it loses much less than <see cref="Ucb1"/> in practice. O(K) a choice.
/// </remarks>
[Algorithm("UCB-Tuned", "Index policies", "P. Auer, N. Cesa-Bianchi, P. Fischer (2002), Finite-time analysis of the multiarmed bandit problem, section 4")]
public sealed record UcbTuned : IBanditPolicy
{
    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new IndexState<Index>(this, arms, key, default);

    private readonly struct Index : IIndex
    {
        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double rate = round.LogPlays / arm.Count;
            return arm.Mean + Math.Sqrt(rate * Math.Min(0.25, arm.Variance + Math.Sqrt(2 * rate)));
        }
    }
}
