namespace OptiCore.Bandits;

/// <summary>
/// KL-UCB: the largest q that the data of the arm don't refute, max { q : n kl(mean, q) &lt;= ln t + c ln ln t }, with the Kullback-Leibler
/// divergence kl of the family of rewards.
/// </summary>
/// <remarks>
/// <para>A. Garivier, O. Cappé (2011), "The KL-UCB algorithm for bounded stochastic bandits and beyond", COLT. With the Bernoulli divergence it
/// is valid for every reward in [0, 1] and asymptotically optimal for rewards of 0 and 1: its regret meets the lower bound of Lai and Robbins,
/// sum gap / kl(mean, best) ln T. The analysis has c = 3; the paper recommends c = 0 in practice. The c term counts from t = 4 on.</para>
/// <para>Each index is solved to full double accuracy, but an arm is first tested by one divergence at the largest index so far, and solved
/// only if it may reach it: the same choice for about one equation a round. O(K) a choice.</para>
/// </remarks>
[Algorithm("KL-UCB", "Index policies", "A. Garivier, O. Cappé (2011), The KL-UCB algorithm for bounded stochastic bandits and beyond")]
public sealed record KlUcb : IBanditPolicy
{
    /// <summary>The weight c of ln ln t. Default: 0, as the paper recommends in practice.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double C { get; init => field = Require.NonNegative(value); }

    /// <summary>The family of rewards, whose divergence is used. Default: Bernoulli, for all rewards in [0, 1].</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public RewardFamily Family { get; init => field = Require.NotNull(value); } = RewardFamily.Bernoulli;

    RewardRange IPolicy.Rewards => Family.Rewards;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => Family.Accept<Starter, BanditState>(new Starter(this, arms, key));

    private readonly struct Starter(KlUcb policy, int arms, RandomKey key) : IDivergenceVisitor<BanditState>
    {
        public BanditState Visit<TDivergence>(TDivergence divergence) where TDivergence : struct, IDivergence =>
            new IndexState<Index<TDivergence>>(policy, arms, key, new Index<TDivergence>(policy.C, divergence));
    }

    private readonly struct Index<TDivergence>(double c, TDivergence divergence) : IIndex where TDivergence : struct, IDivergence
    {
        // An arm is passed over only if it misses the level clearly, by far more than the rounding of divergence and solution: arms whose
        // indices agree up to rounding are compared by their solved indices, as the plain rule does.
        private const double Margin = 1 + 1e-9;

        public double Value(in ArmStatistics arm, in RoundContext round)
        {
            double budget = round.LogPlays;
            if (c != 0 && round.Plays > 3)
                budget += c * Math.Log(budget);
            budget /= arm.Count;
            if (round.Level > arm.Mean && divergence.Exceeds(arm.Mean, round.Level, budget * Margin))
                return double.NegativeInfinity;
            return divergence.UpperBound(arm.Mean, budget);
        }
    }
}
