namespace OptiCore.Bandits;

/// <summary>
/// FEWA, filtering on expanding window averages: for windows h = 1, 2, 4, ... arms are dropped whose mean of the last h rewards lies more than 2 sqrt(2 sigma^2 alpha ln t / h) below the largest, until
/// an arm that is left has no larger window; that arm is played.
/// </summary>
/// <remarks>
/// <para>J. Seznec, A. Locatelli, A. Carpentier, A. Lazaric, M. Valko (2019), "Rotting bandits are no harder than stochastic ones", AISTATS, in its efficient form. The regret of rested
/// rotting bandits is O(sqrt(K T ln T)) for sigma-sub-Gaussian rewards, without knowing how fast means fall; the analysis takes alpha of at least 4, the paper's simulations 0.06. Of several arms
/// without a larger window the one with the fewest plays is played, then the one with the larger mean.</para>
/// <para>O(K ln t) a choice, 640 K bytes. <see cref="RawUcb"/> has the same guarantees with a smaller constant, and an index.</para>
/// </remarks>
[Algorithm("FEWA", "Rotting", "J. Seznec, A. Locatelli, A. Carpentier, A. Lazaric, M. Valko (2019), Rotting bandits are no harder than stochastic ones")]
public sealed record Fewa : IBanditPolicy
{
    /// <summary>The exponent alpha of the confidence 1 / t^alpha. Default: 0.06, the paper's simulations.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 0.06;

    /// <summary>The standard deviation sigma of rewards, or that of a normal distribution with heavier tails; 0.5 for rewards in [0, 1]. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double StandardDeviation { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc/>
    public BanditState Start(int arms, RandomKey key) => new State(this, arms, key);

    private sealed class State : RottingState
    {
        private readonly Fewa _policy;
        private readonly ArmArray<byte> _isLeft;

        public State(Fewa policy, int arms, RandomKey key)
            : base(policy, arms, key)
        {
            _policy = policy;
            _isLeft = PerArm<byte>(isSaved: false);
        }

        protected override int Select(long round)
        {
            int unplayed = Unplayed(round);
            if (unplayed >= 0)
                return unplayed;
            double width = 2 * _policy.StandardDeviation * Math.Sqrt(2 * _policy.Alpha * Math.Log(Updates + 1));
            Span<byte> isLeft = _isLeft.Span;
            isLeft.Fill(1);
            for (int j = 0; ; j++)
            {
                double largest = double.NegativeInfinity;
                for (int arm = 0; arm < Arms; arm++)
                {
                    if (isLeft[arm] != 0)
                        largest = Math.Max(largest, WindowMean(arm, j));
                }

                int chosen = -1;
                for (int arm = 0; arm < Arms; arm++)
                {
                    if (isLeft[arm] == 0)
                        continue;
                    if (WindowMean(arm, j) < largest - (width / Math.Sqrt(1L << j)))
                        isLeft[arm] = 0;
                    else if (Windows(arm) == j + 1 && (chosen < 0 || Comes(arm, chosen, j)))
                        chosen = arm;
                }

                if (chosen >= 0)
                    return chosen;
            }
        }

        /// <summary>Writes the mean of the largest window of each arm.</summary>
        protected override void Score(Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = Pulls[arm] == 0 ? double.PositiveInfinity : WindowMean(arm, Windows(arm) - 1);
        }

        private bool Comes(int arm, int before, int j) =>
            Pulls[arm] < Pulls[before] || (Pulls[arm] == Pulls[before] && WindowMean(arm, j) > WindowMean(before, j));
    }
}
