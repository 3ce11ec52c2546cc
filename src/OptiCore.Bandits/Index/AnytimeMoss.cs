namespace OptiCore.Bandits;

/// <summary>
/// MOSS-anytime, minimax optimal without a known horizon: mean + sqrt((1 + alpha) / 2 max(0, ln(t / (K n))) / n).
/// </summary>
/// <remarks>
/// <para>R. Degenne, V. Perchet (2016), "Anytime optimal algorithms in stochastic multi-armed bandits", ICML. The current time t stands where <see cref="Moss"/> has the horizon; for alpha = 1.35,
/// the paper's, the regret is of the order sqrt(K T) at every T for rewards in [0, 1] (sub-Gaussian with variance 1/4).</para>
/// <para>O(K) a choice, one logarithm an arm. Take it where the worst case over gaps matters and T isn't known; <see cref="KlUcb"/> has the smaller regret on a fixed instance in the long run.</para>
/// </remarks>
[Algorithm("MOSS-anytime", "Index policies", "R. Degenne, V. Perchet (2016), Anytime optimal algorithms in stochastic multi-armed bandits")]
public sealed record AnytimeMoss : IBanditPolicy
{
    /// <summary>The paper's alpha, at least 0. Default: 1.35.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1.35;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new IndexState<Index>(this, arms, key, new Index(0.5 * (1 + Alpha)));

    private readonly struct Index(double scale) : IIndex
    {
        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double ratio = round.Plays / (round.Arms * arm.Count);
            return ratio <= 1 ? arm.Mean : arm.Mean + Math.Sqrt(scale * Math.Log(ratio) / arm.Count);
        }
    }
}
