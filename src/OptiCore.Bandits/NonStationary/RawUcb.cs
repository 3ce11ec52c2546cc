namespace OptiCore.Bandits;

/// <summary>
/// RAW-UCB: the largest of min over windows h of (mean of the arm's last h rewards + sqrt(2 sigma^2 alpha ln t / h)), an upper bound that stays valid while means fall.
/// </summary>
/// <remarks>
/// <para>J. Seznec, P. Ménard, A. Lazaric, M. Valko (2020), "A single algorithm for both restless and rested rotting bandits", AISTATS; here in its efficient form, with windows 1, 2, 4, ... The regret
/// is O(sqrt(K T ln T)) and logarithmic where gaps are, for means that fall with the plays of the arm (rested), with time (restless), or not at all, and for sigma-sub-Gaussian rewards; the
/// analysis takes alpha of at least 4.</para>
/// <para>O(K ln t) a choice, 640 K bytes. It doesn't notice means that rise. For stationary rewards <see cref="KlUcb"/> loses less.</para>
/// </remarks>
[Algorithm("RAW-UCB", "Rotting", "J. Seznec, P. Ménard, A. Lazaric, M. Valko (2020), A single algorithm for both restless and rested rotting bandits")]
public sealed record RawUcb : IBanditPolicy
{
    /// <summary>The exponent alpha of the confidence 2 / t^alpha. Default: 1.4, the paper's simulations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1.4;

    /// <summary>The standard deviation sigma of rewards, or that of a normal distribution with heavier tails; 0.5 for rewards in [0, 1]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double StandardDeviation { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State(RawUcb policy, int arms, RandomKey key) : RottingState(policy, arms, key)
    {
        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            double width = Width();
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, Value(arm, width));
            return best.Place;
        }

        protected override void Score(Span<double> scores)
        {
            double width = Width();
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Value(arm, width);
        }

        private double Width() => policy.StandardDeviation * Math.Sqrt(2 * policy.Alpha * Math.Log(Updates + 1));

        private double Value(int arm, double width)
        {
            double least = double.PositiveInfinity;
            int windows = Windows(arm);
            for (int j = 0; j < windows; j++)
                least = Math.Min(least, WindowMean(arm, j) + (width / Math.Sqrt(1L << j)));
            return least;
        }
    }
}
