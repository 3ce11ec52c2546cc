namespace OptiCore.Bandits;

/// <summary>
/// UCB-V: a width by the measured variance V of each arm, mean + sqrt(2 V zeta ln t / n) + 3 c b zeta ln t / n for rewards in [0, b].
/// </summary>
/// <remarks>
/// <para>J.-Y. Audibert, R. Munos, C. Szepesvári (2009), "Exploration-exploitation tradeoff using variance estimates in multi-armed bandits", Theoretical Computer Science 410, with the exploration
/// function zeta ln t; V has the divisor n. For zeta = 1.2 and c = 1 the regret is at most 10 sum (variance / gap + 2 b) ln T over arms that aren't best: arms of small variance cost little, which
/// no policy that only knows b achieves. The paper asks for zeta &gt; 1 and 3 zeta c &gt; 1.</para>
/// <para>O(K) a choice. The last term dominates until n is of the order of b^2 ln t / V: at short horizons <see cref="UcbTuned"/> or <see cref="KlUcb"/> lose less. For rewards in an
/// interval that is wide beside their standard deviations this is the policy to take.</para>
/// </remarks>
[Algorithm("UCB-V", "Index policies", "J.-Y. Audibert, R. Munos, C. Szepesvári (2009), Exploration-exploitation tradeoff using variance estimates in multi-armed bandits")]
public sealed record UcbV : IBanditPolicy
{
    /// <summary>The factor zeta of ln t, positive. Default: 1.2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Zeta { get; init => field = Require.Positive(value); } = 1.2;

    /// <summary>The weight c of the term for unmeasured variance, at least 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double C { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The largest reward b, positive; the smallest is 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double LargestReward { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => new(0, LargestReward);

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new IndexState<Index>(this, arms, key, new Index(Zeta, 3 * C * LargestReward));

    private readonly struct Index(double zeta, double range) : IIndex
    {
        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double rate = zeta * round.LogPlays / arm.Count;
            return arm.Mean + Math.Sqrt(2 * arm.Variance * rate) + (range * rate);
        }
    }
}
