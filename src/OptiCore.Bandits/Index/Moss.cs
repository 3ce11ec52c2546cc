namespace OptiCore.Bandits;

/// <summary>
/// MOSS, minimax optimal for a known horizon T: mean + sqrt(max(0, ln(T / (K n))) / n).
/// </summary>
/// <remarks>
/// J.-Y. Audibert, S. Bubeck (2009), "Minimax policies for adversarial and stochastic bandits", COLT. For rewards in [0, 1] the regret is at
/// most 49 sqrt(K T), without the logarithm of UCB1. The horizon has to be known; beyond it the policy no longer explores. O(K) a choice,
/// one logarithm an arm.
/// </remarks>
[Algorithm("MOSS", "Index policies", "J.-Y. Audibert, S. Bubeck (2009), Minimax policies for adversarial and stochastic bandits")]
public sealed record Moss : IBanditPolicy
{
    /// <summary>The number T of plays that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new IndexState<Index>(this, arms, key, new Index(Horizon));

    private readonly struct Index(long horizon) : IIndex
    {
        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double ratio = horizon / (round.Arms * arm.Count);
            return ratio <= 1 ? arm.Mean : arm.Mean + Math.Sqrt(Math.Log(ratio) / arm.Count);
        }
    }
}
